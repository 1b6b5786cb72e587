//! A sandbox with a clock in hand.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::sandbox::{Answer, Contract, Reply, Request, Sandbox, Start};
use serde_json::{Value, json};

pub const TOKEN: &str = "token-of-the-administrator-1234";

/// A sandbox, its time, and the token that requests carry.
pub struct Bench {
    pub sandbox: Sandbox,
    pub now: Timestamp,
    pub token: Option<String>,
}

impl Bench {
    pub fn new(contract: Contract) -> Self {
        Self::start(Start::new(contract, TOKEN))
    }

    pub fn production() -> Self {
        Self::new(Contract::Production)
    }

    pub fn published() -> Self {
        Self::new(Contract::Published)
    }

    pub fn start(start: Start) -> Self {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        Self { sandbox: Sandbox::new(now, start), now, token: Some(TOKEN.to_owned()) }
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub fn request(&self, method: &str, target: &str, body: &Value) -> Request {
        let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), target);
        if let Some(token) = &self.token {
            request = request.bearer(token);
        }
        if body.is_null() { request } else { request.json(body) }
    }

    pub fn send(&mut self, method: &str, target: &str, body: &Value) -> Reply {
        let request = self.request(method, target, body);
        self.sandbox.handle(self.now, &request)
    }

    pub fn call(&mut self, method: &str, target: &str, body: &Value) -> Answer {
        let reply = self.send(method, target, body);
        reply.answer().expect("a whole answer").clone()
    }

    /// The body of a call that must succeed.
    pub fn good(&mut self, method: &str, target: &str, body: &Value) -> Value {
        let answer = self.call(method, target, body);
        assert_eq!(answer.status, 200, "{method} {target}: {}", answer.value());
        answer.value()
    }

    pub fn get(&mut self, target: &str) -> Value {
        self.good("GET", target, &Value::Null)
    }

    pub fn items(&mut self, target: &str) -> Vec<Value> {
        let body = self.get(target);
        body["response"]["items"].as_array().unwrap().clone()
    }

    pub fn create(&mut self, name: &str) -> String {
        let body = self.good("POST", "/setup/account", &account(name));
        text(&body["response"]["items"][0]["id"])
    }

    /// The names that the account list shows.
    pub fn names(&mut self) -> Vec<String> {
        let items = self.items("/setup/account");
        items.iter().map(|item| text(&item["name"])).collect()
    }

    pub fn organization(&self) -> u64 {
        self.sandbox.world().oldest_organization().unwrap().id.0
    }

    pub fn default_account(&self) -> String {
        let world = self.sandbox.world();
        world.oldest_organization().unwrap().default_account.clone()
    }

    pub fn administrator(&self) -> String {
        let world = self.sandbox.world();
        world.oldest_organization().unwrap().administrator.clone()
    }
}

pub fn account(name: &str) -> Value {
    json!({"account": {"name": name}})
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Whether the text is `prefix` and eight hexadecimal digits.
pub fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 8 && rest.chars().all(|char| char.is_ascii_hexdigit()))
}
