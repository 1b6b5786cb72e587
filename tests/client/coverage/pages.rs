//! What there is to cover, by the vendor's pages, and why something of it is not covered. Written by
//! hand: neither the client nor the sandbox has a say in it.

use orgkeeper::api::spot::Contract;

use super::table::{Column, Reason};

/// The operations of a contract, in sections.
pub fn operations(contract: Contract) -> &'static str {
    match contract {
        Contract::Production => PRODUCTION,
        Contract::Published => PUBLISHED,
    }
}

/// spot-published: the 26 operations of the public document, by its own names.
const PUBLISHED: &str = "
# Organizations
createOrganization POST /setup/organization
deleteOrganization DELETE /setup/organization
# Accounts
createAccount POST /setup/account
listAccounts GET /setup/account
updateAccount PUT /setup/account/{accountId}
deleteAccount DELETE /setup/account/{accountId}
# Users
createUser POST /setup/user
listOrganizationUsers GET /setup/organization/{organizationId}/user
getUser GET /setup/user/{userId}
updateUserPermissions PUT /setup/user/{userId}
deleteUser DELETE /setup/user/{userId}
createProgrammaticUser POST /setup/user/programmatic
# Access policies
createAccessPolicy POST /setup/access/policy
listAccessPolicies GET /setup/access/policy
updateAccessPolicy PUT /setup/access/policy/{policyId}
deleteAccessPolicy DELETE /setup/access/policy/{policyId}
# Cloud credentials
setAWSCloudCredentials POST /setup/credentials/aws
setAzureCloudCredentials POST /setup/credentials/azure
setGCPCloudCredentials POST /setup/credentials/gcp
# Event subscriptions
createSubscription POST /events/subscription
listSubscriptions GET /events/subscription
getSubscription GET /events/subscription/{subscriptionId}
updateSubscription PUT /events/subscription/{subscriptionId}
deleteSubscription DELETE /events/subscription/{subscriptionId}
# Audit log and health
listAuditEvents GET /audit/events
healthCheck GET /healthCheck
";

/// spot-wire §2, §3, §11: the live service, whose pages give operations no names.
const PRODUCTION: &str = "
# Organizations
POST /setup/organization
DELETE /setup/organization/{organizationId}
# Accounts
POST /setup/account
GET /setup/account
GET /setup/account/{accountId}
PUT /setup/account/{accountId}
DELETE /setup/account/{accountId}
# Users
POST /setup/user
GET /setup/user
GET /setup/organization/user
GET /setup/user/{userId}
DELETE /setup/user/{userId}
PUT /setup/user/{userId}/policyMapping
PUT /setup/user/{userId}/userGroupMapping
GET /setup/user/permission
GET /setup/accountUserMapping
POST /setup/accountUserMapping
POST /setup/account/{accountId}/user
PUT /setup/account/{accountId}/user
DELETE /setup/account/{accountId}/user
# Programmatic users
POST /setup/user/programmatic
GET /setup/user/programmatic
GET /setup/user/programmatic/{userId}
# User groups
GET /setup/access/userGroup
POST /setup/access/userGroup
GET /setup/access/userGroup/{userGroupId}
PUT /setup/access/userGroup/{userGroupId}
DELETE /setup/access/userGroup/{userGroupId}
PUT /setup/access/userGroup/{userGroupId}/userMapping
PUT /setup/access/userGroup/{userGroupId}/policyMapping
# Access policies
POST /setup/access/policy
GET /setup/access/policy
GET /setup/organization/policy
PUT /setup/access/policy/{policyId}
DELETE /setup/access/policy/{policyId}
GET /setup/access/policyAction
# Cloud credentials
POST /setup/credentials/aws
GET /setup/credentials/aws
POST /setup/credentials/aws/externalId
GET /setup/credentials/aws/externalId/{accountId}
POST /azure/setup/credentials
GET /azure/setup/credentials
POST /azure/setup/credentials/validation
POST /azure/setup/tenant/credentials
POST /azure/setup/tenant/credentials/validation
POST /gcp/setup/credentials
GET /gcp/setup/credentials
POST /gcp/setup/credentials/validation
# Event subscriptions
POST /events/subscription
GET /events/subscription
GET /events/subscription/{subscriptionId}
PUT /events/subscription/{subscriptionId}
DELETE /events/subscription/{subscriptionId}
# Notification policies
POST /notificationCenter/policy
GET /notificationCenter/policy
GET /notificationCenter/policy/{notificationPolicyId}
PUT /notificationCenter/policy/{notificationPolicyId}
DELETE /notificationCenter/policy/{notificationPolicyId}
GET /notificationCenter/compute/event
GET /notificationCenter/compute/resource
# Audit log and health checks
GET /audit/events
GET /healthCheck
POST /healthCheck
GET /healthCheck/{healthCheckId}
PUT /healthCheck/{healthCheckId}
DELETE /healthCheck/{healthCheckId}
";

const fn not_called(method: &'static str, path: &'static str, why: &'static str) -> Reason {
    Reason { column: Column::Client, method, path, why }
}

/// Why cells are empty.
pub fn reasons(contract: Contract) -> &'static [Reason] {
    match contract {
        Contract::Production => IN_PRODUCTION,
        Contract::Published => IN_PUBLISHED,
    }
}

const IN_PUBLISHED: &[Reason] = &[not_called(
    "GET",
    "/healthCheck",
    "a sign of life says nothing of an organization: the lists that are read anyway show whether the vendor answers",
)];

const A_TENANT: &str =
    "a CloudCredential is for a subscription, and no call reads a tenant's credentials back";
const A_HEALTH_CHECK: &str = "checks of what runs in a cloud are no administration of an organization";
const TO_CHOOSE_FROM: &str =
    "a person chooses from it; what is declared is sent, and the vendor says what it refuses";
const SEEN_IN_THE_FIELD: &str =
    "no page of the vendor has it; the list and the read of all users know programmatic ones too";

const IN_PRODUCTION: &[Reason] = &[
    not_called(
        "GET",
        "/setup/user",
        "the accounts that it shows are read for one person at a time, with the roles",
    ),
    not_called(
        "GET",
        "/setup/user/permission",
        "the path is gone from the vendor's pages; the roles of a person are read instead",
    ),
    not_called(
        "POST",
        "/setup/accountUserMapping",
        "roles are given one by one, so that each one fails by itself",
    ),
    not_called("GET", "/setup/user/programmatic", SEEN_IN_THE_FIELD),
    not_called("GET", "/setup/user/programmatic/{userId}", SEEN_IN_THE_FIELD),
    not_called(
        "GET",
        "/setup/access/policy",
        "the list of the whole organization has those of every account",
    ),
    not_called("POST", "/azure/setup/tenant/credentials", A_TENANT),
    not_called("POST", "/azure/setup/tenant/credentials/validation", A_TENANT),
    not_called("GET", "/notificationCenter/compute/resource", TO_CHOOSE_FROM),
    not_called("GET", "/healthCheck", A_HEALTH_CHECK),
    not_called("POST", "/healthCheck", A_HEALTH_CHECK),
    not_called("GET", "/healthCheck/{healthCheckId}", A_HEALTH_CHECK),
    not_called("PUT", "/healthCheck/{healthCheckId}", A_HEALTH_CHECK),
    not_called("DELETE", "/healthCheck/{healthCheckId}", A_HEALTH_CHECK),
];
