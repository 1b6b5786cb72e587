//! An unkind world: what goes wrong around the operator, a source of trouble at a time or all together.
//!
//! Each source draws from a stream of its own. One that is off draws nothing, and the world is as kind as if it did
//! not exist.

pub mod admission;
pub mod calls;
pub mod replicas;
pub mod strangers;
pub mod wall;
pub mod watches;

use super::dice::Dice;
use admission::Webhook;
use orgkeeper::engine::base::ports::{ObjectRef, Tick};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Where trouble comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Calls of Kubernetes take time: mostly little, now and then longer than a term of the Lease.
    SlowCalls,
    /// Calls of Kubernetes are given up on after a while, and carried out later all the same.
    GivenUpCalls,
    /// Others write what the operator is about to write.
    Conflicts,
    /// Kubernetes answers 429 and 5xx, before or after the effect.
    Errors,
    /// Watches break (410): what happens until they begin anew with a list is not told.
    DroppedWatches,
    /// Watches tell late, each kind in its own time.
    LateWatches,
    /// A webhook drops a member of status.
    DroppedStatus,
    /// A webhook drops the finalizer.
    DroppedFinalizer,
    /// A webhook drops an annotation of a Secret.
    DroppedAnnotation,
    /// A webhook refuses writes: one now and then, and all of one object's status for a while.
    Refusals,
    /// Somebody writes annotations that are longer than status can repeat.
    Scribbles,
    /// No Secret can be read for a while.
    SecretReads,
    /// Processes are held up right when they send a write.
    HeldUp,
    /// The definitions are older than the program: a member of status is pruned.
    OlderDefinition,
    /// The definitions are newer than the program: an object does not parse.
    NewerDefinition,
    /// Wall clocks step, and drift against the tick.
    Wall,
    /// People, and other clusters with the same token, do things at the vendor.
    Strangers,
    /// Processes are killed, stopped, put to sleep and started again.
    Replicas,
    /// Somebody deletes the Lease.
    LeaseDeleted,
    /// The vendor fails, and its lists lag.
    Vendor,
}

impl Source {
    /// All.
    pub const ALL: [Self; 20] = [
        Self::SlowCalls,
        Self::GivenUpCalls,
        Self::Conflicts,
        Self::Errors,
        Self::DroppedWatches,
        Self::LateWatches,
        Self::DroppedStatus,
        Self::DroppedFinalizer,
        Self::DroppedAnnotation,
        Self::Refusals,
        Self::Scribbles,
        Self::OlderDefinition,
        Self::NewerDefinition,
        Self::Wall,
        Self::Strangers,
        Self::Replicas,
        Self::LeaseDeleted,
        Self::Vendor,
        Self::SecretReads,
        Self::HeldUp,
    ];

    /// The name of its stream.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// The tests that keep a kind world.
const KIND: &str = include_str!("../../kind.txt");

/// What every other test has to bear.
const OF_NEW_TESTS: [Source; 4] =
    [Source::Errors, Source::Conflicts, Source::DroppedWatches, Source::LateWatches];

/// What is carried out later than it was asked for.
type Late = (Tick, Box<dyn FnOnce()>);

/// What goes wrong in all that is reached through calls and watches. Kind as long as no source is on.
#[derive(Default)]
pub struct Unkind {
    streams: RefCell<BTreeMap<Source, Dice>>,
    late: RefCell<Vec<Late>>,
    /// The member of status that the definitions do not know.
    pruned: RefCell<Option<&'static str>>,
    /// The objects whose status is refused, and until when.
    refused: RefCell<BTreeMap<ObjectRef, Tick>>,
    /// What is always done with what is written.
    webhook: RefCell<Option<Webhook>>,
    /// The object whose status somebody else is always the faster to write, and what that one writes.
    rival: RefCell<Option<(ObjectRef, Value)>>,
}

impl Unkind {
    /// All sources, each with its stream of the seed.
    pub fn from_seed(seed: u64) -> Self {
        let unkind = Self::default();
        for source in Source::ALL {
            unkind.on(source, seed);
        }
        unkind
    }

    /// The world of the test that runs here: kind where the list says so, and else one in which calls err and
    /// conflict, and watches break and tell late.
    pub fn of_this_test() -> Self {
        let unkind = Self::default();
        let thread = std::thread::current();
        if let Some(name) =
            thread.name().filter(|name| name.contains("::") && !KIND.lines().any(|kind| kind == *name))
        {
            for source in OF_NEW_TESTS {
                unkind.on(source, Dice::new(1, name).draw());
            }
        }
        unkind
    }

    /// Switches a source on.
    pub fn on(&self, source: Source, seed: u64) {
        let mut dice = Dice::new(seed, &source.name());
        if source == Source::OlderDefinition {
            *self.pruned.borrow_mut() = Some(dice.pick(&admission::YOUNG_MEMBERS));
        }
        self.streams.borrow_mut().insert(source, dice);
    }

    /// Refuses every write of the object's status until then.
    pub fn refuse(&self, object: &ObjectRef, until: Tick) {
        self.refused.borrow_mut().insert(object.clone(), until);
    }

    /// Whether the object's status is refused now.
    pub fn refuses(&self, object: &ObjectRef, now: Tick) -> bool {
        self.refused.borrow().get(object).is_some_and(|until| now < *until)
    }

    /// From now on this webhook sees all that is written, and no other.
    pub fn admit(&self, webhook: Option<Webhook>) {
        *self.webhook.borrow_mut() = webhook;
    }

    /// From now on somebody else is the faster whenever the object's status is written, and writes these members.
    pub fn outdo(&self, rival: Option<(ObjectRef, Value)>) {
        *self.rival.borrow_mut() = rival;
    }

    /// What somebody else writes to the object's status right before.
    pub fn outdone(&self, object: &ObjectRef) -> Option<Value> {
        self.rival.borrow().as_ref().filter(|(of, _)| of == object).map(|(_, members)| members.clone())
    }

    fn webhook(&self) -> Option<Webhook> {
        self.webhook.borrow().clone()
    }

    /// From now on the world is kind; what is under way comes to its end.
    pub fn relent(&self) {
        self.streams.borrow_mut().clear();
        *self.pruned.borrow_mut() = None;
        self.refused.borrow_mut().clear();
    }

    /// What the source draws; nothing while it is off.
    pub fn draw<T>(&self, source: Source, draw: impl FnOnce(&mut Dice) -> T) -> Option<T> {
        self.streams.borrow_mut().get_mut(&source).map(draw)
    }

    /// Whether the source strikes now, as it does once in so many times.
    pub fn strikes(&self, source: Source, one_in: u64) -> bool {
        self.draw(source, |dice| dice.one_in(one_in)).unwrap_or(false)
    }

    /// Carries something out then.
    pub fn later(&self, at: Tick, what: impl FnOnce() + 'static) {
        self.late.borrow_mut().push((at, Box::new(what)));
    }

    /// When the next thing is due that is carried out late.
    pub fn next_late(&self) -> Option<Tick> {
        self.late.borrow().iter().map(|(at, _)| *at).min()
    }

    /// Carries out what is due; whether anything was.
    pub fn carry_out(&self, now: Tick) -> bool {
        let mut due: Vec<Late> = self.late.borrow_mut().extract_if(.., |(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        let some = !due.is_empty();
        for (_, what) in due {
            what();
        }
        some
    }
}
