//! Faults on demand: which requests go wrong, and how.

use http::Method;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::ids::Generator;

/// A file of faults (`--faults`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultPlan {
    /// Seeds the draws of `rate`: the same seed and requests bring the same faults.
    #[serde(default)]
    pub seed: u64,
    /// The faults, in the order in which they are tried.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// A fault and the requests that it befalls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The method; any when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The route template, `/setup/account/{accountId}`; a final `*` stands for any rest; any
    /// route when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Lets this many matching requests pass first.
    #[serde(default)]
    pub skip: u32,
    /// Strikes this many times, then is gone; for ever when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The share of matching requests that it strikes; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// What happens.
    pub fault: FaultKind,
}

impl Fault {
    /// A fault that strikes every request until it is cleared.
    pub fn always(fault: FaultKind) -> Self {
        Self { method: None, route: None, skip: 0, times: None, rate: None, fault }
    }

    /// A fault that strikes the next request of one route.
    pub fn once(method: &Method, route: &str, fault: FaultKind) -> Self {
        Self {
            method: Some(method.to_string()),
            route: Some(route.to_owned()),
            times: Some(1),
            ..Self::always(fault)
        }
    }

    fn matches(&self, method: &Method, template: &str, is_list: bool) -> bool {
        let method_fits =
            self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()));
        let route_fits = self.route.as_deref().is_none_or(|wanted| {
            let wanted = wanted.to_ascii_lowercase();
            let template = template.to_ascii_lowercase();
            match wanted.strip_suffix('*') {
                Some(start) => template.starts_with(start),
                None => wanted == template,
            }
        });
        let list_fits = is_list || !matches!(self.fault, FaultKind::List { .. });
        method_fits && route_fits && list_fits
    }
}

const fn internal_error() -> u16 {
    500
}

const fn found() -> u16 {
    302
}

const fn half_a_minute() -> u32 {
    30
}

const fn ten_mebibytes() -> usize {
    10 << 20
}

const fn deep() -> usize {
    100_000
}

const fn yes() -> bool {
    true
}

fn tokens() -> Vec<String> {
    ["token", "personalAccessToken"].map(ToOwned::to_owned).to_vec()
}

fn elsewhere() -> String {
    "https://login.example.com/".to_owned()
}

/// What goes wrong. Where there is an `effect`, it says whether the request is carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FaultKind {
    /// The answer comes late. The effect does not. Adds to whatever else strikes.
    Delay {
        /// How late.
        duration: SignedDuration,
    },
    /// The connection breaks, and nothing was done.
    ResetBeforeEffect,
    /// The connection breaks after the request was carried out.
    ResetAfterEffect,
    /// The connection breaks at once, and the request is carried out later all the same.
    LateEffect {
        /// How much later.
        after: SignedDuration,
    },
    /// The connection breaks within the body, after the request was carried out.
    CutBody,
    /// No answer ever comes.
    Hang {
        /// Whether the request is carried out.
        #[serde(default)]
        effect: bool,
    },
    /// A 5xx in the contract's own form of error.
    ServerError {
        /// The status; 500 when left out.
        #[serde(default = "internal_error")]
        status: u16,
        /// Whether the request is carried out.
        #[serde(default)]
        effect: bool,
    },
    /// A 502 in HTML, as from a proxy.
    BadGateway {
        /// Whether the request is carried out.
        #[serde(default)]
        effect: bool,
    },
    /// A 200 that is not JSON.
    Garbage {
        /// Whether the request is carried out.
        #[serde(default = "yes")]
        effect: bool,
    },
    /// A 429 that no window explains.
    TooManyRequests {
        /// When to come back.
        #[serde(default = "half_a_minute")]
        reset_seconds: u32,
    },
    /// A list that is not whole. Strikes lists only.
    List {
        /// In which way.
        manner: ListFault,
    },
    /// The items of the answer lack members: a creation that tells no token, or no id. The request
    /// was carried out.
    Omit {
        /// Which; those that carry a token when left out.
        #[serde(default = "tokens")]
        members: Vec<String>,
    },
    /// A bare 404, as from a proxy that lost its way.
    NotFound {
        /// Its form.
        #[serde(default)]
        form: TextForm,
    },
    /// A 401 in the contract's own form of error.
    Unauthorized,
    /// A 403 in the contract's own form of error.
    Forbidden,
    /// A redirection.
    Redirect {
        /// The status; 302 when left out.
        #[serde(default = "found")]
        status: u16,
        /// Where to.
        #[serde(default = "elsewhere")]
        location: String,
    },
    /// A 200 with valid JSON of an absurd size, after the request was carried out.
    Enormous {
        /// The size of the body; 10 MiB when left out.
        #[serde(default = "ten_mebibytes")]
        bytes: usize,
    },
    /// A 200 with absurdly nested JSON, after the request was carried out.
    Nested {
        /// How deep; 100,000 when left out.
        #[serde(default = "deep")]
        depth: usize,
    },
}

