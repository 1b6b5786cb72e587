//! One-time tokens: the Secret is reserved before a create, and filled before anything else (rule 5).

use super::Children;
use super::verdict::Verdict;
use crate::api::conditions::ConditionType;
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::report::Findings;
use crate::engine::seams::ClusterError;
use crate::engine::work::Work;
use crate::engine::world::Next;
use secrecy::SecretString;
use std::rc::Rc;

/// How an object's token stands.
pub(super) enum Tokened {
    /// As it should, or the object has none; with what else is to be said, and when to look again.
    Fine(Vec<(ConditionType, Reason, String)>, Next),
    /// The object is otherwise kept, and this is wrong with its token.
    Wrong(Findings, Next),
    /// Nothing else is done now.
    Stop(Verdict),
}

impl<K: Kind> Children<K> {
    /// Reserves the Secret for the token of an object that is to be created; what is wrong with it, if
    /// anything is.
    pub(super) async fn reserve(
        &self,
        _work: &mut Work<K::Resource>,
        _organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<Option<Findings>, ClusterError> {
        Ok(None)
    }

    /// Stores the token of an object that was just created, whatever it takes.
    pub(super) async fn deliver(
        &self,
        _work: &mut Work<K::Resource>,
        _organization: &Rc<Organization<K::Vendor>>,
        _id: &str,
        _token: Option<SecretString>,
    ) -> Result<(), ClusterError> {
        Ok(())
    }

    /// Looks after the token of an object that exists.
    pub(super) async fn keep_token(
        &self,
        _work: &mut Work<K::Resource>,
        _organization: &Rc<Organization<K::Vendor>>,
        _id: &str,
        _live: &K::Live,
        _desired: &K::Desired,
        _manage: bool,
    ) -> Result<Tokened, ClusterError> {
        Ok(Tokened::Fine(Vec::new(), Next::Rest))
    }

    /// Deletes the Secret with the token of an object that is gone from the vendor.
    pub(super) async fn discard_token(&self, _work: &mut Work<K::Resource>) -> Result<(), ClusterError> {
        Ok(())
    }
}
