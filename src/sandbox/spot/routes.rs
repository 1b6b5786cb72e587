//! The routes of each contract.

use http::Method;

use super::operation::Operation;
use crate::sandbox::core::{Route, route};

const ORGANIZATION: &str = "/setup/organization";
const ACCOUNTS: &str = "/setup/account";
const ACCOUNT: &str = "/setup/account/{accountId}";
const ACCOUNT_USER: &str = "/setup/account/{accountId}/user";
const ACCOUNT_USERS: &str = "/setup/accountUserMapping";
const USERS: &str = "/setup/user";
const PROGRAMMATIC_USERS: &str = "/setup/user/programmatic";
const USER: &str = "/setup/user/{userId}";
const GROUPS: &str = "/setup/access/userGroup";
const GROUP: &str = "/setup/access/userGroup/{userGroupId}";
const POLICIES: &str = "/setup/access/policy";
const POLICY: &str = "/setup/access/policy/{policyId}";
const AUDIT: &str = "/audit/events";
const HEALTH_CHECKS: &str = "/healthCheck";
const HEALTH_CHECK: &str = "/healthCheck/{healthCheckId}";
const AWS: &str = "/setup/credentials/aws";
const EXTERNAL_ID: &str = "/setup/credentials/aws/externalId";
const AZURE: &str = "/azure/setup/credentials";
const GCP: &str = "/gcp/setup/credentials";
const SUBSCRIPTIONS: &str = "/events/subscription";
const SUBSCRIPTION: &str = "/events/subscription/{subscriptionId}";
const NOTIFICATION_POLICIES: &str = "/notificationCenter/policy";
const NOTIFICATION_POLICY: &str = "/notificationCenter/policy/{notificationPolicyId}";

/// spot-wire §2, §3; case and a trailing slash do not matter (§1). `awsAccountId` is the older name of `cloudAccountId` (§2.2).
pub(super) static PRODUCTION: &[Route<Operation>] = &[
    route(Method::POST, ORGANIZATION, Operation::CreateOrganization),
    route(Method::DELETE, "/setup/organization/{organizationId}", Operation::DeleteOrganization),
    route(Method::POST, ACCOUNTS, Operation::CreateAccount),
    route(Method::GET, ACCOUNTS, Operation::ListAccounts).with_query(&["cloudAccountId", "awsAccountId"]),
    route(Method::GET, ACCOUNT, Operation::GetAccount),
    route(Method::PUT, ACCOUNT, Operation::UpdateAccount),
    route(Method::DELETE, ACCOUNT, Operation::DeleteAccount),
    route(Method::GET, "/setup/organization/user", Operation::ListUsers),
    route(Method::POST, USERS, Operation::CreateUser).with_query(&["generateToken"]),
    route(Method::GET, USERS, Operation::ListMappedUsers),
    route(Method::POST, PROGRAMMATIC_USERS, Operation::CreateProgrammaticUser),
    // Before `/setup/user/{userId}`, which these would match as well.
    route(Method::GET, PROGRAMMATIC_USERS, Operation::ListProgrammaticUsers),
    route(Method::GET, "/setup/user/programmatic/{userId}", Operation::GetProgrammaticUser),
    route(Method::GET, "/setup/user/permission", Operation::ListPermissions),
    route(Method::GET, USER, Operation::GetUser),
    route(Method::DELETE, USER, Operation::DeleteUser),
    route(Method::PUT, "/setup/user/{userId}/policyMapping", Operation::SetUserPolicies),
    route(Method::PUT, "/setup/user/{userId}/userGroupMapping", Operation::SetUserGroups),
    route(Method::GET, ACCOUNT_USERS, Operation::ListAccountRoles).with_query(&["userEmail"]),
    route(Method::POST, ACCOUNT_USERS, Operation::AttachUsers),
    route(Method::POST, ACCOUNT_USER, Operation::AttachUser),
    route(Method::PUT, ACCOUNT_USER, Operation::ChangeAttachedUser),
    route(Method::DELETE, ACCOUNT_USER, Operation::DetachUser),
    route(Method::GET, GROUPS, Operation::ListGroups),
    route(Method::POST, GROUPS, Operation::CreateGroup),
    route(Method::GET, GROUP, Operation::GetGroup),
    route(Method::PUT, GROUP, Operation::UpdateGroup),
    route(Method::DELETE, GROUP, Operation::DeleteGroup),
    route(Method::PUT, "/setup/access/userGroup/{userGroupId}/userMapping", Operation::SetGroupUsers),
    route(Method::PUT, "/setup/access/userGroup/{userGroupId}/policyMapping", Operation::SetGroupPolicies),
    route(Method::GET, "/setup/organization/policy", Operation::ListPolicies),
    route(Method::GET, POLICIES, Operation::ListAccountPolicies),
    route(Method::POST, POLICIES, Operation::CreatePolicy),
    route(Method::PUT, POLICY, Operation::UpdatePolicy),
    route(Method::DELETE, POLICY, Operation::DeletePolicy),
    route(Method::GET, "/setup/access/policyAction", Operation::ListPolicyActions).with_query(&[
        "name",
        "service",
        "resourcePattern",
        "scope",
        "category",
    ]),
    route(Method::POST, AWS, Operation::SetAwsCredentials),
    route(Method::GET, AWS, Operation::GetAwsCredentials),
    route(Method::POST, EXTERNAL_ID, Operation::CreateAwsExternalId),
    route(Method::GET, "/setup/credentials/aws/externalId/{accountId}", Operation::GetAwsExternalId),
    route(Method::POST, AZURE, Operation::SetAzureCredentials),
    route(Method::GET, AZURE, Operation::GetAzureCredentials),
    route(Method::POST, "/azure/setup/credentials/validation", Operation::ValidateAzureCredentials),
    route(Method::POST, "/azure/setup/tenant/credentials", Operation::SetAzureTenantCredentials),
    route(
        Method::POST,
        "/azure/setup/tenant/credentials/validation",
        Operation::ValidateAzureTenantCredentials,
    ),
    route(Method::POST, GCP, Operation::SetGcpCredentials),
    route(Method::GET, GCP, Operation::GetGcpCredentials),
    route(Method::POST, "/gcp/setup/credentials/validation", Operation::ValidateGcpCredentials),
    route(Method::POST, SUBSCRIPTIONS, Operation::CreateSubscription),
    route(Method::GET, SUBSCRIPTIONS, Operation::ListSubscriptions),
    route(Method::GET, SUBSCRIPTION, Operation::GetSubscription),
    route(Method::PUT, SUBSCRIPTION, Operation::UpdateSubscription),
    route(Method::DELETE, SUBSCRIPTION, Operation::DeleteSubscription),
    route(Method::POST, NOTIFICATION_POLICIES, Operation::CreateNotificationPolicy),
    route(Method::GET, NOTIFICATION_POLICIES, Operation::ListNotificationPolicies),
    route(Method::GET, NOTIFICATION_POLICY, Operation::GetNotificationPolicy),
    route(Method::PUT, NOTIFICATION_POLICY, Operation::UpdateNotificationPolicy),
    route(Method::DELETE, NOTIFICATION_POLICY, Operation::DeleteNotificationPolicy),
    route(Method::GET, "/notificationCenter/compute/event", Operation::ListNotificationEvents),
    route(Method::GET, "/notificationCenter/compute/resource", Operation::ListNotificationResources),
    route(Method::GET, AUDIT, Operation::ListAuditEvents).with_query(&[
        "fromDate",
        "toDate",
        "responseStatus",
    ]),
    route(Method::GET, HEALTH_CHECKS, Operation::HealthCheck).named("listHealthChecks"),
    route(Method::POST, HEALTH_CHECKS, Operation::CreateHealthCheck),
    route(Method::GET, HEALTH_CHECK, Operation::GetHealthCheck),
    route(Method::PUT, HEALTH_CHECK, Operation::UpdateHealthCheck),
    route(Method::DELETE, HEALTH_CHECK, Operation::DeleteHealthCheck),
];

