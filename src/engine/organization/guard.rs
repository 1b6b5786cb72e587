//! What waits for a person is told on the organization, and let through when it is confirmed (rule 12).

use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{ClusterError, ObjectRef};
use crate::engine::base::reason::Reason;
use crate::engine::base::runbook::unlinked;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::blast_radius::{Guard, Question};
use crate::engine::organization::weigh::drop_taken_back;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::work::Work;
use kube::Resource as _;

/// Asks a person, and takes in the answers.
pub(super) struct Questions<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Questions<'_, V> {
    /// Sets how many destructive writes an hour need no person.
    pub(super) fn allow(&self, root: &V::Root, per_hour: u32) {
        let Some(guard) = self.0.organizations.guard(root) else { return };
        if guard.allow(usize::try_from(per_hour).unwrap_or(usize::MAX)) {
            self.wake_these(&guard.who_waits());
        }
    }

    /// Lets through what a person confirmed, and tells what waits.
    pub(super) async fn ask(&self, work: &mut Work<V::Root>, findings: &mut Findings, next: &mut Next) {
        let suspended = findings.extra.iter().any(|(kind, ..)| *kind == ConditionType::Suspended);
        if suspended {
            return;
        }
        let now = self.0.context.now();
        // What another object's organization waits for is nobody else's to let through.
        let Some(guard) = self.0.organizations.guard(work.object.as_ref()) else { return };
        if self.0.organizations.holder(work.object.as_ref()).is_some() {
            return;
        }
        if !matches!(findings.health, Health::Ready(..)) || findings.extra.iter().any(troubled) {
            guard.nobody_can_ask();
        }
        if let Err(error) = self.confirm(work, &guard).await {
            tracing::info!(object = %reference(work.object.as_ref()), %error, "what the guard remembers is not stored");
            *next = Next::Retry;
        }
        // After a start, what waits is found out only as objects are looked at: until then what the process before told
        // stands.
        let known_from = guard.since() + 2 * self.0.context.settings.settle;
        let told = conditions::find(&work.status.conditions, ConditionType::ConfirmationRequired);
        let told = told.map(|told| unlinked(&told.message).to_owned());
        let stands = guard.inherited(told.as_deref()).filter(|_| now < known_from);
        let text = match (guard.question(), stands) {
            (_, Some(stands)) => {
                *next = next.sooner(Next::At(known_from));
                for known in &work.status.asked {
                    work.heard.note(&known.of);
                }
                stands
            }
            (Some(question), _) => {
                let answer = work.ask(&question.digest, self.0.context.clock.wall());
                text(&question, &answer, guard.limit())
            }
            (None, _) => return,
        };
        if told.is_none() {
            let object = work.object.as_ref();
            self.0.context.tell(object, true, Reason::TooDestructive, "Ask", text.clone()).await;
        }
        findings.extra.push((ConditionType::ConfirmationRequired, Reason::TooDestructive, text));
    }

    /// Stores what was let through, and wakes it.
    async fn confirm(&self, work: &mut Work<V::Root>, guard: &Guard) -> Result<(), ClusterError> {
        let newest = self.0.organizations.objects.get(&reference(work.object.as_ref()));
        let same = |other: &V::Root| {
            let (mine, theirs) = (work.object.meta(), other.meta());
            mine.uid == theirs.uid && mine.generation == theirs.generation
        };
        if let Some(newest) = newest.filter(|newest| same(newest.as_ref())) {
            // Those below write what the guard remembers meanwhile.
            work.object = newest;
        }
        let question = guard.question().filter(|question| work.confirmed(&question.digest));
        let released = question.is_some();
        let stored = work.object.guard_status().cloned().unwrap_or_default();
        let mut wanted = guard.tidied(&stored, self.0.context.now());
        let mut asked = work.object.common_status().asked.clone();
        drop_taken_back(&self.0.context, guard, work.object.as_ref(), &mut wanted);
        if let Some(question) = &question {
            wanted = guard.releasing(&wanted);
            // In the same write: an answer counts once.
            asked.retain(|known| known.of != question.digest);
        }
        if wanted != stored || released {
            work.object =
                self.0.organizations.remember(&self.0.context, &work.object, &wanted, &asked).await?;
            guard.stored(&wanted);
        }
        if let Some(question) = question {
            // Not before that is stored, or a write that failed would have spent the answer.
            guard.released_by(self.0.context.answers.begin(work.object.as_ref()));
            work.answered(&question.digest);
            let objects = guard.release(&wanted);
            self.wake_these(&objects);
        }
        // Also where it was stored, and nobody heard that.
        self.wake_these(&guard.leave_released(&wanted));
        Ok(())
    }

    /// Wakes objects of whatever kind.
    fn wake_these(&self, objects: &[ObjectRef]) {
        let controllers = self.0.organizations.controllers();
        for object in objects {
            if object.kind == V::Root::KIND {
                self.0.context.wake_root(object, Priority::Change);
                continue;
            }
            let controller = controllers.iter().find(|known| known.kind() == object.kind);
            if let Some(lane) = controller.filter(|known| known.knows(object)).map(|known| known.lane(object))
            {
                self.0.context.wake(object, &lane, Priority::Change);
            }
        }
    }
}

/// Whether calls fail, so that objects are not looked at.
fn troubled((kind, ..): &(ConditionType, Reason, String)) -> bool {
    matches!(kind, ConditionType::Throttled | ConditionType::Unreachable)
}

fn text(question: &Question, answer: &str, limit: usize) -> String {
    let Question { asked, waiting, first, .. } = question;
    let more = waiting - first.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let these = match (*asked == *waiting, waiting) {
        (true, 1) => "this".to_owned(),
        (true, _) => "these".to_owned(),
        (false, _) => format!("the first {asked} of these"),
    };
    let (wait, go) = match waiting {
        1 => ("1 write that takes something away waits".to_owned(), "It goes on by itself"),
        _ => (format!("{waiting} writes that take something away wait"), "They go on by themselves"),
    };
    let (is, go) = match limit {
        0 => ("none is made without a person's word".to_owned(), String::new()),
        1 => ("no more than 1 is made within an hour".to_owned(), format!(" {go}, 1 an hour.")),
        _ => (format!("no more than {limit} are made within an hour"), format!(" {go}, {limit} an hour.")),
    };
    format!(
        "{wait}, as {is}: {}{more}.{go} To let exactly {these} through now, set the annotation \
         orgkeeper.dev/confirm: {answer} on the organization.",
        first.join("; "),
    )
}
