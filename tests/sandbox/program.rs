//! The program as a child of the tests.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::harness::{TOKEN, account, text};

/// Longer than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_mins(1);

pub struct Program {
    pub child: Child,
    pub url: String,
    pub client: Client,
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orgkeeper-sandbox"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("ORGKEEPER_SANDBOX_TOKEN")
        .kill_on_drop(true);
    command
}

impl Program {
    pub async fn start(arguments: &[&str]) -> Self {
        let mut all = vec!["--listen", "127.0.0.1:0", "--token", TOKEN];
        all.extend(arguments);
        let mut child = command(&all).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap().unwrap();
        let url = line.strip_prefix("listening on ").unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
        let client = Client::builder().no_proxy().build().unwrap();
        Self { child, url, client }
    }

    pub async fn try_send(&self, method: Method, path: &str, body: Value) -> reqwest::Result<Response> {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(TOKEN);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.timeout(LIMIT).send().await
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let response = self.try_send(method, path, body).await.unwrap();
        assert_eq!(response.status(), 200);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    pub async fn names(&self) -> Vec<String> {
        let body = self.send(Method::GET, "/setup/account", Value::Null).await;
        let items = body["response"]["items"].as_array().unwrap().clone();
        items.iter().map(|item| text(&item["name"])).collect()
    }

    pub async fn fault(&self, fault: Value) {
        self.send(Method::DELETE, "/_sandbox/faults", Value::Null).await;
        let route = "/setup/account";
        let scripted = json!({"method": "POST", "route": route, "times": 1, "fault": fault});
        self.send(Method::POST, "/_sandbox/faults", scripted).await;
    }

    pub async fn create(&self, name: &str) -> reqwest::Result<Response> {
        self.try_send(Method::POST, "/setup/account", account(name)).await
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    pub async fn ended(&mut self) -> ExitStatus {
        timeout(LIMIT, self.child.wait()).await.unwrap().unwrap()
    }
}
