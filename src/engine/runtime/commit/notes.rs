//! What is noted of what was done or seen at the vendor, for `status.lastChanges`.

use crate::api::managed::Managed;
use crate::engine::decide::trail::Fact;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::objects::Objects;

/// Notes of the objects of one kind. What is noted goes along with each write of the object's status from then on, until
/// the API server shows it there: no draft that is thrown away takes it along. It is not owed, and nothing waits for it.
pub struct Notes<'a, R> {
    context: &'a Context,
    objects: &'a Objects<R>,
}

impl<'a, R: Managed> Notes<'a, R> {
    /// Of the objects of this kind.
    pub const fn new(context: &'a Context, objects: &'a Objects<R>) -> Self {
        Self { context, objects }
    }

    /// Notes what an event tells too.
    pub fn note(&self, object: &R, fact: &Fact) {
        self.objects.owing().note(object, fact, self.context.moment().wall);
    }

    /// Notes what no event tells, and says it in the log.
    pub fn note_and_log(&self, object: &R, fact: &Fact) {
        self.note(object, fact);
        self.context.log(object, false, fact.reason, &fact.note);
    }

    /// Takes back what was noted, as far as it is not stored yet: something else says more.
    pub fn take_back(&self, object: &R, digest: &str) {
        self.objects.owing().take_back(object, digest);
    }
}
