//! What tests of users and groups have in common.

use super::house::{House, mins};
use super::look::{acme, home};
use super::manifests::{AWAY, ORGANIZATION, account, organization};
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{
    ADMIN, Console, Contract, Effect, OrganizationId, PolicyContent, PolicyDetails, PolicyKind, Statement,
    UserDetails,
};
use serde_json::{Value, json};

/// Who acts in the console.
pub const SAM: &str = "sam@example.com";

/// The organization's id at the vendor.
pub fn organization_id() -> OrganizationId {
    OrganizationId(ORGANIZATION.parse().unwrap())
}

/// A house with an organization and accounts, ready.
pub fn furnished(contract: Contract, accounts: &[&str]) -> House {
    furnish(House::new(contract), accounts)
}

/// The same in a kind world: what is told there is no matter of bad luck.
pub fn furnished_kindly(contract: Contract, accounts: &[&str]) -> House {
    let house = House::new(contract);
    house.way.unkind.relent();
    furnish(house, accounts)
}

fn furnish(mut house: House, accounts: &[&str]) -> House {
    house.apply(&acme(), &organization());
    for name in accounts {
        house.apply(&home(name), &account(name));
    }
    house.start();
    house.until(mins(2), "ready", |house| {
        house.ready(&acme()) && accounts.iter().all(|name| house.ready(&home(name)))
    });
    house
}

/// A role on an account of the same namespace.
pub fn role(account: &str, role: &str) -> Value {
    json!({"accountRef": {"name": account}, "role": role})
}

/// The key of a user in the other namespace.
pub fn user_away(name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::USER, namespace: AWAY.into(), name: name.into() }
}

/// The key of a group in the other namespace.
pub fn group_away(name: &str) -> ObjectRef {
    ObjectRef { kind: kinds::USER_GROUP, namespace: AWAY.into(), name: name.into() }
}

impl House {
    /// `METHOD route` of each request that writes, since the log was cleared.
    pub fn written(&self) -> Vec<String> {
        let vendor = self.vendor();
        let entries = vendor.requests().entries().filter(|entry| entry.method != "GET");
        entries.map(|entry| format!("{} {}", entry.method, entry.route)).collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.vendor().clear_requests();
    }

    /// Sam does something in the console.
    pub fn by_hand<T>(&self, act: impl FnOnce(&mut Console<'_>) -> T) -> T {
        let now = self.wall();
        let mut vendor = self.vendor();
        act(&mut vendor.console(now).by(SAM))
    }

    /// A person who administers the organization, so that nobody else is the last one who does.
    pub fn administrator(&self) {
        let mut details = UserDetails::person(SAM);
        details.grants.add(ADMIN, [""; 0]);
        self.by_hand(|console| console.create_user(organization_id(), details));
    }

    /// A policy of the organization's own, on accounts.
    pub fn policy(&self, name: &str) -> String {
        let details = PolicyDetails {
            name: name.to_owned(),
            description: String::new(),
            kind: PolicyKind::Account,
            content: PolicyContent::Statements(vec![Statement {
                effect: Effect::Allow,
                actions: vec!["ocean:*".to_owned()],
                resources: vec!["*".to_owned()],
                condition: None,
            }]),
            updated_at: self.wall(),
        };
        self.by_hand(|console| console.create_policy(organization_id(), details))
    }

    /// What the vendor has of the user that the object stands for.
    #[track_caller]
    pub fn user_of(&self, key: &ObjectRef) -> UserDetails {
        let id = self.id(key).unwrap_or_else(|| panic!("{key} has no id\n{}", self.describe()));
        self.vendor().world().user(&id).expect("it is there").1.clone()
    }

    /// The ids of the vendor's users of this name.
    pub fn users_named(&self, name: &str) -> Vec<String> {
        let vendor = self.vendor();
        let users = vendor.world().users().filter(|(_, details)| details.username == name);
        users.map(|(user, _)| user.id.clone()).collect()
    }

    /// The drift of the path.
    pub fn drift(&self, key: &ObjectRef, path: &str) -> Option<Value> {
        let entries = self.status(key)["drift"].as_array().cloned().unwrap_or_default();
        entries.into_iter().find(|entry| entry["path"] == path)
    }

    /// Applies the manifest and waits until it is ready.
    #[track_caller]
    pub fn ready_with(&mut self, key: &ObjectRef, spec: &Value) {
        self.apply(key, spec);
        self.until(mins(2), &format!("{key} is ready"), |house| house.ready(key));
    }

    /// Nothing more is written for half an hour, and nothing differs.
    #[track_caller]
    pub fn stays(&mut self, key: &ObjectRef) {
        let written = self.written();
        self.run(mins(30));
        assert_eq!(self.written(), written, "{}", self.describe());
        assert!(self.status(key)["drift"].is_null(), "{}", self.describe());
        assert!(self.ready(key), "{}", self.describe());
    }
}
