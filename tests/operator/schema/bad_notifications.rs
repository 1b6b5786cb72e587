//! Notification policies that are refused.

use super::NOTIFICATION;
use super::bad_manifests::{Bad, BadChange};

const PLACE: &str = "spec.subscriptions[0].endpoint";

pub(super) const CREATES: &[Bad] = &[
    (
        NOTIFICATION,
        "{accountRef: {name: null, id: act-1a2b3c4d}}",
        "spec.organizationRef",
        "needs organizationRef: add it, or give the name of a SpotAccount",
    ),
    (NOTIFICATION, "{organizationRef: {name: acme}}", "spec.organizationRef", "goes with accountRef.id only"),
    (NOTIFICATION, "{name: null}", "spec.name", "Required value"),
    (NOTIFICATION, "{name: 'incidents '}", "spec.name", "may neither begin nor end with white space"),
    (NOTIFICATION, "{description: ''}", "spec.description", "at least 1"),
    (NOTIFICATION, "{privacyLevel: null}", "spec.privacyLevel", "Required value"),
    (
        NOTIFICATION,
        "{privacyLevel: secret}",
        "spec.privacyLevel",
        "supported values: \"public\", \"private\"",
    ),
    (
        NOTIFICATION,
        "{privacyLevel: private, subscriptions: [{type: email, endpoint: ops@example.com}]}",
        "spec.subscriptions",
        "only a public policy has subscriptions: remove them and name people in registeredUsers",
    ),
    (
        NOTIFICATION,
        "{subscriptions: [{type: sms, endpoint: a}]}",
        "spec.subscriptions[0].type",
        "supported values",
    ),
    (
        NOTIFICATION,
        "{subscriptions: [{type: email}]}",
        "spec.subscriptions[0]",
        "exactly one of endpoint and endpointSecretRef",
    ),
    (
        NOTIFICATION,
        "{subscriptions: [{type: email, endpoint: ops@example.com, endpointSecretRef: {name: a, key: b}}]}",
        "spec.subscriptions[0]",
        "exactly one of endpoint and endpointSecretRef",
    ),
    (NOTIFICATION, "{subscriptions: [{type: email, endpoint: ops}]}", PLACE, "an e-mail address"),
    (
        NOTIFICATION,
        "{subscriptions: [{type: webhook, endpoint: 'ftp://a.example'}]}",
        PLACE,
        "the whole address",
    ),
    (NOTIFICATION, "{subscriptions: [{type: slack, endpoint: 'a b'}]}", PLACE, "without white space"),
    (NOTIFICATION, "{subscriptions: [{type: sns, endpoint: topic}]}", PLACE, "the ARN of a topic"),
    (
        NOTIFICATION,
        "{registeredUsers: [{subscriptionTypes: [email]}]}",
        "spec.registeredUsers[0]",
        "exactly one of userRef and email",
    ),
    (
        NOTIFICATION,
        "{registeredUsers: [{userRef: {name: a}, email: a@example.com, subscriptionTypes: [email]}]}",
        "spec.registeredUsers[0]",
        "exactly one of userRef and email",
    ),
    (
        NOTIFICATION,
        "{registeredUsers: [{userRef: {name: a}, subscriptionTypes: []}]}",
        "spec.registeredUsers[0].subscriptionTypes",
        "at least 1",
    ),
    (
        NOTIFICATION,
        "{registeredUsers: [{userRef: {name: a}, subscriptionTypes: [email, email]}]}",
        "spec.registeredUsers[0].subscriptionTypes[1]",
        "Duplicate value",
    ),
    (
        NOTIFICATION,
        "{computePolicyConfig: {events: null}}",
        "spec.computePolicyConfig.events",
        "Required value",
    ),
    (NOTIFICATION, "{computePolicyConfig: {events: []}}", "spec.computePolicyConfig.events", "at least 1"),
    (
        NOTIFICATION,
        "{computePolicyConfig: {includeAllResources: null}}",
        "spec.computePolicyConfig",
        "exactly one of includeAllResources, resourceIds and dynamicRules",
    ),
    (
        NOTIFICATION,
        "{computePolicyConfig: {resourceIds: [sig-1a2b]}}",
        "spec.computePolicyConfig",
        "exactly one of includeAllResources, resourceIds and dynamicRules",
    ),
    (
        NOTIFICATION,
        "{computePolicyConfig: {includeAllResources: false}}",
        "spec.computePolicyConfig.includeAllResources",
        "includeAllResources can only be true",
    ),
    (
        NOTIFICATION,
        "{computePolicyConfig: {includeAllResources: null, resourceIds: [group]}}",
        "spec.computePolicyConfig.resourceIds[0]",
        "should match",
    ),
    (
        NOTIFICATION,
        "{computePolicyConfig: {includeAllResources: null, dynamicRules: [{filterConditions: [
           {identifier: size, operator: equals, expression: a}]}]}}",
        "spec.computePolicyConfig.dynamicRules[0].filterConditions[0].identifier",
        "supported values",
    ),
    (NOTIFICATION, "{adopt: {id: sis-1a2b3c4d}}", "spec.adopt.id", "such as snp-1a2b3c4d"),
    (NOTIFICATION, "{allowed: []}", "spec.allowed", "unknown field"),
];

pub(super) const CHANGES: &[BadChange] = &[
    (
        NOTIFICATION,
        "{}",
        "{accountRef: {name: other}}",
        "spec.accountRef",
        "create another NotificationPolicy",
    ),
    (
        NOTIFICATION,
        "{}",
        "{privacyLevel: private}",
        "spec.privacyLevel",
        "create another NotificationPolicy with the other privacyLevel",
    ),
    (
        NOTIFICATION,
        "{accountRef: {name: null, id: act-1a2b3c4d}, organizationRef: {name: acme}}",
        "{organizationRef: {name: other}}",
        "spec.organizationRef",
        "create another NotificationPolicy",
    ),
    (
        NOTIFICATION,
        "{adopt: {id: snp-1a2b3c4d}}",
        "{adopt: null}",
        "spec.adopt.id",
        "create another NotificationPolicy",
    ),
];
