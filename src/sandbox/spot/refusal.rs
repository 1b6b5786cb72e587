//! Why the vendor does not do what it is asked. Each contract has its own words for these.

use crate::sandbox::core;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// What any vendor refuses.
    Common(core::Refusal),
    /// The input is not as documented. `field` is its path with its place: `body:account.name`.
    Invalid { field: String, message: String },
    /// There is no such object, or it belongs to another organization. Its kind is spelled as in the vendor's error codes.
    Missing { entity: &'static str, id: String },
    /// It cannot be done as things stand.
    Conflict { code: &'static str, message: String },
}

impl Refusal {
    pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    pub(super) fn missing(entity: &'static str, id: impl Into<String>) -> Self {
        Self::Missing { entity, id: id.into() }
    }

    pub(super) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    pub(super) fn forbidden(why: impl Into<String>) -> Self {
        Self::Common(core::Refusal::Forbidden(why.into()))
    }
}

impl From<core::Refusal> for Refusal {
    fn from(why: core::Refusal) -> Self {
        Self::Common(why)
    }
}
