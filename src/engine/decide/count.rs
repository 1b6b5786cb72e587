//! How much there is of a kind at the vendor, as it was counted.

use crate::engine::base::error::Failure;

/// How much there is of a kind at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many the vendor lists.
    pub total: usize,
    /// How many of them no admitted manifest stands for.
    pub unmanaged: usize,
}

/// What came of counting a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tallied {
    /// So much.
    Counted(Count),
    /// Nobody can say at present: what was said before stands.
    Unknown,
    /// There is no such list, or the token may not read it.
    Impossible,
}

impl Tallied {
    /// What a list that failed means.
    pub const fn failed(failure: &Failure) -> Self {
        match failure {
            Failure::Forbidden | Failure::NotFound | Failure::Refused | Failure::NotSupported => {
                Self::Impossible
            }
            Failure::Deferred { .. }
            | Failure::Throttled { .. }
            | Failure::Unsendable
            | Failure::Fenced
            | Failure::Unauthorized
            | Failure::WrongOrganization
            | Failure::Unreachable
            | Failure::Unreadable => Self::Unknown,
        }
    }
}
