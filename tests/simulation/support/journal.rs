//! What really happened: who held the Lease, what was stored, what was sent to the vendor. Nobody's word counts here.

use super::effort::{Effort, NEVER_RESTS};
use super::forgotten::Forgotten;
use super::made::Made;
use super::pauses::{Pauses, kind_of};
use super::things::{self, Thing};
use super::under_way::UnderWay;
use bytes::Bytes;
use http::{Method, StatusCode};
use orgkeeper::engine::base::ports::{
    Clock, ClusterError, HttpRequest, HttpResponse, LeaseRecord, ObjectRef, Tick,
};
use orgkeeper::engine::base::simulation::{SimClock, SimCluster};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};
use std::time::Duration;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which, in few words: two that are broken in the same way have the same.
    pub promise: String,
    /// How.
    pub how: String,
}

impl Broken {
    /// This promise, in this way.
    pub fn new(promise: impl Into<String>, how: impl Into<String>) -> Self {
        Self { promise: promise.into(), how: how.into() }
    }
}

/// Who held the Lease, by what was stored.
#[derive(Clone, Debug)]
struct Term {
    holder: String,
    end: Tick,
}

/// A request that was sent to the vendor.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Tick,
    pub by: String,
    pub method: Method,
    pub path: String,
    pub status: Option<StatusCode>,
    body: Bytes,
}

/// What the intents of an object show.
#[derive(Default)]
struct Intents {
    /// What was seen last.
    last: Vec<String>,
    stored: usize,
    confirmed: usize,
    sent: usize,
}

/// The journal.
pub struct Journal {
    clock: Rc<SimClock>,
    /// It holds what holds this.
    cluster: Weak<SimCluster>,
    term: RefCell<Option<Term>>,
    sent: RefCell<Vec<Sent>>,
    broken: RefCell<Vec<Broken>>,
    /// By uid.
    intents: RefCell<BTreeMap<String, Intents>>,
    /// Of the objects whose creates are counted, the names at the vendor and the uids.
    counted: RefCell<BTreeMap<String, String>>,
    /// By id, the name that it has.
    strangers: RefCell<BTreeMap<String, String>>,
    stored: RefCell<Vec<String>>,
    /// How much the processes do.
    effort: Effort,
    /// What is known of the things that were made and deleted.
    pub made: Made,
    /// The writes that may be under way still.
    under_way: UnderWay,
    pauses: Pauses,
    /// A token that nothing may be written with.
    wrong_token: RefCell<Option<String>>,
    /// What no write may be about, by a part of its address, and the promise.
    untouchable: RefCell<BTreeMap<String, &'static str>>,
    /// Who changed what, and was not told what became of it.
    unheard: RefCell<BTreeSet<(String, String)>>,
    forgotten: Forgotten,
    /// How many writes were of what had gone.
    too_late: Cell<usize>,
}

/// Within this time the same write may be carried out so often: people go back and forth too.
const AGAIN: (Duration, usize) = (Duration::from_mins(10), 7);

/// The members of status that an intent stands in, by their paths.
const INTENTS: [&str; 3] = ["/status/pendingCreate", "/status/token/rotation", "/status/token/again"];

impl Journal {
    /// An empty one.
    pub fn new(clock: Rc<SimClock>, cluster: &Rc<SimCluster>) -> Rc<Self> {
        Rc::new(Self {
            clock,
            cluster: Rc::downgrade(cluster),
            term: RefCell::default(),
            sent: RefCell::default(),
            broken: RefCell::default(),
            intents: RefCell::default(),
            counted: RefCell::default(),
            strangers: RefCell::default(),
            stored: RefCell::default(),
            effort: Effort::default(),
            made: Made::default(),
            under_way: UnderWay::default(),
            pauses: Pauses::default(),
            wrong_token: RefCell::default(),
            untouchable: RefCell::default(),
            unheard: RefCell::default(),
            forgotten: Forgotten::default(),
            too_late: Cell::default(),
        })
    }

