//! What a kind of objects brings to its reconciler: the steps in which one differs from another.

use crate::api::managed::Managed;
use crate::engine::base::ports::{ClusterError, ObjectRef};
use crate::engine::runtime::commit::{Committer, Notes};
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::memory::Looks;
use crate::engine::runtime::objects::{Move, Objects};
use crate::engine::runtime::queue::{Lane, Priority, Ticket};
use crate::engine::runtime::verdict::{End, Stop, Verdict};
use crate::engine::runtime::work::Work;
use serde_json::Value;
use std::rc::Rc;

/// What is done with the objects of a kind.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Steps {
    /// The kind.
    type Object: Managed;

    /// What all reconciles share.
    fn context(&self) -> &Context;
    /// The objects, as they are known.
    fn objects(&self) -> &Objects<Self::Object>;
    /// What is remembered of the looks at the object.
    fn looks<T>(&self, object: &Self::Object, use_it: impl FnOnce(&mut Looks) -> T) -> T;
    /// Who writes the objects.
    fn commit(&self) -> Committer<'_, Self::Object> {
        Committer::new(self.context(), self.objects())
    }

    /// What is noted of what was done or seen at the vendor.
    fn notes(&self) -> Notes<'_, Self::Object> {
        Notes::new(self.context(), self.objects())
    }

    /// Where the object stands in the queue; `None` for one that belongs to no organization.
    fn place_in_line(&self, key: &ObjectRef) -> Option<Lane>;

    /// Wakes the object, if it stands anywhere.
    fn wake(&self, key: &ObjectRef, priority: Priority) {
        if let Some(lane) = self.place_in_line(key) {
            self.context().wake(key, &lane, priority);
        }
    }

    /// The objects that would look again if the Secret changed.
    fn readers(&self, namespace: &str, secret: &str) -> Vec<ObjectRef>;
    /// What the change of an object means for others.
    fn moved(&self, change: &Move<Self::Object>);
    /// Forgets what is kept beside an object that is not there.
    fn left(&self, key: &ObjectRef);
    /// An object that cannot be read is about to be left as it is.
    fn leave_unread(&self, _key: &ObjectRef) {}
    /// An object is about to be stored, or looked at.
    fn look(&self, _object: &Rc<Self::Object>) {}
    /// Something else is known of the object than before.
    fn learned(&self, _key: &ObjectRef) {}

    /// Whether nothing can be said of the object yet; whoever knows more wakes it.
    fn is_early(&self, _object: &Self::Object) -> bool {
        false
    }

    /// The status that a draft stands for.
    fn draft(&self, work: &Work<Self::Object>) -> Value {
        Committer::status(work)
    }

    /// Why nothing is written for the object, where nothing is.
    fn unwritten(&self, object: &Self::Object) -> Option<&'static str>;
    /// A look shows that nothing of the object is left to write.
    fn shown(&self, _object: &Self::Object) {}
    /// Nothing but what was asked in this look waits for a person; whether something else does, on its organization.
    fn settled(&self, _object: &Self::Object, _waits_for_person: bool) {}

    /// What is left to do for an object that Kubernetes took away while something was done for it.
    async fn taken_away(&self, _work: &Work<Self::Object>) -> Next {
        Next::Gone
    }

    /// How one is kept.
    fn keeper(&self) -> impl Keeps<Object = Self::Object>;
    /// How one ends.
    fn finalizer(&self) -> impl Ends<Object = Self::Object>;
}

/// Keeps objects of a kind.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Keeps {
    /// The kind.
    type Object: Managed;

    /// Keeps an object as its manifest declares it.
    async fn keep(&self, work: &mut Work<Self::Object>, ticket: &Ticket) -> Result<Verdict, Stop>;
    /// Adds what is to be said besides, wherever that ended.
    async fn add(&self, work: &mut Work<Self::Object>, verdict: &mut Verdict);
}

/// Ends objects of a kind.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Ends {
    /// The kind.
    type Object: Managed;

    /// What is left to do for an object whose finalizer is gone.
    async fn unheld(&self, _object: &Self::Object) -> Next {
        Next::Rest
    }

    /// The end of one that is left at the vendor as it is, and why.
    fn stays(&self, work: &Work<Self::Object>, why: &str) -> End;
    /// Stops where others have to go first.
    async fn waits_for_users(&self, work: &mut Work<Self::Object>, ticket: &Ticket) -> Result<(), Stop>;
    /// Leaves at the vendor what stands for it, or deletes it there.
    async fn end(&self, work: &mut Work<Self::Object>, ticket: &Ticket) -> Result<End, Stop>;
    /// Lets go of the Secrets that were kept for it.
    async fn release(&self, work: &Work<Self::Object>, end: &End) -> Result<(), ClusterError>;
    /// Tells what is to be told of its end besides.
    async fn ended(&self, _work: &Work<Self::Object>) {}
}
