//! What is brought in line: an object of Kubernetes, and what is its own at the vendor.

use super::writes::Writes;
use crate::api::managed::Managed;
use crate::engine::base::error::VendorError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::audit::Audit;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::runtime::commit::Updates;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::steps::Steps;
use crate::engine::runtime::stop::Stop;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is brought in line: an object that exists at the vendor, with the fields that are managed.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Subject {
    /// The manifest's type.
    type Resource: Managed;
    /// What its reconcile comes to.
    type Verdict: From<Verdict>;
    /// The permission for one write, until its answer is there.
    type Pass;

    /// The reconciler of its kind.
    fn steps(&self) -> &impl Steps<Object = Self::Resource>;

    /// What all reconciles share.
    fn context(&self) -> &Context {
        self.steps().context()
    }

    /// What this process remembers of its writes to the object.
    fn writes<T>(&self, object: &Self::Resource, use_it: impl FnOnce(&mut Writes) -> T) -> T;

    /// What it is called in messages.
    fn noun(&self) -> &'static str;
    /// Its id at the vendor.
    fn id(&self) -> &str;
    /// The fields that are managed, as declared and beside what the vendor shows of them.
    fn fields(&self, applied: &BTreeMap<String, String>) -> Vec<Field>;
    /// Whether anything may be written.
    fn manage(&self) -> bool;
    /// The same, of the object as it is now.
    fn may_write(&self, object: &Self::Resource) -> bool {
        self.steps().unwritten(object).is_none()
    }

    /// Whether an update writes every field, whichever of them changed.
    fn whole(&self) -> bool {
        false
    }

    /// Whether a write of these changes takes something away from somebody.
    fn takes_away(&self, _changes: &[Change]) -> bool {
        false
    }

    /// What a field is called to people.
    fn legible(&self, path: &str) -> String {
        path.to_owned()
    }

    /// What a person can declare in place of fields that only a create writes, if anything does the same.
    fn instead(&self, _paths: &[String]) -> Option<&'static str> {
        None
    }

    /// Why the contract cannot express what it cannot, where that is more than that it has no place for it.
    fn inexpressible(&self) -> Option<(Reason, String)> {
        None
    }

    /// What the vendor's audit log tells.
    fn log(&self) -> &RefCell<Audit>;

    /// Who changed it since it was compared last, where the log tells.
    fn author(&self, object: &Self::Resource) -> Option<String> {
        let viewed = self.steps().looks(object, |looks| looks.viewed());
        self.log().borrow().author(self.id(), viewed).map(|author| author.name.clone())
    }

    /// It was written: what the log tells of that is our own doing.
    fn wrote(&self) {
        self.log().borrow_mut().wrote(self.id(), self.context().clock.wall());
    }

    /// All that is declared is carried out: what it led to is remembered.
    fn remember(&self, _work: &mut Work<Self::Resource>) {}

    /// Judges a write, or says why it is not made.
    async fn guard(
        &self,
        work: &mut Work<Self::Resource>,
        changes: &[Change],
    ) -> Result<Self::Pass, Stop<Self::Verdict>>;

    /// The vendor has answered the write.
    fn answered(&self, pass: Self::Pass, outcome: Result<&(), &VendorError>);

    /// Writes the changed fields, unless somebody said something else since that was decided.
    async fn send(
        &self,
        work: &Work<Self::Resource>,
        updates: Updates<'_, Self::Resource>,
        changes: &[Change],
    ) -> Result<(), VendorError>;

    /// What a failed write means.
    fn failed(&self, work: &Work<Self::Resource>, error: &VendorError) -> Self::Verdict;
}
