//! What is shown with each call: the token that a Secret holds, or one that is fetched with what it holds, and anew
//! before it ends.

use crate::engine::base::error::{Failure, Heard, VendorError};
use crate::engine::base::ports::{Clock, HttpResponse, Tick};
use bytes::Bytes;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// How long a token lives whose answer does not say.
const UNTOLD: Duration = Duration::from_mins(5);
/// The longest that a token is believed to live.
const LONGEST: Duration = Duration::from_hours(24);
/// What a token has to have left besides the time that a call takes, for that to be begun with it.
const MARGIN: Duration = Duration::from_secs(10);

/// What a session shows with its calls.
#[derive(Clone, Default)]
pub enum Credentials {
    /// The token that the Secret holds.
    #[default]
    Token,
    /// What the Secret holds is a client's secret, by which a token is had.
    Client(Rc<ClientCredentials>),
}

/// A token to make one call with.
pub struct Access {
    /// The token.
    pub token: SecretString,
    /// When it was had, of one that can be had anew.
    got: Option<Tick>,
}

impl Access {
    /// The token that a Secret holds.
    pub const fn given(token: SecretString) -> Self {
        Self { token, got: None }
    }
}

impl Credentials {
    /// Takes in the answer to such a call that was made with it. Whether another token may be worth another try: this
    /// one ended before its time.
    pub fn answered(&self, access: &Access, call: Route, status: StatusCode) -> bool {
        match (self, access.got) {
            (Self::Client(client), Some(got)) => client.answered(got, call, status),
            _ => false,
        }
    }
}

/// Method and route of a call.
pub type Route = (&'static str, &'static str);

/// What is sent to have a token.
pub struct TokenRequest {
    /// Where, below the endpoint.
    pub route: &'static str,
    /// A form.
    pub form: Bytes,
}

/// Client credentials of OAuth 2.0 (RFC 6749 §4.4): one token for all of a session's calls, in memory only.
pub struct ClientCredentials {
    /// The client's id.
    pub client: String,
    /// Where tokens are had, below the endpoint.
    pub route: &'static str,
    /// For whom the token is to be, where the vendor asks for that.
    pub audience: Option<String>,
    held: RefCell<Option<Held>>,
    /// The calls to which a token was refused, and no other has worked since: a right may be missing.
    refused: RefCell<BTreeSet<Route>>,
    /// One asks at a time, and the others use what it gets, or fail as it does.
    asking: tokio::sync::Mutex<()>,
    failed: RefCell<Option<(Tick, VendorError)>>,
}

struct Held {
    token: SecretString,
    got: Tick,
    /// From when on another one is had instead.
    renew: Tick,
}

/// The answer of RFC 6749 §5.1.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Option<i64>,
}

impl ClientCredentials {
    /// Those of the client, whose token is had at `route`.
    pub fn new(client: impl Into<String>, route: &'static str, audience: Option<String>) -> Self {
        Self {
            client: client.into(),
            route,
            audience,
            held: RefCell::default(),
            refused: RefCell::default(),
            asking: tokio::sync::Mutex::default(),
            failed: RefCell::default(),
        }
    }

    /// The token that was had and has a call's time left, if there is one.
    pub fn held(&self, now: Tick) -> Option<Access> {
        let held = self.held.borrow();
        let held = held.as_ref().filter(|held| now < held.renew)?;
        Some(Access { token: held.token.clone(), got: Some(held.got) })
    }

    /// A token that has a call's time left; `ask` sends what is asked, for which the client shows its `secret`.
    ///
    /// # Errors
    /// There is none: the call itself was not sent.
    pub async fn access(
        &self,
        secret: &SecretString,
        (clock, call): (&dyn Clock, Duration),
        ask: impl AsyncFnOnce(TokenRequest) -> Result<HttpResponse, VendorError>,
    ) -> Result<Access, VendorError> {
        let came = clock.tick();
        let _alone = self.asking.lock().await;
        if let Some(access) = self.held(clock.tick()) {
            return Ok(access);
        }
        if let Some((at, error)) = &*self.failed.borrow()
            && *at > came
        {
            return Err(error.clone());
        }
        let outcome = self.ask(secret, (clock, call), ask).await;
        *self.failed.borrow_mut() = outcome.as_ref().err().map(|error| (clock.tick(), error.clone()));
        outcome
    }

