//! Whether the process lives and is ready, with reasons.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The engine's thread beats this often.
pub const BEAT: Duration = Duration::from_secs(2);
/// Without a beat for this long, the engine's thread hangs.
const DEAD: Duration = Duration::from_mins(1);
/// A watch that cannot begin tries again within half of this. One that begins says nothing until something happens:
/// a failure is over once it had the time to come again.
const LAPSE: Duration = Duration::from_mins(1);

/// How a watch does.
#[derive(Clone, Debug, Default)]
struct Watch {
    listed: bool,
    /// The last failure, and how long after the process began it was.
    error: Option<(Duration, String)>,
}

/// What the health endpoints tell.
#[derive(Debug)]
pub struct Health {
    began: Instant,
    watches: Mutex<BTreeMap<String, Watch>>,
    /// Milliseconds after `began`.
    beat: AtomicU64,
    leading: AtomicBool,
    released: AtomicBool,
    scope: String,
}

impl Health {
    /// Nothing is ready yet. `scope` names the namespaces that are watched.
    pub fn new(scope: String) -> Self {
        Self {
            began: Instant::now(),
            watches: Mutex::default(),
            beat: AtomicU64::new(0),
            leading: AtomicBool::new(false),
            released: AtomicBool::default(),
            scope,
        }
    }

    /// A watch there will be.
    pub fn expect(&self, name: &str) {
        self.watches().entry(name.to_owned()).or_default();
    }

    /// A watch has listed everything; whether that was its first time.
    pub fn listed(&self, name: &str) -> bool {
        let mut watches = self.watches();
        let watch = watches.entry(name.to_owned()).or_default();
        watch.error = None;
        !std::mem::replace(&mut watch.listed, true)
    }

    /// A watch shows something.
    pub fn works(&self, name: &str) {
        if let Some(watch) = self.watches().get_mut(name) {
            watch.error = None;
        }
    }

    /// A watch failed.
    pub fn fails(&self, name: &str, error: &str) {
        let now = self.began.elapsed();
        self.watches().entry(name.to_owned()).or_default().error = Some((now, error.to_owned()));
    }

    /// The engine's thread is at work.
    pub fn beat(&self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat.store(millis, Ordering::Relaxed);
    }

    /// Whether this process holds the Lease.
    pub fn lead(&self, leading: bool) {
        self.leading.store(leading, Ordering::Relaxed);
    }

    /// Whether `orgkeeper release` has the Lease.
    pub fn release(&self, released: bool) {
        self.released.store(released, Ordering::Relaxed);
    }

    /// Whether the process lives, and what to say.
    pub fn live(&self) -> (bool, String) {
        let beat = Duration::from_millis(self.beat.load(Ordering::Relaxed));
        let silent = self.began.elapsed().saturating_sub(beat);
        if silent < DEAD {
            (true, "ok\n".into())
        } else {
            (false, format!("the engine has not moved for {} s\n", silent.as_secs()))
        }
    }

    /// Whether the process is ready: everything it watches has been listed. A process that waits for
    /// the Lease is as ready as the one that holds it.
    pub fn ready(&self) -> (bool, String) {
        self.ready_at(self.began.elapsed())
    }

    fn ready_at(&self, now: Duration) -> (bool, String) {
        let watches = self.watches();
        let mut ready = !watches.is_empty();
        let mut text = String::new();
        for (name, watch) in watches.iter() {
            let word = match (watch.listed, &watch.error) {
                (true, Some((then, error))) if now.saturating_sub(*then) < LAPSE => {
                    format!("listed, now failing: {error}")
                }
                (true, _) => "ok".to_owned(),
                (false, Some((_, error))) => format!("not listed: {error}"),
                (false, None) => "not listed yet".to_owned(),
            };
            ready &= watch.listed;
            // Writing to a String cannot fail.
            let _ = writeln!(text, "watch {name}: {word}");
        }
        let leading = self.leading.load(Ordering::Relaxed);
        let _ = writeln!(text, "namespaces: {}", self.scope);
        let _ = writeln!(text, "leading: {leading}");
        if self.released.load(Ordering::Relaxed) {
            let _ = writeln!(
                text,
                "orgkeeper release took the Lease for good: nothing is done until it is deleted"
            );
        }
        (ready, text)
    }

    fn watches(&self) -> MutexGuard<'_, BTreeMap<String, Watch>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_once_every_watch_has_listed_with_reasons_until_then() {
        let health = Health::new("all".into());
        assert!(!health.ready().0, "before anything is known");
        health.expect("A");
        health.expect("B");
        health.fails("A", "forbidden");
        let (ready, text) = health.ready();
        assert!(
            !ready
                && text.contains("watch A: not listed: forbidden")
                && text.contains("watch B: not listed yet")
        );
        assert!(health.listed("A") && health.listed("B"));
        assert!(!health.listed("A"), "only the first time is the first");
        assert!(health.ready().0);
        health.fails("B", "gone away");
        let (ready, text) = health.ready();
        assert!(ready && text.contains("watch B: listed, now failing: gone away"));
        let (_, text) = health.ready_at(health.began.elapsed() + LAPSE);
        assert!(text.contains("watch B: ok"), "it began again, and has nothing to tell since");
    }
}
