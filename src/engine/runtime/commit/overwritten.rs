//! A status that somebody else wrote over is put back, and told. That has an end (rule 15): then it stays as the other one
//! writes it, and the object is looked at slowly. What this process knows of it lies over it all the same.

use super::owed::uid;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::reason::Reason;
use crate::engine::decide::repeats::MOST;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::objects::Objects;

/// How to find out who it was.
const WHO: &str = "kubectl get with --show-managed-fields tells who it was; stop that one, as only the operator writes status.";

/// Looks after the statuses of one kind that others wrote over.
pub(super) struct Overwritten<'a, R> {
    pub context: &'a Context,
    pub objects: &'a Objects<R>,
}

impl<R: Managed> Overwritten<'_, R> {
    /// Whether the object's status stays as somebody else wrote it: it was put back as often as it is. That is told once.
    pub(super) async fn stays(&self, object: &R) -> bool {
        let (uid, now) = (uid(object), self.context.now());
        let owing = self.objects.owing();
        if owing.is_overwritten(object).is_none()
            || !forbids!(StatusFightsEnd, !self.context.statuses.room(&uid, now))
        {
            return false;
        }
        owing.leave(object, now + self.context.jittered(self.context.settings.slow_retry));
        if self.context.statuses.tells(&uid) {
            let note = format!(
                "Somebody else writes this object's status again and again: it was put back {MOST} times within an hour, and \
                 stays as it is written now, true or not, until that ends. Nothing is made at the vendor for this object \
                 meanwhile. {WHO}"
            );
            self.tell(object, note).await;
        }
        true
    }

    /// Tells that these members were put back.
    pub(super) async fn put_back(&self, object: &R, members: &str) {
        let note = format!(
            "Somebody else wrote this object's status ({members}), and it is put back as it was; nothing was done at the \
             vendor for what stood there. {WHO}"
        );
        self.tell(object, note).await;
    }

    async fn tell(&self, object: &R, note: String) {
        self.context.tell(object, true, Reason::StatusOverwritten, "Store", note).await;
    }
}
