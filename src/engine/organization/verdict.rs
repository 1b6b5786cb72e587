//! What a reconcile of an organization comes to.

use crate::api::conditions::ConditionType;
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
use crate::engine::runtime::verdict;
use std::time::Duration;

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

    /// The same, looked at again then.
    pub(super) fn then(self, next: Next) -> Self {
        Self { next, ..self }
    }

    /// What is to be said, looked at again then at the latest; and how it stands.
    pub(super) fn told(self, again: Option<Tick>) -> (verdict::Verdict, Option<Standing<V>>) {
        let Self { findings, next, standing, written } = self;
        let told = verdict::Verdict::new(findings, next);
        let mut told = if written { told.written() } else { told };
        told.next = again.map_or(next, |at| next.sooner(Next::At(at)));
        (told, standing)
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
    pub(super) fn stalled(&self, reason: Reason, text: impl Into<String>) -> Verdict<V> {
        let text = text.into();
        let standing = Some(Standing::NotReady(reason, text.clone()));
        Verdict::new(Findings::stalled(reason, text), self.0.context.slowly(), standing)
    }

    pub(super) fn waiting(&self, reason: Reason, text: impl Into<String>) -> Verdict<V> {
        let text = text.into();
        let standing = Some(Standing::NotReady(reason, text.clone()));
        Verdict::new(Findings::waiting(reason, text), self.0.context.slowly(), standing)
    }

    pub(super) fn pause(&self, organization: &Organization<V>) -> Option<(Tick, String)> {
        let until = self.0.context.budget.paused_until(&organization.payer.scope(), self.0.context.now())?;
        Some((until, self.pause_text(&Failure::Throttled { until })))
    }

    /// What is said of a pause, and until when it is.
    pub(super) fn pause_text(&self, failure: &Failure) -> String {
        let (until, limit) = failure.pause().unwrap_or((self.0.context.now(), Limit::Vendor));
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

/// What a failure that passes by itself is told as: the condition, the reason, and when it is tried again.
pub(super) fn passing(failure: &Failure) -> Option<(ConditionType, Reason, Next)> {
    match *failure {
        Failure::Deferred { until, .. } | Failure::Throttled { until } => {
            Some((ConditionType::Throttled, Reason::Throttled, Next::PutOff(until + Duration::from_secs(1))))
        }
        Failure::Unreachable => Some((ConditionType::Unreachable, Reason::VendorUnreachable, Next::Retry)),
        Failure::Unreadable => Some((ConditionType::Unreachable, Reason::VendorUnreadable, Next::Retry)),
        _ => None,
    }
}
