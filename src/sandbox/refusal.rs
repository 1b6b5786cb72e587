//! Why the vendor does not do what it is asked. Each contract has its own words for these.

use http::StatusCode;

use super::rate_limit::Standing;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No token, or one that is not known.
    Unauthorized,
    /// The token is known and may not.
    Forbidden(String),
    /// There is no such operation.
    NoRoute,
    /// The input is not as documented. `field` is its path with its place: `body:account.name`.
    Invalid { field: String, message: String },
    /// There is no such object, or it belongs to another organization.
    Missing { entity: Entity, id: String },
    /// It cannot be done as things stand.
    Conflict { code: &'static str, message: String },
    /// Too many requests.
    RateLimited(Standing),
    /// The vendor cannot, or the request did not arrive as a whole.
    Failure { status: StatusCode, message: String },
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Account,
    Credentials,
    ExternalId,
    HealthCheck,
    Organization,
    Policy,
    ServiceAccount,
    Subscription,
    User,
    UserGroup,
}

impl Entity {
    /// The name as the vendor's error codes spell it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Credentials => "Credentials",
            Self::ExternalId => "ExternalId",
            Self::HealthCheck => "HEALTH_CHECK",
            Self::Organization => "Organization",
            Self::Policy => "Policy",
            Self::ServiceAccount => "ServiceAccount",
            Self::Subscription => "Subscription",
            Self::User => "User",
            Self::UserGroup => "UserGroup",
        }
    }
}

impl Refusal {
    pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    pub(super) fn missing(entity: Entity, id: impl Into<String>) -> Self {
        Self::Missing { entity, id: id.into() }
    }

    pub(super) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    pub(super) fn failure(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Failure { status, message: message.into() }
    }
}
