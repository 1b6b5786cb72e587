//! A storm is played on the virtual clock; then the world becomes kind, and comes to rest.

use super::doings::{Company, Rival, founded};
use super::neighbours::Neighbourhood;
use super::plan::{Deal, Storm, Vendors};
use super::promises;
use super::slots::{CLIENT_SECRET_IN, Declared, PROD, RESOURCE, Slot, acme_spec};
use super::truths::{Bearing, Ceilings};
use super::unread::Unread;
use crate::atoll::storm::Part as Atoll;
use crate::support::credentials::CLIENT_SECRET;
use crate::support::dice::Dice;
use crate::support::house::{House, mins, secs};
use crate::support::journal::Broken;
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, HOST, TOKEN, account, with};
use crate::support::subscriptions::HOOK;
use crate::support::unkind::Source;
use crate::support::unkind::replicas::Replicas;
use orgkeeper::api::annotation;
use orgkeeper::engine::base::ports::{ObjectRef, Tick};
use orgkeeper::sandbox::Lag;
use serde_json::{Value, json};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

/// How many processes there are.
const REPLICAS: usize = 2;
/// The most that the organization may send within a minute at first.
pub const CEILING: usize = 300;
/// How long it may take until all is at rest once the world is kind.
const PATIENCE: Duration = mins(3 * 60);
/// For how long nothing may be written at rest: more than two resyncs.
const QUIET: Duration = mins(12);

/// The longest request that status can repeat.
const MAX_REQUEST: usize = 256;

/// What became of a storm.
pub struct Outcome {
    /// The promises that were broken.
    pub broken: Vec<Broken>,
    /// All that happened.
    pub log: String,
    /// What helps to see why.
    pub picture: String,
}

/// Plays a storm.
pub fn play(storm: &Storm) -> Outcome {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut play = Play::new(storm);
        let broken = play.run(storm);
        let picture = if broken.is_empty() { String::new() } else { play.house.describe() };
        Outcome { broken, log: play.house.way.journal.log(), picture }
    }));
    played.unwrap_or_else(|panic| {
        let text = said(&*panic);
        let first = text.lines().next().unwrap_or_default().to_owned();
        Outcome { broken: vec![Broken::new(first, text)], log: String::new(), picture: String::new() }
    })
}