    /// Now, truly.
    pub fn now(&self) -> Tick {
        self.clock.tick()
    }

    /// From now on whoever never rests breaks a promise.
    pub fn bounds_effort(&self) {
        self.effort.is_bounded();
    }

    /// A process calls Kubernetes or the vendor.
    pub fn called(&self) {
        self.tired(self.effort.called());
    }

    /// A write of an object or a Secret was answered so.
    pub fn written<T>(&self, answer: &Result<T, ClusterError>) {
        if matches!(answer, Err(ClusterError::NotFound)) {
            self.too_late.set(self.too_late.get() + 1);
        }
    }

    /// How many writes were of what had gone.
    pub fn too_late(&self) -> usize {
        self.too_late.get()
    }

    /// A process looks at its clock.
    pub fn looked(&self) {
        self.tired(self.effort.looked(self.now()));
    }

    fn tired(&self, over: Option<String>) {
        if let Some(how) = over {
            let log = self.log();
            let lately: Vec<&str> = log.lines().rev().take(8).collect();
            self.breaks(NEVER_RESTS, how.clone());
            // Whatever goes round there ends.
            panic!("{NEVER_RESTS}\n{how}\n{}", lately.join("\n"));
        }
    }

    /// The promises that were broken so far.
    pub fn broken(&self) -> Vec<Broken> {
        self.broken.borrow().clone()
    }

    /// How much was stored and sent so far.
    pub fn moved(&self) -> usize {
        self.stored.borrow().len() + self.sent.borrow().len()
    }

    /// How many requests that write were sent so far.
    pub fn writes_sent(&self) -> usize {
        self.sent.borrow().iter().filter(|sent| writes(&sent.method, &sent.path)).count()
    }

    /// Whatever the vendor has of this id is somebody else's.
    pub fn is_strangers(&self, id: &str, name: &str) {
        self.strangers.borrow_mut().insert(id.to_owned(), name.to_owned());
    }

    /// The ids that are somebody else's.
    pub fn strangers(&self) -> BTreeSet<String> {
        self.strangers.borrow().keys().cloned().collect()
    }

    /// From now on, creates whose body says this name are counted for the object of this uid.
    pub fn counts(&self, name: &str, uid: &str) {
        self.counted.borrow_mut().insert(name.to_owned(), uid.to_owned());
    }

    /// A person answered a question of the object.
    pub fn confirmed(&self, uid: &str) {
        self.intents.borrow_mut().entry(uid.to_owned()).or_default().confirmed += 1;
    }

    /// A member of a status is taken out before it is stored.
    pub fn dropped(&self, key: &ObjectRef, object: &Value, member: &str) {
        let term = self.term.borrow();
        let leader = term.as_ref().map_or("", |term| &term.holder);
        self.forgotten.dropped(leader, key, object, member);
    }

    /// A process ended, and what it alone knew.
    pub fn ended(&self, process: &str) {
        self.forgotten.ended(process);
        self.leads_no_more(process);
    }

    /// What it changed and was not told of, whoever leads next knows nothing of.
    fn leads_no_more(&self, process: &str) {
        if self.unheard.borrow().iter().any(|(by, _)| by == process) {
            self.forgotten.a_change();
        }
    }

    /// What nobody can know of any more.
    pub const fn forgotten(&self) -> &Forgotten {
        &self.forgotten
    }

    /// An object was stored.
    pub fn stored(&self, key: &ObjectRef, object: &Value) {
        self.forgotten.stored(object);
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        let mut intents = self.intents.borrow_mut();
        let known = intents.entry(uid.to_owned()).or_default();
        let now: Vec<String> = INTENTS.iter().map(|path| intent(object.pointer(path))).collect();
        known.last.resize(now.len(), String::new());
        known.stored +=
            now.iter().zip(&known.last).filter(|(now, last)| !now.is_empty() && now != last).count();
        known.last = now;
        self.made.stored(object, self.clock.tick());
        let (at, status) = (self.clock.tick().since_boot(), &object["status"]);
        let finalizers = &object["metadata"]["finalizers"];
        self.stored.borrow_mut().push(format!("{at:?} {key} is {finalizers} {status}"));
    }

