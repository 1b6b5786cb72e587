//! What is known of an organization while it is managed: its session, and whether its token has
//! proved where it belongs (rule 1).

use crate::api::kind::KindRef;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::organization_key::OrganizationKey;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::audit::Audit;
use crate::engine::decide::count::Tallied;
use crate::engine::decide::details::Sweep;
use crate::engine::external::budget::Payer;
use crate::engine::organization::searched::Searched;
use crate::engine::provider::vendor::Vendor;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// To which organization the token belongs, as far as replies have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// Nothing was shown yet.
    #[default]
    Unproven,
    /// To the one that is managed.
    Proven,
    /// The same, as a person says; the vendor shows nothing that tells.
    Asserted,
    /// To this other one.
    Other(String),
}

/// An organization with an open session. A changed token or connection makes a new one.
pub struct Organization<V: Vendor> {
    /// Its object.
    pub root: ObjectRef,
    /// The uid of that object.
    pub uid: Rc<str>,
    /// Its id at the vendor.
    pub id: String,
    /// Which it is, whatever object stands for it.
    pub key: OrganizationKey,
    /// Its endpoint, as Secrets name it.
    pub endpoint: Rc<str>,
    /// By whose budget it calls.
    pub payer: Payer,
    /// What calls are made with.
    pub session: V::Session,
    /// How many calls a minute a person allows: an edit holds at once, whatever keeps the session from being opened
    /// anew.
    pub ceiling: Rc<Cell<u32>>,
    /// How old what was read may be for what a person asked.
    pub fresh: Duration,
    /// The fingerprint of the token that they are made with.
    pub token_print: Option<String>,
    /// What replies have shown.
    pub identity: RefCell<Identity>,
    /// Tells sessions apart.
    pub number: u64,
    /// Why the last list failed, if it did.
    pub trouble: RefCell<Option<VendorError>>,
    /// What the vendor's audit log told; it outlives the session.
    pub audit: Rc<RefCell<Audit>>,
    /// How far the rolling sweep reaches, once that was counted.
    pub sweep: Cell<Option<Sweep>>,
    /// When the audit log was asked last.
    pub followed: Cell<Option<Tick>>,
    /// When the last sweep was begun.
    pub swept: Cell<Option<Tick>>,
    /// How much there is of each kind, as it was counted last.
    pub counts: RefCell<BTreeMap<KindRef, Tallied>>,
    /// What searches for who administers it have read.
    pub searched: Searched<V::Principal>,
}

impl<V: Vendor> Organization<V> {
    /// Takes in that a reply named an organization.
    pub fn shown(&self, organization: &str) {
        let mut identity = self.identity.borrow_mut();
        if forbids!(TokenShowsOrganization, organization != self.id) {
            *identity = Identity::Other(organization.to_owned());
        } else if matches!(*identity, Identity::Unproven | Identity::Asserted) {
            *identity = Identity::Proven;
        }
    }

    /// Takes in that a person says so, where the vendor shows nothing.
    pub fn asserted(&self) {
        let mut identity = self.identity.borrow_mut();
        if *identity == Identity::Unproven {
            *identity = Identity::Asserted;
        }
    }

    /// Whether only a person says whose the token is.
    pub fn is_asserted(&self) -> bool {
        *self.identity.borrow() == Identity::Asserted
    }

    /// Whoever was shown to belong elsewhere gets another chance: the next reply decides.
    pub fn prove_again(&self) {
        let mut identity = self.identity.borrow_mut();
        if matches!(*identity, Identity::Other(_)) {
            *identity = Identity::Unproven;
        }
    }

    /// Takes in how a list ended; whether that is news for the organization's own object.
    pub fn troubled(&self, error: Option<&VendorError>) -> bool {
        let mut trouble = self.trouble.borrow_mut();
        let news = trouble.as_ref().map(|known| &known.failure) != error.map(|error| &error.failure);
        *trouble = error.cloned();
        news
    }

    /// Why lists fail at present, if they do. A pause is no trouble: whoever meets one knows when it ends.
    pub fn trouble(&self) -> Option<VendorError> {
        self.trouble.borrow().clone()
    }

    /// Whether everything below may be read as truth and written.
    pub fn is_believed(&self) -> bool {
        matches!(*self.identity.borrow(), Identity::Proven | Identity::Asserted)
    }

    /// Whether the vendor has shown it, so that what names no organization may be done with this token.
    pub fn is_proven(&self) -> bool {
        *self.identity.borrow() == Identity::Proven
    }
}

/// How an organization stands for those that refer to it.
pub enum Standing<V: Vendor> {
    /// Not ready, and why.
    NotReady(Reason, String),
    /// Not proved yet for a cause that passes (an outage, a pause): those below that have nothing to do
    /// stay as they are.
    Unreached(Reason, String),
    /// Ready.
    Ready(Rc<Organization<V>>),
}

impl<V: Vendor> Clone for Standing<V> {
    fn clone(&self) -> Self {
        match self {
            Self::NotReady(reason, message) => Self::NotReady(*reason, message.clone()),
            Self::Unreached(reason, message) => Self::Unreached(*reason, message.clone()),
            Self::Ready(organization) => Self::Ready(Rc::clone(organization)),
        }
    }
}

impl<V: Vendor> Standing<V> {
    /// Whether those below would notice the difference.
    pub fn same_for_resources(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NotReady(one, text), Self::NotReady(other, other_text))
            | (Self::Unreached(one, text), Self::Unreached(other, other_text)) => {
                one == other && text == other_text
            }
            (Self::Ready(one), Self::Ready(other)) => one.number == other.number,
            _ => false,
        }
    }
}
