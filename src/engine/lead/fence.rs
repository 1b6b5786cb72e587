//! The fence: the right to write to a vendor (rule 13).
//!
//! Every vendor write asks its [`Fence`] right before it is sent. The fence opens while this
//! process holds the lease, and only for a call that must have ended before the lease does.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::engine::base::checks::holds;
use crate::engine::base::ports::Tick;

/// What a process that holds the lease may do, and from when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// From then on it may store in Kubernetes: until then another may believe that it holds the lease.
    pub stores: Tick,
    /// From then on it may write to a vendor: until then a predecessor's last requests may take effect.
    pub sends: Tick,
    /// From then on it may do nothing.
    pub end: Tick,
}

/// The right of this process to write to a vendor. Clones share one state.
#[derive(Clone, Debug)]
pub struct Fence {
    /// What is known of the lease, while somebody here holds it: the lease's keeper writes it, clones of the fence read it.
    term: Rc<Cell<Option<Term>>>,
    margin: Duration,
    sends: bool,
}

impl Fence {
    /// A closed fence. `margin` is kept free between the end of a call and the end of the lease.
    pub fn new(margin: Duration) -> Self {
        Self { term: Rc::default(), margin, sends: true }
    }

    /// A closed fence of a process that never writes to a vendor (`--read-only`). It writes to objects, and needs the
    /// lease for that.
    pub fn read_only(margin: Duration) -> Self {
        Self { sends: false, ..Self::new(margin) }
    }

    /// Opens the fence.
    pub fn open(&self, term: Term) {
        self.term.set(Some(term));
    }

    /// Closes the fence: the lease is lost, or given back.
    pub fn close(&self) {
        self.term.set(None);
    }

    /// Whether this process never writes to a vendor.
    pub const fn is_read_only(&self) -> bool {
        !self.sends
    }

    /// When the fence opens, if it is known that it is still to open: a predecessor's last requests
    /// may take effect until then.
    pub fn opens_at(&self, now: Tick) -> Option<Tick> {
        self.term.get().map(|term| term.sends).filter(|sends| self.sends && now < *sends)
    }

    /// Whether this process has the lease, as far as its own clock tells.
    pub fn is_held(&self, now: Tick) -> bool {
        self.term.get().is_some_and(|term| now < term.end)
    }

    /// Whether it may write to Kubernetes: it has the lease, and nobody else believes so.
    pub fn may_store(&self, now: Tick) -> bool {
        self.term.get().is_some_and(|term| (term.stores..term.end).contains(&now))
    }

    /// Whether one write may be sent that ends within `call_timeout` from `now`: not without the lease, nor where
    /// that could end before the call does.
    pub fn may_send(&self, now: Tick, call_timeout: Duration) -> bool {
        self.send_by(now, call_timeout).is_some()
    }

    /// Until when such a write may leave, if it may be sent: whoever is held up in between sends it later than it
    /// meant to.
    pub fn send_by(&self, now: Tick, call_timeout: Duration) -> Option<Tick> {
        let Term { sends, end, .. } = self.term.get().filter(|_| self.sends)?;
        let needs = call_timeout + self.margin;
        // Whoever waits for this process's calls reckons with calls that began when they were asked for.
        (now >= sends && holds!(PermitInTerm, now + needs <= end))
            .then(|| (end - needs).min(now + call_timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn opens_only_for_calls_that_end_before_the_lease() {
        let fence = Fence::new(2 * S);
        let now = Tick::default() + 100 * S;
        assert!(!fence.may_send(now, S), "closed at first");
        fence.open(Term { stores: now, sends: now, end: now + 10 * S });
        assert!(!fence.may_send(now - S, S), "a predecessor's calls may still be under way");
        assert!(fence.may_send(now, 8 * S));
        assert!(!fence.may_send(now, 9 * S), "the margin counts");
        assert_eq!(fence.send_by(now, 6 * S), Some(now + 2 * S), "as late as it might have been sent");
        assert_eq!(fence.send_by(now, S), Some(now + S), "and no later than it would have ended");
        assert!(!fence.may_send(now + 9 * S, S), "late in the lease");
        fence.close();
        assert!(!fence.may_send(now, S));
    }

    #[test]
    fn read_only_never_sends() {
        let fence = Fence::read_only(S);
        let start = Tick::default();
        assert!(!fence.may_store(start), "it needs the lease for what it writes to objects");
        fence.open(Term { stores: start, sends: start + S, end: start + 1000 * S });
        assert!(fence.may_store(start));
        assert!(!fence.may_send(start + 2 * S, S));
        assert_eq!(fence.opens_at(start), None, "there is nothing to wait for");
        assert!(fence.is_read_only());
    }
}
