//! Takes in bodies: each has a size and a time, and those that are held at once have a total.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// The longest body that is taken in.
const LONGEST: usize = 1 << 20;

/// How many bytes the bodies have together that are held at once.
const TOGETHER: usize = 16 << 20;

/// Takes in bodies.
#[derive(Clone, Debug)]
pub(super) struct Bodies {
    room: Arc<Semaphore>,
    /// How long a body may take to arrive.
    wait: Duration,
}

/// A body, and the room that it takes as long as it is held.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// The bytes, and what to keep as long as they are.
    pub(super) fn open(self) -> (Bytes, Option<OwnedSemaphorePermit>) {
        (Bytes::from(self.bytes), self.room)
    }
}

impl Bodies {
    pub(super) fn new(wait: Duration) -> Self {
        Self { room: Arc::new(Semaphore::new(TOGETHER)), wait }
    }

    /// A body as a whole. What is refused is read to its end all the same, and not held: else the
    /// connection would break before the caller could read why.
    pub(super) async fn take(&self, body: Body) -> Result<Held, Refusal> {
        let arrived = async {
            let mut chunks = body.into_data_stream();
            let mut held = Ok(Held::default());
            while let Some(chunk) = chunks.next().await {
                let Ok(chunk) = chunk else {
                    return Err(Refusal::failure(StatusCode::BAD_REQUEST, "the body ends too early"));
                };
                held = held.and_then(|held| self.add(held, &chunk));
            }
            held
        };
        tokio::time::timeout(self.wait, arrived).await.unwrap_or_else(|_| {
            let why = format!("the body did not arrive within {:?}", self.wait);
            Err(Refusal::failure(StatusCode::REQUEST_TIMEOUT, why))
        })
    }

    fn add(&self, mut held: Held, chunk: &[u8]) -> Result<Held, Refusal> {
        if held.bytes.len() + chunk.len() > LONGEST {
            let why = format!("the body is longer than {LONGEST} bytes");
            return Err(Refusal::failure(StatusCode::PAYLOAD_TOO_LARGE, why));
        }
        let room = u32::try_from(chunk.len())
            .ok()
            .and_then(|more| self.room.clone().try_acquire_many_owned(more).ok());
        let Some(more) = room else {
            let why =
                format!("the bodies of all requests together are longer than {TOGETHER} bytes: come back");
            return Err(Refusal::failure(StatusCode::SERVICE_UNAVAILABLE, why));
        };
        match &mut held.room {
            Some(room) => room.merge(more),
            none => *none = Some(more),
        }
        held.bytes.extend_from_slice(chunk);
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than anything here takes on a busy machine.
    const LONG: Duration = Duration::from_mins(1);

    fn status(outcome: Result<Held, Refusal>) -> u16 {
        match outcome {
            Ok(_) => 200,
            Err(Refusal::Failure { status, .. }) => status.as_u16(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_body_has_a_size() {
        let bodies = Bodies::new(LONG);
        assert_eq!(status(bodies.take(Body::from(vec![b'x'; LONGEST])).await), 200);
        assert_eq!(status(bodies.take(Body::from(vec![b'x'; LONGEST + 1])).await), 413);
    }

    #[tokio::test]
    async fn a_body_has_a_time() {
        let never = Body::from_stream(futures::stream::pending::<std::io::Result<Bytes>>());
        assert_eq!(status(Bodies::new(Duration::from_millis(1)).take(never).await), 408);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_refused() {
        let broken =
            futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
        assert_eq!(status(Bodies::new(LONG).take(Body::from_stream(broken)).await), 400);
    }

    #[tokio::test]
    async fn what_is_held_at_once_has_a_total() {
        let bodies = Bodies::new(LONG);
        let body = || Body::from(vec![b'x'; LONGEST]);
        let mut held = Vec::new();
        for _ in 0..TOGETHER / LONGEST {
            held.push(bodies.take(body()).await.unwrap());
        }
        assert_eq!(status(bodies.take(Body::from("x")).await), 503);
        assert_eq!(status(bodies.take(Body::empty()).await), 200, "what has no body needs no room");
        let (bytes, room) = held.pop().unwrap().open();
        assert_eq!((bytes.len(), status(bodies.take(body()).await)), (LONGEST, 503), "it is held still");
        drop(room);
        assert_eq!(status(bodies.take(body()).await), 200);
        assert_eq!(status(bodies.take(body()).await), 200, "who was refused or done holds nothing");
    }
}
