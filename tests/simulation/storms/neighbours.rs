//! What neighbours in the cluster and at the vendor do: they name what others stand for, put their own things in the
//! way, and change back what is changed.

use super::doings::rivals;
use super::play::{CEILING, Play};
use super::slots::{Declared, PROD, Slot, acme_spec};
use crate::support::dice::Dice;
use crate::support::house::{mins, secs};
use crate::support::journal::Broken;
use crate::support::look::{acme, home};
use crate::support::manifests::{AWAY, HOME, account, machine, organization_key, person, user_key, with};
use crate::support::people::{organization_id, user_away};
use crate::support::rivals::OTHER;
use crate::support::unkind::Source;
use crate::support::unkind::strangers::{Deed, Who};
use orgkeeper::engine::base::ports::{ObjectRef, Tick};
use orgkeeper::engine::runtime::context::Namespace;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A namespace that the organization does not admit.
const GUESTS: &str = "guests";
/// What a person has in a Secret of that name already.
const OWN: &str = "somebody-s-own-value";
/// How often somebody changes back what is changed.
const FIGHT: usize = 30;
/// How many destructive writes an hour a strict organization allows.
const FEW: usize = 3;

/// What a neighbour does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// Another object names the same thing, and would take it over.
    Namesake(Slot),
    /// The same while the manifest of the first cannot be read.
    Coup(Slot, Duration),
    /// An object of another namespace has the name that is declared next.
    Early(Slot, bool),
    /// A Secret of somebody's own has the name of the next token's.
    Squat(Slot),
    /// An object only looks at an account that it gives another name.
    Observer,
    /// Somebody at the vendor changes an account back again and again.
    Fight(Slot),
    /// The Secret holds the token of another organization for a while.
    WrongToken(Duration),
    /// An object refers to what is not there.
    Dangling,
    /// An object of another namespace names an account by its id.
    ById,
    /// An object refers to what belongs to another organization.
    Astray,
    /// An object would have its token written where another's is.
    Borrower(Slot),
    /// An account's manifest cannot be read, and somebody changes the account.
    Unread(Slot),
    /// The same with the organization's.
    UnreadRoot(Slot),
    /// Little may be taken away without asking, and many accounts come and go.
    Strict,
}

impl Neighbour {
    /// One by chance.
    pub fn draw(dice: &mut Dice) -> Self {
        let named = [Slot::Account(0), Slot::Account(1), Slot::Group(0), Slot::Policy(0), Slot::Machine(0)];
        let (slot, account) = (dice.pick(&named), Slot::Account(u8::try_from(dice.below(3)).unwrap()));
        let span = dice.span(secs(20), mins(4));
        match dice.below(20) {
            0..=2 => Self::Namesake(slot),
            3 | 4 => Self::Coup(slot, span),
            5 | 6 => Self::Early(account, dice.one_in(2)),
            7 => Self::Squat(dice.pick(&Slot::MACHINES)),
            8 => Self::Observer,
            9 => Self::Fight(account),
            10 | 11 => Self::WrongToken(span),
            12 => Self::Dangling,
            13 => Self::ById,
            14 => Self::Astray,
            15 => Self::Borrower(dice.pick(&Slot::MACHINES)),
            16 => Self::Unread(account),
            17 => Self::UnreadRoot(account),
            _ => Self::Strict,
        }
    }
}

/// What became of what they did.
#[derive(Default)]
pub struct Neighbourhood {
    count: usize,
    /// The names that nothing at the vendor may have.
    never: BTreeMap<String, &'static str>,
    /// The Secrets of somebody's own.
    own: BTreeSet<String>,
    /// The accounts that are fought for, how often still, and when next.
    fights: BTreeMap<Slot, (usize, Tick)>,
    /// Until when the token is the wrong one.
    wrong: Option<Tick>,
    /// Since when little may be taken away.
    strict: Option<Tick>,
    /// When many accounts are to go.
    purge: Option<Tick>,
    /// Whether anything was fought for, or in the way.
    pub strange: bool,
}

impl Neighbourhood {
    /// Whether the token was another organization's.
    pub const fn had_wrong_token(&self) -> bool {
        self.count > 0
    }

