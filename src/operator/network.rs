//! The vendor's network for real: HTTP/1.1 over reqwest.
//!
//! One request, one answer. No redirect is followed, as it could take the token elsewhere, and
//! nothing is retried, as a create is not idempotent.

mod timely;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Certificate, Client, ClientBuilder};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use crate::engine::base::ports::{HttpRequest, HttpResponse, Network, NetworkError};
use timely::{Now, Timely, TooLate};

/// Clients for this many CA bundles are kept; each holds its own connections.
const MAX_BUNDLES: usize = 16;
/// Idle connections go before servers and load balancers usually close them (60 s), as a request
/// on a connection that is just being closed has an unknown outcome.
const IDLE: Duration = Duration::from_secs(30);

/// The limits of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection, TLS included.
    pub connect: Duration,
    /// From sending to the answer's headers, the connection included.
    pub headers: Duration,
    /// From the headers to the end of the body.
    pub body: Duration,
    /// All of it.
    pub call: Duration,
    /// The longest body.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            headers: Duration::from_secs(20),
            body: Duration::from_secs(20),
            call: Duration::from_secs(30),
            body_bytes: 16 * 1024 * 1024,
        }
    }
}

/// Whether a proxy may stand in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// As `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
    #[default]
    FromEnvironment,
    /// None.
    Direct,
}

/// The real network.
#[derive(Debug)]
pub struct HttpNetwork {
    limits: Limits,
    proxy: Proxy,
    /// The clock by which writes leave in time.
    now: Now,
    /// One client for each CA bundle (and for none), the last used first.
    clients: RefCell<VecDeque<(Option<Rc<str>>, Client)>>,
}

impl HttpNetwork {
    /// A network with these limits, for writes that leave by the tick of this clock. Clients are made when they are
    /// first needed.
    pub fn new(limits: Limits, proxy: Proxy, now: Now) -> Self {
        Self { limits, proxy, now, clients: RefCell::default() }
    }

    fn client(&self, bundle: Option<&Rc<str>>) -> Result<Client, NetworkError> {
        let mut clients = self.clients.borrow_mut();
        if let Some(at) = clients.iter().position(|(of, _)| of.as_ref() == bundle)
            && let Some(found) = clients.remove(at)
        {
            let client = found.1.clone();
            clients.push_front(found);
            return Ok(client);
        }
        let client = self.build(bundle)?;
        clients.push_front((bundle.cloned(), client.clone()));
        clients.truncate(MAX_BUNDLES);
        Ok(client)
    }

    fn build(&self, bundle: Option<&Rc<str>>) -> Result<Client, NetworkError> {
        let builder = Client::builder()
            .user_agent(concat!("orgkeeper/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.limits.connect)
            .pool_idle_timeout(IDLE);
        let builder = match self.proxy {
            Proxy::FromEnvironment => builder,
            Proxy::Direct => builder.no_proxy(),
        };
        let client = match bundle {
            Some(bundle) => with_bundle(builder, bundle)?.build(),
            None => builder.build(),
        };
        client.map_err(|error| match bundle {
            Some(_) => unsendable_bundle(&describe(error)),
            None => NetworkError::Unsendable(describe(error)),
        })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, NetworkError> {
        let client = self.client(request.ca_bundle.as_ref())?;
        let body = match request.leaves_by {
            Some(leaves_by) => Body::wrap(Timely::new(request.body, leaves_by, self.now)),
            None => Body::from(request.body),
        };
        let sending = client
            .request(request.method, request.url)
            .headers(headers(request.headers, request.bearer.as_ref())?)
            .body(body)
            .send();
        let response = timeout(self.limits.headers, sending)
            .await
            .map_err(|_| late("no answer", self.limits.headers))?
            .map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = timeout(self.limits.body, self.body(response))
            .await
            .map_err(|_| late("no end of the answer", self.limits.body))??;
        Ok(HttpResponse { status, headers, body: body.freeze() })
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<BytesMut, NetworkError> {
        let limit = self.limits.body_bytes;
        let declared = response.content_length().unwrap_or(0);
        if usize::try_from(declared).map_or(true, |declared| declared > limit) {
            return Err(NetworkError::TooLarge(limit));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if chunk.len() > limit - body.len() {
                return Err(NetworkError::TooLarge(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl Network for HttpNetwork {
    fn call_timeout(&self) -> Duration {
        self.limits.call
    }

    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<HttpResponse, NetworkError>> {
        let call = self.limits.call;
        async move { timeout(call, self.exchange(request)).await.map_err(|_| late("no whole answer", call))? }
            .boxed_local()
    }
}

/// All certificates of the bundle, besides the system's.
fn with_bundle(builder: ClientBuilder, bundle: &str) -> Result<ClientBuilder, NetworkError> {
    let certificates = Certificate::from_pem_bundle(bundle.as_bytes())
        .map_err(|error| unsendable_bundle(&describe(error)))?;
    if certificates.is_empty() {
        return Err(unsendable_bundle("there is no PEM certificate in it"));
    }
    Ok(builder.tls_certs_merge(certificates))
}

fn unsendable_bundle(why: &str) -> NetworkError {
    NetworkError::Unsendable(format!("the CA bundle cannot be used: {why}"))
}

fn headers(
    given: Vec<(&'static str, String)>,
    bearer: Option<&SecretString>,
) -> Result<HeaderMap, NetworkError> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let value = HeaderValue::try_from(value)
            .map_err(|_| NetworkError::Unsendable(format!("the header {name} has a value that is none")))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    let Some(bearer) = bearer else { return Ok(headers) };
    // A line break at the end of a Secret made from a file is no part of the token.
    let bearer = format!("Bearer {}", bearer.expose_secret().trim());
    let mut bearer = HeaderValue::try_from(bearer)
        .map_err(|_| NetworkError::Unsendable("the token holds characters that no token has".to_owned()))?;
    bearer.set_sensitive(true);
    headers.insert(AUTHORIZATION, bearer);
    Ok(headers)
}

fn late(what: &str, limit: Duration) -> NetworkError {
    NetworkError::TimedOut(format!("{what} within {limit:?}"))
}

fn lost(error: reqwest::Error) -> NetworkError {
    if causes(&error).any(<dyn Error>::is::<TooLate>) {
        NetworkError::TooLate
    } else if error.is_timeout() {
        NetworkError::TimedOut(describe(error))
    } else if error.is_connect() {
        NetworkError::Connect(describe(error))
    } else {
        NetworkError::Lost(describe(error))
    }
}

/// The innermost cause, which is what a person can use; without the address, which may hold ids.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    causes(&error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// What the error comes from, and what that comes from.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