    /// The Lease was stored.
    pub fn lease(&self, record: &LeaseRecord) {
        let end = self.clock.tick() + record.duration;
        let former = self.term.replace(Some(Term { holder: record.holder.clone(), end }));
        if let Some(former) = former.filter(|former| former.holder != record.holder) {
            self.leads_no_more(&former.holder);
        }
    }

    /// A request is on its way.
    pub fn sends(&self, by: &str, request: &HttpRequest, timeout: Duration) {
        if !writes(&request.method, request.url.path()) {
            return;
        }
        // Whoever founds an organization may do so with the token of any.
        let founds = request.url.path() == "/setup/organization";
        if !founds
            && self.wrong_token.borrow().as_deref()
                == request.bearer.as_ref().map(ExposeSecret::expose_secret)
        {
            let how = format!("{} {}", request.method, request.url.path());
            self.breaks("a write in another organization", how);
        }
        self.touches(request);
        let (now, path) = (self.clock.tick(), request.url.path());
        if let Some(how) = self.under_way.begins(by, request, now, now + timeout) {
            self.breaks("two write at once", how);
        }
        let term = self.term.borrow();
        let holds = term.as_ref().is_some_and(|term| term.holder == by && now + timeout <= term.end);
        if !holds {
            let how = format!("{by} sent {} {path} at {:?}, and {term:?}", request.method, now.since_boot());
            self.breaks("a write without the Lease", how);
        }
        if request.method == Method::DELETE {
            self.deletes(request);
            let all = self.cluster.upgrade().map(|cluster| cluster.all()).unwrap_or_default();
            if let Some(broken) = self.made.deletes(request, &all, now) {
                self.broken.borrow_mut().push(broken);
            }
        }
    }

    /// From now on no write whose address holds this is allowed.
    pub fn is_untouchable(&self, part: &str, promise: &'static str) {
        self.untouchable.borrow_mut().insert(part.to_owned(), promise);
    }

    /// It is again.
    pub fn is_touchable(&self, part: &str) {
        self.untouchable.borrow_mut().remove(part);
    }

    fn touches(&self, request: &HttpRequest) {
        let (path, untouchable) = (request.url.path(), self.untouchable.borrow());
        // One that is to be founded is below nothing.
        if path == "/setup/organization" {
            return;
        }
        let address = request.url.as_str();
        if let Some((_, promise)) = untouchable.iter().find(|(part, _)| address.contains(&***part)) {
            let how = format!("{} {path} at {:?}", request.method, self.clock.tick().since_boot());
            self.breaks(promise, how);
        }
    }

    /// A process decides to call the vendor.
    pub fn decides(&self, by: &str, request: &HttpRequest) {
        if self.pauses.forbid(by, request, self.clock.tick()) {
            let how = format!("{by} sent {} {}", request.method, request.url.path());
            self.breaks("a call during a pause of the vendor's", how);
        }
    }

    /// A process knows that its call has ended.
    pub fn over(&self, by: &str, request: &HttpRequest) {
        self.under_way.over(by, request);
    }

    /// A process was given the answer.
    pub fn heard(&self, by: &str, request: &HttpRequest, answer: &HttpResponse) {
        self.over(by, request);
        let (now, path) = (self.clock.tick(), request.url.path());
        self.pauses.heard(by, request, answer, now);
        if !answer.status.is_server_error() {
            self.unheard.borrow_mut().remove(&(by.to_owned(), path.to_owned()));
        }
        if self.makes(request).is_some() && answer.status.is_success() {
            let body = serde_json::from_slice(&request.body).unwrap_or_default();
            let uid = self.counted_in(&body).map(|(_, uid)| uid);
            self.made.answered(&answer.body, uid);
        }
    }

    /// From now on nothing may be written with this token.
    pub fn is_wrong(&self, token: &str) {
        *self.wrong_token.borrow_mut() = Some(token.to_owned());
    }