    /// Whether somebody changes back what is changed there.
    pub fn is_fought_for(&self, slot: Slot) -> bool {
        self.fights.contains_key(&slot)
    }
}

impl Play {
    /// A neighbour does it.
    pub fn neighbour(&mut self, neighbour: Neighbour) {
        if self.company.ended {
            return;
        }
        match neighbour {
            Neighbour::Namesake(slot) => self.namesake(slot),
            Neighbour::Coup(slot, span) => {
                self.garble(slot, span);
                self.namesake(slot);
            }
            Neighbour::Early(slot, guest) => self.early(slot, guest),
            Neighbour::Squat(slot) => {
                let next = slot.token_secret(self.to_come(slot));
                let taken = self.house.way.cluster.secrets().contains_key(&(HOME.to_owned(), next.clone()));
                if !self.declared.contains_key(&slot) && !taken {
                    self.house.way.cluster.put_secret(HOME, &next, "token", OWN);
                    self.neighbourhood.own.insert(next);
                    self.neighbourhood.strange = true;
                }
            }
            Neighbour::Observer => self.observer(),
            Neighbour::Fight(slot) => {
                // Whoever takes over has not seen the fight so far, and a person's word begins it anew.
                let lasts = [Source::Replicas, Source::LeaseDeleted];
                if lasts.iter().all(|source| self.house.way.unkind.draw(*source, |_| ()).is_none()) {
                    self.neighbourhood.strange = true;
                    self.neighbourhood.fights.insert(slot, (FIGHT, self.house.now()));
                }
            }
            Neighbour::WrongToken(_) if rivals().iter().any(|key| self.house.exists(key)) => {}
            Neighbour::WrongToken(span) => {
                if self.neighbourhood.count == 0 {
                    self.house.another_organization();
                    self.house.way.journal.is_wrong(OTHER);
                }
                self.neighbourhood.count += 1;
                self.house.way.cluster.put_secret(HOME, "spot-token", "token", OTHER);
                self.neighbourhood.wrong = Some(self.house.now() + span);
            }
            Neighbour::Dangling => {
                let access = json!([{"accountRef": {"name": "nobody"}, "role": "Viewer"}]);
                self.forbidden(&user_key("dangling"), &access, "made before what it refers to is there");
            }
            Neighbour::ById => {
                let Some(id) = self.house.id(&home(PROD)) else { return };
                let access = json!([{"accountRef": {"id": id}, "role": "Viewer"}]);
                self.forbidden(&user_away("by-id"), &access, "made by ids from another namespace");
            }
            Neighbour::Astray => self.astray(),
            Neighbour::Borrower(slot) => self.borrower(slot),
            Neighbour::Unread(slot) => self.unread(slot),
            Neighbour::UnreadRoot(slot) => self.unread_root(slot),
            Neighbour::Strict if self.unread.root() => {}
            Neighbour::Strict => {
                let guard = json!({"guard": {"maxDestructivePerHour": FEW}});
                self.manifest(&acme(), &with(acme_spec(), guard));
                let now = self.house.now();
                self.ceilings.push((now, CEILING));
                self.neighbourhood.strict = Some(now);
                self.neighbourhood.purge = Some(now + mins(6));
                for slot in Slot::CROWD {
                    self.apply(slot, true);
                }
            }
        }
    }

    /// The organization's manifest says something else of what may be taken away.
    pub fn is_lenient(&mut self) {
        self.neighbourhood.strict = None;
    }

    fn to_come(&self, slot: Slot) -> Declared {
        Declared { incarnation: self.next_incarnation(slot), edition: 0, goes: false }
    }

    /// An object that may not be carried out.
    fn forbidden(&mut self, key: &ObjectRef, access: &Value, promise: &'static str) {
        let email = format!("{}@example.com", key.name);
        let human = json!({"email": email, "firstName": "Jo"});
        let members = json!({"human": human, "accounts": access, "deletionPolicy": "Orphan"});
        self.neighbourhood.never.insert(email, promise);
        self.house.apply(key, &with(person("jo"), members));
    }

    fn namesake(&mut self, slot: Slot) {
        let Some(declared) = self.declared.get(&slot).copied() else { return };
        let key = namesake(slot);
        let members = json!({"adopt": {"policy": "Required"}, "deletionPolicy": "Orphan"});
        if !self.house.exists(&key) {
            self.house.apply(&key, &with(slot.spec(declared), members));
        }
    }

