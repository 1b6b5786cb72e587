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

/// Where a token is, or another secret: in a Secret of the object's own namespace.
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

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The organization's with this id, as the vendor shows.
    Belongs(String),
    /// The vendor shows nothing that tells; a person says that it is that of the organization.
    Asserted,
    /// Nothing tells at present.
    Unproven,
}

/// What the engine says of a vendor, in the field's words for what that one has: parts of sentences.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What is missing where nothing proves whose a token is ("the vendor shows it no account").
    pub unproven: &'static str,
    /// What to do then: a sentence.
    pub to_prove: &'static str,
    /// What a token may not do that may not read what proves it ("list the organization's accounts").
    pub may_not: &'static str,
    /// What to do then: a sentence.
    pub to_allow: &'static str,
    /// What an organization is known by ("number").
    pub id: &'static str,
    /// Who has all power in an organization, with its article ("an administrator").
    pub administrator: &'static str,
}

/// A vendor: how to talk to an organization of it.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Vendor: 'static {
    /// The kind that stands for an organization.
    type Root: Managed;
    /// What calls are made with. Dropped when the connection's settings or the token change.
    type Session: 'static;
    /// One who can act in an organization, as a read shows them, where such reads are
    /// [registered](super::harm::Principals).
    type Principal: Clone + 'static;

    /// The vendor's name, which tells its organizations from another one's.
    const NAME: &'static str;

    /// The kind whose list shows to which organization the token belongs, where one does.
    const WITNESS: Option<KindRef> = None;

    /// What the engine says of it.
    const WORDS: Words;

    /// Our finalizer on Secrets with what is shown to it: each vendor's own, so that none lets go of what another needs.
    const SECRET_IN_USE: &'static str;

    /// The addresses of its own service, which manifests of it may name without anybody's word; none where each
    /// customer has another.
    const ENDPOINTS: &'static [&'static str];

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

    /// Whose the session's token is, which is to be that of `organization`; where the list of a witness says it, only
    /// asked as long as that is empty.
    async fn prove(&self, session: &Self::Session, organization: &str) -> Result<Proof, VendorError>;

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
