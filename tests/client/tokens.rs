//! Tokens that are had with a client's credentials, and the calls that wait for them.

use crate::world::link;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use http::{HeaderMap, Method, StatusCode};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::engine::base::limit::Limit;
use orgkeeper::engine::base::organization_key::Endpoint;
use orgkeeper::engine::base::ports::{HttpRequest, HttpResponse, Network, NetworkError, ObjectRef};
use orgkeeper::engine::external::budget::{Payer, Scope};
use orgkeeper::engine::external::caller::{Call, Effect, Link};
use orgkeeper::engine::external::credentials::{ClientCredentials, Credentials};
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

const URL: &str = "https://vendor.example";

/// A network that answers each call, and a request for a token as it is told to.
struct Answering {
    token: (u16, String),
    sent: RefCell<Vec<String>>,
}

impl Network for Answering {
    fn call_timeout(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<HttpResponse, NetworkError>> {
        let path = request.url.path();
        self.sent.borrow_mut().push(format!("{} {path}", request.method));
        let (status, body) = if path == "/token" { self.token.clone() } else { (200, "{}".to_owned()) };
        let status = StatusCode::from_u16(status).unwrap();
        async move { Ok(HttpResponse { status, headers: HeaderMap::new(), body: body.into() }) }.boxed_local()
    }
}

/// A link of a client, whose requests for tokens are answered so.
fn client(status: u16, body: &serde_json::Value) -> (Link, Rc<Answering>) {
    let network = Rc::new(Answering { token: (status, body.to_string()), sent: RefCell::default() });
    let credentials = Credentials::Client(Rc::new(ClientCredentials::new("me", "/token", None)));
    (Link { network: Rc::clone(&network) as _, credentials, ..link(URL, "secret") }, network)
}

fn call(method: Method, effect: Effect) -> Call {
    Call { method, route: "/things", path: "/things".to_owned(), body: None, effect }
}

#[tokio::test]
async fn a_write_for_which_a_token_has_to_be_had_first_comes_back() {
    let granted = json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600});
    let (link, network) = client(200, &granted);
    let error = link.call(call(Method::POST, Effect::Write)).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Deferred { limit: Limit::Renewal, .. }), "{error:?}");
    assert!(error.without_effect);
    assert_eq!(*network.sent.borrow(), ["POST /token"]);
    link.call(call(Method::POST, Effect::Write)).await.unwrap();
    assert_eq!(*network.sent.borrow(), ["POST /token", "POST /things"]);
    // A read has nothing to be late for.
    let (link, network) = client(200, &granted);
    link.call(call(Method::GET, Effect::Read)).await.unwrap();
    assert_eq!(*network.sent.borrow(), ["POST /token", "GET /things"]);
}

#[tokio::test]
async fn who_guesses_a_client_s_secret_is_slow() {
    let refused = json!({"error": "invalid_client"});
    let (link, network) = client(401, &refused);
    let object = ObjectRef {
        kind: orgkeeper::api::spot::kinds::ORGANIZATION,
        namespace: "elsewhere".to_owned(),
        name: "guess".to_owned(),
    };
    let stranger = Scope::Stranger { vendor: "spot", endpoint: Endpoint::of(&URL.parse().unwrap()), object };
    let link = Link { payer: Payer::new(stranger), ..link };
    let mut ends = Vec::new();
    for _ in 0..500 {
        ends.push(link.call(call(Method::GET, Effect::Read)).await.unwrap_err().failure);
    }
    assert_eq!(ends[0], Failure::Unauthorized);
    assert!(matches!(ends[499], Failure::Deferred { .. }), "{:?}", ends[499]);
    assert!(network.sent.borrow().len() <= 60, "{}", network.sent.borrow().len());
}
