//! The stand-in vendor as a process, and its control surface.

use std::{process::Stdio, time::Duration};

use jiff::Timestamp;
use orgkeeper::sandbox::Fault;
use orgkeeper::sandbox::spot::Contract;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::operator::listening;

/// The first organization.
pub const ORGANIZATION: &str = "606079812345";
/// The token of its administrator.
pub const TOKEN: &str = "sandbox-token";
/// Accounts: the list and the creation.
pub const ACCOUNTS: &str = "/setup/account";
/// One account.
pub const ACCOUNT: &str = "/setup/account/{accountId}";

/// An account as it is, whatever lists show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    #[serde(rename = "accountId")]
    pub id: String,
    pub name: String,
    pub organization_id: u64,
    /// As they were written; the vendor never shows them.
    pub slack_notification_channels: Vec<Value>,
}

/// How often a route was called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Counter {
    pub method: String,
    pub route: String,
    pub requests: u64,
    /// Those that changed something.
    pub effects: u64,
    /// Those answered from 400 up.
    pub refused: u64,
}

/// A request that came.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    pub at: Timestamp,
    pub method: String,
    pub route: String,
    pub path: String,
    pub body: Value,
    pub status: Option<u16>,
    pub effect: bool,
    pub fault: Option<String>,
}

#[derive(Deserialize)]
struct Requests {
    requests: Vec<Request>,
    counters: Vec<Counter>,
}

/// A running sandbox. It ends with this process.
pub struct Sandbox {
    contract: Contract,
    url: String,
    pub(super) http: reqwest::Client,
    _child: Child,
}

impl Sandbox {
    /// Starts one with the first organization and a token for it.
    pub async fn start(contract: Contract) -> Self {
        Self::start_with(contract, &[]).await
    }

    /// As [`Self::start`], with more flags: `--lag 1s`, `--accounts 10`.
    pub async fn start_with(contract: Contract, flags: &[&str]) -> Self {
        let name = match contract {
            Contract::Production => "production",
            Contract::Published => "published",
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_orgkeeper-sandbox"));
        command.args(["--listen", "127.0.0.1:0", "--exit-with-stdin", "--contract", name]);
        command.args(["--organization", ORGANIZATION, "--token", TOKEN]).args(flags);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the sandbox starts");
        let url = listening(&mut child).await.expect("the sandbox says where it listens");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { contract, url, http, _child: child }
    }

    /// Which of the vendor's two contracts it keeps.
    pub fn contract(&self) -> Contract {
        self.contract
    }

    /// The endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All accounts, also the default one.
    pub async fn accounts(&self) -> Vec<Account> {
        let mut state: Value = self.call("GET", "state", &Value::Null).await;
        serde_json::from_value(state["accounts"].take()).expect("accounts")
    }

    /// The accounts of this name.
    pub async fn named(&self, name: &str) -> Vec<Account> {
        let mut accounts = self.accounts().await;
        accounts.retain(|account| account.name == name);
        accounts
    }

    /// The only account of this name.
    pub async fn one(&self, name: &str) -> Account {
        let accounts = self.named(name).await;
        assert_eq!(accounts.len(), 1, "{name}: {accounts:?}");
        accounts.into_iter().next().expect("there is one")
    }

    /// Creates an account in the console.
    pub async fn create(&self, name: &str) -> String {
        let made: Value = self.call("POST", "accounts", &json!({"name": name})).await;
        made["accountId"].as_str().expect("an id").to_owned()
    }

    /// Renames an account in the console.
    pub async fn rename(&self, id: &str, name: &str) {
        self.call::<Value>("PATCH", &format!("accounts/{id}"), &json!({"name": name})).await;
    }

    /// Deletes an account in the console.
    pub async fn delete(&self, id: &str) {
        self.call::<Value>("DELETE", &format!("accounts/{id}"), &Value::Null).await;
    }

    /// Creates another organization and returns its id.
    pub async fn create_organization(&self, name: &str) -> String {
        let made: Value = self.call("POST", "organizations", &json!({"name": name})).await;
        made["organizationId"].to_string().trim_matches('"').to_owned()
    }

    /// Issues a token of the organization's administrator.
    pub async fn issue(&self, organization: &str) -> String {
        let id: u64 = organization.parse().expect("an organization's id is a number");
        let issued: Value = self.call("POST", "tokens", &json!({"organizationId": id})).await;
        issued["token"].as_str().expect("a token").to_owned()
    }

    /// Makes a token invalid.
    pub async fn revoke(&self, token: &str) {
        let digest = orgkeeper::sandbox::digest(token);
        self.call::<Value>("DELETE", &format!("tokens/{digest}"), &Value::Null).await;
    }

    /// Adds a fault.
    pub async fn fault(&self, fault: &Fault) {
        let fault = serde_json::to_value(fault).expect("a fault is JSON");
        self.call::<Value>("POST", "faults", &fault).await;
    }

    /// Takes all faults away.
    pub async fn clear_faults(&self) {
        self.call::<Value>("DELETE", "faults", &Value::Null).await;
    }

    /// How many faults still wait.
    pub async fn waiting_faults(&self) -> usize {
        let faults: Value = self.call("GET", "faults", &Value::Null).await;
        faults["faults"].as_array().expect("faults").len()
    }

    /// Lists show changes only so much later.
    pub async fn lag(&self, lists: Duration) {
        let lag = json!({"lists": format!("{}ms", lists.as_millis()), "reads": false});
        self.call::<Value>("PUT", "lag", &lag).await;
    }

    /// The latest requests, oldest first.
    pub async fn requests(&self) -> Vec<Request> {
        self.log().await.requests
    }

    /// How often each route was called.
    pub async fn counters(&self) -> Vec<Counter> {
        self.log().await.counters
    }

    /// How often this route was called.
    pub async fn counter(&self, method: &str, route: &str) -> Counter {
        let counters = self.counters().await;
        let found = counters.into_iter().find(|one| one.method == method && one.route == route);
        found.unwrap_or_default()
    }

    /// The requests that were to change something.
    pub async fn writes(&self) -> Vec<Request> {
        let mut requests = self.requests().await;
        requests.retain(|request| request.method != "GET");
        requests
    }

    /// Empties the log and the counters.
    pub async fn forget_requests(&self) {
        self.call::<Value>("DELETE", "requests", &Value::Null).await;
    }

    async fn log(&self) -> Requests {
        self.call("GET", "requests", &Value::Null).await
    }

    pub async fn call<T: DeserializeOwned>(&self, method: &str, path: &str, body: &Value) -> T {
        let url = format!("{}/_sandbox/{path}", self.url);
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, url);
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.expect("the sandbox answers");
        let status = answer.status();
        let text = answer.text().await.expect("a whole answer");
        assert!(status.is_success(), "{path} {body}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }
}