/// The public document's paths.
pub(super) static PUBLISHED: &[Route<Operation>] = &[
    route(Method::POST, ORGANIZATION, Operation::CreateOrganization),
    route(Method::DELETE, ORGANIZATION, Operation::DeleteOwnOrganization).named("deleteOrganization"),
    route(Method::GET, "/setup/organization/{organizationId}/user", Operation::ListUsers)
        .named("listOrganizationUsers"),
    route(Method::POST, USERS, Operation::CreateUser),
    route(Method::POST, PROGRAMMATIC_USERS, Operation::CreateProgrammaticUser),
    route(Method::GET, USER, Operation::GetUser),
    route(Method::PUT, USER, Operation::UpdateUserPermissions),
    route(Method::DELETE, USER, Operation::DeleteUser),
    route(Method::POST, ACCOUNTS, Operation::CreateAccount),
    route(Method::GET, ACCOUNTS, Operation::ListAccounts).with_query(&["cloudAccountId"]),
    route(Method::PUT, ACCOUNT, Operation::UpdateAccount),
    route(Method::DELETE, ACCOUNT, Operation::DeleteAccount),
    route(Method::GET, POLICIES, Operation::ListPolicies).named("listAccessPolicies"),
    route(Method::POST, POLICIES, Operation::CreatePolicy).named("createAccessPolicy"),
    route(Method::PUT, POLICY, Operation::UpdatePolicy).named("updateAccessPolicy"),
    route(Method::DELETE, POLICY, Operation::DeletePolicy).named("deleteAccessPolicy"),
    route(Method::POST, AWS, Operation::SetAwsCredentials).named("setAWSCloudCredentials"),
    route(Method::POST, "/setup/credentials/azure", Operation::SetAzureCredentials)
        .named("setAzureCloudCredentials"),
    route(Method::POST, "/setup/credentials/gcp", Operation::SetGcpCredentials)
        .named("setGCPCloudCredentials"),
    route(Method::POST, SUBSCRIPTIONS, Operation::CreateSubscription),
    route(Method::GET, SUBSCRIPTIONS, Operation::ListSubscriptions),
    route(Method::GET, SUBSCRIPTION, Operation::GetSubscription),
    route(Method::PUT, SUBSCRIPTION, Operation::UpdateSubscription),
    route(Method::DELETE, SUBSCRIPTION, Operation::DeleteSubscription),
    route(Method::GET, AUDIT, Operation::ListAuditEvents).with_query(&["fromDate", "toDate"]),
    route(Method::GET, HEALTH_CHECKS, Operation::HealthCheck),
];
