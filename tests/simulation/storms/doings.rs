//! What people do besides with the organization's own manifests: other objects name the same things, organizations
//! are founded and end, and many objects come at once.

use super::play::Play;
use super::slots::{PROD, Slot, acme_spec};
use crate::support::dice::Dice;
use crate::support::founding::{NEW_TOKEN, to_create};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{HOME, account, organization_key, with};
use crate::support::people::organization_id;
use crate::support::rivals::{from_away, organization_away};
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::digest;
use orgkeeper::sandbox::spot::OrganizationId;
use serde_json::{Value, json};
use std::cell::Cell;

/// Another object that names the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// In the same namespace, with the same token.
    Twin,
    /// The same, by another spelling of the endpoint.
    Spelled,
    /// In another namespace, without a token.
    Away,
}

impl Rival {
    const ALL: [Self; 3] = [Self::Twin, Self::Spelled, Self::Away];

    /// The object's key.
    pub fn key(self) -> ObjectRef {
        match self {
            Self::Twin => organization_key("twin"),
            Self::Spelled => organization_key("spelled"),
            Self::Away => organization_away("away"),
        }
    }

    /// Its manifest.
    pub fn spec(self) -> Value {
        match self {
            Self::Twin => acme_spec(),
            Self::Spelled => {
                with(acme_spec(), json!({"connection": {"endpoint": "https://api.spotinst.io./"}}))
            }
            Self::Away => from_away(),
        }
    }
}

/// The keys of all of them.
pub fn rivals() -> [ObjectRef; 3] {
    Rival::ALL.map(Rival::key)
}

/// Who names an id that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopter {
    /// One who may.
    Home,
    /// One in another namespace, who may not.
    Away,
}

impl Adopter {
    /// The object's key.
    pub fn key(self) -> ObjectRef {
        match self {
            Self::Home => home("adopter"),
            Self::Away => away("adopter"),
        }
    }
}

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Another object names the organization.
    Rival(Rival),
    /// It is deleted.
    RivalGoes(Rival),
    /// An object names the id of an account that is there.
    Adopter(Adopter),
    /// It is deleted.
    AdopterGoes(Adopter),
    /// An organization is to be founded; whether it goes with its object.
    Found(bool),
    /// Its object is deleted.
    FoundedGoes,
    /// Many accounts come at once.
    Crowd,
    /// They are deleted.
    CrowdGoes,
    /// A person says of all leftovers that they stay.
    Keep,
    /// Somebody edits a manifest, and takes that back at once, while lists run behind.
    Waver(Slot),
    /// The organization's object is deleted, and then all else.
    End,
}

impl Doing {
    /// One by chance.
    pub fn draw(dice: &mut Dice) -> Self {
        let rival = dice.pick(&Rival::ALL);
        let adopter = dice.pick(&[Adopter::Home, Adopter::Away]);
        let waver = dice.pick(&[Slot::Account(0), Slot::Account(1), Slot::Group(0), Slot::Policy(0)]);
        match dice.below(18) {
            0..=2 => Self::Rival(rival),
            3 => Self::RivalGoes(rival),
            4..=6 => Self::Adopter(adopter),
            7 => Self::AdopterGoes(adopter),
            8..=10 => Self::Found(dice.one_in(2)),
            11 => Self::FoundedGoes,
            12 => Self::Crowd,
            13 => Self::CrowdGoes,
            14 => Self::Keep,
            15 | 16 => Self::Waver(waver),
            _ => Self::End,
        }
    }
}

/// The organization that is founded.
pub fn founded() -> ObjectRef {
    organization_key("founded")
}

/// What became of these doings.
#[derive(Default)]
pub struct Company {
    /// How often something was declared anew.
    declared: usize,
    /// The organization that the token in the Secret is of.
    token_of: Option<String>,
    /// Whether the organization's object was deleted.
    pub ended: bool,
    /// How many organizations were to be founded so far.
    foundings: usize,
    /// How often a person answered what the object of one asked: that may be to found another.
    answers: Cell<usize>,
    /// Whether a founded organization is declared.
    pub founding: bool,
}

impl Doing {
    /// Whether another object may stand for the organization then.
    pub const fn moves_the_organization(self) -> bool {
        matches!(self, Self::Rival(_) | Self::RivalGoes(_) | Self::Found(_) | Self::End)
    }
}

impl Company {
    /// A person answers what the object of a founded organization asks.
    pub fn told_again(&self) {
        self.answers.update(|count| count + 1);
    }

    /// How many organizations people let be founded.
    pub const fn let_be_founded(&self) -> usize {
        self.foundings + self.answers.get()
    }
}

