//! What a reconcile of an organization comes to.

use crate::engine::base::error::Failure;
use crate::engine::base::health::Findings;
use crate::engine::base::limit::Limit;
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::external::budget::STRANGERS_PER_MINUTE;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::stop;

/// What a reconcile of an organization comes to.
pub(super) struct Verdict<V: Vendor> {
    pub findings: Findings,
    pub next: Next,
    /// How it stands for those below; `None` leaves that as it was.
    pub standing: Option<Standing<V>>,
    /// Whether something of its own was written: that is stored whatever was written to the object meanwhile.
    pub written: bool,
}

impl<V: Vendor> Verdict<V> {
    /// One of a look that wrote nothing.
    pub(super) const fn new(findings: Findings, next: Next, standing: Option<Standing<V>>) -> Self {
        Self { findings, next, standing, written: false }
    }

    /// The verdict, to be looked at again then at the latest.
    pub(super) fn again(self, at: Option<Tick>) -> Self {
        Self { next: at.map_or(self.next, |at| self.next.sooner(Next::At(at))), ..self }
    }
}

/// Ends a reconcile of an organization before its last step.
pub(super) type Stop<V> = stop::Stop<Verdict<V>>;

impl<V: Vendor> From<Verdict<V>> for Stop<V> {
    fn from(verdict: Verdict<V>) -> Self {
        Self::Said(verdict)
    }
}

/// Says what a reconcile comes to.
pub(super) struct Verdicts<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Verdicts<'_, V> {
    pub(super) fn stalled(&self, reason: Reason, text: String) -> Verdict<V> {
        let standing = Some(Standing::NotReady(reason, text.clone()));
        Verdict::new(Findings::stalled(reason, text), self.0.context.slowly(), standing)
    }

    pub(super) fn waiting(&self, reason: Reason, text: String) -> Verdict<V> {
        let standing = Some(Standing::NotReady(reason, text.clone()));
        Verdict::new(Findings::waiting(reason, text), self.0.context.slowly(), standing)
    }

    pub(super) fn pause(&self, organization: &Organization<V>) -> Option<(Tick, String)> {
        let until = self.0.context.budget.paused_until(&organization.payer.scope(), self.0.context.now())?;
        Some((until, self.pause_text(&Failure::Throttled { until }, until)))
    }

    /// What is said of a pause, and until when it is.
    pub(super) fn pause_text(&self, failure: &Failure, until: Tick) -> String {
        let limit = failure.pause().map_or(Limit::Vendor, |(_, limit)| limit);
        let end = sentences::minute(self.0.context.clock.wall() + until.since(self.0.context.now()));
        match limit {
            Limit::Vendor => {
                format!(
                    "The vendor's rate limit pauses calls until {end}, as its answers say; they go on then."
                )
            }
            Limit::Rate => format!(
                "As many calls were made within a minute as the vendor allows of this kind; they go on at {end}."
            ),
            Limit::Ceiling => format!(
                "As many calls were made within a minute as the manifest allows (spec.connection.requestsPerMinute); they \
                 go on at {end}. Raise it only if the vendor allows more."
            ),
            Limit::Renewal => {
                "The access token ended before its time; another one is had, and calls go on by themselves."
                    .to_owned()
            }
            Limit::Strangers => format!(
                "The token has not proved to be the organization's, and all such objects share {STRANGERS_PER_MINUTE} \
                 calls a minute, which are used up; they go on at {end}."
            ),
        }
    }
}
