//! What only some kinds can do, or have to do: each is given where the kind is
//! [registered](super::registration::Registration).

use crate::api::external_id::ExternalId;
use crate::api::kind::KindRef;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::Change;
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::harm::{Harm, Stripped};
use crate::engine::provider::inputs::Wait;
use crate::engine::provider::kind::{Kind, Session};
use crate::engine::provider::vendor::Created;
use async_trait::async_trait;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// There is a list of them.
#[async_trait(?Send)]
pub trait Lists<K: Kind> {
    /// Lists all of the organization's objects of the kind, or of the container's; whole, or an error (rule 2).
    async fn list(
        &self,
        session: &Session<K>,
        wanted: Wanted<'_, K::Observed>,
    ) -> Result<Listed<K::Observed>, VendorError>;
}

/// What reads of one by its id show, in place of a list.
pub(super) struct ById<K: Kind>(pub(super) Rc<dyn Gets<K>>);

#[async_trait(?Send)]
impl<K: Kind> Lists<K> for ById<K> {
    async fn list(
        &self,
        session: &Session<K>,
        wanted: Wanted<'_, K::Observed>,
    ) -> Result<Listed<K::Observed>, VendorError> {
        let id = wanted.container;
        if id.is_empty() {
            // Nothing was looked at, ever: that proves nothing of what has the key.
            return Ok(Listed { begun: Tick::default(), rows: Vec::new() });
        }
        let rows = match self.0.get(session, "", id).await {
            Some(Ok(row)) => vec![row],
            Some(Err(error)) if error.failure == Failure::NotFound => Vec::new(),
            Some(Err(error)) => return Err(error),
            None => {
                let why = "the contract has no call that shows one";
                return Err(VendorError::without_effect(Failure::NotSupported, why));
            }
        };
        Ok(Listed { begun: wanted.now, rows })
    }
}

/// One can be made.
#[async_trait(?Send)]
pub trait Creates<K: Kind> {
    /// Creates the object. Fields that a create cannot carry are written by [`Kind::update`] after.
    async fn create(&self, session: &Session<K>, desired: &K::Desired) -> Result<Created, VendorError>;

    /// Whether a create writes this field, which no read shows. Otherwise it is written by [`Kind::update`] after.
    fn carries(&self, _session: &Session<K>, _desired: &K::Desired, _path: &str) -> bool {
        false
    }
}

/// One can be read by its id.
#[async_trait(?Send)]
pub trait Gets<K: Kind> {
    /// Reads one by id; `None` where the contract has no such call.
    async fn get(
        &self,
        session: &Session<K>,
        container: &str,
        id: &str,
    ) -> Option<Result<K::Observed, VendorError>>;
}

/// One can be deleted.
#[async_trait(?Send)]
pub trait Deletes<K: Kind> {
    /// Deletes an object.
    async fn delete(&self, session: &Session<K>, container: &str, id: &str) -> Result<(), VendorError>;

    /// Who uses the object besides those with the ids that are `ours`: a deletion takes it from them, too.
    async fn bystanders(
        &self,
        _session: &Session<K>,
        _id: &str,
        _ours: &BTreeSet<String>,
    ) -> Result<Bystanders, VendorError> {
        Ok(Bystanders::default())
    }
}

/// The list shows only a part of an object.
#[async_trait(?Send)]
pub trait Details<K: Kind> {
    /// How many calls [`Details::read`] takes for this row; 0 where the list shows everything.
    fn calls(&self, session: &Session<K>, row: &K::Observed) -> u32;

    /// Reads what the list does not show: what a read of several calls that a limit cut short got `since` then is not
    /// read again.
    async fn read(
        &self,
        session: &Session<K>,
        row: K::Observed,
        since: Tick,
    ) -> Result<K::Observed, VendorError>;

    /// Whether what is known of it says that it uses the object of that kind with that id.
    fn uses(&self, _known: &K::Observed, _kind: KindRef, _id: &str) -> bool {
        false
    }
}

/// A write may take something away from somebody (rule 12).
#[async_trait(?Send)]
pub trait Guarded<K: Kind> {
    /// Whether writing these changes does: such writes are counted, and stopped when there are too many.
    fn takes_away(&self, changes: &[Change]) -> bool;

    /// What a write strips those of who can act in the organization.
    async fn strips<'a>(
        &self,
        session: &'a Session<K>,
        harm: &'a Harm<'a, K>,
    ) -> Result<Stripped<'a, K>, VendorError>;

    /// How a write may end our own way to the organization by other means, as part of a sentence. Of a deletion it is
    /// asked where one takes something away ([`Facts`](super::facts::Facts)), and of a create never.
    fn cuts_off(&self, _session: &Session<K>, _harm: &Harm<'_, K>) -> Option<String> {
        None
    }
}

/// The vendor answers a create with a token that it never shows again.
pub trait OneTimeToken<K: Kind> {
    /// Whether this token is one of the object's; `None` where the vendor does not show that.
    fn has_token(&self, live: &K::Observed, token: &SecretString) -> Option<bool>;
}

/// Something has to come before a create.
#[async_trait(?Send)]
pub trait Prerequisite<K: Kind> {
    /// What has to; `known` is what was handed out before.
    async fn prepare(
        &self,
        session: &Session<K>,
        desired: &K::Desired,
        known: Option<&ExternalId>,
        now: jiff::Timestamp,
    ) -> Result<Prepared, VendorError>;
}

/// What the object holds expires.
pub trait Expires<K: Kind> {
    /// What it is that expires, as a sentence begins.
    fn what(&self) -> &'static str;

    /// What to do then: a sentence.
    fn then(&self) -> &'static str;

    /// How long before the end it is told.
    fn soon(&self) -> Duration {
        Duration::from_hours(30 * 24)
    }

    /// When; whether what is declared was `written`, though reads may not show it.
    fn expires(&self, desired: &K::Desired, live: &K::Observed, written: bool) -> Option<jiff::Timestamp>;
}

/// One is what it is to be only once somebody outside did something, as accept an invitation.
pub trait Phased<K: Kind> {
    /// How far this one is.
    fn phase(&self, live: &K::Observed) -> Phase;

    /// Whether its id gives way to another one: both have the key, which one at most has at the vendor
    /// ([`KeyAtVendor::Unique`](super::facts::KeyAtVendor::Unique)).
    fn is_provisional(&self, live: &K::Observed) -> bool;
}

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is what it is to be.
    Active,
    /// It waits for somebody outside, and why, as a sentence: nobody works on it, so it is Ready, with this reason.
    Pending(Reason, String),
    /// Nothing comes of it any more, and why, as a sentence. Another one is made in its place if a person says so.
    Over(Reason, String),
}

/// The kind knows better words than the engine.
pub trait Explains<K: Kind> {
    /// What an entry of a list stands for, where the ids in its path tell people too little.
    fn meaning(&self, _session: &Session<K>, _path: &str) -> Option<String> {
        None
    }

    /// What a person can declare in place of fields that only a create writes, if anything does the same.
    fn instead(&self, _paths: &[String]) -> Option<&'static str> {
        None
    }

    /// What a refusal by the vendor means.
    fn refused(&self, _error: &VendorError) -> Option<(Reason, String)> {
        None
    }
}

/// Who uses an object besides ours, as far as a bounded number of reads shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bystanders {
    /// Their ids.
    pub ids: Vec<String>,
    /// How many were not looked at.
    pub unread: usize,
}

/// What has to come before a create.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// Nothing more.
    Ready,
    /// What somebody else does with this id.
    Awaited(ExternalId, Wait),
}
