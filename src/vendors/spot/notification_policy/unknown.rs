//! Events that the vendor does not list for the account: one that is misspelt is never told.

use super::calls::{NotificationPolicyCalls, are_there};
use super::wish::Desired;
use crate::api::conditions::ConditionType;
use crate::engine::base::reason::Reason;
use crate::vendors::spot::known_names::{self, with_meant};
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use std::collections::BTreeSet;

/// What is to be told of the events of a policy.
pub(super) async fn advice(session: &SpotSession, desired: &Desired) -> Vec<(ConditionType, Reason, String)> {
    if !are_there(&session.client) || desired.account.is_empty() {
        return Vec::new();
    }
    let named: BTreeSet<&str> = desired.config.events.iter().map(|(event, _)| event.as_str()).collect();
    let names = session.names(&format!("events of {}", desired.account));
    let read = async |fresh| {
        let list = async || NotificationPolicyCalls(&session.client).list_events(&desired.account).await;
        names.read(fresh, session.client.now(), list).await
    };
    let fits = |name: &str, known: &str| name == known;
    let (unknown, known) = known_names::unknown(&named, session.recent(), fits, read).await;
    if unknown.is_empty() {
        return Vec::new();
    }
    let text = format!(
        "The vendor lists no event {} for the account: it is sent all the same, and one that is misspelt is never told. \
         Correct it if it is misspelt.",
        with_meant(&unknown, &known.iter().map(String::as_str))
    );
    vec![(ConditionType::Unrecognized, reasons::UNKNOWN_EVENT_TYPE, text)]
}
