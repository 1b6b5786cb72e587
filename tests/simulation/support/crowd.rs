//! Organizations full of people, whose access no list shows.

use super::house::{House, mins};
use super::look::{acme, home};
use super::manifests::{ORGANIZATION, account, organization, user_key, with};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{AccountRole, Contract, OrganizationId, UserDetails};
use serde_json::{Value, json};

/// The name of a person.
pub fn name(number: usize) -> String {
    format!("p{number:04}")
}

/// The key of a person's object.
pub fn key(number: usize) -> ObjectRef {
    user_key(&name(number))
}

/// The manifest of a person who is there, and who is to have the role in the account `prod`.
pub fn manifest(number: usize, role: &str) -> Value {
    json!({
        "organizationRef": {"name": "acme"},
        "human": {"email": format!("{}@example.com", name(number))},
        "accounts": [{"accountRef": {"name": "prod"}, "role": role}],
    })
}

impl House {
    /// So many people who existed before, each a Viewer of the account `prod`, all adopted and at rest.
    pub fn of_people(count: usize) -> Self {
        let mut house = Self::new(Contract::Production);
        house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 10_000}})));
        house.apply(&home("prod"), &account("prod"));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&home("prod")));
        let (now, prod) = (house.wall(), house.id(&home("prod")).unwrap());
        for number in 0..count {
            let mut vendor = house.vendor();
            let mut console = vendor.console(now).unaudited();
            let email = format!("{}@example.com", name(number));
            let organization = OrganizationId(ORGANIZATION.parse().unwrap());
            let id = console.create_user(organization, UserDetails::person(&email));
            console.set_account_role(&id, &prod, Some(AccountRole::Viewer));
        }
        for number in 0..count {
            house.apply(&key(number), &manifest(number, "Viewer"));
        }
        // One by one: to look at all of them with every step takes long.
        for number in 0..count {
            house.until(mins(60), "ready", |house| house.ready(&key(number)));
        }
        house.run(mins(10));
        house
    }

    /// The person's role in the account `prod` at the vendor.
    pub fn role(&self, number: usize) -> Option<AccountRole> {
        let (id, prod) = (self.id(&key(number))?, self.id(&home("prod"))?);
        let vendor = self.vendor();
        let (_, details) = vendor.world().user(&id)?;
        details.account_roles.get(&prod).copied()
    }

    /// A person gives another one a role in the console, or takes it away; the audit log says who, where
    /// one is named.
    pub fn set_role(&self, number: usize, role: Option<AccountRole>, by: Option<&str>) {
        let (now, id, prod) = (self.wall(), self.id(&key(number)).unwrap(), self.id(&home("prod")).unwrap());
        let mut vendor = self.vendor();
        let console = vendor.console(now);
        let mut console = match by {
            Some(actor) => console.by(actor),
            None => console.unaudited(),
        };
        assert!(console.set_account_role(&id, &prod, role));
    }

    /// How often the newest process read details for this cause.
    pub fn details(&self, cause: &str) -> usize {
        let process = self.processes.last().expect("one runs");
        process.counts.details.borrow().get(cause).copied().unwrap_or(0)
    }

    /// Runs until so many more resyncs have begun.
    pub fn resyncs(&mut self, count: usize) {
        let polls = self.reads("/audit/events") + count;
        self.until(mins(6 * count as u64), "resynced", |house| house.reads("/audit/events") >= polls);
    }
}
