//! Others at the vendor: a person in the console, or another cluster with the same token.

use crate::atoll::judge;
use crate::support::house::House;
use crate::support::people::{SAM, organization_id};
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::spot::kinds;
use orgkeeper::sandbox::spot::{
    Console, GroupDetails, NotificationPolicyDetails, PolicyContent, PolicyDetails, PolicyKind, Statement,
    SubscriptionDetails, UserDetails,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Where somebody else has events sent. Whoever knows it can write there.
pub const STRANGE_HOOK: &str = "https://hooks.example.com/canary-of-a-stranger";

/// What there is at the vendor under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub kind: KindRef,
    pub id: String,
    pub name: String,
}

/// Who does it: only what a person does is in the audit log under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// In the console.
    Person,
    /// With the token that we have too.
    Cluster,
}

/// What a stranger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Makes another thing of the same name.
    Twin,
    /// Gives it another name.
    Rename,
    /// Deletes it.
    Delete,
}

impl House {
    /// All that has a name at the vendor.
    pub fn things(&self) -> Vec<Thing> {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        let world = vendor.world();
        let thing = |kind, id: &String, name: &String| Thing { kind, id: id.clone(), name: name.clone() };
        let accounts = world.accounts().filter_map(|account| Some((account, account.details.current()?)));
        let mut all: Vec<Thing> =
            accounts.map(|(account, details)| thing(kinds::ACCOUNT, &account.id, &details.name)).collect();
        all.extend(world.users().map(|(user, details)| thing(kinds::USER, &user.id, &details.username)));
        all.extend(world.groups().map(|(group, details)| thing(kinds::USER_GROUP, &group.id, &details.name)));
        all.extend(world.policies().map(|(policy, details)| thing(kinds::POLICY, &policy.id, &details.name)));
        let subscriptions = world.in_accounts::<SubscriptionDetails>().living();
        all.extend(
            subscriptions.map(|(one, details)| thing(kinds::SUBSCRIPTION, &one.id, &details.resource_id)),
        );
        all.extend(world.in_accounts::<NotificationPolicyDetails>().living().map(|(one, details)| {
            thing(kinds::NOTIFICATION_POLICY, &one.id, details.name.as_ref().unwrap_or(&one.id))
        }));
        all.extend(self.atoll.iter().flat_map(|server| judge::things(&server.borrow())));
        all
    }

    /// A stranger does something with what has this name; whether there was anything to do.
    pub fn stranger(&self, who: Who, deed: Deed, kind: KindRef, name: &str) -> bool {
        let Some(thing) = self.things().into_iter().find(|thing| thing.kind == kind && thing.name == name)
        else {
            return deed == Deed::Twin && self.twin(who, kind, name);
        };
        match deed {
            Deed::Twin => self.twin(who, kind, name),
            Deed::Rename => {
                let done = self.as_stranger(who, |console| rename(console, &thing, "of-somebody-else"));
                // Nothing shows any more that it is what a create made of which nobody heard.
                let stands = |object: &Value| object["status"].to_string().contains(&thing.id);
                if done && !self.way.cluster.all().iter().any(stands) {
                    self.way.journal.is_strangers(&thing.id, name);
                }
                done
            }
            Deed::Delete => {
                let done = self.as_stranger(who, |console| delete(console, &thing));
                if done {
                    self.way.journal.made.is_gone(&thing.id);
                }
                done
            }
        }
    }

    fn twin(&self, who: Who, kind: KindRef, name: &str) -> bool {
        let now = self.wall();
        let made = self.as_stranger(who, |console| make(console, kind, name, now));
        let Some(id) = made else { return false };
        self.way.journal.is_strangers(&id, name);
        true
    }

    fn as_stranger<T>(&self, who: Who, act: impl FnOnce(&mut Console<'_>) -> T) -> T {
        let now = self.wall();
        let mut vendor = self.vendor();
        let console = vendor.console(now);
        match who {
            Who::Person => act(&mut console.by(SAM)),
            Who::Cluster => act(&mut { console }),
        }
    }
}

fn make(console: &mut Console<'_>, kind: KindRef, name: &str, now: jiff::Timestamp) -> Option<String> {
    let organization = organization_id();
    match kind {
        kinds::ACCOUNT => Some(console.create_account(organization, name)),
        // The vendor has one person of an address.
        kinds::USER if !name.contains('@') => {
            Some(console.create_user(organization, UserDetails::machine(name)))
        }
        kinds::USER_GROUP => {
            let details = GroupDetails { name: name.to_owned(), ..GroupDetails::default() };
            Some(console.create_group(organization, details))
        }
        kinds::POLICY => {
            let statement = Statement {
                effect: orgkeeper::sandbox::spot::Effect::Allow,
                actions: vec!["ocean:*".to_owned()],
                resources: vec!["*".to_owned()],
                condition: None,
            };
            let details = PolicyDetails {
                name: name.to_owned(),
                description: String::new(),
                kind: PolicyKind::Account,
                content: PolicyContent::Statements(vec![statement]),
                updated_at: now,
            };
            Some(console.create_policy(organization, details))
        }
        _ => None,
    }
}

fn rename(console: &mut Console<'_>, thing: &Thing, name: &str) -> bool {
    let name = name.to_owned();
    match thing.kind {
        kinds::ACCOUNT => console.change_account(&thing.id, |details| details.name = name),
        kinds::USER_GROUP => console.change_group(&thing.id, |details| details.name = name),
        kinds::POLICY => console.change_policy(&thing.id, |details| details.name = name).is_ok(),
        kinds::NOTIFICATION_POLICY => {
            console.change_in_account(&thing.id, |details: &mut NotificationPolicyDetails| {
                details.name = Some(name);
            })
        }
        // What is sent there is sent elsewhere.
        kinds::SUBSCRIPTION => console.change_in_account(&thing.id, |details: &mut SubscriptionDetails| {
            STRANGE_HOOK.clone_into(&mut details.endpoint);
        }),
        _ => false,
    }
}

fn delete(console: &mut Console<'_>, thing: &Thing) -> bool {
    match thing.kind {
        kinds::ACCOUNT => console.delete_account(&thing.id).is_ok(),
        kinds::USER => console.delete_user(&thing.id).is_ok(),
        kinds::USER_GROUP => {
            console.set_members(&thing.id, &BTreeSet::new());
            console.delete_group(&thing.id)
        }
        kinds::POLICY => console.delete_policy(&thing.id).is_ok(),
        kinds::SUBSCRIPTION => console.delete_in_account::<SubscriptionDetails>(&thing.id),
        kinds::NOTIFICATION_POLICY => console.delete_in_account::<NotificationPolicyDetails>(&thing.id),
        _ => false,
    }
}