    /// A process stores something.
    pub fn stores(&self, by: &str, what: &str) {
        let (now, term) = (self.clock.tick(), self.term.borrow());
        if !term.as_ref().is_some_and(|term| term.holder == by && now <= term.end) {
            let how = format!("{by} stored {what} at {:?}, and {term:?}", now.since_boot());
            self.breaks("something is stored without the Lease", how);
        }
    }

    /// A request was answered, or will not be.
    pub fn answered(&self, by: &str, request: &HttpRequest, status: Option<StatusCode>) {
        let path = request.url.path().to_owned();
        let refused = status.is_some_and(|status| status.is_client_error());
        if let Some(thing) = self.makes(request).filter(|_| !refused) {
            self.creates(request, thing);
        }
        if request.method == Method::DELETE && !refused {
            self.made.took(&path, self.clock.tick());
        }
        if writes(&request.method, &path) {
            self.unheard.borrow_mut().insert((by.to_owned(), path.clone()));
        }
        let (at, method) = (self.clock.tick(), request.method.clone());
        let body = request.body.clone();
        self.sent.borrow_mut().push(Sent { at, by: by.to_owned(), method, path, status, body });
        self.repeats();
    }

    /// Whether the request sent last was carried out before, again and again.
    fn repeats(&self) {
        let sent = self.sent.borrow();
        let Some((last, before)) = sent.split_last() else { return };
        let done = |one: &Sent| {
            writes(&one.method, &one.path) && one.status.is_some_and(|status| status.is_success())
        };
        let recent = before.iter().rev().take_while(|one| last.at.since(one.at) < AGAIN.0);
        let same = |one: &&Sent| {
            done(one) && (&one.method, &one.path, &one.body) == (&last.method, &last.path, &last.body)
        };
        if done(last) && recent.filter(same).count() >= AGAIN.1 {
            let how = format!("{} {} the {}. time within {:?}", last.method, last.path, AGAIN.1 + 1, AGAIN.0);
            self.breaks(
                &format!("the same write again and again: {} {}", last.method, kind_of(&last.path)),
                how,
            );
        }
    }

    fn breaks(&self, promise: &str, how: String) {
        self.broken.borrow_mut().push(Broken::new(promise, how));
    }

    /// The name that the body of a create says, and the uid of the object that it is counted for.
    fn counted_in(&self, body: &Value) -> Option<(String, String)> {
        let mut said = Vec::new();
        strings(body, &mut said);
        let counted = self.counted.borrow();
        said.into_iter().find_map(|name| counted.get(&name).cloned().map(|uid| (name, uid)))
    }

