//! A sandbox with a clock in hand.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::sandbox::spot::{Contract, Sandbox, Start};
use orgkeeper::sandbox::{self, Answer, Reply, Request};
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
        self.handle(&request)
    }

    pub fn handle(&mut self, request: &Request) -> Reply {
        sandbox::handle(&mut self.sandbox, self.now, request)
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

    /// The only item of a creation that must succeed.
    pub fn made(&mut self, target: &str, body: &Value) -> Value {
        let body = self.good("POST", target, body);
        body["response"]["items"][0].clone()
    }

    /// The only item of a read that must succeed.
    pub fn one(&mut self, target: &str) -> Value {
        let items = self.items(target);
        assert_eq!(items.len(), 1, "{target}");
        items[0].clone()
    }

    /// The code and the field of a call that Production must refuse with a 400.
    pub fn refused(&mut self, method: &str, target: &str, body: &Value) -> (String, String) {
        let revision = self.sandbox.revision();
        let answer = self.call(method, target, body);
        let value = answer.value();
        assert_eq!(answer.status, 400, "{method} {target} {body}: {value}");
        assert_eq!(self.sandbox.revision(), revision, "a refusal changes nothing");
        let error = &value["response"]["errors"][0];
        assert!(error["message"].is_string(), "{value}");
        (text(&error["code"]), error["field"].as_str().unwrap_or_default().to_owned())
    }

    /// Every body must be refused, with this code and field.
    pub fn all_refused(&mut self, method: &str, target: &str, code: &str, cases: &[(Value, &str)]) {
        for (body, field) in cases {
            let refused = self.refused(method, target, body);
            assert_eq!(refused, (code.to_owned(), (*field).to_owned()), "{method} {target} {body}");
        }
    }

    /// Makes a person through Production's API.
    pub fn person(&mut self, email: &str) -> String {
        text(&self.made("/setup/user", &person(email))["userId"])
    }

    /// Makes a policy through Production's API.
    pub fn policy(&mut self, name: &str, kind: &str) -> String {
        let content = json!({"statements": [
            {"effect": "ALLOW", "actions": ["ocean:describe*"], "resources": ["*"]},
        ]});
        let policy = json!({"policy": {"name": name, "type": kind, "policyContent": content}});
        text(&self.made("/setup/access/policy", &policy)["id"])
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

pub fn person(email: &str) -> Value {
    json!({"firstName": "Jo", "lastName": "Doe", "email": email})
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Whether the text is `prefix` and eight hexadecimal digits.
pub fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 8 && rest.chars().all(|char| char.is_ascii_hexdigit()))
}
