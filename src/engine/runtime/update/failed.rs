//! What a failed call means: when it is tried again, where that passes by itself, and what is said where the vendor
//! refuses it.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::runtime::context::{Context, Next};

/// When to try again, of a failure that passes by itself; nothing of another.
pub fn passes(context: &Context, failure: &Failure) -> Option<Next> {
    match *failure {
        Failure::Deferred { until, .. } | Failure::Throttled { until } => Some(Next::PutOff(until)),
        Failure::Unreachable | Failure::Unreadable => Some(Next::Retry),
        Failure::Fenced => Some(context.fence.opens_at(context.now()).map_or(Next::Retry, Next::At)),
        Failure::Unauthorized
        | Failure::WrongOrganization
        | Failure::Unsendable
        | Failure::Forbidden
        | Failure::NotFound
        | Failure::Refused
        | Failure::NotSupported => None,
    }
}

/// What is found where the vendor refuses a call, and nothing but a change helps; nothing of another failure.
pub fn refused(error: &VendorError) -> Option<Findings> {
    let said = sentence(&error.message);
    match error.failure {
        Failure::Forbidden => {
            let text = format!(
                "The organization's token may not do this: {said} Give its user the right to, or put another token into the \
                 organization's Secret; then set the annotation orgkeeper.dev/reconcile-requested-at."
            );
            Some(Findings::stalled(Reason::Forbidden, text))
        }
        Failure::NotFound | Failure::Refused => {
            let text = format!(
                "The vendor refuses this: {said} Change what it complains of; an edit is tried at once."
            );
            Some(Findings::stalled(Reason::RefusedByVendor, text))
        }
        Failure::NotSupported => {
            let text = format!(
                "The endpoint's contract cannot do this: {said} Take it out of the manifest, or use an endpoint with the \
                 other contract."
            );
            Some(Findings::of(Health::Unsupported(Reason::NotSupportedByContract, text)))
        }
        Failure::Deferred { .. }
        | Failure::Throttled { .. }
        | Failure::Unreachable
        | Failure::Unreadable
        | Failure::Unauthorized
        | Failure::WrongOrganization
        | Failure::Unsendable
        | Failure::Fenced => None,
    }
}

/// What holds up the end of an object where the vendor refuses to delete what stands for it.
pub fn deletion_refused(noun: &str, error: &VendorError) -> Health {
    let text = format!(
        "The vendor refuses to delete the {noun}: {} To leave it there, set the annotation orgkeeper.dev/abandon. To try \
         again, remove the cause at the vendor and set orgkeeper.dev/reconcile-requested-at.",
        sentence(&error.message)
    );
    Health::Stalled(Reason::DeletionRefused, text)
}