    /// What the request makes, at Spot.
    fn makes(&self, request: &HttpRequest) -> Option<&'static Thing> {
        if request.method != Method::POST {
            return None;
        }
        things::made_by(request.url.path()).unwrap_or_else(|gap| {
            self.breaks("the journal knows what is made", gap);
            None
        })
    }

    fn creates(&self, request: &HttpRequest, thing: &Thing) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let Some((name, uid)) = self.counted_in(&body) else { return };
        let mut intents = self.intents.borrow_mut();
        let known = intents.entry(uid.clone()).or_default();
        if thing.once && known.confirmed == 0 && self.made.stood_for_something(&uid) {
            self.breaks("made again, and nobody was asked", format!("{name}: {}", request.url.path()));
        }
        known.sent += 1;
        if known.sent > known.stored + known.confirmed {
            let how = format!(
                "of {name} the {}. create was sent to {}, of {} intents and {} confirmations",
                known.sent,
                request.url.path(),
                known.stored,
                known.confirmed
            );
            let kind = request.url.path().to_owned();
            self.breaks(&format!("a create without an intent: {kind}"), how);
        }
    }

    /// Whether what is deleted may be: a stranger's only where a manifest that goes says Delete, or a person does.
    fn deletes(&self, request: &HttpRequest) {
        let strangers = self.strangers.borrow();
        let mut path = request.url.path_segments().into_iter().flatten();
        let Some((id, name)) = path.find_map(|id| Some((id, strangers.get(id)?))) else {
            return;
        };
        let said = |object: &Value| {
            let (meta, spec) = (&object["metadata"], &object["spec"]);
            let explicit = !meta["deletionTimestamp"].is_null() && spec["deletionPolicy"] == "Delete";
            let answered = !meta["annotations"]["orgkeeper.dev/confirm"].is_null();
            // Whoever has it taken over and asks for another token asks for another user in its place.
            let rotation = &object["status"]["token"]["rotation"];
            let found = object["status"]["found"].as_array().is_some_and(|found| found.contains(&json!(id)));
            let rotated = rotation["oldId"] == *id && rotation["requested"] != "" && !found;
            let left = object["status"]["leftovers"].as_array().is_some_and(|left| left.contains(&json!(id)));
            // What was found for a create of another user goes as the manifest says of all that was made for it.
            let found_since =
                ["rotation", "again"].iter().map(|slot| &object["status"]["token"][slot]).any(|made| {
                    let there_before = made["seen"].as_array().is_some_and(|seen| seen.contains(&json!(id)));
                    made.is_object() && made["oldId"].is_null() && !there_before
                });
            let named = spec["programmatic"]["name"] == **name;
            let own = object["status"]["id"] == *id || found_since && named;
            own && explicit || object["status"]["id"] == *id && answered || rotated || left && answered
        };
        let unlinks = request.url.path_segments().is_some_and(|mut path| path.next_back() != Some(id));
        let all = self.cluster.upgrade().map(|cluster| cluster.all()).unwrap_or_default();
        if !unlinks && !all.iter().any(said) {
            let how = format!("DELETE {} at {:?}", request.url.path(), self.clock.tick().since_boot());
            self.breaks("a stranger's was deleted", how);
        }
    }

    /// Whether no process sent more within any minute from then on than its organization may.
    pub fn keeps_budget(&self, ceiling: usize, since: Tick, end: Tick) -> Option<Broken> {
        let sent = self.sent.borrow();
        let mut by: BTreeMap<&str, Vec<Tick>> = BTreeMap::new();
        sent.iter()
            .filter(|one| one.at >= since && one.at < end)
            .for_each(|one| by.entry(&one.by).or_default().push(one.at));
        by.into_iter().find_map(|(who, ticks)| {
            let minute = Duration::from_mins(1);
            let over = ticks.windows(ceiling + 1).find(|window| window[ceiling].since(window[0]) < minute)?;
            let how = format!("{who} sent {} calls from {:?} on", over.len(), over[0].since_boot());
            Some(Broken::new("the budget", how))
        })
    }

    /// Whether a text that was stored holds one of these.
    pub fn stored_any(&self, secrets: &[String]) -> Option<String> {
        let stored = self.stored.borrow();
        stored.iter().find(|line| secrets.iter().any(|secret| line.contains(secret))).cloned()
    }

    /// All of it, in the order in which it happened, to be compared with another run's.
    pub fn log(&self) -> String {
        let sent = self.sent.borrow();
        let lines = sent.iter().map(|one| {
            format!("{:?} {} {} {} {:?}", one.at.since_boot(), one.by, one.method, one.path, one.status)
        });
        lines.chain(self.stored.borrow().iter().cloned()).collect::<Vec<_>>().join("\n")
    }
}

/// Whether such a request changes something. To have something tried does not.
fn writes(method: &Method, path: &str) -> bool {
    method != Method::GET && !path.ends_with("/validation")
}

/// What an intent is told from the next one by; empty where there is none, or it has become a result.
fn intent(value: Option<&Value>) -> String {
    match value {
        Some(value) if value["oldId"].is_null() && !value.is_null() => {
            format!("{} {} {}", value["since"], value["key"], value["again"])
        }
        _ => String::new(),
    }
}

fn strings(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, all)),
        Value::Object(members) => members.values().for_each(|member| strings(member, all)),
        _ => {}
    }
}