impl Play {
    /// Does it.
    pub fn doing(&mut self, doing: Doing) {
        match doing {
            // By which of several it is proved first is by chance.
            Doing::Rival(Rival::Twin | Rival::Spelled) if self.neighbourhood.had_wrong_token() => {}
            Doing::Rival(rival) => self.manifest(&rival.key(), &rival.spec()),
            Doing::RivalGoes(rival) => self.house.delete(&rival.key()),
            Doing::Adopter(adopter) => self.adopt(adopter),
            Doing::AdopterGoes(adopter) => self.house.delete(&adopter.key()),
            Doing::Found(goes) => self.found(goes),
            Doing::FoundedGoes => {
                self.company.founding = false;
                self.house.delete(&founded());
            }
            Doing::Crowd => Slot::CROWD.into_iter().for_each(|slot| self.apply(slot, true)),
            Doing::CrowdGoes => Slot::CROWD.into_iter().for_each(|slot| self.delete(slot)),
            Doing::Keep => self.answer("orgkeeper.dev/keep"),
            Doing::Waver(slot) => self.waver(slot),
            Doing::End => {
                self.company.ended = true;
                self.house.delete(&acme());
            }
        }
    }

    fn adopt(&mut self, adopter: Adopter) {
        if self.company.ended || self.house.exists(&adopter.key()) {
            return;
        }
        // A stranger's, if there is one; else one that another object stands for.
        let strangers = self.house.way.journal.strangers();
        let things = self.house.things();
        let accounts = || things.iter().filter(|thing| thing.kind == kinds::ACCOUNT && thing.name != PROD);
        let Some(thing) =
            accounts().find(|thing| strangers.contains(&thing.id)).or_else(|| accounts().next())
        else {
            return;
        };
        self.company.declared += 1;
        let name = format!("adopter-i{}-e0", self.company.declared);
        let policy = match adopter {
            Adopter::Home => "Required",
            Adopter::Away => "IfExists",
        };
        let adopt = json!({"adopt": {"policy": policy, "id": thing.id}, "deletionPolicy": "Orphan"});
        self.manifest(&adopter.key(), &with(account(&name), adopt));
        self.counts(&adopter.key(), &name);
    }

    fn found(&mut self, goes: bool) {
        if self.company.ended || self.house.exists(&founded()) {
            return;
        }
        self.company.declared += 1;
        self.company.founding = true;
        self.company.foundings += 1;
        let name = format!("Founded {}", self.company.declared);
        let token = json!({"name": "spot-token", "key": "token"});
        let policy = if goes { "Delete" } else { "Orphan" };
        let members = json!({"create": {"name": name, "tokenSecretRef": token}, "deletionPolicy": policy});
        self.manifest(&founded(), &with(to_create(), members));
        self.counts(&founded(), &name);
    }

    /// A person makes a token of what was founded, as its object asks for.
    pub fn give_token(&mut self) {
        let Some(id) = self.house.way.cluster.object(&founded()).and_then(|_| self.house.id(&founded()))
        else {
            return;
        };
        if self.company.token_of.as_ref() == Some(&id) {
            return;
        }
        let issued = id
            .parse()
            .ok()
            .and_then(|number| self.house.vendor().world_mut().issue_token(OrganizationId(number), None));
        if let Some(token) = issued {
            self.house.way.cluster.put_secret(HOME, NEW_TOKEN, "token", &token.value);
            self.company.token_of = Some(id);
        }
    }

    /// The organization gets another token; whether the old one ends at once.
    pub fn replace_token(&mut self, ends: bool) {
        let issued = self.house.vendor().world_mut().issue_token(organization_id(), None);
        let value = issued.expect("there is an administrator").value;
        self.house.way.cluster.put_secret(HOME, "spot-token", "token", &value);
        let former = std::mem::replace(&mut self.token, value);
        if ends {
            self.house.vendor().world_mut().revoke_token(&digest(&former));
        }
    }

    /// The Secret holds the organization's own token again.
    pub fn right_token(&self) {
        self.house.way.cluster.put_secret(HOME, "spot-token", "token", &self.token);
    }

    /// Whoever deletes an organization's object deletes the others too, sooner or later.
    pub fn end(&mut self) {
        if !self.company.ended {
            return;
        }
        let slots: Vec<Slot> = self.declared.keys().copied().collect();
        for slot in slots {
            self.delete(slot);
        }
        self.house.delete(&home(PROD));
        self.neighbours_go();
        // Whoever deletes a namespace deletes the Secret too: it is held for as long as it is needed. What is to be
        // founded with it still needs it as well.
        if self.bearing.secrets_are_read && !self.company.founding {
            self.house.way.cluster.delete_secret(HOME, "spot-token");
        }
        for adopter in [Adopter::Home, Adopter::Away] {
            self.house.delete(&adopter.key());
        }
    }
}
