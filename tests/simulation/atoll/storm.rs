//! What happens at Atoll in a storm over both vendors, and what is held of it besides what is held of any.

use super::api::{GROUP, HOOK, MEMBER, QUOTA};
use super::manifests::{
    hook, hook_spec, member, member_spec, policy, policy_spec, quota, quota_spec, tenant, tenant_spec,
    to_make,
};
use super::server::{AtollServer, Lost};
use super::{judge, turn_on};
use crate::storms::plan::{Deal, LENGTH, Step};
use crate::storms::promises::Manifest;
use crate::support::dice::Dice;
use crate::support::house::{House, mins, secs};
use crate::support::journal::Broken;
use crate::support::manifests::with;
use crate::support::network::{Failing, Scripted};
use crate::support::unkind::Source;
use crate::support::unkind::strangers::Thing;
use http::Method;
use jiff::Timestamp;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// The routes that fail.
const PATHS: [&str; 7] = ["/policies", "/members", "/invitations", "/quotas", "/tenants", "/token", "/hooks"];
/// Whoever calls with these.
const METHODS: [&Method; 4] = [&Method::GET, &Method::POST, &Method::PATCH, &Method::DELETE];

/// A manifest's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    Policy(u8),
    Member(u8),
    Quota,
    Tenant,
    Hook(u8),
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A manifest comes, or is edited to this edition.
    Declare(Slot, u32),
    /// It is deleted.
    Delete(Slot),
    /// Sessions of the tenant that exists are to be so long.
    Minutes(u32),
    /// Of those who are invited, each whose turn has its bit here accepts.
    Accept(u64),
    /// The same of whose invitation expires.
    Expire(u64),
    /// Somebody else has another idea of how long sessions of a tenant are.
    Stranger(usize, u32),
    /// All tokens end before their time.
    TokensEnd,
    /// The answer to the next write is lost.
    Lose(Lost),
    /// So many calls fail, by method and by how their path begins.
    Fail(Method, &'static str, Failing, usize),
    /// No policy is listed for so long.
    Close(Duration),
}

impl Slot {
    fn key(self) -> ObjectRef {
        match self {
            Self::Policy(number) => policy(&format!("o{number}")),
            Self::Member(number) => member(&format!("o{number}")),
            Self::Quota => quota("seats"),
            Self::Tenant => tenant("made"),
            Self::Hook(number) => hook(&format!("h{number}")),
        }
    }

    fn is(self, object: &Value) -> bool {
        let key = self.key();
        object["kind"] == *key.kind.name() && object["metadata"]["name"] == *key.name
    }

    /// What it is called at the vendor as it is declared for the so manieth time.
    fn name(self, incarnation: usize) -> String {
        match self {
            Self::Quota => "seats".to_owned(),
            _ => format!("{}-i{incarnation}-e0@example.com", self.key().name),
        }
    }

    fn spec(self, name: &str, edition: u32) -> Value {
        let goes = json!({"deletionPolicy": "Delete"});
        match self {
            Self::Policy(_) => {
                with(with(policy_spec(&[&format!("rule-{edition}")]), json!({"name": name})), goes)
            }
            Self::Member(_) => {
                let suspended = edition.is_multiple_of(2);
                let own = json!({"email": name, "role": format!("role-{edition}"), "suspended": suspended});
                with(with(member_spec(""), own), goes)
            }
            Self::Quota => {
                let own = json!({"alerts": [format!("a-{edition}")], "adopt": {"applyUnreadable": true}});
                with(quota_spec(name, edition), own)
            }
            Self::Tenant => with(with(to_make(name), json!({"sessionMinutes": edition})), goes),
            Self::Hook(_) => hook_spec(name, &format!("https://{edition}.example")),
        }
    }

    /// Whether what has this id is as this edition declares.
    fn is_as_declared(self, server: &AtollServer, id: &str, edition: u32) -> bool {
        match self {
            Self::Policy(_) => server.policies[id].rules == [format!("rule-{edition}")],
            // Of who is invited nothing can be changed.
            Self::Member(_) => server.members.get(id).is_none_or(|member| {
                let suspended = edition.is_multiple_of(2);
                (&member.role, member.suspended) == (&format!("role-{edition}"), suspended)
            }),
            Self::Quota => {
                server.quotas[id].1 == edition && server.alerts.get(id) == Some(&vec![format!("a-{edition}")])
            }
            Self::Tenant => server.tenants[id].session_minutes == edition,
            Self::Hook(_) => server.hooks[id].url == format!("https://{edition}.example"),
        }
    }
}

/// What happens, by chance.
type Draw = fn(&mut Dice) -> Deed;

