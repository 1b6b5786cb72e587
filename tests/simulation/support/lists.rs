//! A list of grants, whichever it is, for tests of what becomes of it.

use super::house::{House, mins};
use super::look::home;
use super::manifests::{account, group, group_key, machine, person, user_key, with};
use super::notifications::{by_object, noted, notification};
use super::people::{furnished, role};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{AccountRole, Contract, Grants, NotificationPolicyDetails, RegisteredUser};
use serde_json::{Value, json};

/// Why an object waits whose reference leads nowhere.
pub const NOT_FOUND: &str = "ReferenceNotFoundOrNotAllowed";

/// A list of grants: whose it is, and where its entries lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Roles(Contract),
    MachineRoles(Contract),
    Policies,
    Groups,
    Members,
    GroupPolicies,
    RegisteredUsers,
}

/// One of each, under the contracts that have it.
pub const LISTS: [List; 9] = [
    List::Roles(Contract::Production),
    List::Roles(Contract::Published),
    List::MachineRoles(Contract::Production),
    List::MachineRoles(Contract::Published),
    List::Policies,
    List::Groups,
    List::Members,
    List::GroupPolicies,
    List::RegisteredUsers,
];

impl List {
    pub fn contract(self) -> Contract {
        match self {
            Self::Roles(contract) | Self::MachineRoles(contract) => contract,
            _ => Contract::Production,
        }
    }

    /// Whose list it is.
    pub fn key(self) -> ObjectRef {
        match self {
            Self::Roles(_) | Self::Policies | Self::Groups => user_key("jo"),
            Self::MachineRoles(_) => user_key("ci"),
            Self::Members | Self::GroupPolicies => group_key("ops"),
            Self::RegisteredUsers => noted("n"),
        }
    }

    /// The manifest, with these in the list.
    pub fn of(self, names: &[&str]) -> Value {
        let each = |entry: &dyn Fn(&str) -> Value| names.iter().map(|name| entry(name)).collect::<Value>();
        let on = each(&|name| json!({"name": name}));
        let policies = json!({"policies": [{"policyName": "Account Editor", "accounts": on}]});
        match self {
            Self::Roles(_) => with(person("jo"), json!({"accounts": each(&|name| role(name, "Editor"))})),
            Self::MachineRoles(_) => {
                with(machine("ci", "a"), json!({"accounts": each(&|name| role(name, "Editor"))}))
            }
            Self::Policies => with(person("jo"), policies),
            Self::Groups => {
                with(person("jo"), json!({"userGroups": each(&|name| json!({"groupRef": {"name": name}}))}))
            }
            Self::Members => {
                with(group("ops"), json!({"members": each(&|name| json!({"userRef": {"name": name}}))}))
            }
            Self::GroupPolicies => with(group("ops"), policies),
            Self::RegisteredUsers => {
                let users = each(&|name| by_object(name, &["email"]));
                let rest = json!({"subscriptions": null, "registeredUsers": users});
                with(notification("prod", "n"), rest)
            }
        }
    }

    /// The object that an entry of this name leads to.
    pub fn target(self, name: &str) -> ObjectRef {
        match self {
            Self::Groups => group_key(name),
            Self::Members | Self::RegisteredUsers => user_key(name),
            _ => home(name),
        }
    }

    /// The manifest of what is called so at the vendor. It stays there when the object goes.
    pub fn thing(self, name: &str) -> Value {
        let spec = match self {
            Self::Groups => group(name),
            Self::Members | Self::RegisteredUsers => person(name),
            _ => account(name),
        };
        with(spec, json!({"deletionPolicy": "Orphan"}))
    }

