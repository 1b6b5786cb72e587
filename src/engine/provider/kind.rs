//! What a vendor brings for each kind of object: one [`Kind`].
//!
//! The shape, tried on paper against what comes later:
//! - A kind whose list shows only a part of an object reads the rest in [`Kind::detail`].
//! - A vendor that answers a create with "accepted" and no id gives [`Created::id`] `None`: the
//!   pending create stays, and the object is found by list as after any unknown outcome.
//! - A kind without a list of its own lists what contains it, and filters ([`Kind::SHARES_LIST`]).
//! - A kind that is listed container by container names the container's kind ([`Kind::CONTAINER`]) and says
//!   so ([`Kind::PER_CONTAINER`]).

use crate::api::conditions::ConditionType;
use crate::api::external_id::ExternalId;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::status::Resolved;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::Match;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::provider::inputs::{Inputs, Unresolved, Wait};
use crate::engine::provider::vendor::{Created, Vendor};
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

/// Whether the vendor lets several have one natural key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAtVendor {
    /// One at most has it: there is no doubt which it is, though there may be about who made it.
    Unique,
    /// Several may have it: only an id tells which.
    MayRepeat,
}

/// What an object is in, as an inventory and a claim know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Within {
    /// The organization itself.
    #[default]
    Organization,
    /// A container that has no id yet: its object.
    Unmade(ObjectRef),
    /// The container with this id.
    Container(String),
}

impl Within {
    /// The container's id; empty where there is none.
    pub fn id(&self) -> &str {
        match self {
            Self::Container(id) => id,
            Self::Organization | Self::Unmade(_) => "",
        }
    }

    /// A text that tells one from another.
    pub fn key(&self) -> String {
        match self {
            Self::Organization => String::new(),
            // No vendor's id has a blank.
            Self::Unmade(object) => object.to_string(),
            Self::Container(id) => id.clone(),
        }
    }
}

/// What a list has to show.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The id of the container, for a kind that is listed container by container; empty for others.
    pub container: &'a str,
    /// It has to be begun then, or later.
    pub fresh: Tick,
    /// When it is begun, unless another kind's list answers.
    pub now: Tick,
}

/// A whole list.
pub struct Listed<L> {
    /// When it was begun.
    pub begun: Tick,
    /// What it shows.
    pub rows: Vec<L>,
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

/// A write that takes something away, for [`Kind::lock_out`].
pub struct Harm<'a, K: Kind + ?Sized> {
    /// The id of the object.
    pub id: &'a str,
    /// Its manifest.
    pub resource: &'a K::Resource,
    /// What the vendor shows of it, details included, read for this question.
    pub live: &'a K::Observed,
    /// What it is to be; `None` for a deletion.
    pub desired: Option<&'a K::Desired>,
    /// What would be written; empty for a deletion.
    pub changes: &'a [Change],
    /// The other manifests of the kind below the same organization.
    pub siblings: &'a [Rc<K::Resource>],
    /// Since when it is judged: whom the answer rests on is read since then.
    pub since: Tick,
    /// Ids of which we took something away so recently that the vendor may still show what was before.
    pub spent: &'a BTreeSet<String>,
    /// How a value compares to what was last written to a field; `None` if nothing was.
    pub applied: &'a dyn Fn(&str, &str) -> Option<Match>,
}

