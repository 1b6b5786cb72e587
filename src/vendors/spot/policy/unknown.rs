//! Actions that the vendor does not list: one that is misspelt allows nothing, and denies nothing either.

use crate::api::conditions::ConditionType;
use crate::api::spot::Statement;
use crate::engine::base::reason::Reason;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::known_names::{self, with_meant};
use crate::vendors::spot::policy::calls::PolicyCalls;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use std::collections::BTreeSet;

/// What is to be told of the actions of a policy that is written as statements.
pub(super) async fn advice(
    session: &SpotSession,
    statements: &[Statement],
) -> Vec<(ConditionType, Reason, String)> {
    if !session.supports(Capability::PolicyActions) {
        return Vec::new();
    }
    let named: BTreeSet<&str> =
        statements.iter().flat_map(|statement| &statement.actions).map(String::as_str).collect();
    let names = session.names("actions");
    let read = async |fresh| {
        let list = async || {
            let actions = PolicyCalls(&session.client).list_actions().await?;
            Ok(actions.into_iter().map(|action| action.name).collect())
        };
        names.read(fresh, session.client.now(), list).await
    };
    let (unknown, known) = known_names::unknown(&named, session.recent(), fits, read).await;
    if unknown.is_empty() {
        return Vec::new();
    }
    vec![(ConditionType::Unrecognized, reasons::UNKNOWN_ACTION, text(&unknown, &known))]
}

/// Whether the action is what the pattern says, in which * stands for anything.
fn fits(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| action.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    let between = parts.try_fold(rest, |rest, part| rest.split_once(part).map(|(_, after)| after));
    between.is_some_and(|rest| rest.ends_with(last))
}

fn text(unknown: &[&str], known: &[String]) -> String {
    let services: BTreeSet<String> =
        known.iter().filter_map(|action| Some(format!("{}:*", action.split_once(':')?.0))).collect();
    format!(
        "The vendor lists no action {}: it is sent all the same, and one that is misspelt neither allows nor denies \
         anything. Correct it if it is misspelt.",
        with_meant(unknown, &known.iter().chain(&services).map(String::as_str))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        ["ocean:createCluster", "ocean:describeCluster", "setup:updateAccount"].map(str::to_owned).into()
    }

    #[test]
    fn an_action_fits_what_its_stars_leave_open() {
        let table = [
            ("*", "ocean:createCluster", true),
            ("ocean:*", "ocean:createCluster", true),
            ("ocean:create*", "ocean:createCluster", true),
            ("*:createCluster", "ocean:createCluster", true),
            ("oc*:*te*er", "ocean:createCluster", true),
            ("ocean:CreateCluster", "ocean:createCluster", true),
            ("ocean:create", "ocean:createCluster", false),
            ("ocean:createCluster*", "ocean:createCluster", true),
            ("ocean:createCluster*r", "ocean:createCluster", false),
            ("ocaen:*", "ocean:createCluster", false),
        ];
        for (pattern, action, expected) in table {
            assert_eq!(fits(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn what_is_near_is_told_with_what_is_unknown() {
        let text = text(&["ocaen:*", "ocean:creteCluster"], &known());
        let each = "no action ocaen:* (perhaps ocean:*), ocean:creteCluster (perhaps ocean:createCluster): ";
        assert!(text.contains(each), "{text}");
    }
}
