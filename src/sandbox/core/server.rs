//! The thin shell: HTTP in front of the core, a clock beside it, a file behind it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::arrival::Bodies;
use super::connection::{BreakableListener, Lever};
use super::control::Controlled;
use super::handle::{handle, refuse, turn_away};
use super::message::{Answer, Delivery, Reply, Request};
use super::persist::Store;
use super::refusal::Refusal;
use super::sandbox::Sandbox;

/// How long a shutdown waits for answers on their way. A hanging one never comes.
const DRAIN: Duration = Duration::from_secs(1);

struct Shell<V: Controlled> {
    sandbox: Sandbox<V>,
    store: Option<Store>,
    /// The edition that the store holds.
    saved: Option<(u64, u64)>,
}

impl<V: Controlled> Shell<V> {
    /// What changed is on disk before the answer leaves. When it cannot be kept, the caller is
    /// told so: the change then holds until the process ends.
    fn handle(&mut self, request: &Request) -> Reply {
        let now = Timestamp::now();
        let reply = handle(&mut self.sandbox, now, request);
        match self.save() {
            Ok(()) => reply,
            Err(error) => {
                let why = format!("the state cannot be saved: {error}");
                eprintln!("{why}");
                let why = Refusal::failure(StatusCode::INTERNAL_SERVER_ERROR, why);
                let answer = refuse(&mut self.sandbox, now, request, &why);
                Reply { delay: Duration::ZERO, delivery: Delivery::Whole(answer), effect: reply.effect }
            }
        }
    }

    /// Answers a request that did not arrive as a whole.
    fn turn_away(&mut self, request: &Request, why: &Refusal) -> Reply {
        Reply::whole(turn_away(&mut self.sandbox, Timestamp::now(), request, why), false)
    }

    fn save(&mut self) -> io::Result<()> {
        let edition = self.sandbox.edition();
        if let Some(store) = &self.store
            && self.saved != Some(edition)
        {
            store.save(self.sandbox.world())?;
            self.saved = Some(edition);
        }
        Ok(())
    }
}

/// What a request is answered by.
#[derive(Clone)]
struct Desk<V: Controlled> {
    shell: Arc<Mutex<Shell<V>>>,
    bodies: Bodies,
}

impl<V: Controlled> Desk<V> {
    /// Lets the shell do something, one at a time and off the runtime's threads: saving waits for
    /// the file system. None: it panicked. That poisons the lock; the state is still whole enough
    /// to look at, which is what one wants then.
    async fn ask(&self, what: impl FnOnce(&mut Shell<V>) -> Reply + Send + 'static) -> Option<Reply> {
        let shell = self.shell.clone();
        let asked = tokio::task::spawn_blocking(move || {
            what(&mut shell.lock().unwrap_or_else(PoisonError::into_inner))
        });
        asked.await.ok()
    }
}

/// Serves a sandbox until `shutdown`. With a store, the world is saved at once and after every
/// change, before it is answered. A request's head and its body have to arrive within `wait`, each.
pub async fn serve<V: Controlled>(
    listener: TcpListener,
    sandbox: Sandbox<V>,
    store: Option<Store>,
    wait: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let mut shell = Shell { sandbox, store, saved: None };
    shell.save()?;
    let desk = Desk { shell: Arc::new(Mutex::new(shell)), bodies: Bodies::new(wait) };
    let router = Router::new().fallback(answer::<V>).with_state(desk);
    let (ending, mut ended) = tokio::sync::watch::channel(false);
    let graceful = async move {
        shutdown.await;
        // Nobody listens any more when the server ended by itself.
        let _ = ending.send(true);
    };
    let server = axum::serve(
        BreakableListener { listener, wait },
        router.into_make_service_with_connect_info::<Lever>(),
    )
    .with_graceful_shutdown(graceful);
    let drained = async {
        if ended.wait_for(|ending| *ending).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = server => result,
        () = drained => Ok(()),
    }
}

async fn answer<V: Controlled>(
    State(desk): State<Desk<V>>,
    ConnectInfo(lever): ConnectInfo<Lever>,
    request: HttpRequest,
) -> Response {
    let _turn = lever.begin();
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let request = Request { method: parts.method, target, headers: parts.headers, body: Bytes::new() };
    let handled = match desk.bodies.take(body).await {
        Ok(held) => {
            let (body, room) = held.open();
            let whole = Request { body, ..request.clone() };
            desk.ask(move |shell| {
                let reply = shell.handle(&whole);
                drop(room);
                reply
            })
            .await
        }
        Err(why) => {
            let head = request.clone();
            desk.ask(move |shell| shell.turn_away(&head, &why)).await
        }
    };
    let reply = match handled {
        Some(reply) => Some(reply),
        None => {
            let why =
                Refusal::failure(StatusCode::INTERNAL_SERVER_ERROR, "the sandbox has a bug: see its log");
            desk.ask(move |shell| shell.turn_away(&request, &why)).await
        }
    };
    match reply {
        Some(reply) => deliver(reply, &lever).await,
        None => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn deliver(reply: Reply, lever: &Lever) -> Response {
    tokio::time::sleep(reply.delay).await;
    match reply.delivery {
        Delivery::Whole(answer) => {
            let body = Body::from(answer.body.clone());
            respond(answer, body)
        }
        Delivery::Cut(mut answer, length) => {
            answer.headers.insert(CONTENT_LENGTH, answer.body.len().into());
            let body = cut(answer.body.slice(..length.min(answer.body.len())));
            respond(answer, body)
        }
        Delivery::Reset => {
            lever.pull();
            plain(StatusCode::OK)
        }
        Delivery::Hang => std::future::pending().await,
    }
}

/// The first part of a body, and then an error that makes the server drop the connection.
fn cut(part: Bytes) -> Body {
    let first = stream::iter([Ok(part)]);
    let then = stream::once(async {
        // Lets the part be written first: the server flushes when the body has nothing ready.
        tokio::time::sleep(Duration::from_millis(1)).await;
        Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(futures::StreamExt::chain(first, then))
}

fn respond(answer: Answer, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
