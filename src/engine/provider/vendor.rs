//! What a vendor brings: one [`Vendor`], and one [`Kind`](crate::engine::provider::kind::Kind) for each kind of object.

use crate::api::budget::LearnedLimit;
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::audit::AuditEntry;
use crate::engine::decide::count::Tallied;
use crate::engine::decide::details::Sweep;
use crate::engine::external::caller::Link;
use crate::engine::external::rate_limit::RateLimitHeaders;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

/// How to reach an organization, as its manifest says.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The vendor's id of the organization: of the manifest, else of the one that was created for it.
    pub organization: Option<String>,
    /// The organization that is to be created where there is no id.
    pub create: Option<NewRoot>,
    /// The endpoint, not checked yet.
    pub endpoint: String,
    /// Where the token is.
    pub token: TokenPlace,
    /// PEM certificates to trust besides the system's.
    pub ca_bundle: Option<String>,
    /// The ceiling that a person set.
    pub requests_per_minute: u32,
    /// How often lists are read.
    pub resync: Duration,
    /// How many destructive writes an hour are let through without a person (rule 12).
    pub max_destructive_per_hour: u32,
}

/// Where a token is: in a Secret of the object's own namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPlace {
    /// The Secret.
    pub secret: String,
    /// The key in it.
    pub key: String,
    /// Where the manifest names the two.
    pub path: &'static str,
}

/// An organization that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoot {
    /// Its name.
    pub name: String,
    /// Why that name cannot be sent, if so.
    pub unsendable: Option<String>,
    /// The token that creates it.
    pub token: TokenPlace,
}

/// The answer to a create.
#[derive(Clone, Debug, Default)]
pub struct Created {
    /// The new object's id, if the vendor tells.
    pub id: Option<String>,
    /// A token that the vendor shows only now.
    pub token: Option<SecretString>,
}

/// Why a session could not be opened.
#[derive(Clone, Debug)]
pub enum OpenError {
    /// A call failed.
    Vendor(VendorError),
    /// Only a person can help.
    Stalled(Reason, String),
}

/// A vendor: how to talk to an organization of it.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Vendor: 'static {
    /// The kind that stands for an organization.
    type Root: Managed;
    /// What calls are made with. Dropped when the connection's settings or the token change.
    type Session: 'static;

    /// The vendor's name, which tells its organizations from another one's.
    const NAME: &'static str;

    /// The kind whose list shows to which organization the token belongs.
    const WITNESS: KindRef;

    /// In which headers it tells of its limits.
    const RATE_LIMITS: RateLimitHeaders;

    /// How to reach the organization.
    fn connection(&self, root: &Self::Root) -> Connection;

    /// Opens a session; may find out which contract the endpoint keeps.
    async fn open(&self, root: &Self::Root, link: Link) -> Result<Self::Session, OpenError>;

    /// Writes what the session found out into the root's status.
    fn note(&self, root: &mut Self::Root, session: &Self::Session);

    /// Writes how far the rolling sweep reaches into the root's status.
    fn note_sweep(&self, _root: &mut Self::Root, _sweep: Sweep) {}

    /// The kinds whose objects at the vendor are counted.
    const COUNTED: &'static [KindRef] = &[];

    /// Writes how much was counted, by kind, into the root's status.
    fn note_counts(&self, _root: &mut Self::Root, _counts: &BTreeMap<KindRef, Tallied>) {}

    /// Writes the calls that may be made into the root's status: the ceiling, and what the vendor told.
    fn note_budget(&self, _root: &mut Self::Root, _per_minute: u32, _learned: Vec<LearnedLimit>) {}

    /// Another way to learn the token's organization, for when the witness's list is empty.
    async fn other_proof(
        &self,
        session: &Self::Session,
        organization: &str,
    ) -> Result<Option<String>, VendorError>;

    /// The organization that the session's token belongs to, as far as the vendor shows it.
    async fn belongs_to(&self, session: &Self::Session) -> Result<Option<String>, VendorError>;

    /// Creates an organization, with a session of a token that may. The answer's id is the organization's.
    async fn create_root(&self, session: &Self::Session, name: &str) -> Result<Created, VendorError>;

    /// Deletes the organization.
    async fn delete_root(&self, session: &Self::Session, organization: &str) -> Result<(), VendorError>;

    /// Reads, once in a resync, collections that no kind stands for and that kinds refer to; nothing
    /// where what was read at `since` or later will do. Whether wishes may come to something else now.
    async fn refresh(&self, _session: &Self::Session, _since: Tick) -> Result<bool, VendorError> {
        Ok(false)
    }

    /// What the vendor's audit log tells of the time from `from` to `to`; `None` where there is no log.
    async fn audit(
        &self,
        _session: &Self::Session,
        _from: jiff::Timestamp,
        _to: jiff::Timestamp,
    ) -> Result<Option<Vec<AuditEntry>>, VendorError> {
        Ok(None)
    }

    /// Whether the vendor accepts this token, which is another than the session's; `None` where its
    /// answer does not tell.
    async fn accepts(
        &self,
        _session: &Self::Session,
        _token: &SecretString,
    ) -> Result<Option<bool>, VendorError> {
        Ok(None)
    }
}