/// What happens in the storm of the seed, with a stream of its own for each source of trouble.
pub fn steps(seed: u64, sources: &BTreeSet<Source>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |source: Option<Source>, who: &str, least: u64, deed: Draw| {
        let name = source.map_or(who.to_owned(), Source::name);
        let mut dice = Dice::new(seed, &format!("{name} of the other vendor"));
        for _ in 0..least + dice.below(least) {
            let at = dice.span(Duration::ZERO, LENGTH);
            steps.push(Step { at, source, deal: Deal::Atoll(deed(&mut dice)) });
        }
    };
    add(None, "people", 14, of_people);
    add(None, "those who hook", 4, of_hooks);
    let others: [(Source, u64, Draw); 2] =
        [(Source::Vendor, 5, of_vendor), (Source::Strangers, 2, of_strangers)];
    for (source, least, deed) in others.into_iter().filter(|(source, ..)| sources.contains(source)) {
        add(Some(source), "", least, deed);
    }
    steps
}

fn number(dice: &mut Dice, bound: u64) -> usize {
    usize::try_from(dice.below(bound)).unwrap()
}

fn edition(dice: &mut Dice) -> u32 {
    1 + u32::try_from(dice.below(1000)).unwrap()
}

fn of_people(dice: &mut Dice) -> Deed {
    let which = u8::try_from(dice.below(3)).unwrap();
    let slots = [Slot::Policy(which), Slot::Member(which), Slot::Member(which), Slot::Quota, Slot::Tenant];
    let slot = dice.pick(&slots);
    match dice.below(14) {
        0..=6 => Deed::Declare(slot, edition(dice)),
        7 | 8 => Deed::Delete(slot),
        9 => Deed::Minutes(edition(dice)),
        10 => Deed::Expire(dice.draw()),
        _ => Deed::Accept(dice.draw()),
    }
}

fn of_hooks(dice: &mut Dice) -> Deed {
    let slot = Slot::Hook(u8::try_from(dice.below(2)).unwrap());
    if dice.below(4) == 0 { Deed::Delete(slot) } else { Deed::Declare(slot, edition(dice)) }
}

fn of_vendor(dice: &mut Dice) -> Deed {
    match dice.below(7) {
        0 => Deed::TokensEnd,
        1 => Deed::Close(dice.span(secs(30), mins(5))),
        2..=4 => Deed::Lose(dice.pick(&[Lost::Before, Lost::After])),
        _ => {
            let failing = dice.pick(&[Failing::Hang, Failing::Answer(502, "{}"), Failing::Answer(403, "{}")]);
            Deed::Fail(dice.pick(&METHODS).clone(), dice.pick(&PATHS), failing, number(dice, 4))
        }
    }
}

fn of_strangers(dice: &mut Dice) -> Deed {
    Deed::Stranger(number(dice, 8), edition(dice))
}

/// What is declared of Atoll in a storm, and what people said.
pub struct Part {
    server: Rc<RefCell<AtollServer>>,
    /// What each is called there, and its edition.
    declared: BTreeMap<Slot, (String, u32)>,
    incarnations: usize,
    minutes: Cell<Option<u32>>,
    /// Whom a person had mailed once more.
    confirmed: RefCell<BTreeMap<String, usize>>,
}

impl Part {
    /// Has the vendor on beside Spot.
    pub fn beside(house: &mut House) -> Self {
        Self {
            server: turn_on(house),
            declared: BTreeMap::new(),
            incarnations: 0,
            minutes: Cell::default(),
            confirmed: RefCell::default(),
        }
    }

    /// It happens.
    pub fn does(&mut self, house: &House, deed: &Deed) {
        match deed {
            Deed::Declare(slot, edition) => self.declare(house, *slot, *edition),
            Deed::Delete(slot) => {
                if self.declared.remove(slot).is_some() {
                    house.delete(&slot.key());
                }
            }
            Deed::Minutes(minutes) => {
                self.minutes.set(Some(*minutes));
                house.apply(&tenant("acme"), &with(tenant_spec("t-1"), json!({"sessionMinutes": minutes})));
            }
            Deed::Accept(turns) => self.guests(*turns, |server, invitation| drop(server.accept(invitation))),
            Deed::Expire(turns) => self.guests(*turns, |server, invitation| {
                server.invitations.get_mut(invitation).unwrap().until = Timestamp::UNIX_EPOCH;
            }),
            Deed::Stranger(which, minutes) => {
                let mut server = self.server.borrow_mut();
                let id = server.tenants.keys().nth(which % server.tenants.len()).unwrap().clone();
                server.edit_tenant(house.wall(), "eve", &id, |tenant| tenant.session_minutes = *minutes);
            }
            Deed::TokensEnd => self.server.borrow_mut().tokens.clear(),
            Deed::Lose(lost) => self.server.borrow_mut().losing.push_back(*lost),
            Deed::Fail(method, path, failing, times) => {
                let (method, path) = (method.clone(), (*path).to_owned());
                let fails = Scripted { method, path, failing: *failing, times: *times };
                house.way.vendors.scripted.borrow_mut().push(fails);
            }
            Deed::Close(span) => self.server.borrow_mut().closed = Some(house.wall() + *span),
        }
    }

    fn declare(&mut self, house: &House, slot: Slot, edition: u32) {
        let key = slot.key();
        let name = match self.declared.get(&slot) {
            Some((name, _)) => name.clone(),
            // Its predecessor may be on its way out still.
            None if house.exists(&key) => return,
            None => {
                self.incarnations += 1;
                slot.name(self.incarnations)
            }
        };
        house.apply(&key, &slot.spec(&name, edition));
        self.declared.insert(slot, (name, edition));
    }

