//! Making the plan.

use super::declared::NOTED;
use super::known::Known;
use super::{Field, Plan, Policy, Writing};
use crate::engine::decide::fingerprint::Fingerprints;
use std::collections::BTreeMap;

/// Makes the plan.
pub fn plan(
    fields: &[Field],
    last: &BTreeMap<String, String>,
    prints: &Fingerprints,
    policy: &Policy<'_>,
) -> Plan {
    let mut plan = Plan::default();
    for field in fields {
        let planned = plan.apply.len();
        Known::of(field, last, prints, policy).plan(&mut plan);
        plan.replace |= field.writing == Writing::Replacement && plan.apply.len() > planned;
    }
    if !fields.is_empty() {
        plan.last_applied.insert(NOTED.to_owned(), prints.of(NOTED, ""));
    }
    // What was given a moment ago, is not asked for any more and is not shown yet is still to be taken
    // back: it must not be forgotten that it is ours.
    for (path, print) in policy.unsettled {
        if !plan.last_applied.contains_key(path)
            && fields.iter().all(|field| field.path != *path)
            && policy.wrote_other(prints, path, "")
        {
            plan.last_applied.insert(path.clone(), print.clone());
        }
    }
    plan
}
