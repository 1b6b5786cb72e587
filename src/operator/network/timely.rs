//! A request that leaves in time or not at all.
//!
//! Between the leave to send and the socket there are a connection to be made and a task to be woken, and
//! whatever stops the process there lets it go on long after its leave was over. So the body looks at the clock
//! itself: the connection asks it when it puts the request together, right before it writes.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::engine::base::ports::Tick;

/// What the clock says.
pub type Now = fn() -> Tick;

/// The error of a body whose time is over.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too late to be sent")]
pub struct TooLate;

/// The body of a write.
#[derive(Debug)]
pub struct Timely {
    /// What is still to be read.
    rest: Bytes,
    leaves_by: Tick,
    now: Now,
}

impl Timely {
    /// A body that nobody reads after `leaves_by`.
    pub const fn new(body: Bytes, leaves_by: Tick, now: Now) -> Self {
        Self { rest: body, leaves_by, now }
    }

    fn is_late(&self) -> bool {
        (self.now)() > self.leaves_by
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        if self.is_late() {
            return Poll::Ready(Some(Err(TooLate)));
        }
        let rest = std::mem::take(&mut self.rest);
        Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))))
    }

    // One that is empty and late says that it is not at its end, so that it is read, and the request fails.
    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.is_late()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_late() {
            SizeHint::default()
        } else {
            SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
        }
    }
}