    /// What its holder is in.
    pub fn accounts(self) -> &'static [&'static str] {
        if self == Self::RegisteredUsers { &["prod"] } else { &[] }
    }

    /// What the vendor calls what has this id in the list.
    pub fn entry(self, house: &House, id: &str) -> String {
        match self {
            Self::RegisteredUsers => house.vendor().world().user(id).expect("a user").1.email.clone(),
            _ => id.to_owned(),
        }
    }

    /// A house in which all of these are given.
    pub fn furnished(self, names: &[&str]) -> House {
        let mut house = furnished(self.contract(), self.accounts());
        for name in names {
            house.ready_with(&self.target(name), &self.thing(name));
        }
        house.ready_with(&self.key(), &self.of(names));
        house.run(mins(8));
        house.forget_requests();
        house
    }

    /// Whether the vendor has it that what has this id is given.
    pub fn gives(self, house: &House, id: &str) -> bool {
        let holder = house.id(&self.key()).expect("it is there");
        let vendor = house.vendor();
        let mapped = |grants: &Grants| grants.0.values().any(|accounts| accounts.contains(id));
        match self {
            Self::Members => vendor.world().members(&holder).contains(id),
            Self::GroupPolicies => mapped(&vendor.world().group(&holder).expect("it is there").1.grants),
            Self::RegisteredUsers => {
                let world = vendor.world();
                let mut policies = world.in_accounts::<NotificationPolicyDetails>().living();
                let (_, policy) = policies.find(|(one, _)| one.id == holder).expect("it is there");
                world.user(id).is_some_and(|(_, user)| policy.tells(&user.email))
            }
            Self::Roles(_) => {
                let role =
                    vendor.world().user(&holder).expect("it is there").1.account_roles.get(id).copied();
                role == Some(AccountRole::Editor)
            }
            Self::Groups => vendor.world().user(&holder).expect("it is there").1.groups.contains(id),
            Self::MachineRoles(_) | Self::Policies => {
                mapped(&vendor.world().user(&holder).expect("it is there").1.grants)
            }
        }
    }

    /// Somebody gives what has this id in the console.
    pub fn give_by_hand(self, house: &House, id: &str) {
        let holder = house.id(&self.key()).expect("it is there");
        let email = house.vendor().world().user(id).map(|(_, user)| user.email.clone());
        house.by_hand(|console| match self {
            Self::RegisteredUsers => {
                let user_email = email.expect("a user");
                let user = RegisteredUser { user_email, subscription_types: ["email".to_owned()].into() };
                console.change_in_account(&holder, |policy: &mut NotificationPolicyDetails| {
                    policy.registered_users.push(user);
                });
            }
            Self::Members => {
                let id = id.to_owned();
                console.change_user(&id, |user| {
                    user.groups.insert(holder);
                });
            }
            Self::GroupPolicies => {
                console.change_group(&holder, |group| group.grants.add("2", [id]));
            }
            Self::Roles(_) => {
                console.set_account_role(&holder, id, Some(AccountRole::Editor));
            }
            Self::Groups => {
                console.change_user(&holder, |user| {
                    user.groups.insert(id.to_owned());
                });
            }
            Self::MachineRoles(_) | Self::Policies => {
                console.change_user(&holder, |user| user.grants.add("2", [id]));
            }
        });
    }

    /// Somebody takes away in the console what is given of this id.
    pub fn take_by_hand(self, house: &House, id: &str) {
        let holder = house.id(&self.key()).expect("it is there");
        let revoke = |grants: &mut Grants| ["2", "3"].map(|policy| grants.remove(policy, id));
        let email = house.vendor().world().user(id).map(|(_, user)| user.email.clone());
        house.by_hand(|console| match self {
            Self::RegisteredUsers => {
                let email = email.expect("a user");
                console.change_in_account(&holder, |policy: &mut NotificationPolicyDetails| {
                    policy.registered_users.retain(|user| user.user_email != email);
                });
            }
            Self::Members => {
                let id = id.to_owned();
                console.change_user(&id, |user| {
                    user.groups.remove(&holder);
                });
            }
            Self::GroupPolicies => {
                console.change_group(&holder, |group| {
                    revoke(&mut group.grants);
                });
            }
            Self::Roles(_) => {
                console.set_account_role(&holder, id, None);
            }
            Self::Groups => {
                console.change_user(&holder, |user| {
                    user.groups.remove(id);
                });
            }
            Self::MachineRoles(_) | Self::Policies => {
                console.change_user(&holder, |user| {
                    revoke(&mut user.grants);
                });
            }
        });
    }

    /// Whether a read shows what is in it.
    pub fn is_shown(self) -> bool {
        self.contract() == Contract::Production
    }

    /// Whether it says that this reference leads nowhere.
    pub fn misses(self, house: &House, name: &str) -> bool {
        house.waits(&self.key(), NOT_FOUND)
            && house.message(&self.key(), "Ready").contains(&self.target(name).to_string())
    }

    /// Its object goes, and what it stood for stays.
    pub fn lose(self, house: &mut House, name: &str) {
        house.delete(&self.target(name));
        house.until(mins(2), "it is missed", |house| {
            !house.exists(&self.target(name)) && self.misses(house, name)
        });
    }
}
