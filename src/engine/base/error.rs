//! What a vendor call can end in, whatever the vendor.

use crate::engine::base::health::Health;
use crate::engine::base::limit::Limit;
use crate::engine::base::reason::Reason;

use crate::engine::base::ports::Tick;
use crate::engine::base::sentences;

/// Why a vendor call brought no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not sent: the budget has no room before `until`.
    Deferred {
        /// When to come back.
        until: Tick,
        /// What has no room.
        limit: Limit,
    },
    /// Not sent: the connection's settings cannot be used.
    Unsendable,
    /// Not sent: this process may not write now (no lease, or read-only).
    Fenced,
    /// 429.
    Throttled {
        /// When to come back.
        until: Tick,
    },
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// The vendor's own word that the named object does not exist.
    NotFound,
    /// The vendor refuses what was asked (4xx).
    Refused,
    /// What came belongs to another organization than the one that is managed (rule 1).
    WrongOrganization,
    /// The contract has no such call.
    NotSupported,
    /// No answer, or the answer of a broken server: time-out, reset, 5xx.
    Unreachable,
    /// An answer that cannot be understood: 3xx, an unreadable body, a list that is not whole.
    Unreadable,
}

impl Failure {
    /// Whether the vendor was asked at all.
    pub const fn sent(&self) -> bool {
        !matches!(self, Self::Deferred { .. } | Self::Unsendable | Self::Fenced)
    }

    /// Until when no such call can be made, and what has no room for it.
    pub const fn pause(&self) -> Option<(Tick, Limit)> {
        match self {
            Self::Deferred { until, limit } => Some((*until, *limit)),
            Self::Throttled { until } => Some((*until, Limit::Vendor)),
            _ => None,
        }
    }

    /// Its name, for traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Deferred { .. } => "deferred",
            Self::Unsendable => "unsendable",
            Self::Fenced => "fenced",
            Self::Throttled { .. } => "throttled",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::WrongOrganization => "wrong_organization",
            Self::NotSupported => "not_supported",
            Self::Unreachable => "unreachable",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A failed vendor call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct VendorError {
    /// What happened.
    pub failure: Failure,
    /// Whether it is certain that the call had no effect. A write that failed without this may or
    /// may not have been carried out (rule 4).
    pub without_effect: bool,
    /// For people; never holds a secret.
    pub message: String,
    /// The vendor's own word for what is wrong, where it has one and that is fit to be shown.
    pub code: Option<Box<str>>,
    /// What was heard of it.
    pub heard: Heard,
}

/// What was heard of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The vendor answered.
    Answer,
    /// It was sent, and nobody heard what came of it.
    Nothing,
    /// It was not sent.
    NotSent,
}

impl VendorError {
    /// Whether the answer is final: another try would be answered the same.
    pub const fn is_final(&self) -> bool {
        matches!(
            self.failure,
            Failure::Refused | Failure::Forbidden | Failure::NotFound | Failure::NotSupported
        )
    }

    /// What is said of what needs the call: it waits where that passes by itself, and else somebody has to do something.
    pub fn waits(&self) -> Health {
        let next = match self.failure {
            Failure::Unauthorized => "Put a valid token into the organization's Secret.",
            Failure::Forbidden => "Give the user of the organization's token the right to.",
            Failure::WrongOrganization | Failure::Unsendable => {
                "Correct what the organization's conditions name."
            }
            Failure::Refused | Failure::NotFound | Failure::NotSupported => {
                "See what the vendor complains of."
            }
            _ => return self.passing(),
        };
        Health::Stalled(self.reason(), format!("Waits: {} {next}", sentences::sentence(&self.message)))
    }

    /// What is said of what needs a call that failed for a cause which passes by itself: always the same, whoever found
    /// out about it.
    pub fn passing(&self) -> Health {
        let why = self.failure.pause().map_or(&*self.message, |(_, limit)| limit.text());
        Health::Waiting(self.reason(), sentences::waits(why))
    }

    /// Why what needs the call waits.
    pub const fn reason(&self) -> Reason {
        match self.failure {
            Failure::Deferred { .. } | Failure::Throttled { .. } => Reason::Throttled,
            Failure::Unreadable => Reason::VendorUnreadable,
            Failure::Unauthorized => Reason::TokenRefused,
            Failure::Forbidden => Reason::Forbidden,
            Failure::Refused | Failure::NotFound | Failure::NotSupported => Reason::RefusedByVendor,
            Failure::WrongOrganization => Reason::WrongOrganization,
            Failure::Unsendable => Reason::ConnectionInvalid,
            Failure::Unreachable => Reason::VendorUnreachable,
            Failure::Fenced => Reason::Progressing,
        }
    }

    /// A call that was certainly not carried out.
    pub fn without_effect(failure: Failure, message: impl Into<String>) -> Self {
        let heard = if failure.sent() { Heard::Answer } else { Heard::NotSent };
        Self { failure, without_effect: true, message: message.into(), code: None, heard }
    }

    /// The same error with the vendor's code.
    #[must_use]
    pub fn with_code(mut self, code: Option<Box<str>>) -> Self {
        self.code = code;
        self
    }

    /// Whether the vendor's code is this one, in whatever case it writes.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(code))
    }

    /// Whether the vendor was asked at all.
    pub const fn sent(&self) -> bool {
        self.failure.sent()
    }

    /// A call of which nobody knows whether it was carried out.
    pub fn unknown(failure: Failure, message: impl Into<String>) -> Self {
        Self { failure, without_effect: false, message: message.into(), code: None, heard: Heard::Answer }
    }

    /// The same error, of which this was heard.
    #[must_use]
    pub fn heard(mut self, heard: Heard) -> Self {
        self.heard = heard;
        self
    }

    /// The error of a read that came before a write, which therefore was not sent.
    #[must_use]
    pub fn before_a_write(self) -> Self {
        Self { without_effect: true, heard: Heard::NotSent, ..self }
    }
}