    fn guests(&self, turns: u64, what: fn(&mut AtollServer, &str)) {
        let mut server = self.server.borrow_mut();
        let invited: Vec<String> = server.invitations.keys().cloned().collect();
        let meant = |(place, _): &(usize, String)| turns >> (place % 64) & 1 == 1;
        invited.into_iter().enumerate().filter(meant).for_each(|(_, invited)| what(&mut server, &invited));
    }

    /// Of what no list shows a person looks whether it was made, and names it then.
    pub fn names(&self, house: &House, object: &Value) -> bool {
        let name = object["spec"]["name"].as_str().unwrap_or_default();
        let slot = self.declared.iter().find(|(slot, _)| HOOK == slot.key().kind && slot.is(object));
        let made =
            self.server.borrow().hooks.iter().find(|(_, made)| made.name == name).map(|(id, _)| id.clone());
        let (Some((slot, (name, edition))), Some(id)) = (slot, made) else { return false };
        let adopt = json!({"adopt": {"policy": "Required", "id": id}});
        house.apply(&slot.key(), &with(slot.spec(name, *edition), adopt));
        true
    }

    /// A person answers what the object asks.
    pub fn told_again(&self, object: &Value) {
        if let Some(email) = object["spec"]["email"].as_str() {
            *self.confirmed.borrow_mut().entry(email.to_owned()).or_default() += 1;
        }
    }

    /// The vendor is kind from now on.
    pub fn relents(&self, house: &House) {
        house.way.vendors.scripted.borrow_mut().clear();
        let mut server = self.server.borrow_mut();
        server.closed = None;
        server.losing.clear();
    }

    /// What people do once the world is kind: all accept, and a fight is gone on with.
    pub fn goes_on(&self, house: &House) {
        self.guests(u64::MAX, |server, invitation| drop(server.accept(invitation)));
        for key in [tenant("acme"), Slot::Tenant.key()] {
            if house.exists(&key) && house.stalled(&key, "DriftContested") {
                let now = house.wall().to_string();
                house.annotate(&key, &json!({"orgkeeper.dev/reconcile-requested-at": now}));
            }
        }
        // Nothing is left that would prove to a successor whose the client was: somebody looks, and says that it is gone.
        let gone = |id: &String| !self.server.borrow().tenants.contains_key(id);
        if let Some(id) = judge::asked_whether_it_is_gone(house).filter(gone) {
            judge::says_that_it_is_gone(house, &id);
        }
    }

    /// The objects that are to be Ready in the end.
    pub fn wanted(&self) -> impl Iterator<Item = ObjectRef> {
        self.declared.keys().map(|slot| slot.key()).chain([tenant("acme")])
    }

    /// What is declared.
    pub fn manifests(&self) -> impl Iterator<Item = Manifest> {
        self.declared.iter().map(|(slot, (name, _))| {
            // Whoever is called so has all of the name.
            Manifest { key: slot.key(), prefix: name.clone(), name: name.clone() }
        })
    }

    /// Whether the thing may be of the operator's making.
    pub fn may_have_made(thing: &Thing) -> bool {
        thing.kind.group() == GROUP && thing.kind != QUOTA && !thing.name.is_empty()
    }

    /// What is broken at any time.
    pub fn broken(&self, house: &House) -> Option<Broken> {
        let (server, forgotten) = (self.server.borrow(), house.way.journal.forgotten());
        let twice = judge::twice(&server).into_iter().find(|thing| !forgotten.has(thing));
        let twice =
            twice.map(|thing| Broken::new(format!("there twice: {}", thing.kind), format!("{thing:?}")));
        let confirmed = self.confirmed.borrow();
        let most = |mail: &str| 1 + confirmed.get(mail).copied().unwrap_or_default();
        let is_forgotten =
            |mail: &str| forgotten.has(&Thing { kind: MEMBER, id: mail.to_owned(), name: mail.to_owned() });
        let mailed = judge::mailed(&server, |mail| if is_forgotten(mail) { usize::MAX } else { most(mail) });
        twice.or_else(|| mailed.map(|how| Broken::new("somebody was mailed twice", how)))
    }

    /// What is broken at rest.
    pub fn at_rest(&self, house: &House) -> Option<Broken> {
        let server = self.server.borrow();
        let minutes = server.tenants["t-1"].session_minutes;
        let wrong = self.minutes.get().filter(|wanted| house.ready(&tenant("acme")) && *wanted != minutes);
        let own = wrong.map(|wanted| format!("sessions of {minutes} minutes, and not {wanted}"));
        let differs = |(slot, (_, edition)): (&Slot, &(String, u32))| {
            let id = house.id(&slot.key()).filter(|_| house.ready(&slot.key()))?;
            (!slot.is_as_declared(&server, &id, *edition)).then(|| format!("{slot:?} is not as declared"))
        };
        let how = own.or_else(|| self.declared.iter().find_map(differs))?;
        Some(Broken::new("not as declared at the other vendor", how))
    }
}