    fn early(&mut self, slot: Slot, guest: bool) {
        if self.declared.contains_key(&slot) {
            return;
        }
        let namespace = if guest { GUESTS } else { AWAY };
        let labels = BTreeMap::from([("team".to_owned(), "guests".to_owned())]);
        self.house.namespace(GUESTS, Namespace { labels, terminating: false });
        let key = ObjectRef { namespace: namespace.to_owned(), ..slot.key() };
        let members = json!({"adopt": {"policy": "Required"}, "deletionPolicy": "Orphan"});
        let name = slot.name(self.to_come(slot));
        if !self.house.exists(&key) {
            self.house.apply(&key, &with(account(&name), members));
            self.apply(slot, true);
        }
    }

    /// An organization of somebody else, with an account, which a user of ours would have access to.
    fn astray(&mut self) {
        let other = organization_key("other");
        if self.house.exists(&other) || self.unread.root() {
            return;
        }
        let now = self.house.wall();
        let (id, token) = {
            let mut vendor = self.house.vendor();
            let id = vendor.world_mut().create_organization(now, None, "Elsewhere", None);
            (id, vendor.world_mut().issue_token(id, None).expect("it is there").value)
        };
        self.house.way.cluster.put_secret(HOME, "other-token", "token", &token);
        let connection = json!({"tokenSecretRef": {"name": "other-token", "key": "token"}});
        let members = json!({"organizationId": id.to_string(), "connection": connection});
        self.house.apply(&other, &with(acme_spec(), members));
        let below =
            json!({"organizationRef": {"name": "other", "namespace": HOME}, "deletionPolicy": "Orphan"});
        self.house.apply(&home("elsewhere"), &with(account("elsewhere"), below));
        let access = json!([{"accountRef": {"name": "elsewhere"}, "role": "Viewer"}]);
        self.forbidden(&user_key("astray"), &access, "made with what belongs to another organization");
    }

    fn borrower(&mut self, slot: Slot) {
        let Some(declared) = self.declared.get(&slot).copied() else { return };
        let name = slot.token_secret(declared);
        // Whoever comes first has it.
        let taken = self.house.way.cluster.secrets().contains_key(&(HOME.to_owned(), name.clone()));
        self.neighbourhood.strange |= !taken;
        let secret = json!({"name": name, "key": "token"});
        let members = json!({"programmatic": {"writeTokenTo": secret}, "deletionPolicy": "Orphan"});
        self.house.apply(&user_key("borrower"), &with(machine("borrower", PROD), members));
    }

    fn observer(&mut self) {
        let key = home("observer");
        if self.house.exists(&key) {
            return;
        }
        let now = self.house.wall();
        let id = self.house.vendor().console(now).create_account(organization_id(), "theirs");
        self.house.way.journal.is_strangers(&id, "theirs");
        let adopt = json!({"policy": "Required", "id": id});
        let members = json!({"adopt": adopt, "deletionPolicy": "Orphan", "managementPolicy": "Observe"});
        let what = "written where it is only observed";
        self.neighbourhood.never.insert("observed".to_owned(), what);
        self.house.apply(&key, &with(account("observed"), members));
    }

    /// What goes on by itself; all of it ends when the world is kind.
    pub fn neighbours(&mut self, all: bool) {
        let now = self.house.now();
        if self.neighbourhood.wrong.is_some_and(|until| all || until <= now) {
            self.neighbourhood.wrong = None;
            self.right_token();
        }
        if self.neighbourhood.purge.is_some_and(|at| at <= now) {
            self.neighbourhood.purge = None;
            for slot in Slot::CROWD {
                self.delete(slot);
            }
        }
        if all {
            self.neighbourhood.fights.clear();
        }
        let due: Vec<Slot> = self
            .neighbourhood
            .fights
            .iter()
            .filter(|(_, (_, at))| *at <= now)
            .map(|(slot, _)| *slot)
            .collect();
        for slot in due {
            let Some((left, at)) = self.neighbourhood.fights.get_mut(&slot) else { continue };
            (*left, *at) = (left.saturating_sub(1), now + secs(25));
            if *left == 0 {
                self.neighbourhood.fights.remove(&slot);
            }
            if let Some(declared) = self.declared.get(&slot).copied() {
                self.house.stranger(Who::Person, Deed::Rename, slot.key().kind, &slot.name(declared));
                // Somebody has the accounts looked at.
                self.ask_for(&home(PROD));
            }
        }
    }

