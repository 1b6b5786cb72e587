//! What befalls a call of Kubernetes, and a write to the vendor on its way out.

use super::{Source, Unkind};
use orgkeeper::engine::base::ports::ClusterError;
use std::time::Duration;

/// The longest that the operator waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Longer than a term of the Lease.
const LONGEST: Duration = Duration::from_secs(75);

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What the API server says.
    True,
    /// An error, and nothing was done.
    Refused(ClusterError),
    /// It was done, and the answer is an error.
    Lost(ClusterError),
    /// It is given up on, and carried out so much later than it was sent.
    GivenUp(Duration),
}

/// What befalls a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// How long it takes until the effect.
    pub before: Duration,
    /// How long it takes from there to the answer.
    pub after: Duration,
    /// What becomes of it.
    pub answer: Answer,
    /// Whether somebody else writes the same object right before.
    pub meddled: bool,
}

impl Unkind {
    /// What befalls the next call.
    pub fn call(&self) -> Trouble {
        let (before, after) = self.time();
        Trouble { before, after, answer: self.answer(), meddled: self.strikes(Source::Conflicts, 40) }
    }

    /// How long the next write to the vendor is held up in the process that sends it.
    pub fn holds_up(&self) -> Duration {
        let drawn = self.draw(Source::HeldUp, |dice| match dice.below(60) {
            0 => dice.span(Duration::ZERO, LONGEST),
            1..5 => dice.span(Duration::ZERO, PATIENCE),
            _ => Duration::ZERO,
        });
        drawn.unwrap_or_default()
    }

    fn time(&self) -> (Duration, Duration) {
        let drawn = self.draw(Source::SlowCalls, |dice| {
            let millis = Duration::from_millis;
            let (from, to) = match dice.below(300) {
                0 => (millis(50), millis(2_000)),
                1 => (millis(2_000), PATIENCE),
                2 => (PATIENCE, LONGEST),
                _ => (millis(0), millis(50)),
            };
            let span = dice.span(from, to);
            match dice.below(3) {
                0 => (span, Duration::ZERO),
                1 => (Duration::ZERO, span),
                _ => (span / 2, span / 2),
            }
        });
        drawn.unwrap_or_default()
    }

    fn answer(&self) -> Answer {
        if self.strikes(Source::GivenUpCalls, 200) {
            let after = self.draw(Source::GivenUpCalls, |dice| dice.span(Duration::ZERO, LONGEST));
            return Answer::GivenUp(after.unwrap_or_default());
        }
        let failed = self.draw(Source::Errors, |dice| {
            if !dice.one_in(40) {
                return None;
            }
            let said = dice.pick(&["429 too many requests", "500 internal error", "503 not ready"]);
            Some((dice.one_in(2), ClusterError::Unavailable(said.to_owned())))
        });
        match failed.flatten() {
            // Too many requests are turned away before anything is done.
            Some((true, error)) if !error.to_string().contains("429") => Answer::Lost(error),
            Some((_, error)) => Answer::Refused(error),
            None => Answer::True,
        }
    }
}