/// How a list is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListFault {
    /// Fewer items than `count` says.
    Fewer,
    /// No `items` at all.
    ItemsMissing,
    /// No items, and a `count` of 0.
    Empty,
    /// The second half is gone, and `count` agrees.
    Half,
}

/// The form of an answer that is not JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextForm {
    /// A page.
    #[default]
    Html,
    /// A line.
    Text,
}

impl FaultKind {
    /// Whether the request is carried out before the fault shows.
    pub(super) fn lets_through(&self) -> bool {
        match self {
            Self::Delay { .. }
            | Self::ResetAfterEffect
            | Self::CutBody
            | Self::List { .. }
            | Self::Omit { .. }
            | Self::Enormous { .. }
            | Self::Nested { .. } => true,
            Self::Hang { effect }
            | Self::ServerError { effect, .. }
            | Self::BadGateway { effect }
            | Self::Garbage { effect } => *effect,
            Self::ResetBeforeEffect
            | Self::LateEffect { .. }
            | Self::TooManyRequests { .. }
            | Self::NotFound { .. }
            | Self::Unauthorized
            | Self::Forbidden
            | Self::Redirect { .. } => false,
        }
    }

    /// Its name, as in a file of faults.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::ResetBeforeEffect => "resetBeforeEffect",
            Self::ResetAfterEffect => "resetAfterEffect",
            Self::LateEffect { .. } => "lateEffect",
            Self::CutBody => "cutBody",
            Self::Hang { .. } => "hang",
            Self::ServerError { .. } => "serverError",
            Self::BadGateway { .. } => "badGateway",
            Self::Garbage { .. } => "garbage",
            Self::TooManyRequests { .. } => "tooManyRequests",
            Self::List { .. } => "list",
            Self::Omit { .. } => "omit",
            Self::NotFound { .. } => "notFound",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Redirect { .. } => "redirect",
            Self::Enormous { .. } => "enormous",
            Self::Nested { .. } => "nested",
        }
    }
}

/// A fault that waits for its requests.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmedFault {
    /// To clear it by.
    pub id: u64,
    /// How often it struck.
    pub struck: u32,
    /// The fault; `skip` and `times` count down.
    #[serde(flatten)]
    pub fault: Fault,
}

/// What strikes one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Struck {
    pub(super) delay: SignedDuration,
    pub(super) kind: Option<FaultKind>,
}

/// The faults that wait.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    armed: Vec<ArmedFault>,
    generator: Generator,
    last_id: u64,
}

impl Faults {
    pub(super) fn new(plan: FaultPlan) -> Self {
        let mut faults = Self { armed: Vec::new(), generator: Generator::new(plan.seed), last_id: 0 };
        for fault in plan.faults {
            faults.add(fault);
        }
        faults
    }

    pub(super) fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        self.armed.push(ArmedFault { id: self.last_id, struck: 0, fault });
        self.last_id
    }

    pub(super) fn armed(&self) -> &[ArmedFault] {
        &self.armed
    }

    pub(super) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    /// What strikes a request: every delay that fits, and the first of the others.
    pub(super) fn strike(&mut self, method: &Method, template: &str, is_list: bool) -> Struck {
        let mut struck = Struck::default();
        for armed in &mut self.armed {
            let is_delay = matches!(armed.fault.fault, FaultKind::Delay { .. });
            if (struck.kind.is_some() && !is_delay) || !armed.fault.matches(method, template, is_list) {
                continue;
            }
            if armed.fault.skip > 0 {
                armed.fault.skip -= 1;
                continue;
            }
            let rate = armed.fault.rate.unwrap_or(1.0);
            if armed.fault.times == Some(0) || !self.generator.chance(rate) {
                continue;
            }
            armed.struck += 1;
            armed.fault.times = armed.fault.times.map(|times| times - 1);
            match &armed.fault.fault {
                FaultKind::Delay { duration } => struck.delay += *duration,
                other => struck.kind = Some(other.clone()),
            }
        }
        self.armed.retain(|armed| armed.fault.times != Some(0));
        struck
    }
}
