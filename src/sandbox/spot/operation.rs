//! An operation: what it is called, what it asks of its caller, what carries it out, and what the audit log calls it.

use super::call::Call;
use super::envelope::Success;
use super::need::Need;
use super::refusal::Refusal;
use crate::sandbox::core;

/// Carries a call out.
type Run = fn(&mut Call<'_>) -> Result<Success, Refusal>;

/// Whether a call is such a one.
type Test = fn(&Call<'_>) -> bool;

/// An operation that some contract has.
#[derive(Debug)]
pub struct Operation {
    name: &'static str,
    need: Need,
    /// What is asked for in its place, where the call is such a one.
    other_need: Option<(Test, Need)>,
    run: Run,
    lists: bool,
    /// What the audit log calls the action and the kind of its object. None: it only reads.
    audited: Option<(&'static str, &'static str)>,
}

impl Operation {
    /// One that reads one object.
    pub(super) const fn get(name: &'static str, need: Need, run: Run) -> Self {
        Self { name, need, other_need: None, run, lists: false, audited: None }
    }

    /// One whose answer is a list of a whole collection.
    pub(super) const fn list(name: &'static str, need: Need, run: Run) -> Self {
        Self { lists: true, ..Self::get(name, need, run) }
    }

    /// One that changes something of this kind, as the audit log names kinds.
    pub(super) const fn change(name: &'static str, resource: &'static str, need: Need, run: Run) -> Self {
        Self { audited: Some((name, resource)), ..Self::get(name, need, run) }
    }

    /// The same by another name in the audit log.
    pub(super) const fn audited_as(mut self, action: &'static str) -> Self {
        if let Some((_, resource)) = self.audited {
            self.audited = Some((action, resource));
        }
        self
    }

    /// The same, which asks for something else where the call is such a one.
    pub(super) const fn or_where(mut self, such: Test, need: Need) -> Self {
        self.other_need = Some((such, need));
        self
    }

    /// Carries it out, if the caller may.
    pub(super) fn carry_out(&self, call: &mut Call<'_>) -> Result<Success, Refusal> {
        let other = self.other_need.filter(|(such, _)| such(call));
        call.must_be_given(other.map_or(self.need, |(_, need)| need))?;
        (self.run)(call)
    }

    /// All that it may ask for.
    pub(super) fn needs(&self) -> impl Iterator<Item = Need> {
        [Some(self.need), self.other_need.map(|(_, need)| need)].into_iter().flatten()
    }

    /// What the audit log calls the action and the kind of its object. None: it only reads.
    pub(super) const fn audited(&self) -> Option<(&'static str, &'static str)> {
        self.audited
    }
}

impl core::Operation for &'static Operation {
    fn name(self) -> String {
        self.name.to_owned()
    }

    fn is_list(self) -> bool {
        self.lists
    }
}
