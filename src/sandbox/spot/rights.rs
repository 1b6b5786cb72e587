//! What a call asks of its caller's policies.
//!
//! The actions are the vendor's, as far as it names them (`policy_actions.rs`). Deleting an account
//! and making a machine user are an administrator's alone, whatever policies say (spot-wire §2.2,
//! §2.4).

use super::call::Call;
use super::need::{ATTACH, Given, Need, Place};
use super::operation::Operation;
use super::operations::accounts;

const fn need(action: &'static str, place: Place, given: Given) -> Need {
    Need { action, place, given }
}

/// What an operation asks for.
pub(super) fn need_of(operation: Operation, call: &Call<'_>) -> Need {
    use Given::{Administrators, Allowed, Everybody};
    use Place::{Account, Each, Organization};
    match operation {
        Operation::CreateOrganization => need("setup:createOrganization", Organization, Allowed),
        Operation::DeleteOrganization | Operation::DeleteOwnOrganization => {
            need("setup:deleteOrganization", Organization, Administrators)
        }
        Operation::CreateAccount => need("setup:createAccount", Organization, Allowed),
        Operation::ListAccounts if accounts::cloud_account(call).is_some() => {
            need("setup:describeAccount", Organization, Everybody)
        }
        Operation::ListAccounts => need("setup:describeAllAccounts", Organization, Allowed),
        Operation::GetAccount => need("setup:describeAccount", Account, Everybody),
        Operation::UpdateAccount => need("setup:updateAccount", Account, Allowed),
        Operation::DeleteAccount => need("setup:deleteAccount", Account, Administrators),
        Operation::ListUsers
        | Operation::GetUser
        | Operation::ListProgrammaticUsers
        | Operation::GetProgrammaticUser => need("setup:describeOrganizationUsers", Organization, Allowed),
        Operation::ListMappedUsers if call.query("accountId").is_some() => {
            need("setup:describeAccountUsers", Account, Allowed)
        }
        Operation::ListMappedUsers => need("setup:describeAllUsers", Organization, Allowed),
        Operation::CreateUser => need("setup:createUser", Organization, Allowed),
        Operation::CreateProgrammaticUser => {
            need("setup:createProgrammaticUser", Organization, Administrators)
        }
        Operation::DeleteUser => need("setup:deleteUser", Organization, Allowed),
        Operation::SetUserPolicies => need("setup:updateUserPoliciesMapping", Organization, Allowed),
        Operation::SetUserGroups | Operation::SetGroupUsers | Operation::SetGroupPolicies => {
            need("setup:updateUserGroupMapping", Organization, Allowed)
        }
        Operation::UpdateUserPermissions => need("setup:updateUser", Organization, Allowed),
        Operation::ListAccountRoles => need("setup:describeUserPermissions", Organization, Allowed),
        Operation::ListPermissions => need("setup:describeUserPermissions", Account, Allowed),
        Operation::AttachUsers => need(ATTACH, Each, Everybody),
        Operation::AttachUser => need(ATTACH, Account, Allowed),
        Operation::ChangeAttachedUser => need("setup:updateUserMapping", Account, Allowed),
        Operation::DetachUser => need("setup:deleteUserMapping", Account, Allowed),
        Operation::ListGroups | Operation::GetGroup => need("setup:describeUserGroup", Organization, Allowed),
        Operation::CreateGroup => need("setup:createUserGroup", Organization, Allowed),
        Operation::UpdateGroup => need("setup:updateUserGroup", Organization, Allowed),
        Operation::DeleteGroup => need("setup:deleteUserGroup", Organization, Allowed),
        Operation::ListPolicies => need("setup:describePolicy", Organization, Allowed),
        Operation::ListAccountPolicies => need("setup:describePolicy", Account, Allowed),
        Operation::CreatePolicy => need("setup:createPolicy", Organization, Allowed),
        Operation::UpdatePolicy => need("setup:updatePolicy", Organization, Allowed),
        Operation::DeletePolicy => need("setup:deletePolicy", Organization, Allowed),
        Operation::ListPolicyActions => need("setup:describePolicyActions", Organization, Allowed),
        Operation::SetAwsCredentials
        | Operation::CreateAwsExternalId
        | Operation::SetAzureCredentials
        | Operation::ValidateAzureCredentials
        | Operation::SetAzureTenantCredentials
        | Operation::ValidateAzureTenantCredentials
        | Operation::SetGcpCredentials
        | Operation::ValidateGcpCredentials => need("setup:setAccountCredentials", Account, Allowed),
        Operation::GetAwsCredentials
        | Operation::GetAwsExternalId
        | Operation::GetAzureCredentials
        | Operation::GetGcpCredentials => need("setup:describeAccountCredentials", Account, Allowed),
        Operation::CreateSubscription => need("elastigroup:createNotification", Account, Allowed),
        Operation::ListSubscriptions | Operation::GetSubscription => {
            need("elastigroup:describeNotificationSubscription", Account, Allowed)
        }
        Operation::UpdateSubscription => need("elastigroup:updateNotificationSubscription", Account, Allowed),
        Operation::DeleteSubscription => need("elastigroup:deleteNotificationSubscription", Account, Allowed),
        Operation::CreateNotificationPolicy => need("elastigroup:createNotificationPolicy", Account, Allowed),
        // Which of them, the operation asks.
        Operation::ListNotificationPolicies | Operation::GetNotificationPolicy => {
            need("elastigroup:describeNotificationPolicy", Account, Everybody)
        }
        Operation::ListNotificationEvents | Operation::ListNotificationResources => {
            need("elastigroup:describeNotificationPolicy", Account, Allowed)
        }
        Operation::UpdateNotificationPolicy => need("elastigroup:updateNotificationPolicy", Account, Allowed),
        Operation::DeleteNotificationPolicy => need("elastigroup:deleteNotificationPolicy", Account, Allowed),
        Operation::ListAuditEvents => need("setup:describeAllAuditEvents", Organization, Allowed),
        Operation::HealthCheck | Operation::GetHealthCheck => {
            need("elastigroup:describeHealthCheck", Account, Everybody)
        }
        Operation::CreateHealthCheck => need("elastigroup:createHealthCheck", Account, Allowed),
        Operation::UpdateHealthCheck => need("elastigroup:updateHealthCheck", Account, Allowed),
        Operation::DeleteHealthCheck => need("elastigroup:deleteHealthCheck", Account, Allowed),
    }
}
