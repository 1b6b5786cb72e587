//! What must hold when everything is at rest in a kind world.
//!
//! Of what a webhook took out of a status that was stored before nobody but the process that wrote it knows: where that
//! ended before it was put back, nothing is promised of what the object made.

use super::doings::{self, founded};
use super::plan::Storm;
use super::play::Play;
use super::slots::{Declared, PROD, Slot};
use crate::atoll::server::TOKEN as ATOLL_TOKEN;
use crate::atoll::storm::Part as Atoll;
use crate::support::credentials::CLIENT_SECRET;
use crate::support::journal::Broken;
use crate::support::look::{acme, home};
use crate::support::manifests::HOME;
use crate::support::subscriptions::HOOK;
use crate::support::unkind::Source;
use crate::support::unkind::strangers::{STRANGE_HOOK, Thing};
use crate::support::watched::kind_of;
use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::ObjectRef;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Questions to a person that no digest answers. They end nothing well, but they are asked.
const ASKED: [&str; 3] = ["TokenLost", "TokenNotReturned", "RotationFailed"];

/// The same where somebody else made, changed or dropped things.
const ASKED_OF_STRANGE_THINGS: [&str; 9] = [
    "Ambiguous",
    "AdoptionTargetNotFound",
    "CloudMismatch",
    "DriftContested",
    "ManagementConflict",
    "SecretConflict",
    "TokenSecretChanged",
    "TokenSecretMissing",
    "TokenUnavailable",
];

/// The same where nobody knows any more what the object itself made: the name of that is told.
const ASKED_OF_FORGOTTEN: [&str; 1] = ["OrganizationExists"];

/// The same of an organization that was founded: nobody else can say whether it was.
const ASKED_OF_FOUNDED: [&str; 1] = ["OutcomeUnknown"];

/// The object's key.
pub fn key_of(object: &Value) -> Option<ObjectRef> {
    let kind = kind_of(object)?;
    let text = |name: &str| object["metadata"][name].as_str().map(str::to_owned);
    Some(ObjectRef { kind, namespace: text("namespace")?, name: text("name")? })
}

/// Whether things in this storm are not only of the operator's making.
fn is_strange(storm: &Storm) -> bool {
    [Source::Strangers, Source::DroppedStatus, Source::DroppedFinalizer, Source::DroppedAnnotation]
        .iter()
        .chain([&Source::OlderDefinition])
        .any(|source| storm.sources.contains(source))
}

/// What is not as it should be in the end, and not asked about either.
pub fn stuck(play: &Play, storm: &Storm) -> Vec<Broken> {
    let mut wanted = if play.company.ended { Vec::new() } else { vec![acme(), home(PROD)] };
    wanted.extend(play.company.founding.then(founded));
    wanted.extend(play.declared.keys().map(|slot| slot.key()));
    wanted.extend(play.atoll.iter().flat_map(Atoll::wanted));
    let all = play.house.way.cluster.all();
    let there: BTreeMap<ObjectRef, &Value> =
        all.iter().filter_map(|object| Some((key_of(object)?, object))).collect();
    let mut broken = Vec::new();
    for key in &wanted {
        let settled = play.house.ready(key) || asks(play, storm, key);
        if !settled {
            let reason = play.house.condition(key, "Ready").map(|(_, reason)| reason).unwrap_or_default();
            let how = format!("{key}: {}", play.house.message(key, "Ready"));
            broken.push(Broken::new(format!("not converged: {} {reason}", key.kind), how));
        }
    }
    for (key, object) in there {
        let going = !object["metadata"]["deletionTimestamp"].is_null();
        if going && !asks(play, storm, &key) {
            let reason = play.house.condition(&key, "Ready").map(|(_, reason)| reason).unwrap_or_default();
            let how = format!("{key}: {}", play.house.message(&key, "Ready"));
            broken.push(Broken::new(format!("not gone: {} {reason}", key.kind), how));
        }
    }
    broken
}

/// What is declared, and what is made for it at the vendor.
pub struct Manifest {
    pub key: ObjectRef,
    /// What the names begin with that the vendor has of it.
    pub prefix: String,
    /// The one that it should have.
    pub name: String,
}

fn manifests(play: &Play) -> Vec<Manifest> {
    let of_spot =
        play.declared.iter().filter(|(slot, _)| **slot != Slot::Credential).map(|(slot, declared)| {
            let name = slot.name(*declared);
            let prefix = if slot.is_named() { slot.prefix(declared.incarnation) } else { name.clone() };
            Manifest { key: slot.key(), prefix, name }
        });
    of_spot.chain(play.atoll.iter().flat_map(Atoll::manifests)).collect()
}

