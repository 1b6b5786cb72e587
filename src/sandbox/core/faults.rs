//! Faults on demand: which requests go wrong, and how.

use std::marker::PhantomData;

use http::Method;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault_kind::FaultKind;
use super::generator::Generator;
use super::members::Members;
use super::route::NO_ROUTE;
use super::target::Target;

/// The methods that a fault can be for.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// A file of faults (`--faults`), of which each can strike at this vendor.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value", bound(serialize = "", deserialize = "T: Target"))]
pub struct FaultPlan<T> {
    /// Seeds the draws of `rate`: the same seed and requests bring the same faults.
    pub seed: u64,
    /// The faults, in the order in which they are tried.
    pub faults: Vec<Fault>,
    #[serde(skip)]
    at: PhantomData<T>,
}

impl<T> FaultPlan<T> {
    /// These faults.
    pub fn new(seed: u64, faults: Vec<Fault>) -> Self {
        Self { seed, faults, at: PhantomData }
    }
}

impl<T> Default for FaultPlan<T> {
    fn default() -> Self {
        Self::new(0, Vec::new())
    }
}

impl<T: Target> TryFrom<Value> for FaultPlan<T> {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let mut members = Members::of("", value)?;
        let seed = members.take("seed")?.unwrap_or_default();
        let faults = members.take("faults")?.unwrap_or_default();
        members.end()?;
        Ok(Self::new(seed, Fault::read_all::<T>("faults", faults)?))
    }
}

/// A fault and the requests that it befalls.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The method; any when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The route template, `/setup/account/{accountId}`; a final `*` stands for any rest; any
    /// route when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Lets this many matching requests pass first.
    pub skip: u32,
    /// Strikes this many times, then is gone; for ever when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The share of matching requests that it strikes; all when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// What happens.
    pub fault: FaultKind,
}

impl Fault {
    /// Several as they were written, the first of them at `path[0]`.
    pub(super) fn read_all<T: Target>(path: &str, values: Vec<Value>) -> Result<Vec<Self>, String> {
        let read = |(index, value)| Self::read::<T>(&format!("{path}[{index}]"), value);
        values.into_iter().enumerate().map(read).collect()
    }

    /// What was written at `path`, which is empty for the whole, if it can strike at all.
    pub fn read<T: Target>(path: &str, value: Value) -> Result<Self, String> {
        let mut members = Members::of(path, value)?;
        let method = members.take::<String>("method")?;
        if method
            .as_ref()
            .is_some_and(|method| !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method)))
        {
            return Err(members.wrong("method", format!("must be one of {METHODS:?}")));
        }
        let route = members.take::<String>("route")?;
        if route.as_ref().is_some_and(|route| !leads_somewhere::<T>(route)) {
            return Err(members.wrong("route", "no contract has such a template"));
        }
        let fault = members.need("fault")?;
        let fault = Self {
            method,
            route,
            skip: members.take("skip")?.unwrap_or_default(),
            times: members.within("times", 1..=u32::MAX)?,
            rate: members.within("rate", 0.0..=1.0)?,
            fault: FaultKind::read(&members.path_of("fault"), fault, T::TOKENS)?,
        };
        members.end()?;
        Ok(fault)
    }

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
        let route_fits = self.route.as_deref().is_none_or(|wanted| fits(wanted, template));
        let list_fits = is_list || !matches!(self.fault, FaultKind::List { .. });
        method_fits && route_fits && list_fits
    }
}

/// Whether a route as a fault names it is this template's. Letter case does not matter.
fn fits(wanted: &str, template: &str) -> bool {
    let (wanted, template) = (wanted.to_ascii_lowercase(), template.to_ascii_lowercase());
    match wanted.strip_suffix('*') {
        Some(start) => template.starts_with(start),
        None => wanted == template,
    }
}

/// Whether a request can come by such a route, in any contract.
fn leads_somewhere<T: Target>(route: &str) -> bool {
    fits(route, NO_ROUTE) || T::templates().any(|template| fits(route, template))
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
    /// How late the answer comes.
    pub(super) delay: SignedDuration,
    /// What else goes wrong.
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
    pub(super) fn new<T>(plan: FaultPlan<T>) -> Self {
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
                FaultKind::Delay { duration } => struck.delay = struck.delay.saturating_add(*duration),
                other => struck.kind = Some(other.clone()),
            }
        }
        self.armed.retain(|armed| armed.fault.times != Some(0));
        struck
    }
}
