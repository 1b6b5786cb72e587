//! The reasons that only Spot has. The runbook has an entry for each.

use crate::engine::base::reason::Reason;

/// The vendor handed out an external id, and somebody has to make the role that trusts it.
pub const WAITING_FOR_ROLE: Reason = Reason::new("WaitingForRole");
/// The account is linked to another cloud than the one that is declared.
pub const CLOUD_MISMATCH: Reason = Reason::new("CloudMismatch");
/// Nobody said that the server minds the account in calls that the document describes without one.
pub const ACCOUNT_SCOPE_UNVERIFIED: Reason = Reason::new("AccountScopeUnverified");
/// The form of the other contract would not say the same.
pub const NOT_TRANSLATABLE: Reason = Reason::new("NotTranslatable");
/// What a policy is to say cannot be sent.
pub const POLICY_INVALID: Reason = Reason::new("PolicyInvalid");
/// The resource that the object is about is not at the vendor.
pub const RESOURCE_NOT_FOUND: Reason = Reason::new("ResourceNotFound");
/// The vendor has deprecated the service.
pub const SERVICE_DEPRECATED: Reason = Reason::new("ServiceDeprecated");
/// The event type is none that the vendor is known for.
pub const UNKNOWN_EVENT_TYPE: Reason = Reason::new("UnknownEventType");
/// The policy names an action that the vendor does not list.
pub const UNKNOWN_ACTION: Reason = Reason::new("UnknownAction");
/// Nothing shows which contract the endpoint keeps.
pub const CONTRACT_UNKNOWN: Reason = Reason::new("ContractUnknown");
/// A grant makes no sense, or there are too many.
pub const GRANT_INVALID: Reason = Reason::new("GrantInvalid");
/// Whom a manifest names has no address to be told by.
pub const RECIPIENT_INVALID: Reason = Reason::new("RecipientInvalid");

/// Each of them.
pub const ALL: &[Reason] = &[
    WAITING_FOR_ROLE,
    CLOUD_MISMATCH,
    ACCOUNT_SCOPE_UNVERIFIED,
    NOT_TRANSLATABLE,
    POLICY_INVALID,
    RESOURCE_NOT_FOUND,
    SERVICE_DEPRECATED,
    UNKNOWN_EVENT_TYPE,
    UNKNOWN_ACTION,
    CONTRACT_UNKNOWN,
    GRANT_INVALID,
    RECIPIENT_INVALID,
];