fn asks(play: &Play, storm: &Storm, key: &ObjectRef) -> bool {
    let strange = is_strange(storm) || play.neighbourhood.strange;
    let forgotten = play.house.way.journal.forgotten();
    let forgotten = play.house.way.cluster.object(key).is_some_and(|object| forgotten.has_id_of(&object));
    let asked = |reason: &str| {
        ASKED.contains(&reason)
            || (strange && ASKED_OF_STRANGE_THINGS.contains(&reason))
            || (forgotten && ASKED_OF_FORGOTTEN.contains(&reason))
    };
    let founding = |reason: &str| *key == founded() && ASKED_OF_FOUNDED.contains(&reason);
    // What is being deleted asks there.
    let reasons = ["Stalled", "Ready", "DeletionBlocked"].map(|kind| play.house.condition(key, kind));
    reasons.iter().flatten().any(|(_, reason)| asked(reason) || founding(reason))
        || waits_for_one_that_asks(play, storm, key)
}

/// Whether it goes once others have gone, of which it names one that asks a person.
fn waits_for_one_that_asks(play: &Play, storm: &Storm, key: &ObjectRef) -> bool {
    let blocked = play.house.condition(key, "DeletionBlocked");
    let message = play.house.message(key, "DeletionBlocked");
    let words: BTreeSet<&str> =
        message.split([' ', ',', ':']).map(|word| word.trim_end_matches('.')).collect();
    let asking = |object: &Value| {
        let other = key_of(object).filter(|other| other != key);
        other.is_some_and(|other| {
            words.contains(&*format!("{}/{}", other.namespace, other.name)) && asks(play, storm, &other)
        })
    };
    blocked.is_some_and(|(_, reason)| reason == "HasDependents")
        && play.house.way.cluster.all().iter().any(asking)
}

/// What is broken at rest.
pub fn at_rest(play: &Play, storm: &Storm) -> Vec<Broken> {
    let mut broken = one_each(play, storm);
    broken.extend(unnamed(play));
    broken.extend(tokens(play));
    broken.extend(caches(play));
    broken.extend(organizations(play));
    broken.extend(secrets(play));
    broken.extend(play.keeps_ceilings());
    broken.extend(play.drift_of_nobody());
    broken.extend(play.atoll.iter().filter_map(|atoll| atoll.at_rest(&play.house)));
    broken
}

/// What of the slot's incarnation is at the vendor and no stranger's.
fn ours<'a>(
    things: &'a [Thing],
    strangers: &BTreeSet<String>,
    prefix: &str,
    kind: KindRef,
) -> Vec<&'a Thing> {
    let ours = |thing: &&Thing| {
        thing.kind == kind && thing.name.starts_with(prefix) && !strangers.contains(&thing.id)
    };
    things.iter().filter(ours).collect()
}

/// One thing for each manifest, under its name.
fn one_each(play: &Play, storm: &Storm) -> Vec<Broken> {
    let (things, strangers) = (play.house.things(), play.house.way.journal.strangers());
    let events = play.house.way.cluster.events();
    let left = |id: &str| events.iter().any(|event| event.reason == "Orphaned" && event.note.contains(id));
    let mut broken = Vec::new();
    for Manifest { key, prefix, name } in manifests(play) {
        if !play.house.ready(&key) {
            continue;
        }
        let status = play.house.status(&key);
        let id = status["id"].as_str().unwrap_or_default();
        let leftovers = status["leftovers"].to_string();
        let more: Vec<&Thing> = ours(&things, &strangers, &prefix, key.kind)
            .into_iter()
            .filter(|thing| thing.id != id && !leftovers.contains(&thing.id) && !left(&thing.id))
            .filter(|thing| !play.kept.borrow().contains(&thing.id))
            .filter(|thing| !play.house.way.journal.forgotten().has(thing))
            .collect();
        if !more.is_empty() {
            let how = format!("{key} is {id}, and there are {more:?} too");
            broken.push(Broken::new(format!("more than one: {}", key.kind), how));
        }
        let shown = things.iter().find(|thing| thing.id == id && thing.kind == key.kind);
        let contested = storm.sources.contains(&Source::Strangers) || play.neighbourhood.strange;
        match shown {
            None => {
                let how = format!("{key} is Ready, and {id:?} is not at the vendor");
                broken.push(Broken::new(format!("not there: {}", key.kind), how));
            }
            Some(thing) if thing.name != name && !contested => {
                let how = format!("{key} is Ready, and {id} has the name {}", thing.name);
                broken.push(Broken::new(format!("not as declared: {}", key.kind), how));
            }
            Some(_) => {}
        }
    }
    broken
}

