//! What a vendor answers of a write that takes something away: facts, of which the engine makes a decision (rule 12).

use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::decide::lock_out::Stake;
use crate::engine::decide::plan::Change;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::vendor::Vendor;
use async_trait::async_trait;
use std::collections::BTreeSet;

/// Those who can act in an organization can be read: who we are, and who administers it.
#[async_trait(?Send)]
pub trait Principals<V: Vendor> {
    /// All of them, as a list shows them; whole, or an error (rule 2).
    async fn list(&self, session: &V::Session) -> Result<Vec<Row<V::Principal>>, VendorError>;

    /// One of them; [`NotFound`](crate::engine::base::error::Failure::NotFound) where there is no such one any more.
    async fn read(&self, session: &V::Session, id: &str) -> Result<V::Principal, VendorError>;

    /// What was seen of one before: with whom a search begins, and no more.
    fn seen(&self, _session: &V::Session, _id: &str) -> SeenBefore {
        SeenBefore::default()
    }
}

/// One who can act in an organization, as a list shows them.
pub struct Row<P> {
    /// Their id.
    pub id: String,
    /// Whether the list shows something that may make them an administrator.
    pub likely: bool,
    /// All of it, where the list shows that: then nobody is read one by one to see who is none.
    pub whole: Option<P>,
}

/// What was seen of one before.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeenBefore {
    /// That it is who we are.
    pub ours: bool,
    /// That it is an administrator, or may be one.
    pub administers: bool,
}

/// A write that takes something away.
pub struct Harm<'a, K: Kind> {
    /// The id of the object.
    pub id: &'a str,
    /// What the vendor shows of it, details included, read for this question.
    pub live: &'a K::Observed,
    /// What it is to be; `None` for a deletion.
    pub desired: Option<&'a K::Desired>,
    /// What would be written; empty for a deletion.
    pub changes: &'a [Change],
    /// Since when it is judged: whom the answer rests on is read since then.
    pub since: Tick,
    /// Ids of which we took something away so recently that the vendor may still show what was before.
    pub spent: &'a BTreeSet<String>,
}

/// What a write strips those of who can act in the organization.
pub enum Stripped<'a, K: Kind> {
    /// Of nothing: nobody can do less by it.
    Nothing,
    /// Nobody knows, as this was not read: what, as a sentence begins.
    Unread(String),
    /// Of what reads show.
    Shown(Shown<'a, K::Vendor>),
    /// Of what no read shows: the object itself may be one of them.
    Unshown(Unshown<'a, K::Resource>),
}

/// What one has at stake, as a read shows them.
pub type StakeOf<'a, V> = Box<dyn Fn(&<V as Vendor>::Principal) -> Stake + 'a>;

/// Whether we are the one with this id; `None` where nothing tells.
pub type IsOurs<'a> = Box<dyn Fn(&str) -> Option<bool> + 'a>;

/// What reads show of those who can act in an organization, in the light of a write.
pub struct Shown<'a, V: Vendor> {
    /// From whom it takes something.
    pub whom: Whom,
    /// What any of them has at stake.
    pub stake: StakeOf<'a, V>,
    /// Whether anybody may be found who administers the organization whatever comes of it.
    pub others: bool,
}

/// From whom a write takes something.
pub enum Whom {
    /// From the object itself, as it was read for this question.
    Itself(Stake),
    /// From some of those with these ids, who have it as said ("a member of").
    These(Vec<String>, &'static str),
    /// From some who have it as said ("a user who has"): nobody knows who before all are read. Whether any of them may
    /// administer the organization by it.
    Holders(&'static str, bool),
}

/// What manifests and our own writes have to tell, where no read shows who administers.
pub struct Unshown<'a, R> {
    /// Whether we are the one with this id; `None` where nothing tells.
    pub ours: IsOurs<'a>,
    /// What to do where nothing tells, as a sentence goes on.
    pub if_not_ours: &'static str,
    /// The field that makes an administrator, and by which value.
    pub by: (&'static str, &'static str),
    /// Whether a manifest asks for one.
    pub asks: fn(&R) -> bool,
    /// How it does ("with role Admin").
    pub declared: &'static str,
}