/// A kind of object below an organization.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Kind: 'static {
    /// Its vendor.
    type Vendor: Vendor;
    /// The manifest's type.
    type Resource: Managed;
    /// The manifest's wish with references and Secrets resolved.
    type Desired: 'static;
    /// One object as the vendor's list shows it.
    type Observed: Clone + PartialEq + Debug + 'static;

    /// What happens on delete, without a word in the manifest, to what we created.
    const DELETION: DeletionPolicy;
    /// What one of it is called in messages.
    const NOUN: &'static str;
    /// The kind and the relation of it that may be decided from either side (a group's members).
    const RELATION: Option<(&'static str, &'static str)> = None;
    /// The kind of the container, for what is in something else than the organization itself.
    const CONTAINER: Option<&'static str> = None;
    /// Whether the vendor lists container by container.
    const PER_CONTAINER: bool = false;
    /// Whether the list is another kind's, too: then one call answers for both.
    const SHARES_LIST: bool = false;
    /// The fields that make up the natural key, where manifests alone do not tell it ([`Kind::live_key_of`]).
    const KEY_FIELDS: &'static [&'static str] = &[];
    /// The kinds whose objects hold up the end of one that they refer to (rule 11).
    const HELD_BY: &'static [&'static str] = &[];
    /// Why the vendor cannot delete one; then every object is let go of.
    const STAYS: Option<&'static str> = None;
    /// Whether an update writes every field, whichever of them changed.
    const WHOLE: bool = false;

    /// The natural key, as far as the manifest tells it without Secrets: no two manifests of one key stand for
    /// different objects.
    fn key(resource: &Self::Resource, within: &Within) -> String;

    /// Whether the vendor lets several have that key: a fact about the vendor, which the page of the kind tells.
    fn key_at_vendor(resource: &Self::Resource) -> KeyAtVendor;

    /// What the object is called in messages; nothing secret.
    fn title(resource: &Self::Resource) -> String;

    /// Why a name in the manifest cannot be sent, if so. Admission refuses such a name, where it is asked.
    fn unsendable_name(resource: &Self::Resource) -> Option<String>;

    /// How a person has a manifest stand for something else, as part of a sentence.
    fn differ(resource: &Self::Resource) -> &'static str;

    /// The natural key, as a list shows it, where that takes more than [`Kind::key`] to know.
    fn live_key_of(_desired: &Self::Desired) -> Option<String> {
        None
    }

    /// Resolves the wish.
    ///
    /// # Errors
    /// What a person has to change, or the failure of a call. What may come by itself, or concerns only
    /// a part, is told by [`Kind::waits`].
    async fn desired(
        &self,
        session: &Session<Self>,
        resource: &Self::Resource,
        inputs: &Inputs<'_>,
    ) -> Result<Self::Desired, Unresolved>;

    /// Parts of the wish that wait. Nothing is planned for them, and nothing is created before they are
    /// there (rule 11).
    fn waits(_desired: &Self::Desired) -> &[Wait] {
        &[]
    }

    /// What the references in the wish's lists of grants lead to, and those that lead nowhere led to before: what is
    /// to be remembered of them.
    fn resolved(_desired: &Self::Desired) -> Vec<Resolved> {
        Vec::new()
    }

    /// What a create needs and the wish lacks, though what exists could be adopted without it.
    fn missing_for_create(_session: &Session<Self>, _desired: &Self::Desired) -> Option<String> {
        None
    }

    /// Why the contract cannot express the kind at all.
    fn unsupported(_session: &Session<Self>) -> Option<(Reason, &'static str)> {
        None
    }

    /// Why the contract cannot express this one, so that it cannot be created.
    fn inexpressible(_session: &Session<Self>, _desired: &Self::Desired) -> Option<(Reason, String)> {
        None
    }

    /// What an entry of a list stands for, where the ids in its path tell people too little.
    fn meaning(_session: &Session<Self>, _path: &str) -> Option<String> {
        None
    }

    /// What a person can declare in place of fields that only a create writes, if anything does the same.
    fn instead(_paths: &[String]) -> Option<&'static str> {
        None
    }

    /// Why what is there can never become what is declared: then nothing is written.
    fn unfit(_desired: &Self::Desired, _live: &Self::Observed) -> Option<(Reason, String)> {
        None
    }

    /// How long after it was first refused the vendor may not see yet what the wish rests on: for so long it
    /// is tried again soon.
    fn lag(_desired: &Self::Desired) -> Duration {
        Duration::ZERO
    }

    /// What has to come before a create; `known` is what was handed out before.
    async fn prepare(
        &self,
        _session: &Session<Self>,
        _desired: &Self::Desired,
        _known: Option<&ExternalId>,
        _now: jiff::Timestamp,
    ) -> Result<Prepared, VendorError> {
        Ok(Prepared::Ready)
    }

    /// What is to be told of an object that is as declared; no reason not to be Ready.
    fn advice(_session: &Session<Self>, _desired: &Self::Desired) -> Vec<(ConditionType, Reason, String)> {
        Vec::new()
    }

    /// When what the object holds expires; whether what is wished for was `written`, though reads may not show it.
    fn expires(_desired: &Self::Desired, _live: &Self::Observed, _written: bool) -> Option<jiff::Timestamp> {
        None
    }

    /// What a refusal by the vendor means, where the kind knows better than its words.
    fn refused(_error: &VendorError) -> Option<(Reason, String)> {
        None
    }

    /// Lists all of the organization's objects of the kind, or of the container's; whole, or an error (rule 2).
    async fn list(
        &self,
        session: &Session<Self>,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Self::Observed>, VendorError>;

    /// Whether this token is one of the object's; `None` where the vendor does not
    /// show that.
    fn has_token(_live: &Self::Observed, _token: &SecretString) -> Option<bool> {
        None
    }

    /// Reads one by id; `None` where the contract has no such call.
    async fn get(
        &self,
        session: &Session<Self>,
        container: &str,
        id: &str,
    ) -> Option<Result<Self::Observed, VendorError>>;

    /// The id.
    fn id(live: &Self::Observed) -> &str;

    /// The natural key.
    fn live_key(live: &Self::Observed) -> &str;

    /// Whether that is the key, for a vendor to which several spellings are one.
    fn has_key(live: &Self::Observed, key: &str) -> bool {
        Self::live_key(live) == key
    }

    /// The organization that the vendor says it belongs to, where it says.
    fn organization(live: &Self::Observed) -> Option<&str>;

    /// Whether the row is of something that may be taken over by its id: a list may be that of what contains it.
    fn adoptable(_live: &Self::Observed) -> bool {
        true
    }

    /// Whether what is known of it says that it uses the object of that kind with that id.
    fn uses(_live: &Self::Observed, _kind: &str, _id: &str) -> bool {
        false
    }

    /// Who uses the object besides those with the ids that are `ours`: a deletion takes it from them, too.
    async fn bystanders(
        &self,
        _session: &Session<Self>,
        _id: &str,
        _ours: &BTreeSet<String>,
    ) -> Result<Bystanders, VendorError> {
        Ok(Bystanders::default())
    }

    /// How many calls [`Kind::detail`] takes for this row; 0 where the list shows everything.
    fn detail_calls(&self, _session: &Session<Self>, _row: &Self::Observed) -> u32 {
        0
    }

    /// Reads what the list does not show: what a read of several calls that a limit cut short got `since` then is not
    /// read again. Kinds whose list shows everything leave it out.
    async fn detail(
        &self,
        _session: &Session<Self>,
        row: Self::Observed,
        _since: Tick,
    ) -> Result<Self::Observed, VendorError> {
        Ok(row)
    }

    /// The fields that the wish manages, beside what the vendor shows of them. `applied` has an entry for
    /// each path that was ever written.
    fn fields(
        &self,
        session: &Session<Self>,
        desired: &Self::Desired,
        live: &Self::Observed,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field>;

    /// Whether writing these changes takes something away from somebody: such writes are counted, and
    /// stopped when there are too many (rule 12).
    fn takes_away(_changes: &[Change]) -> bool {
        false
    }

    /// Whether a deletion takes something away from somebody.
    fn deletion_takes_away() -> bool {
        true
    }

    /// Why a write would lock somebody out that must not be: the operator itself, or the last
    /// administrator. What cannot be known counts as yes where it may be so (rule 12).
    async fn lock_out(
        &self,
        _session: &Session<Self>,
        _harm: Harm<'_, Self>,
    ) -> Result<Option<String>, VendorError> {
        Ok(None)
    }

    /// Creates the object. Fields that a create cannot carry are written by [`Kind::update`] after.
    async fn create(&self, session: &Session<Self>, desired: &Self::Desired) -> Result<Created, VendorError>;

    /// Whether a create writes this field, which no read shows. Otherwise it is written by
    /// [`Kind::update`] after.
    fn create_carries(&self, _session: &Session<Self>, _desired: &Self::Desired, _path: &str) -> bool {
        false
    }

    /// What a created object looks like before a list shows it.
    fn created(&self, desired: &Self::Desired, id: &str) -> Self::Observed;

    /// Writes the changed fields of an object, which the vendor shows as `live`.
    async fn update(
        &self,
        session: &Session<Self>,
        id: &str,
        desired: &Self::Desired,
        live: &Self::Observed,
        changes: &[Change],
    ) -> Result<(), VendorError>;

    /// Deletes an object.
    async fn delete(&self, session: &Session<Self>, container: &str, id: &str) -> Result<(), VendorError>;
}

/// The session type of a kind.
pub type Session<K> = <<K as Kind>::Vendor as Vendor>::Session;
