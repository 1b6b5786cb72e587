//! Machine users, their tokens, and the Secrets that hold them.

use super::house::{House, mins, secs};
use super::look::{acme, home};
use super::manifests::{HOME, account, machine, organization, user_key, with};
use orgkeeper::api::token::ID;
use orgkeeper::engine::base::ports::{ObjectRef, SecretData};
use orgkeeper::sandbox::spot::Contract;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// The key of the machine user `ci`.
pub fn ci() -> ObjectRef {
    user_key("ci")
}

/// The Secret that `ci` has its token in.
pub const CI_TOKEN: &str = "ci-token";

/// The manifest of `ci`, whose user goes with it.
pub fn ci_spec() -> serde_json::Value {
    with(machine("ci", "prod"), json!({"deletionPolicy": "Delete"}))
}

/// A house with an organization and an account, ready.
pub fn furnished(contract: Contract) -> House {
    furnish(House::new(contract))
}

/// Brings an organization and an account into the house, and waits until they are ready.
pub fn furnish(mut house: House) -> House {
    house.apply(&acme(), &organization());
    house.apply(&home("prod"), &account("prod"));
    house.start();
    house.until(mins(10), "ready", |house| house.ready(&home("prod")) && house.ready(&acme()));
    house.run(mins(3));
    house
}

/// The same, with `ci`.
pub fn with_ci(contract: Contract) -> House {
    let mut house = furnished(contract);
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "ci is ready", |house| house.ready(&ci()));
    house.run(mins(3));
    house
}

/// A house whose `ci` was made just before its Secret became immutable.
pub fn with_a_token_that_cannot_be_stored() -> House {
    let mut house = furnished(Contract::Production);
    house.way.vendors.latency.set(secs(2));
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "made", |house| house.users("ci").len() == 1);
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.immutable = true);
    house.run(mins(5));
    house
}

/// Somebody writes into the Secret of `ci` that it holds the token of that user.
pub fn forge(house: &House, id: &str) {
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
        secret.annotations.insert(ID.to_owned(), id.to_owned());
        secret.values.insert("token".to_owned(), SecretString::from("made-up".to_owned()));
    });
}

impl House {
    /// A Secret in the organization's namespace.
    pub fn secret(&self, name: &str) -> Option<SecretData> {
        self.way.cluster.secrets().remove(&(HOME.to_owned(), name.to_owned()))
    }

    /// The token in the Secret of `ci`.
    pub fn token(&self) -> Option<String> {
        let secret = self.secret(CI_TOKEN)?;
        Some(secret.values.get("token")?.expose_secret().to_owned())
    }

    /// The user that the Secret of `ci` says its token is of.
    pub fn token_id(&self) -> Option<String> {
        self.secret(CI_TOKEN)?.annotations.get(ID).cloned()
    }

    /// The ids of the living users of the name.
    pub fn users(&self, name: &str) -> Vec<String> {
        let now = self.wall();
        let mut vendor = self.vendor();
        vendor.carry_out_late(now);
        let users = vendor.world().users().filter(|(_, details)| details.username == name);
        users.map(|(user, _)| user.id.clone()).collect()
    }

    /// The living user whose token it is.
    pub fn whose(&self, token: &str) -> Option<String> {
        self.vendor().world().working_token(token).map(|(user, _)| user.id.clone())
    }

    /// What creates of unknown outcome may have left of `ci`.
    pub fn leftovers(&self) -> Vec<String> {
        let left = self.status(&ci())["leftovers"].clone();
        serde_json::from_value(left).unwrap_or_default()
    }

    /// One user, whose token is in the Secret, as status says.
    #[track_caller]
    pub fn assert_one_that_works(&self) {
        self.assert_one_that_works_beside(0);
    }

    /// The same, beside at most so many that a person is asked about.
    #[track_caller]
    pub fn assert_one_that_works_beside(&self, most: usize) {
        let left = self.leftovers();
        assert!(left.len() <= most, "{left:?}\n{}", self.describe());
        let named = |id: &String| self.message(&ci(), "ConfirmationRequired").contains(id);
        assert!(left.iter().all(named), "{left:?}\n{}", self.describe());
        let mut users = self.users("ci");
        users.retain(|user| !left.contains(user));
        assert_eq!(users.len(), 1, "{users:?}\n{}", self.describe());
        let token = self.token().unwrap_or_else(|| panic!("no token\n{}", self.describe()));
        assert_eq!(self.whose(&token), Some(users[0].clone()), "{}", self.describe());
        assert_eq!(self.id(&ci()), Some(users[0].clone()), "{}", self.describe());
        assert_eq!(self.token_id(), Some(users[0].clone()), "{}", self.describe());
        assert!(!self.status(&ci())["token"]["fingerprint"].is_null(), "{}", self.describe());
        assert!(self.ready(&ci()), "{}", self.describe());
    }
}
