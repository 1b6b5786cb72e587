//! The operations: what each is called, whether it lists, and what the audit log calls it.

use crate::sandbox::core;

/// An operation that some contract has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    CreateOrganization,
    DeleteOrganization,
    /// Published's form without an id: the token's own.
    DeleteOwnOrganization,
    CreateAccount,
    ListAccounts,
    GetAccount,
    UpdateAccount,
    DeleteAccount,
    ListUsers,
    CreateUser,
    ListMappedUsers,
    CreateProgrammaticUser,
    ListProgrammaticUsers,
    GetProgrammaticUser,
    GetUser,
    DeleteUser,
    SetUserPolicies,
    SetUserGroups,
    /// Published's form: role and accounts in one.
    UpdateUserPermissions,
    ListAccountRoles,
    ListPermissions,
    AttachUsers,
    AttachUser,
    ChangeAttachedUser,
    DetachUser,
    ListGroups,
    CreateGroup,
    GetGroup,
    UpdateGroup,
    DeleteGroup,
    SetGroupUsers,
    SetGroupPolicies,
    ListPolicies,
    ListAccountPolicies,
    CreatePolicy,
    UpdatePolicy,
    DeletePolicy,
    ListPolicyActions,
    SetAwsCredentials,
    GetAwsCredentials,
    CreateAwsExternalId,
    GetAwsExternalId,
    SetAzureCredentials,
    GetAzureCredentials,
    ValidateAzureCredentials,
    SetAzureTenantCredentials,
    ValidateAzureTenantCredentials,
    SetGcpCredentials,
    GetGcpCredentials,
    ValidateGcpCredentials,
    CreateSubscription,
    ListSubscriptions,
    GetSubscription,
    UpdateSubscription,
    DeleteSubscription,
    CreateNotificationPolicy,
    ListNotificationPolicies,
    GetNotificationPolicy,
    UpdateNotificationPolicy,
    DeleteNotificationPolicy,
    ListNotificationEvents,
    ListNotificationResources,
    ListAuditEvents,
    /// A sign of life in the document, a list in the live service.
    HealthCheck,
    CreateHealthCheck,
    GetHealthCheck,
    UpdateHealthCheck,
    DeleteHealthCheck,
}

impl core::Operation for Operation {
    fn name(self) -> String {
        let mut name = format!("{self:?}");
        name[..1].make_ascii_lowercase();
        name
    }

    fn is_list(self) -> bool {
        matches!(
            self,
            Self::ListAccounts
                | Self::ListUsers
                | Self::ListMappedUsers
                | Self::ListProgrammaticUsers
                | Self::ListAccountRoles
                | Self::ListPermissions
                | Self::ListGroups
                | Self::ListPolicies
                | Self::ListAccountPolicies
                | Self::ListPolicyActions
                | Self::ListSubscriptions
                | Self::ListNotificationPolicies
                | Self::ListNotificationEvents
                | Self::ListNotificationResources
                | Self::ListAuditEvents
                | Self::HealthCheck
        )
    }
}

impl Operation {
    /// What the audit log calls the action and the kind of its object. None: it only reads.
    pub(super) const fn audited_as(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::CreateOrganization => ("createOrganization", "organization"),
            Self::DeleteOrganization | Self::DeleteOwnOrganization => ("deleteOrganization", "organization"),
            Self::CreateAccount => ("createAccount", "account"),
            Self::UpdateAccount => ("updateAccount", "account"),
            Self::DeleteAccount => ("deleteAccount", "account"),
            Self::CreateUser => ("createUser", "user"),
            Self::CreateProgrammaticUser => ("createProgrammaticUser", "user"),
            Self::DeleteUser => ("deleteUser", "user"),
            Self::SetUserPolicies => ("updateUserPolicyMapping", "user"),
            Self::SetUserGroups => ("updateUserUserGroupMapping", "user"),
            Self::UpdateUserPermissions | Self::ChangeAttachedUser => ("updateUserPermissions", "user"),
            Self::AttachUsers | Self::AttachUser => ("attachUserToAccount", "user"),
            Self::DetachUser => ("detachUserFromAccount", "user"),
            Self::CreateGroup => ("createUserGroup", "userGroup"),
            Self::UpdateGroup => ("updateUserGroup", "userGroup"),
            Self::DeleteGroup => ("deleteUserGroup", "userGroup"),
            Self::SetGroupUsers => ("updateUserGroupUserMapping", "userGroup"),
            Self::SetGroupPolicies => ("updateUserGroupPolicyMapping", "userGroup"),
            Self::CreatePolicy => ("createPolicy", "policy"),
            Self::UpdatePolicy => ("updatePolicy", "policy"),
            Self::DeletePolicy => ("deletePolicy", "policy"),
            Self::SetAwsCredentials => ("setAwsCredentials", "credentials"),
            Self::CreateAwsExternalId => ("createAwsExternalId", "credentials"),
            Self::SetAzureCredentials => ("setAzureCredentials", "credentials"),
            Self::SetAzureTenantCredentials => ("setAzureTenantCredentials", "credentials"),
            Self::SetGcpCredentials => ("setGcpCredentials", "credentials"),
            Self::CreateSubscription => ("createSubscription", "subscription"),
            Self::UpdateSubscription => ("updateSubscription", "subscription"),
            Self::DeleteSubscription => ("deleteSubscription", "subscription"),
            Self::CreateNotificationPolicy => ("createNotificationPolicy", "notificationPolicy"),
            Self::UpdateNotificationPolicy => ("updateNotificationPolicy", "notificationPolicy"),
            Self::DeleteNotificationPolicy => ("deleteNotificationPolicy", "notificationPolicy"),
            Self::CreateHealthCheck => ("createHealthCheck", "healthCheck"),
            Self::UpdateHealthCheck => ("updateHealthCheck", "healthCheck"),
            Self::DeleteHealthCheck => ("deleteHealthCheck", "healthCheck"),
            Self::ListAccounts
            | Self::GetAccount
            | Self::ListUsers
            | Self::ListMappedUsers
            | Self::ListProgrammaticUsers
            | Self::GetProgrammaticUser
            | Self::GetUser
            | Self::ListAccountRoles
            | Self::ListPermissions
            | Self::ListGroups
            | Self::GetGroup
            | Self::ListPolicies
            | Self::ListAccountPolicies
            | Self::ListPolicyActions
            | Self::GetAwsCredentials
            | Self::GetAwsExternalId
            | Self::GetAzureCredentials
            | Self::ValidateAzureCredentials
            | Self::ValidateAzureTenantCredentials
            | Self::GetGcpCredentials
            | Self::ValidateGcpCredentials
            | Self::ListSubscriptions
            | Self::GetSubscription
            | Self::ListNotificationPolicies
            | Self::GetNotificationPolicy
            | Self::ListNotificationEvents
            | Self::ListNotificationResources
            | Self::ListAuditEvents
            | Self::HealthCheck
            | Self::GetHealthCheck => return None,
        })
    }
}
