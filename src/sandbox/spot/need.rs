//! What a call can ask of its caller's policies.
//!
//! The actions are the vendor's, as far as it names them (`policy/actions.rs`).

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
    /// To administrators, whatever policies say.
    Administrators,
}

/// What a call asks of its caller's policies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) action: &'static str,
    pub(super) place: Place,
    pub(super) given: Given,
}

impl Need {
    /// An action in the organization.
    pub(super) const fn in_organization(action: &'static str, given: Given) -> Self {
        Self { action, place: Place::Organization, given }
    }

    /// An action in one account.
    pub(super) const fn in_account(action: &'static str, given: Given) -> Self {
        Self { action, place: Place::Account, given }
    }

    /// An action in each of the accounts that the body names.
    pub(super) const fn in_each(action: &'static str) -> Self {
        Self { action, place: Place::Each, given: Given::Everybody }
    }
}
