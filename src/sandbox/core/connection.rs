//! Connections that can be broken on purpose, and on which nobody takes for ever to ask.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// A hand on a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Lever(Arc<Hold>);

#[derive(Debug, Default)]
struct Hold {
    broken: AtomicBool,
    /// Even while a request is awaited, odd while one is answered.
    turn: AtomicU64,
}

impl Lever {
    /// From now on nothing more is written, and the peer sees a reset.
    pub(super) fn pull(&self) {
        self.0.broken.store(true, Ordering::Release);
    }

    /// A request's head is there. What this returns is dropped when the request is answered.
    pub(super) fn begin(&self) -> Turn {
        self.0.turn.fetch_add(1, Ordering::AcqRel);
        Turn(self.clone())
    }
}

/// A request is being answered.
pub(super) struct Turn(Lever);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.turn.fetch_add(1, Ordering::AcqRel);
    }
}

/// A connection with a lever.
pub(super) struct Breakable {
    stream: TcpStream,
    lever: Lever,
    /// How long a request's head may take.
    wait: Duration,
    /// When it has to be there, and for which turn that was set.
    deadline: Option<(u64, Pin<Box<Sleep>>)>,
}

impl Breakable {
    /// Err once the lever is pulled. The stream then closes with a reset, not with an orderly end.
    fn check(&self) -> io::Result<()> {
        if self.lever.0.broken.load(Ordering::Acquire) {
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }

    /// Whether a request's head is awaited for too long, however little of it comes at a time.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let turn = self.lever.0.turn.load(Ordering::Acquire);
        if turn % 2 == 1 {
            return false;
        }
        if self.deadline.as_ref().is_none_or(|(set_for, _)| *set_for != turn) {
            self.deadline = Some((turn, Box::pin(sleep(self.wait))));
        }
        self.deadline.as_mut().is_some_and(|(_, deadline)| deadline.as_mut().poll(context).is_ready())
    }
}

impl AsyncRead for Breakable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_late(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Accepts connections with levers.
pub(super) struct BreakableListener {
    pub(super) listener: TcpListener,
    /// How long a request's head may take.
    pub(super) wait: Duration,
}

impl Listener for BreakableListener {
    type Io = Breakable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Without it small answers wait for the peer's acknowledgement; failing only makes it slow.
        let _ = stream.set_nodelay(true);
        let lever = Lever::default();
        (Breakable { stream, lever, wait: self.wait, deadline: None }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, BreakableListener>> for Lever {
    fn connect_info(stream: IncomingStream<'_, BreakableListener>) -> Self {
        stream.io().lever.clone()
    }
}
