//! What a call can ask of its caller's policies.

/// Where an action happens: what a mapping of a policy has to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the organization.
    Organization,
    /// In the account that the path or the query names, else in the oldest.
    Account,
    /// In accounts that only the body names: who reads it asks for each.
    Each,
}

/// Whom it is given to, where no policy denies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// To everybody in the organization. The vendor calls somebody without policies a viewer.
    Everybody,
    /// To administrators, and to those whose policies allow it.
    Allowed,
    /// To administrators.
    Administrators,
}

/// What a call asks of its caller's policies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) action: &'static str,
    pub(super) place: Place,
    pub(super) given: Given,
}

/// What somebody has to be allowed who attaches people to accounts.
pub(super) const ATTACH: &str = "setup:createUserMapping";
