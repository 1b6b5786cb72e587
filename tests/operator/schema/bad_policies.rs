//! What is refused of policies, and what the refusal says.

use super::bad_manifests::{Bad, BadChange};
use super::{POLICY, PUBLISHED_POLICY};

pub(super) const CREATES: &[Bad] = &[
    (POLICY, "{organizationRef: null}", "spec.organizationRef", "Required value"),
    (POLICY, "{organizationRef: {id: '606079812345'}}", "spec.organizationRef.id", "unknown field"),
    (POLICY, "{name: null}", "spec.name", "Required value"),
    (POLICY, "{name: ''}", "spec.name", "at least 1 chars"),
    (POLICY, "{name: read+only}", "spec.name", "may not contain + = or @"),
    (POLICY, "{name: read=only}", "spec.name", "may not contain + = or @"),
    (POLICY, "{name: read@only}", "spec.name", "may not contain + = or @"),
    (POLICY, "{type: ACCOUNT}", "spec.type", "supported values: \"Account\", \"Organization\""),
    // What it says.
    (
        POLICY,
        "{statements: null}",
        "spec",
        "exactly one of statements (the live service's form) and permissions",
    ),
    (
        POLICY,
        "{permissions: [{serviceId: ocean, actions: [describe]}]}",
        "spec",
        "remove one of them, or add the one that is missing",
    ),
    (POLICY, "{statements: []}", "spec.statements", "at least 1 items"),
    (
        POLICY,
        "{statements: [{actions: ['*'], resources: ['*']}]}",
        "spec.statements[0].effect",
        "Required value",
    ),
    (
        POLICY,
        "{statements: [{effect: ALLOW, actions: ['*'], resources: ['*']}]}",
        "spec.statements[0].effect",
        "supported values: \"Allow\", \"Deny\"",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, resources: ['*']}]}",
        "spec.statements[0].actions",
        "Required value",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: [], resources: ['*']}]}",
        "spec.statements[0].actions",
        "at least 1 items",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['*', describe], resources: ['*']}]}",
        "spec.statements[0].actions",
        "such as ocean:describe* or ocean:*, or * alone",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['ocean:a:b'], resources: ['*']}]}",
        "spec.statements[0].actions",
        "correct those that are not",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['ocean:'], resources: ['*']}]}",
        "spec.statements[0].actions",
        "an action is a service and what is done",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['*']}]}",
        "spec.statements[0].resources",
        "Required value",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['*'], resources: ['a group']}]}",
        "spec.statements[0].resources",
        "without spaces: correct those that are not",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['*'], resources: ['']}]}",
        "spec.statements[0].resources",
        "such as elastigroup:sig-1a2b3c4d",
    ),
    (
        POLICY,
        "{statements: [{effect: Allow, actions: ['*'], resources: ['*'], condition: StringEquals}]}",
        "spec.statements[0].condition",
        "must be of type object",
    ),
    (
        PUBLISHED_POLICY,
        "{permissions: [{actions: [describe]}]}",
        "spec.permissions[0].serviceId",
        "Required value",
    ),
    (
        PUBLISHED_POLICY,
        "{permissions: [{serviceId: 'ocean:', actions: [describe]}]}",
        "spec.permissions[0].serviceId",
        "should match '^[-_a-zA-Z0-9*]+$'",
    ),
    (
        PUBLISHED_POLICY,
        "{permissions: [{serviceId: ocean, actions: ['ocean:describe']}]}",
        "spec.permissions[0].actions",
        "a word such as describe, without the service",
    ),
    (
        PUBLISHED_POLICY,
        "{permissions: [{serviceId: ocean, actions: []}]}",
        "spec.permissions[0].actions",
        "at least 1 items",
    ),
    (
        PUBLISHED_POLICY,
        "{permissions: [{serviceId: ocean, actions: [describe], effect: Deny}]}",
        "spec.permissions[0].effect",
        "unknown field",
    ),
    // How it is kept.
    (POLICY, "{adopt: {id: '3'}}", "spec.adopt.id", "can be referred to, never managed"),
    (POLICY, "{adopt: {id: ugr-1a2b3c4d}}", "spec.adopt.id", "such as pol-1a2b3c4d"),
    (POLICY, "{allowed: [{kinds: [SpotUser]}]}", "spec.allowed[0].kinds", "unknown field"),
    (POLICY, "{allowed: [{}]}", "spec.allowed[0].namespaces", "Required value"),
];

pub(super) const CHANGES: &[BadChange] = &[
    (POLICY, "{}", "{organizationRef: {name: other}}", "spec.organizationRef", "create another AccessPolicy"),
    (
        POLICY,
        "{type: Account}",
        "{type: Organization}",
        "spec.type",
        "cannot be changed or removed once it is set, as the vendor cannot change it",
    ),
    (POLICY, "{type: Account}", "{type: null}", "spec.type", "put the former value back, or create another"),
    (POLICY, "{}", "{statements: null}", "spec", "exactly one of statements"),
    (
        POLICY,
        "{adopt: {id: pol-1a2b3c4d}}",
        "{adopt: {id: pol-ffffffff}}",
        "spec.adopt.id",
        "put the former value",
    ),
    (POLICY, "{adopt: {id: pol-1a2b3c4d}}", "{adopt: null}", "spec.adopt.id", "create another AccessPolicy"),
];