    async fn ask(
        &self,
        secret: &SecretString,
        (clock, call): (&dyn Clock, Duration),
        ask: impl AsyncFnOnce(TokenRequest) -> Result<HttpResponse, VendorError>,
    ) -> Result<Access, VendorError> {
        let unsent = |error| VendorError { without_effect: true, heard: Heard::NotSent, ..error };
        let answer = ask(self.request(secret)).await.map_err(unsent)?;
        let granted = self.granted(&answer).map_err(|(failure, why)| {
            unsent(VendorError::without_effect(failure, format!("POST {}: {why}", self.route)))
        })?;
        let got = clock.tick();
        let life =
            granted.expires_in.and_then(|seconds| u64::try_from(seconds).ok()).filter(|life| *life > 0);
        let life = life.map_or(UNTOLD, Duration::from_secs).min(LONGEST);
        // At four fifths of its life, and with no less left than a call takes, if it lives for as long as two.
        let renew = (life * 4 / 5).min(life.saturating_sub(call + MARGIN).max(life / 2));
        let token = SecretString::from(granted.access_token);
        *self.held.borrow_mut() = Some(Held { token: token.clone(), got, renew: got + renew });
        Ok(Access { token, got: Some(got) })
    }

    fn request(&self, secret: &SecretString) -> TokenRequest {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client)
            .append_pair("client_secret", secret.expose_secret().trim());
        if let Some(audience) = &self.audience {
            form.append_pair("audience", audience);
        }
        TokenRequest { route: self.route, form: form.finish().into() }
    }

    fn granted(&self, answer: &HttpResponse) -> Result<Granted, (Failure, String)> {
        match answer.status {
            status if status.is_server_error() => {
                Err((Failure::Unreachable, format!("answered {}", status.as_u16())))
            }
            StatusCode::OK => match serde_json::from_slice::<Granted>(&answer.body) {
                Ok(granted) if granted.token_type.eq_ignore_ascii_case("bearer") => Ok(granted),
                Ok(_) => Err((Failure::Unreadable, "granted no bearer token".to_owned())),
                Err(_) => Err((Failure::Unreadable, "granted no token that can be read".to_owned())),
            },
            // 400 and 401 by the standard (RFC 6749 §5.2); some vendors say 403. What a proxy says is no such word.
            status if refuses_client(status, &answer.body) => {
                let why = format!("no token is granted to the client {} ({})", self.client, status.as_u16());
                Err((Failure::Unauthorized, why))
            }
            status => Err((Failure::Unreadable, format!("answered {}", status.as_u16()))),
        }
    }

    /// See [`Credentials::answered`].
    fn answered(&self, got: Tick, call: Route, status: StatusCode) -> bool {
        if status != StatusCode::UNAUTHORIZED {
            self.refused.borrow_mut().remove(&call);
            return false;
        }
        let is_held = self.held.borrow().as_ref().is_some_and(|held| held.got == got);
        if !is_held {
            // Another one was had meanwhile.
            return true;
        }
        *self.held.borrow_mut() = None;
        // Where the next is refused too, it is not the token's age.
        self.refused.borrow_mut().insert(call)
    }
}

