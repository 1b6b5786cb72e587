//! What the stand-in vendor has besides accounts: as they are, and as a person changes them in the console.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::sandbox::{Request, Sandbox};

/// A user as it is, whatever lists show.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[serde(rename = "userId")]
    pub id: String,
    /// An address, or a machine user's name.
    pub username: String,
    pub administrator: bool,
    /// By account.
    pub account_roles: BTreeMap<String, String>,
    pub policies: Value,
    pub groups: BTreeSet<String>,
}

/// A group as it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    #[serde(rename = "userGroupId")]
    pub id: String,
    pub name: String,
    pub members: BTreeSet<String>,
    pub policies: Value,
}

/// A policy of the organization's own, as it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    #[serde(rename = "policyId")]
    pub id: String,
    pub name: String,
    /// Where it was written in the live service's form.
    pub statements: Option<Value>,
    /// Where it was written in that of the public document.
    pub permissions: Option<Value>,
}

/// The credential of an account, as it is; of secrets it has the digests.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    #[serde(rename = "accountId")]
    pub account: String,
    pub aws: Option<Value>,
    pub azure: Option<Value>,
    pub gcp: Option<Value>,
}

/// A subscription as it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    #[serde(rename = "subscriptionId")]
    pub id: String,
    #[serde(rename = "accountId")]
    pub account: String,
    pub resource_id: String,
    pub protocol: String,
    pub endpoint: String,
    pub event_type: String,
    pub event_format: Option<Value>,
}

/// What a write asked for: its method, its route, and whether it changed anything.
pub type Write = (String, String, bool);

/// A write that changed something.
pub fn effect(method: &str, route: &str) -> Write {
    (method.to_owned(), route.to_owned(), true)
}

/// The writes among the requests, in an order that does not depend on who came first.
pub fn writes(requests: Vec<Request>) -> Vec<Write> {
    let writes = requests.into_iter().filter(|request| request.method != "GET");
    let mut writes: Vec<Write> = writes.map(|one| (one.method, one.route, one.effect)).collect();
    writes.sort();
    writes
}

impl Sandbox {
    /// All of a kind, whatever lists show.
    pub async fn state<T: DeserializeOwned>(&self, rows: &str) -> Vec<T> {
        let mut state: Value = self.call("GET", "state", &Value::Null).await;
        serde_json::from_value(state[rows].take()).unwrap_or_else(|error| panic!("{rows}: {error}"))
    }

    /// All users, the first administrator too.
    pub async fn users(&self) -> Vec<User> {
        self.state("users").await
    }

    /// All policies but the built-in ones.
    pub async fn policies(&self) -> Vec<Policy> {
        self.state("policies").await
    }

    /// The only policy of this name.
    pub async fn policy(&self, name: &str) -> Policy {
        let mut policies = self.policies().await;
        policies.retain(|policy| policy.name == name);
        assert_eq!(policies.len(), 1, "{name}: {policies:?}");
        policies.remove(0)
    }

    /// The credentials of all accounts.
    pub async fn credentials(&self) -> Vec<Credential> {
        self.state("credentials").await
    }

    /// All subscriptions.
    pub async fn subscriptions(&self) -> Vec<Subscription> {
        self.state("subscriptions").await
    }

    /// The users of this address or name.
    pub async fn users_named(&self, username: &str) -> Vec<User> {
        let mut users = self.users().await;
        users.retain(|user| user.username == username);
        users
    }

    /// The only user of this address or name.
    pub async fn user(&self, username: &str) -> User {
        let mut users = self.users_named(username).await;
        assert_eq!(users.len(), 1, "{username}: {users:?}");
        users.remove(0)
    }

    /// All groups.
    pub async fn groups(&self) -> Vec<Group> {
        self.state("groups").await
    }

    /// The only group of this name.
    pub async fn group(&self, name: &str) -> Group {
        let mut groups = self.groups().await;
        groups.retain(|group| group.name == name);
        assert_eq!(groups.len(), 1, "{name}: {groups:?}");
        groups.remove(0)
    }

    /// Makes a user in the console, and returns its id.
    pub async fn create_user(&self, user: &Value) -> String {
        let made: Value = self.call("POST", "users", user).await;
        made["userId"].as_str().expect("an id").to_owned()
    }

    /// Changes a user in the console, as this person.
    pub async fn change_user(&self, id: &str, actor: &str, change: &Value) {
        let mut body = change.clone();
        body["actor"] = json!(actor);
        self.call::<Value>("PATCH", &format!("users/{id}"), &body).await;
    }

    /// Has the cloud turn this identity away from now on.
    pub async fn reject(&self, identity: &str) {
        self.call::<Value>("POST", "rejected-credentials", &json!({"identity": identity})).await;
    }

    /// Issues this token for a user.
    pub async fn issue_token(&self, user: &str, token: &str) {
        self.call::<Value>("POST", "tokens", &json!({"userId": user, "token": token})).await;
    }

    /// Deletes a user in the console.
    pub async fn delete_user(&self, id: &str) {
        self.call::<Value>("DELETE", &format!("users/{id}"), &Value::Null).await;
    }

    /// What the vendor answers somebody with this token who looks at an account.
    pub async fn answers(&self, token: &str, account: &str) -> u16 {
        let url = format!("{}/setup/account/{account}", self.url());
        let answer = self.http.get(url).bearer_auth(token).send().await.expect("the sandbox answers");
        answer.status().as_u16()
    }
}