    /// They go when everything goes.
    pub fn neighbours_go(&self) {
        let kinds = Slot::ALL.into_iter().chain([Slot::Account(1)]);
        let mut keys: Vec<ObjectRef> = kinds.clone().map(namesake).collect();
        for namespace in [GUESTS, AWAY] {
            keys.extend(
                kinds.clone().map(|slot| ObjectRef { namespace: namespace.to_owned(), ..slot.key() }),
            );
        }
        let others = ["dangling", "astray", "borrower"].map(user_key);
        keys.extend(others.into_iter().chain([home("observer"), user_away("by-id")]));
        for key in &keys {
            self.house.delete(key);
        }
    }

    /// What they show to be broken.
    pub fn neighbours_broken(&self) -> Option<Broken> {
        let neighbourhood = &self.neighbourhood;
        if !neighbourhood.never.is_empty() {
            let things = self.house.things();
            let found = things.iter().find_map(|thing| Some((thing, neighbourhood.never.get(&thing.name)?)));
            if let Some((thing, promise)) = found {
                return Some(Broken::new(*promise, format!("{thing:?}")));
            }
        }
        let secrets = self.house.way.cluster.secrets();
        let own = neighbourhood
            .own
            .iter()
            .filter_map(|name| Some((name, secrets.get(&(HOME.to_owned(), name.clone()))?)));
        let mut changed = own.filter(|(_, secret)| {
            secret.values.get("token").is_none_or(|value| value.expose_secret() != OWN)
        });
        if let Some((name, _)) = changed.next() {
            return Some(Broken::new("somebody's own Secret was written", name.clone()));
        }
        self.takes_too_much().or_else(|| self.two_for_one()).or_else(|| self.taken_from_elsewhere())
    }

    /// More is taken away than a person allowed, and nobody was asked.
    fn takes_too_much(&self) -> Option<Broken> {
        let since = self.neighbourhood.strict? + mins(5);
        let deleted = self.house.way.journal.made.deleted_since(since);
        let asked =
            self.house.way.cluster.object(&acme())?["metadata"]["annotations"]["orgkeeper.dev/confirm"]
                .is_null();
        let forgotten = self.house.way.journal.forgotten().has_a_count();
        (asked && deleted > FEW && !forgotten)
            .then(|| Broken::new("more was taken away than was allowed", format!("{deleted}")))
    }

    /// Two objects stand for one thing.
    fn two_for_one(&self) -> Option<Broken> {
        let stands = |key: &ObjectRef| {
            let object = self.house.way.cluster.object(key)?;
            let goes = !object["metadata"]["deletionTimestamp"].is_null();
            object["status"]["id"].as_str().filter(|_| !goes).map(str::to_owned)
        };
        self.declared.keys().find_map(|slot| {
            let (one, id) = (slot.key(), stands(&slot.key())?);
            let other = namesake(*slot);
            (stands(&other).as_ref() == Some(&id))
                .then(|| Broken::new("two stand for one thing", format!("{one} and {other}: {id}")))
        })
    }

    /// From another namespace something is taken over that was there, by no id or without its being required.
    fn taken_from_elsewhere(&self) -> Option<Broken> {
        self.house.way.cluster.all().into_iter().find_map(|object| {
            let (meta, adopt) = (&object["metadata"], &object["spec"]["adopt"]);
            let id = object["status"]["id"].as_str()?;
            let may = adopt["policy"] == "Required" && adopt["id"].is_string();
            let made = self.house.way.journal.made.was_answered(id);
            let account = object["kind"] == "SpotAccount";
            (account && meta["namespace"] != HOME && !may && !made)
                .then(|| Broken::new("taken over from another namespace", format!("{}: {id}", meta["name"])))
        })
    }
}

/// The key of the object that names the same thing.
fn namesake(slot: Slot) -> ObjectRef {
    let key = slot.key();
    ObjectRef { name: format!("n-{}", key.name), ..key }
}
