//! The operations: what each is called, who may, and what carries it out.

use super::call::Call;
use super::credentials::{aws, azure, gcp};
use super::envelope::Success;
use super::refusal::Refusal;
use super::{
    account_users, accounts, audit, groups, health, organizations, policies, policy_actions, programmatic,
    subscriptions, users,
};

/// An operation that some contract has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
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
    ListAuditEvents,
    /// A sign of life in the document, a list in the live service.
    HealthCheck,
    CreateHealthCheck,
    GetHealthCheck,
    UpdateHealthCheck,
    DeleteHealthCheck,
}

impl Operation {
    /// Its name, as the vendor writes names: `createAccount`.
    pub(super) fn name(self) -> String {
        let mut name = format!("{self:?}");
        name[..1].make_ascii_lowercase();
        name
    }

    /// Whether its answer is a list of a whole collection.
    pub(super) const fn is_list(self) -> bool {
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
                | Self::ListAuditEvents
                | Self::HealthCheck
        )
    }

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
            | Self::ListAuditEvents
            | Self::HealthCheck
            | Self::GetHealthCheck => return None,
        })
    }

    /// Whether only an organization administrator may. Where the vendor names finer permissions,
    /// the sandbox does not know them.
    fn needs_administrator(self, call: &Call<'_>) -> bool {
        match self {
            Self::HealthCheck | Self::GetHealthCheck | Self::GetAccount => false,
            Self::ListAccounts => accounts::cloud_account(call).is_none(),
            _ => true,
        }
    }
}

/// Carries an operation out, if the caller may.
pub(super) fn carry_out(operation: Operation, call: &mut Call<'_>) -> Result<Success, Refusal> {
    if operation.needs_administrator(call) && !call.is_administrator() {
        return Err(Refusal::Forbidden("this needs an organization administrator".to_owned()));
    }
    match operation {
        Operation::CreateOrganization => organizations::create(call),
        Operation::DeleteOrganization => organizations::delete(call),
        Operation::DeleteOwnOrganization => Ok(organizations::delete_own(call)),
        Operation::CreateAccount => accounts::create(call),
        Operation::ListAccounts => Ok(accounts::list(call)),
        Operation::GetAccount => accounts::get(call),
        Operation::UpdateAccount => accounts::update(call),
        Operation::DeleteAccount => accounts::delete(call),
        Operation::ListUsers => users::list(call),
        Operation::CreateUser => users::create(call),
        Operation::ListMappedUsers => users::list_mapped(call),
        Operation::CreateProgrammaticUser => programmatic::create(call),
        Operation::ListProgrammaticUsers => Ok(programmatic::list(call)),
        Operation::GetProgrammaticUser => programmatic::get(call),
        Operation::GetUser => users::get(call),
        Operation::DeleteUser => users::delete(call),
        Operation::SetUserPolicies => users::set_policies(call),
        Operation::SetUserGroups => users::set_groups(call),
        Operation::UpdateUserPermissions => users::update_permissions(call),
        Operation::ListAccountRoles => account_users::list(call),
        Operation::ListPermissions => account_users::list_permissions(call),
        Operation::AttachUsers => account_users::attach_many(call),
        Operation::AttachUser => account_users::attach(call),
        Operation::ChangeAttachedUser => account_users::change(call),
        Operation::DetachUser => account_users::detach(call),
        Operation::ListGroups => Ok(groups::list(call)),
        Operation::CreateGroup => groups::create(call),
        Operation::GetGroup => groups::get(call),
        Operation::UpdateGroup => groups::update(call),
        Operation::DeleteGroup => groups::delete(call),
        Operation::SetGroupUsers => groups::set_users(call),
        Operation::SetGroupPolicies => groups::set_policies(call),
        Operation::ListPolicies => Ok(policies::list(call)),
        Operation::ListAccountPolicies => policies::list_of_account(call),
        Operation::CreatePolicy => policies::create(call),
        Operation::UpdatePolicy => policies::update(call),
        Operation::DeletePolicy => policies::delete(call),
        Operation::ListPolicyActions => Ok(policy_actions::list(call)),
        Operation::SetAwsCredentials => aws::set(call),
        Operation::GetAwsCredentials => aws::get(call),
        Operation::CreateAwsExternalId => aws::request_external_id(call),
        Operation::GetAwsExternalId => aws::get_external_id(call),
        Operation::SetAzureCredentials => azure::set(call),
        Operation::GetAzureCredentials => azure::get(call),
        Operation::ValidateAzureCredentials => azure::validate(call),
        Operation::SetAzureTenantCredentials => azure::set_of_tenant(call),
        Operation::ValidateAzureTenantCredentials => azure::validate_of_tenant(call),
        Operation::SetGcpCredentials => gcp::set(call),
        Operation::GetGcpCredentials => gcp::get(call),
        Operation::ValidateGcpCredentials => gcp::validate(call),
        Operation::CreateSubscription => subscriptions::create(call),
        Operation::ListSubscriptions => subscriptions::list(call),
        Operation::GetSubscription => subscriptions::get(call),
        Operation::UpdateSubscription => subscriptions::update(call),
        Operation::DeleteSubscription => subscriptions::delete(call),
        Operation::ListAuditEvents => audit::list(call),
        Operation::HealthCheck => health::check(call),
        Operation::CreateHealthCheck => health::create(call),
        Operation::GetHealthCheck => health::get(call),
        Operation::UpdateHealthCheck => health::update(call),
        Operation::DeleteHealthCheck => health::delete(call),
    }
}
