//! The reconciler of a kind of objects: what watches tell of them goes in, one after the other is worked on.
//!
//! What is the same for every kind is here, once; what is not are the steps that a kind brings.

use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::runtime::census::OfKind;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::finalize::finalize;
use crate::engine::runtime::object::{self, finalized};
use crate::engine::runtime::objects::{Fed, Move, reference};
use crate::engine::runtime::queue::{Lane, Priority, Ticket};
use crate::engine::runtime::report::keep;
use crate::engine::runtime::steps::{Ends as _, Steps};
use crate::engine::runtime::verdict::End;
use crate::engine::runtime::work::Work;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use kube::Resource as _;
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The reconciler of a kind, whatever its types: what the loop asks of it.
pub trait Reconciler {
    /// The kind.
    fn kind(&self) -> KindRef;
    /// Whether a whole list of its objects was seen.
    fn synced(&self) -> bool;
    /// Takes in what a watch tells; the payload is a `Fed` of the kind's type.
    fn feed(&self, payload: Box<dyn Any>);
    /// Whether there is such an object, whether it can be read or not.
    fn knows(&self, key: &ObjectRef) -> bool;
    /// Where the object stands in the queue.
    fn lane(&self, key: &ObjectRef) -> Lane;
    /// Works on one object.
    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next>;
    /// Forgets what is remembered of an object that is not there.
    fn forget(&self, key: &ObjectRef);
    /// Whether something of the object is not stored yet, or of one that had its name.
    fn owes(&self, key: &ObjectRef) -> bool;
    /// The objects of which something is not stored yet.
    fn owing(&self) -> Vec<ObjectRef>;
    /// Tries to store what is owed of an object that nobody works on.
    fn settle<'a>(&'a self, key: &'a ObjectRef) -> LocalBoxFuture<'a, ()>;
    /// Says in the log what is not stored as the process ends.
    fn last_words(&self);
    /// Wakes the objects of the namespace.
    fn wake_namespace(&self, namespace: &str);
    /// Wakes the objects that read the Secret.
    fn wake_readers(&self, namespace: &str, secret: &str);
    /// A count of the objects.
    fn census(&self) -> OfKind;
    /// The objects, with the resourceVersion of each as it is known.
    fn known(&self) -> BTreeMap<ObjectRef, String>;
}

impl<S: Steps> Reconciler for S {
    fn kind(&self) -> KindRef {
        S::Object::KIND
    }

    fn synced(&self) -> bool {
        self.objects().synced()
    }

    fn feed(&self, payload: Box<dyn Any>) {
        let Ok(fed) = payload.downcast::<Fed<S::Object>>() else {
            tracing::error!(kind = %S::Object::KIND, "a watch fed another kind's object: this is a bug");
            return;
        };
        for change in self.objects().feed(*fed, self.context().leads()) {
            take_in(self, &change);
        }
    }

    fn knows(&self, key: &ObjectRef) -> bool {
        self.objects().knows(key)
    }

    fn lane(&self, key: &ObjectRef) -> Lane {
        self.place_in_line(key).unwrap_or_else(|| Lane::nowhere(&key.namespace))
    }

    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next> {
        async move {
            if let Some(object) = self.objects().get(&ticket.key) {
                self.look(&object);
            }
            self.context().tell_parting().await;
            let committer = self.commit();
            let object = match committer.take_up(ticket).await {
                Ok(object) => object,
                Err(next) => return next,
            };
            let next = match object {
                // What its manifest asks for is not known.
                _ if forbids!(UnreadIsLeft, self.objects().unread(&ticket.key).is_some()) => {
                    self.leave_unread(&ticket.key);
                    committer.unread(&ticket.key).await
                }
                // The watch of namespaces wakes it.
                _ if !self.context().knows_namespace(&ticket.key.namespace) => Next::Rest,
                object if self.is_early(object.as_ref()) => Next::Rest,
                object if object.meta().deletion_timestamp.is_some() => finalize(self, object, ticket).await,
                object => keep(self, object, ticket).await,
            };
            committer.sooner(&ticket.key, next)
        }
        .boxed_local()
    }

