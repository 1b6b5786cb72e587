//! Names that are refused, and what the refusal says.

use super::bad_manifests::Bad;
use super::{ACCOUNT, GROUP_OF_USERS, MACHINE, ORGANIZATION, POLICY, USER};

/// What every name is told that has something at an end that nobody sees.
const ENDS: &str = "may neither begin nor end with white space or an invisible character";
const MARKED: &str = "may not contain + = or @";

pub(super) const CREATES: &[Bad] = &[
    // A block in YAML is enough.
    (ACCOUNT, "name: |\n  payments-prod\n", "spec.name", ENDS),
    (ACCOUNT, "{name: ' payments'}", "spec.name", ENDS),
    (ACCOUNT, "{name: \"payments\\uFEFF\"}", "spec.name", ENDS),
    (ACCOUNT, "{name: \"payments\\u00a0\"}", "spec.name", ENDS),
    (ACCOUNT, "{name: \"pay\\nments\"}", "spec.name", "nor hold a line break: write it on one line"),
    (ACCOUNT, "{name: \"pay\\u2028ments\"}", "spec.name", "nor hold a line break: write it on one line"),
    (
        ORGANIZATION,
        "{create: {name: 'Acme ', tokenSecretRef: {name: parent-token, key: token}}}",
        "spec.create.name",
        ENDS,
    ),
    (USER, "human: {email: \"jo@example.com\\u200b\"}", "spec.human.email", ENDS),
    (USER, "human:\n  firstName: |\n    Jo\n", "spec.human.firstName", ENDS),
    (USER, "{human: {lastName: \"Doe\\t\"}}", "spec.human.lastName", ENDS),
    (MACHINE, "{programmatic: {name: 'ci '}}", "spec.programmatic.name", ENDS),
    (POLICY, "name: |\n  read\n", "spec.name", ENDS),
    (GROUP_OF_USERS, "name: |\n  developers\n", "spec.name", ENDS),
    (USER, "{policies: [{policyName: 'Account Viewer '}]}", "spec.policies[0].policyName", ENDS),
    // What the vendor refuses of groups.
    (GROUP_OF_USERS, "{name: R+D}", "spec.name", MARKED),
    (GROUP_OF_USERS, "{name: a=b}", "spec.name", MARKED),
    (GROUP_OF_USERS, "{name: dev@example}", "spec.name", MARKED),
    (GROUP_OF_USERS, "{description: ''}", "spec.description", "at least 1 chars"),
];