fn said(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// A storm as it is played.
pub struct Play {
    pub house: House,
    replicas: Replicas,
    pub declared: BTreeMap<Slot, Declared>,
    incarnations: BTreeMap<Slot, usize>,
    /// The manifests that do not parse, and until when.
    unparsable: BTreeMap<Slot, Tick>,
    pub token: String,
    asked: usize,
    pub company: Company,
    pub neighbourhood: Neighbourhood,
    pub unread: Unread,
    pub bearing: Bearing,
    pub ceilings: Ceilings,
    /// What there is of the other vendor, where that is on.
    pub atoll: Option<Atoll>,
    /// What a person said of that it stays.
    pub kept: RefCell<BTreeSet<String>>,
    /// Until when no Secret can be read.
    unreadable: Option<Tick>,
    /// How much had moved when it was last looked at what is there.
    seen: Cell<usize>,
}

impl Play {
    fn new(storm: &Storm) -> Self {
        let mut house = House::new(storm.contract).with_seed(storm.seed);
        // Only what the storm says is on, and only from then on.
        house.way.unkind.relent();
        house.way.journal.bounds_effort();
        house.way.rotation_overlap = mins(5);
        // A clock that is set shortens or lengthens it, and it is counted from before it is stored.
        if !storm.sources.contains(&Source::Wall) {
            house.way.journal.made.overlaps(mins(3));
        }
        house.way.cluster.put_secret(HOME, "hook", "url", HOOK);
        house.administrator();
        // The vendor has a name with a dot at its end too.
        let vendor = Rc::clone(&house.sandbox);
        house.way.vendors.sandboxes.borrow_mut().insert(format!("{HOST}."), vendor);
        // An older object of another namespace may name the organization, and have no token.
        if Dice::new(storm.seed, "before").one_in(4) {
            house.apply(&Rival::Away.key(), &Rival::Away.spec());
        }
        house.apply(&acme(), &acme_spec());
        house.apply(&home(PROD), &account(PROD));
        let atoll = (storm.vendors == Vendors::All).then(|| Atoll::beside(&mut house));
        house.start();
        house.start();
        house.until(mins(5), "prod", |house| house.ready(&home(PROD)));
        let prod = house.id(&home(PROD)).unwrap();
        house.vendor().world_mut().add_resource(&prod, Some(RESOURCE), "a group").unwrap();
        let ceilings = vec![(house.now(), CEILING)];
        for source in &storm.sources {
            house.way.unkind.on(*source, storm.seed);
        }
        Self {
            house,
            replicas: Replicas::new(REPLICAS),
            declared: BTreeMap::new(),
            incarnations: BTreeMap::new(),
            unparsable: BTreeMap::new(),
            token: TOKEN.to_owned(),
            asked: 0,
            company: Company::default(),
            neighbourhood: Neighbourhood::default(),
            unread: Unread::default(),
            bearing: Bearing::of(storm),
            ceilings,
            atoll,
            kept: RefCell::default(),
            unreadable: None,
            seen: Cell::default(),
        }
    }

    fn run(&mut self, storm: &Storm) -> Vec<Broken> {
        let began = self.house.now();
        for step in &storm.steps {
            if let Some(broken) = self.until(began + step.at) {
                return broken;
            }
            self.deal(&step.deal);
        }
        if let Some(broken) = self.until(self.house.now() + secs(30)) {
            return broken;
        }
        self.relent();
        self.rest(storm)
    }

    /// Runs until then; what is broken by then, if anything is.
    pub fn until(&mut self, end: Tick) -> Option<Vec<Broken>> {
        loop {
            let left = end.since(self.house.now());
            if left.is_zero() {
                return None;
            }
            // Whoever starts now takes in what there is before anybody asks what it knows.
            self.replicas.tend(&mut self.house, false);
            self.mend(false);
            self.neighbours(false);
            self.unread_goes_on(false);
            self.house.run(left.min(secs(1)));
            let broken = self.broken();
            if !broken.is_empty() {
                return Some(broken);
            }
        }
    }

    /// What is broken at any time.
    fn broken(&self) -> Vec<Broken> {
        let mut broken = self.house.way.journal.broken();
        let panicked = self.house.processes.iter().any(|process| process.counts.panics.get() > 0);
        broken.extend(panicked.then(|| Broken::new("a reconcile panicked", "")));
        broken.extend(self.atoll.iter().filter_map(|atoll| atoll.broken(&self.house)));
        // What is there is looked at when something moved.
        let moved = self.house.way.journal.moved();
        if self.seen.replace(moved) != moved || self.house.now().since_boot().as_secs().is_multiple_of(10) {
            broken.extend(self.neighbours_broken());
            broken.extend(self.untrue());
        }
        broken
    }

    fn deal(&mut self, deal: &Deal) {
        match deal {
            Deal::Apply(slot, goes) => self.apply(*slot, *goes),
            Deal::Edit(slot) => self.edit(*slot),
            Deal::Delete(slot) => self.delete(*slot),
            Deal::Rotate(slot) => self.ask(&slot.key(), annotation::ROTATE_REQUESTED_AT),
            Deal::Look(slot) if self.neighbourhood.is_fought_for(*slot) => {}
            Deal::Look(slot) => self.ask_for(&slot.key()),
            Deal::Answer => self.answer(annotation::CONFIRM),
            Deal::NewToken(ends) => self.replace_token(*ends),
            Deal::EditOrganization(_) if self.company.ended || self.unread.root() => {}
            Deal::EditOrganization(budget) => {
                self.ceilings.push((self.house.now(), usize::try_from(*budget).unwrap()));
                let members = json!({"connection": {"requestsPerMinute": budget}});
                self.manifest(&acme(), &with(acme_spec(), members));
                self.is_lenient();
            }
            Deal::Fault(fault) => {
                self.house.vendor().add_fault(fault.as_ref().clone());
            }
            Deal::Lag(seconds) => {
                self.house.vendor().set_lag(Lag::of_lists(secs(*seconds).try_into().unwrap()));
            }
            Deal::Stranger(who, deed, slot) => {
                // Of what is to come the name is known to others before: they have the same repository.
                let to_come = Declared { incarnation: self.next_incarnation(*slot), edition: 0, goes: false };
                let declared = self.declared.get(slot).copied().unwrap_or(to_come);
                self.house.stranger(*who, *deed, slot.key().kind, &slot.name(declared));
            }
            Deal::Kill(which) => Replicas::kill(&mut self.house, *which),
            Deal::Stop(which) => Replicas::stop(&mut self.house, *which),
            Deal::Sleep(which, span) => self.replicas.sleep(&mut self.house, *which, *span),
            Deal::DieAfter(which, steps) => {
                self.process(*which, |process, _| process.fate.dies_after(*steps));
            }
            Deal::Clock(which, by) => self.process(*which, |process, _| process.wall.step(*by)),
            Deal::Drift(which, parts) => self.process(*which, |process, now| process.wall.drift(now, *parts)),
            Deal::Scribble(slot) => {
                let long = "x".repeat(MAX_REQUEST + 1);
                self.annotate(&slot.key(), annotation::RECONCILE_REQUESTED_AT, &long);
            }
            Deal::Refuse(slot, span) => {
                let until = self.house.now() + *span;
                self.house.way.unkind.refuse(&slot.key(), until);
            }
            Deal::LeaseDeleted => self.house.way.cluster.delete_lease(),
            Deal::Unparsable(slot, span) => self.garble(*slot, *span),
            Deal::NoSecrets(span) => {
                self.unreadable = Some(self.house.now() + *span);
                self.house.way.cluster.refuse_secret_reads(true);
            }
            Deal::Doing(doing) => self.doing(*doing),
            Deal::Neighbour(neighbour) => self.neighbour(*neighbour),
            Deal::Atoll(deed) => {
                if let Some(atoll) = &mut self.atoll {
                    atoll.does(&self.house, deed);
                }
            }
        }
    }

    fn process(&self, which: usize, act: impl FnOnce(&crate::support::process::Process, Tick)) {
        let count = self.house.processes.len();
        if let Some(process) = self.house.processes.get(which % count.max(1)) {
            act(process, self.house.now());
        }
    }

    /// Applies a manifest; annotations stay.
    pub fn manifest(&self, key: &ObjectRef, spec: &Value) {
        let known = self.house.way.cluster.object(key);
        let annotations = known.map(|object| object["metadata"]["annotations"].clone());
        let annotations = annotations.filter(|known| !known.is_null()).unwrap_or_else(|| json!({}));
        self.house.apply_with(key, spec, &annotations);
    }

    fn annotate(&self, key: &ObjectRef, name: &str, value: &str) {
        let Some(object) = self.house.way.cluster.object(key) else { return };
        let mut annotations = object["metadata"]["annotations"].clone();
        if annotations.is_null() {
            annotations = json!({});
        }
        annotations[name] = json!(value);
        self.house.apply_with(key, &object["spec"], &annotations);
    }

    pub fn delete(&mut self, slot: Slot) {
        if self.declared.remove(&slot).is_some() {
            self.house.delete(&slot.key());
        }
    }

    pub fn apply(&mut self, slot: Slot, goes: bool) {
        // Its predecessor may be on its way out still.
        if self.company.ended || self.declared.contains_key(&slot) || self.house.exists(&slot.key()) {
            return;
        }
        let incarnation = self.incarnations.entry(slot).or_default();
        *incarnation += 1;
        let declared = Declared { incarnation: *incarnation, edition: 0, goes };
        self.declared.insert(slot, declared);
        self.write(slot, declared);
    }

    pub fn next_incarnation(&self, slot: Slot) -> usize {
        1 + self.incarnations.get(&slot).copied().unwrap_or_default()
    }

    pub fn edit(&mut self, slot: Slot) {
        if let Some(declared) = self.declared.get_mut(&slot) {
            declared.edition += 1;
            let declared = *declared;
            if !self.unparsable.contains_key(&slot) {
                self.write(slot, declared);
            }
        }
    }

    pub fn write(&self, slot: Slot, declared: Declared) {
        if slot == Slot::Credential {
            let value = format!("{CLIENT_SECRET}-{}", declared.edition);
            self.house.way.cluster.put_secret(HOME, CLIENT_SECRET_IN, "secret", &value);
        }
        self.manifest(&slot.key(), &slot.spec(declared));
        self.counts(&slot.key(), &slot.name(declared));
    }

    /// Creates under the name are counted for the object.
    pub fn counts(&self, key: &ObjectRef, name: &str) {
        let uid = self.house.object(key)["metadata"]["uid"].as_str().unwrap().to_owned();
        self.house.way.journal.counts(name, &uid);
    }

    /// A look at it is asked for.
    pub fn ask_for(&mut self, key: &ObjectRef) {
        self.ask(key, annotation::RECONCILE_REQUESTED_AT);
    }

    fn ask(&mut self, key: &ObjectRef, what: &str) {
        self.asked += 1;
        self.annotate(key, what, &format!("request-{}", self.asked));
    }

    /// A person answers whatever can be answered so.
    pub fn answer(&self, with: &str) {
        let asked = format!("{with}: ");
        for object in self.house.way.cluster.all() {
            let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let asks = conditions.iter().find_map(|condition| {
                let (_, rest) = condition["message"].as_str()?.split_once(&asked)?;
                Some(rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>())
            });
            let (Some(digest), Some(key)) = (asks, promises::key_of(&object)) else { continue };
            let is_named =
                |atoll: &Atoll| object["status"]["id"].is_null() && atoll.names(&self.house, &object);
            if with == annotation::CONFIRM && self.atoll.as_ref().is_some_and(is_named) {
                continue;
            }
            if object["metadata"]["annotations"][with] != digest.as_str() {
                if with == annotation::KEEP {
                    let left = object["status"]["leftovers"].as_array().into_iter().flatten();
                    self.kept.borrow_mut().extend(left.filter_map(|id| id.as_str().map(str::to_owned)));
                }
                if key == founded() {
                    self.company.told_again();
                }
                self.atoll.iter().for_each(|atoll| atoll.told_again(&object));
                self.annotate(&key, with, &digest);
                self.house.way.journal.confirmed(object["metadata"]["uid"].as_str().unwrap_or_default());
            }
        }
    }

    /// A manifest of a newer definition, which the program does not parse.
    pub fn garble(&mut self, slot: Slot, span: Duration) {
        if let Some(declared) = self.declared.get(&slot) {
            let spec = with(slot.spec(*declared), json!({"managementPolicy": "Sometimes"}));
            self.manifest(&slot.key(), &spec);
            self.unparsable.insert(slot, self.house.now() + span);
        }
    }

    /// Whether the manifest of the slot does not parse now.
    pub fn is_unparsable(&self, slot: Slot) -> bool {
        self.unparsable.contains_key(&slot)
    }

    /// Manifests that did not parse are written anew, when it is time or all of them, and Secrets can be read again.
    fn mend(&mut self, all: bool) {
        let now = self.house.now();
        if self.unreadable.is_some_and(|until| all || until <= now) {
            self.unreadable = None;
            self.house.way.cluster.refuse_secret_reads(false);
        }
        let due: Vec<Slot> =
            self.unparsable.iter().filter(|(_, at)| all || **at <= now).map(|(slot, _)| *slot).collect();
        for slot in due {
            self.unparsable.remove(&slot);
            if let Some(id) =
                self.house.way.cluster.object(&slot.key()).and_then(|_| self.house.id(&slot.key()))
            {
                self.house.way.journal.is_touchable(&id);
            }
            match self.declared.get(&slot) {
                Some(declared) => self.write(slot, *declared),
                // It goes, and whoever deletes it must be able to read it.
                None if self.house.exists(&slot.key()) => {
                    let spec = self.house.object(&slot.key())["spec"].clone();
                    self.manifest(&slot.key(), &with(spec, json!({"managementPolicy": "Manage"})));
                }
                None => {}
            }
        }
    }

    /// From now on the world is kind.
    fn relent(&mut self) {
        for slot in self.declared.keys() {
            let asked = self.house.way.cluster.object(&slot.key()).unwrap_or_default();
            let asked = &asked["metadata"]["annotations"][annotation::RECONCILE_REQUESTED_AT];
            if asked.as_str().is_some_and(|asked| asked.len() > MAX_REQUEST) {
                self.annotate(&slot.key(), annotation::RECONCILE_REQUESTED_AT, "soon");
            }
        }
        self.house.way.unkind.relent();
        self.house.vendor().clear_faults();
        self.house.vendor().set_lag(Lag::default());
        self.mend(true);
        self.neighbours(true);
        self.unread_goes_on(true);
        self.end();
        self.atoll.iter().for_each(|atoll| atoll.relents(&self.house));
        self.replicas.tend(&mut self.house, true);
        let now = self.house.now();
        self.house.processes.iter().for_each(|process| process.wall.right(now));
    }

    /// Runs until nothing moves any more, and looks at what there is then.
    fn rest(&mut self, storm: &Storm) -> Vec<Broken> {
        let end = self.house.now() + PATIENCE;
        let mut asked = self.house.now();
        loop {
            if let Some(broken) = self.until(self.house.now() + secs(20)) {
                return broken;
            }
            self.give_token();
            self.atoll.iter().for_each(|atoll| atoll.goes_on(&self.house));
            let stuck = promises::stuck(self, storm);
            if stuck.is_empty() {
                let before = self.writes();
                if let Some(broken) = self.until(self.house.now() + QUIET) {
                    return broken;
                }
                if promises::stuck(self, storm).is_empty() && self.writes() == before {
                    let broken = promises::at_rest(self, storm);
                    return if broken.is_empty() { self.pause() } else { broken };
                }
            }
            if self.house.now() > end {
                let quiet = Broken::new("not quiet", "something is written for ever");
                return if stuck.is_empty() { vec![quiet] } else { stuck };
            }
            if self.house.now().since(asked) > mins(4) {
                asked = self.house.now();
                // Leftovers stay in every other storm.
                if storm.seed.is_multiple_of(2) {
                    self.answer(annotation::KEEP);
                }
                self.answer(annotation::CONFIRM);
            }
        }
    }

    /// How much was written so far.
    fn writes(&self) -> (usize, usize, usize) {
        let cluster = &self.house.way.cluster;
        (cluster.writes().len(), cluster.secret_writes(), self.house.way.journal.writes_sent())
    }
}