    fn forget(&self, key: &ObjectRef) {
        self.left(key);
        self.context().convergence.borrow_mut().forget(key);
        self.context().queue.borrow_mut().forget(key);
    }

    fn owes(&self, key: &ObjectRef) -> bool {
        self.objects().owing().owes_of(key)
    }

    fn owing(&self) -> Vec<ObjectRef> {
        self.objects().owing().objects()
    }

    fn settle<'a>(&'a self, key: &'a ObjectRef) -> LocalBoxFuture<'a, ()> {
        async move {
            if let Some(object) = self.objects().get(key) {
                self.look(&object);
                self.commit().settle(&object).await;
            }
        }
        .boxed_local()
    }

    fn last_words(&self) {
        self.commit().last_words();
    }

    fn wake_namespace(&self, namespace: &str) {
        for object in self.objects().all() {
            if object.meta().namespace.as_deref() == Some(namespace) {
                self.wake(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    fn wake_readers(&self, namespace: &str, secret: &str) {
        for object in self.readers(namespace, secret) {
            self.wake(&object, Priority::Change);
        }
    }

    fn census(&self) -> OfKind {
        OfKind::of(&self.objects().readable())
    }

    fn known(&self) -> BTreeMap<ObjectRef, String> {
        self.objects().versions()
    }
}

/// Tells of an object that stood for something and is gone without its end, as nothing held it; whether it is one.
fn parts<S: Steps>(steps: &S, gone: &Rc<S::Object>) -> bool {
    let (context, object) = (steps.context(), gone.as_ref());
    let ended = finalized(object) || object.meta().deletion_timestamp.is_some();
    if ended || !context.leads() || object.common_status().id.is_none() {
        return false;
    }
    let why =
        "this object had no finalizer of orgkeeper when it was deleted, as of one that was only looked at";
    let (reason, note) = match steps.finalizer().stays(&Work::new(Rc::clone(gone)), why) {
        End::LetGo(note) => (Reason::Orphaned, note),
        End::Deleted(note) | End::Gone(note) => (Reason::Deleted, Some(note)),
    };
    let told = note.is_some();
    if let Some(note) = note {
        context.part(object, reason, note);
    }
    told
}

/// Takes in the change of an object.
fn take_in<S: Steps>(steps: &S, change: &Move<S::Object>) {
    let context = steps.context();
    // Nobody knows that any more once it is gone.
    let stood = if change.after.is_none() { steps.place_in_line(&change.key) } else { None };
    steps.moved(change);
    let Move { key, before, after, turned, overwritten } = change;
    if let Some(before) = before
        && after.as_ref().is_none_or(|after| after.meta().uid != before.meta().uid)
    {
        context.first_seen.forget(before.as_ref());
        context.answers.forget(before.as_ref());
    }
    match after {
        Some(object) => {
            context.first_seen.look(object.as_ref(), before.is_some(), context.moment());
            context.answers.look(object.as_ref());
            context.declared(object.as_ref());
            if *overwritten && context.minds_status(object.as_ref()) {
                // Whatever a status says that others wrote, is looked at like an edit of the manifest.
                steps.wake(key, Priority::Change);
            }
            if *turned || object::concerns_us(before.as_deref(), object.as_ref()) {
                steps.wake(key, object::priority(object.as_ref()));
            }
        }
        // It could never be read, which is to be said.
        None if steps.objects().knows(key) => steps.wake(key, Priority::Resync),
        None => {
            let parts = before.as_ref().is_some_and(|before| parts(steps, before));
            steps.forget(key);
            let owes = before.as_ref().is_some_and(|before| steps.commit().owes(before.as_ref()));
            if let Some(lane) = stood.filter(|_| owes || parts) {
                // It is still to be told what of it is not stored, or that it is gone.
                context.wake(key, &lane, Priority::Delete);
            }
        }
    }
}
