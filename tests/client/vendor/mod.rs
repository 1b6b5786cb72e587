//! The client and the sandbox, which shares no code with it, without a socket between them: a test
//! can look into the vendor, act in its console, and move its clock.

mod credentials;
mod notification_policies;
mod organizations;
mod policies;
mod secrets;
mod subscriptions;

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::api::spot::Contract;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::base::ports::{HttpRequest, HttpResponse, Network, NetworkError};
use orgkeeper::sandbox::spot::{LoggedRequest, Sandbox, Start};
use orgkeeper::sandbox::{self, Answer, Delivery, Request};
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::credential::model::{AzureCredentials, GcpKey, NewAzureCredentials};
use orgkeeper::vendors::spot::notification_policy::model::{ComputeConfig, PolicyMembers, Subscription};
use orgkeeper::vendors::spot::subscription::model::{Endpoint, NewSubscription};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::world::link;

pub const TOKEN: &str = "vendor-token";
/// The organization of [`link`]'s scope.
pub const ORGANIZATION: &str = "606079812345";
/// A resource in the default account.
pub const RESOURCE: &str = "sig-1a2b3c4d";

/// The sandbox's name of a contract.
pub fn spoken(contract: Contract) -> sandbox::spot::Contract {
    match contract {
        Contract::Production => sandbox::spot::Contract::Production,
        Contract::Published => sandbox::spot::Contract::Published,
    }
}

/// A vendor of one organization, with a default account and one administrator.
pub struct Vendor {
    contract: Contract,
    core: Rc<Core>,
}

struct Core {
    sandbox: RefCell<Sandbox>,
    now: Cell<Timestamp>,
}

impl Vendor {
    pub fn new(contract: Contract) -> Self {
        Self::started(contract, |_| {})
    }

    /// One that starts otherwise than usual.
    pub fn started(contract: Contract, change: impl FnOnce(&mut Start)) -> Self {
        let mut start = Start::new(spoken(contract), TOKEN);
        start.organization = Some(ORGANIZATION.parse().unwrap());
        start.resources = vec![RESOURCE.to_owned()];
        change(&mut start);
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let core = Core { sandbox: RefCell::new(Sandbox::new(now, start)), now: Cell::new(now) };
        Self { contract, core: Rc::new(core) }
    }

    /// A client with the administrator's token.
    pub fn client(&self) -> SpotClient {
        self.client_with(TOKEN)
    }

    pub fn client_with(&self, token: &str) -> SpotClient {
        let mut link = link("http://vendor.example", token);
        link.network = self.core.clone();
        SpotClient::new(link, self.contract)
    }

    pub fn sandbox(&self) -> RefMut<'_, Sandbox> {
        self.core.sandbox.borrow_mut()
    }

    pub fn now(&self) -> Timestamp {
        self.core.now.get()
    }

    /// Lets time go by at the vendor.
    pub fn pass(&self, time: SignedDuration) {
        self.core.now.set(self.now() + time);
    }

    /// The account that is there from the start.
    pub fn default_account(&self) -> String {
        self.sandbox().world().oldest_organization().unwrap().default_account.clone()
    }

    /// A request that is not the client's.
    pub fn raw(&self, method: Method, target: &str, body: &Value) -> Answer {
        let request = Request::new(method, target).bearer(TOKEN);
        let request = if body.is_null() { request } else { request.json(body) };
        let reply = sandbox::handle(&mut self.sandbox(), self.now(), &request);
        reply.answer().expect("an answer").clone()
    }

    /// How many requests came.
    pub fn calls(&self) -> u64 {
        self.sandbox().requests().total()
    }

    pub fn last_request(&self) -> LoggedRequest {
        self.sandbox().requests().entries().last().expect("a request").clone()
    }
}

impl Network for Core {
    fn call_timeout(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<HttpResponse, NetworkError>> {
        async move {
            let target = &request.url[url::Position::BeforePath..];
            let mut seen = Request::new(request.method, target)
                .bearer(request.bearer.as_ref().expect("a bearer").expose_secret());
            seen.body = request.body;
            match sandbox::handle(&mut self.sandbox.borrow_mut(), self.now.get(), &seen).delivery {
                Delivery::Whole(answer) => {
                    Ok(HttpResponse { status: answer.status, headers: answer.headers, body: answer.body })
                }
                Delivery::Cut(..) | Delivery::Reset | Delivery::Hang => {
                    Err(NetworkError::Lost("no whole answer".into()))
                }
            }
        }
        .boxed_local()
    }
}

/// A definite refusal: nothing was carried out, and nobody says that something is absent.
pub fn refused<T>(outcome: Result<T, VendorError>) -> VendorError {
    ended(outcome, &Failure::Refused)
}

/// The vendor's own word that there is no such thing.
pub fn missing<T>(outcome: Result<T, VendorError>) -> VendorError {
    ended(outcome, &Failure::NotFound)
}

/// Nothing was sent: the contract has no such call.
pub fn not_supported<T>(outcome: Result<T, VendorError>) -> VendorError {
    ended(outcome, &Failure::NotSupported)
}

fn ended<T>(outcome: Result<T, VendorError>, failure: &Failure) -> VendorError {
    let Err(error) = outcome else { panic!("it succeeded") };
    assert_eq!((&error.failure, error.without_effect), (failure, true), "{error}");
    error
}

pub fn azure(client_id: &str, secret: &str) -> NewAzureCredentials {
    let public = AzureCredentials {
        client_id: client_id.into(),
        tenant_id: "tenant".into(),
        subscription_id: "subscription".into(),
        expiration: None,
    };
    NewAzureCredentials { public, client_secret: SecretString::from(secret) }
}

/// A key file as Google writes it today, with a member that the vendor does not take.
pub fn gcp(client_email: &str, private_key: &str) -> GcpKey {
    let file = json!({"type": "service_account", "project_id": "project", "private_key_id": "k-1",
        "private_key": private_key, "client_email": client_email, "client_id": "1",
        "auth_uri": "https://accounts.example/auth", "token_uri": "https://accounts.example/token",
        "auth_provider_x509_cert_url": "https://certs.example/a", "client_x509_cert_url": "https://certs.example/c",
        "universe_domain": "googleapis.com"});
    GcpKey::parse(&SecretString::from(file.to_string())).unwrap()
}

pub fn subscription(resource: &str, protocol: &str, endpoint: &str) -> NewSubscription {
    NewSubscription {
        resource_id: resource.into(),
        protocol: protocol.into(),
        endpoint: Endpoint::from(endpoint.to_owned()),
        event_type: "GROUP_UPDATED".into(),
        event_format: None,
    }
}

/// A policy that tells of everything in its account.
pub fn notification_policy() -> PolicyMembers {
    let hook = Endpoint::from("https://hooks.example.com/a".to_owned());
    PolicyMembers {
        name: Some("incidents".into()),
        subscriptions: Some(vec![Subscription { channel: "webhook", endpoint: hook }]),
        config: Some(ComputeConfig {
            events: [("Scale up failed".to_owned(), "ERROR".to_owned())].into(),
            all_resources: true,
            ..ComputeConfig::default()
        }),
        ..PolicyMembers::default()
    }
}