/// Whether an answer says that the client, or its secret, is not the vendor's.
fn refuses_client(status: StatusCode, body: &[u8]) -> bool {
    let Ok(said) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body) else {
        return false;
    };
    let error = said.get("error").and_then(serde_json::Value::as_str).unwrap_or_default();
    let refused =
        matches!(error, "invalid_client" | "unauthorized_client" | "invalid_grant" | "access_denied");
    match status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN => refused,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::simulation::SimClock;
    use futures::FutureExt as _;
    use http::HeaderMap;
    use serde_json::{Value, json};
    use std::cell::Cell;

    const CALL: Duration = Duration::from_secs(30);

    /// A client, and how often it asked.
    struct World {
        clock: Rc<SimClock>,
        client: ClientCredentials,
        asked: Cell<usize>,
    }

    fn world() -> World {
        let client = ClientCredentials::new("me", "/token", Some("everybody".to_owned()));
        World { clock: SimClock::new(), client, asked: Cell::new(0) }
    }

    fn answer(status: u16, body: &Value) -> HttpResponse {
        let status = StatusCode::from_u16(status).unwrap();
        HttpResponse { status, headers: HeaderMap::new(), body: body.to_string().into() }
    }

    impl World {
        async fn access(&self, given: &HttpResponse) -> Result<Access, VendorError> {
            let secret = SecretString::from("canary & secret\n");
            let ask = async |request: TokenRequest| {
                self.asked.set(self.asked.get() + 1);
                assert_eq!(request.route, "/token");
                let form = "grant_type=client_credentials&client_id=me&client_secret=canary+%26+secret";
                assert_eq!(request.form, format!("{form}&audience=everybody"));
                Ok(given.clone())
            };
            self.client.access(&secret, (&*self.clock, CALL), ask).await
        }

        fn granted(&self, life: &Value) -> Access {
            let number = self.asked.get();
            let mut body = json!({"access_token": format!("t-{number}"), "token_type": "Bearer"});
            if !life.is_null() {
                body["expires_in"] = life.clone();
            }
            self.access(&answer(200, &body)).now_or_never().unwrap().unwrap()
        }
    }

    #[test]
    fn one_token_is_for_all_calls_until_four_fifths_of_its_life() {
        let world = world();
        for (after, asked) in [(0, 1), (2879, 1), (1, 2), (2879, 2)] {
            world.clock.advance(Duration::from_secs(after));
            world.granted(&json!(3600));
            assert_eq!(world.asked.get(), asked, "after {after} s more");
        }
    }

    #[test]
    fn a_call_is_begun_with_no_token_that_may_end_within_it_if_it_lives_for_two() {
        for (life, usable) in [(200, 160), (100, 60), (40, 20), (30, 15)] {
            let world = world();
            world.granted(&json!(life));
            world.clock.advance(Duration::from_secs(usable - 1));
            world.granted(&json!(life));
            assert_eq!(world.asked.get(), 1, "{life}");
            world.clock.advance(Duration::from_secs(1));
            world.granted(&json!(life));
            assert_eq!(world.asked.get(), 2, "{life}");
        }
    }

    #[test]
    fn a_life_that_is_not_told_is_short_and_none_is_believed_to_be_long() {
        for (life, seconds) in
            [(Value::Null, 240), (json!(0), 240), (json!(-5), 240), (json!(i64::MAX), 24 * 3600 / 5 * 4)]
        {
            let world = world();
            world.granted(&life);
            world.clock.advance(Duration::from_secs(seconds - 1));
            world.granted(&life);
            assert_eq!(world.asked.get(), 1, "{life}");
            world.clock.advance(Duration::from_secs(1));
            world.granted(&life);
            assert_eq!(world.asked.get(), 2, "{life}");
        }
    }

    #[test]
    fn who_calls_at_once_waits_for_the_one_token() {
        let world = world();
        let slow = async {
            let ask = async |_: TokenRequest| {
                world.asked.set(world.asked.get() + 1);
                world.clock.sleep_until(world.clock.tick() + CALL).await;
                Ok(answer(200, &json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600})))
            };
            world.client.access(&SecretString::from("s"), (&*world.clock, CALL), ask).await
        };
        let broken = answer(500, &Value::Null);
        let other = world.access(&broken);
        let mut both = std::pin::pin!(futures::future::join(slow, other));
        assert!(both.as_mut().now_or_never().is_none());
        world.clock.advance(CALL);
        let (first, second) = both.now_or_never().unwrap();
        assert_eq!(world.asked.get(), 1);
        assert_eq!(first.unwrap().token.expose_secret(), second.unwrap().token.expose_secret());
    }

    #[test]
    fn a_token_that_ends_before_its_time_is_had_anew_once() {
        const LIST: Route = ("GET", "/things");
        const WRITE: Route = ("POST", "/things");
        let world = world();
        let first = world.granted(&json!(3600));
        world.clock.advance(CALL);
        assert!(world.client.answered(first.got.unwrap(), LIST, StatusCode::UNAUTHORIZED));
        let second = world.granted(&json!(3600));
        assert_eq!((world.asked.get(), second.token.expose_secret()), (2, "t-1"));
        // Whoever still called with the first has only to use the second.
        assert!(world.client.answered(first.got.unwrap(), LIST, StatusCode::UNAUTHORIZED));
        assert_eq!(world.granted(&json!(3600)).got, second.got);
        assert!(!world.client.answered(second.got.unwrap(), LIST, StatusCode::FORBIDDEN));
        assert!(world.client.answered(second.got.unwrap(), LIST, StatusCode::UNAUTHORIZED));
        let third = world.granted(&json!(3600));
        assert!(
            !world.client.answered(third.got.unwrap(), LIST, StatusCode::UNAUTHORIZED),
            "it is not its age"
        );
        let fourth = world.granted(&json!(3600));
        assert!(!world.client.answered(fourth.got.unwrap(), LIST, StatusCode::OK));
        assert!(
            world.client.answered(fourth.got.unwrap(), LIST, StatusCode::UNAUTHORIZED),
            "one that worked"
        );
        // A right that is missing is no age either, whatever other calls are answered.
        let fifth = world.granted(&json!(3600));
        assert!(world.client.answered(fifth.got.unwrap(), WRITE, StatusCode::UNAUTHORIZED));
        let sixth = world.granted(&json!(3600));
        assert!(!world.client.answered(sixth.got.unwrap(), LIST, StatusCode::OK));
        assert!(!world.client.answered(sixth.got.unwrap(), WRITE, StatusCode::UNAUTHORIZED));
    }

    #[test]
    fn who_waited_for_one_that_is_not_had_does_not_ask_again() {
        let world = world();
        let slow = async || {
            let ask = async |_: TokenRequest| {
                world.asked.set(world.asked.get() + 1);
                world.clock.sleep_until(world.clock.tick() + CALL).await;
                Ok(answer(500, &Value::Null))
            };
            world.client.access(&SecretString::from("s"), (&*world.clock, CALL), ask).await
        };
        let mut both = std::pin::pin!(futures::future::join(slow(), slow()));
        assert!(both.as_mut().now_or_never().is_none());
        world.clock.advance(CALL);
        let (first, second) = both.now_or_never().unwrap();
        assert_eq!((first.err().unwrap(), world.asked.get()), (second.err().unwrap(), 1));
        assert!(slow().now_or_never().is_none(), "who comes later asks");
        assert_eq!(world.asked.get(), 2);
    }

    #[test]
    fn what_grants_no_token_is_told_and_the_call_was_not_sent() {
        let good = json!({"access_token": "canary", "token_type": "Bearer"});
        for (status, body, failure) in [
            (400, json!({"error": "invalid_client", "error_description": "canary"}), Failure::Unauthorized),
            (400, json!({"error": "invalid_request"}), Failure::Unreadable),
            (401, json!({"message": "canary"}), Failure::Unauthorized),
            (401, Value::Null, Failure::Unreadable),
            (403, json!({"error": "access_denied"}), Failure::Unauthorized),
            (403, json!({"message": "canary"}), Failure::Unreadable),
            (404, json!({"error": "invalid_client"}), Failure::Unreadable),
            (500, Value::Null, Failure::Unreachable),
            (204, Value::Null, Failure::Unreadable),
            (302, Value::Null, Failure::Unreadable),
            (200, Value::Null, Failure::Unreadable),
            (200, json!({"access_token": "canary"}), Failure::Unreadable),
            (200, json!({"access_token": "canary", "token_type": "mac"}), Failure::Unreadable),
            (201, good, Failure::Unreadable),
        ] {
            let world = world();
            let outcome = world.access(&answer(status, &body)).now_or_never().unwrap();
            let Err(error) = outcome else { panic!("{status} {body}") };
            assert_eq!((&error.failure, error.without_effect, error.heard), (&failure, true, Heard::NotSent));
            assert!(!error.message.contains("canary"), "{}", error.message);
            assert!(error.message.starts_with("POST /token: "), "{}", error.message);
        }
    }
}