/// Nothing of our making that nobody knows of. What a create that nobody knows the end of may have made when its
/// object went is named by its name.
fn unnamed(play: &Play) -> Vec<Broken> {
    let strangers = play.house.way.journal.strangers();
    let statuses = play.house.way.cluster.all().into_iter().map(|object| object["status"].to_string());
    let notes = play.house.way.cluster.events().into_iter().map(|event| event.note);
    let told: Vec<String> = statuses.chain(notes).collect();
    let made = |thing: &Thing| {
        let of = |slot: &Slot| {
            let name = format!("{}-i", slot.key().name);
            slot.is_named() && slot.key().kind == thing.kind && thing.name.starts_with(&name)
        };
        let of_spot = Slot::ALL.iter().chain(&Slot::CROWD).any(of) && !strangers.contains(&thing.id);
        of_spot || Atoll::may_have_made(thing)
    };
    let unknown = play.house.things().into_iter().filter(|thing| {
        let (id, name) = (&thing.id, format!("\"{}\"", thing.name));
        let kept = play.kept.borrow().contains(id);
        let forgotten = play.house.way.journal.forgotten().has(thing);
        made(thing)
            && !kept
            && !forgotten
            && !told.iter().any(|text| text.contains(id) || text.contains(&name))
    });
    unknown
        .map(|thing| Broken::new(format!("nobody names it: {}", thing.kind), format!("{thing:?}")))
        .collect()
}

/// Each token that was handed out for somebody who is declared works.
fn tokens(play: &Play) -> Vec<Broken> {
    let machines = Slot::MACHINES.into_iter().filter_map(|slot| Some((slot, *play.declared.get(&slot)?)));
    let wrong = |(slot, declared): (Slot, Declared)| {
        let key = slot.key();
        if !play.house.ready(&key) {
            return None;
        }
        let name = slot.token_secret(declared);
        let secret = play.house.way.cluster.secrets().remove(&(HOME.to_owned(), name));
        let token = secret.and_then(|mut secret| secret.values.remove("token"));
        let whose = token.and_then(|token| play.house.whose(token.expose_secret()));
        let id = play.house.id(&key);
        let how = format!("{key} is Ready and {id:?}, and its Secret holds a token of {whose:?}");
        (whose.is_none() || whose != id).then(|| Broken::new("a token that does not work", how))
    };
    machines.filter_map(wrong).collect()
}

/// Of the objects that name one organization, one stands for it; and one that was deleted is gone.
fn organizations(play: &Play) -> Vec<Broken> {
    let house = &play.house;
    let stands = |key: &ObjectRef| house.exists(key) && house.ready(key);
    // Each is founded once, unless a person says otherwise.
    let (foundings, told) = (play.company.let_be_founded(), play.house.founded().len());
    let rivals = doings::rivals().into_iter().chain([acme()]).filter(stands).collect::<Vec<_>>();
    let mut broken = Vec::new();
    if rivals.len() > 1 {
        broken.push(Broken::new("two stand for one organization", format!("{rivals:?}")));
    }
    if told > foundings {
        broken.push(Broken::new("more organizations than were declared", format!("{told} of {foundings}")));
    }
    let living: Vec<String> = house.founded().into_iter().map(|id| id.to_string()).collect();
    for event in house.way.cluster.events() {
        let said = event.note.contains("as a person confirmed");
        let of_founded = event.about == founded() && event.reason == "Deleted" && !said;
        if let Some(id) = living.iter().find(|id| of_founded && event.note.contains(*id)) {
            broken.push(Broken::new(
                "an organization that was told gone lives",
                format!("{id}: {}", event.note),
            ));
        }
    }
    broken
}

/// No secret is anywhere but in Secrets.
fn secrets(play: &Play) -> Option<Broken> {
    let cluster = &play.house.way.cluster;
    let all = cluster.secrets().into_values().flat_map(|secret| secret.values.into_values());
    let mut all: Vec<String> =
        all.map(|value| value.expose_secret().to_owned()).filter(|value| value.len() >= 8).collect();
    // Of those that were replaced too.
    all.extend([CLIENT_SECRET, HOOK, STRANGE_HOOK, ATOLL_TOKEN].map(str::to_owned));
    let told = cluster.events().into_iter().map(|event| event.note);
    let told = told.chain(cluster.writes().into_iter().map(|(_, patch)| patch.to_string()));
    let found = told.into_iter().find(|text| all.iter().any(|value| text.contains(value)));
    let found = found.or_else(|| play.house.way.journal.stored_any(&all));
    found.map(|text| Broken::new("a secret outside Secrets", text))
}

/// What each process knows is what the API server has.
fn caches(play: &Play) -> Vec<Broken> {
    let version =
        |object: &Value| object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
    let all = play.house.way.cluster.all();
    let there: BTreeMap<ObjectRef, String> =
        all.iter().filter_map(|object| Some((key_of(object)?, version(object)))).collect();
    let differs = |process: &crate::support::process::Process| {
        let known = process.known();
        let how = format!("{} knows {known:?}, and there is {there:?}", process.identity);
        (known != there).then(|| Broken::new("a cache that is not the API server's", how))
    };
    play.house.processes.iter().filter_map(differs).collect()
}
