//! How Atoll is reached: client credentials, a call that tells whose they are, and its own words.

use super::api::AtollTenant;
use super::member::Member;
use http::{Method, StatusCode};
use jiff::Timestamp;
use orgkeeper::api::managed::Managed;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::engine::decide::audit::AuditEntry;
use orgkeeper::engine::external::caller::{Call, Effect, Link};
use orgkeeper::engine::external::credentials::{ClientCredentials, Credentials};
use orgkeeper::engine::external::rate_limit::RateLimitHeaders;
use orgkeeper::engine::provider::vendor::{Connection, NewRoot, OpenError, Proof, TokenPlace, Vendor, Words};
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;

/// The vendor.
pub struct Atoll;

/// One tenant's session.
pub struct Session {
    link: Link,
    asserted: bool,
    logged: bool,
}

impl Session {
    /// Makes a call; its JSON.
    pub async fn call(
        &self,
        (method, effect): (Method, Effect),
        route: &'static str,
        path: String,
        body: Option<Value>,
    ) -> Result<Value, VendorError> {
        let call = Call { method, route, path, body, effect };
        let answer = self.link.call(call).await?;
        let status = answer.status;
        let failure = match status {
            _ if status.is_success() => {
                return Ok(serde_json::from_slice(&answer.body).unwrap_or_default());
            }
            StatusCode::UNAUTHORIZED => Failure::Unauthorized,
            StatusCode::FORBIDDEN => Failure::Forbidden,
            StatusCode::NOT_FOUND => Failure::NotFound,
            _ if status.is_client_error() => Failure::Refused,
            _ => return Err(VendorError::unknown(Failure::Unreachable, format!("{route}: {status}"))),
        };
        Err(VendorError::without_effect(failure, format!("{route}: {status}")))
    }

    /// Whether its credentials are a member's: a client is none, and a token may be anybody's.
    pub fn are_a_member_s(&self) -> Option<bool> {
        (!self.asserted).then_some(false)
    }

    /// Reads.
    pub async fn read(&self, route: &'static str, path: String) -> Result<Value, VendorError> {
        self.call((Method::GET, Effect::Read), route, path, None).await
    }
}

impl Vendor for Atoll {
    type Root = AtollTenant;
    type Session = Session;
    type Principal = Member;

    const NAME: &'static str = "atoll";

    const SECRET_IN_USE: &'static str = "atoll.example/in-use";

    const WORDS: Words = Words {
        unproven: "the vendor shows it no tenant",
        to_prove: "Give the client a tenant.",
        may_not: "read the tenant",
        to_allow: "Give the client the right to read it.",
        id: "id",
        administrator: "an owner",
    };

    const ENDPOINTS: &'static [&'static str] = &[];

    const RATE_LIMITS: RateLimitHeaders =
        RateLimitHeaders { limit: "x-atoll-limit", remaining: "x-atoll-left", reset: "x-atoll-reset" };

    fn connection(&self, root: &AtollTenant) -> Connection {
        let connection = &root.spec.connection;
        let secret = &connection.secret_ref;
        let token = TokenPlace {
            secret: secret.name.clone(),
            key: secret.key.clone(),
            path: "spec.connection.secretRef",
        };
        Connection {
            organization: root.spec.organization_id.clone().or_else(|| root.common_status().id.clone()),
            create: root.spec.create.as_ref().map(|new| NewRoot {
                name: new.name.clone(),
                unsendable: None,
                token: token.clone(),
            }),
            endpoint: connection.endpoint.clone(),
            token,
            ca_bundle: None,
            requests_per_minute: connection.requests_per_minute,
            resync: Duration::from_mins(5),
            max_destructive_per_hour: root.spec.max_destructive_per_hour,
        }
    }

    async fn open(&self, root: &AtollTenant, link: Link) -> Result<Session, OpenError> {
        let client = root.spec.connection.client_id.as_ref();
        let credentials = client.map_or(Credentials::Token, |client| {
            Credentials::Client(Rc::new(ClientCredentials::new(client, "/token", None)))
        });
        let logged = root.spec.connection.log;
        Ok(Session { logged, asserted: client.is_none(), link: Link { credentials, ..link } })
    }

    fn note(&self, _root: &mut AtollTenant, _session: &Session) {}

    async fn audit(
        &self,
        session: &Session,
        _from: Timestamp,
        _to: Timestamp,
    ) -> Result<Option<Vec<AuditEntry>>, VendorError> {
        if !session.logged {
            return Ok(None);
        }
        let shown = session.read("/log", "/log".to_owned()).await?;
        let entry = |item: &Value| {
            let text = |name: &str| item[name].as_str().map(str::to_owned);
            let at = text("at")?.parse().ok()?;
            let ids = [text("tenant")?].into();
            Some(AuditEntry { at, actor: text("actor")?, ids, action: text("action")?, own: false })
        };
        Ok(Some(shown.as_array().into_iter().flatten().filter_map(entry).collect()))
    }

    async fn prove(&self, session: &Session, tenant: &str) -> Result<Proof, VendorError> {
        if session.asserted {
            return Ok(Proof::Asserted);
        }
        match session.read("/tenants/{tenantId}", format!("/tenants/{tenant}")).await {
            Ok(shown) => Ok(Proof::Belongs(shown["id"].as_str().unwrap_or_default().to_owned())),
            Err(error) if error.failure == Failure::NotFound => Ok(Proof::Unproven),
            Err(error) => Err(error),
        }
    }
}
