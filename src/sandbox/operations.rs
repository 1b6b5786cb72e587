//! The operations: what each is called, who may, and what carries it out.

use super::call::Call;
use super::envelope::Success;
use super::refusal::Refusal;
use super::{account_users, accounts, audit, groups, health, organizations, policies, programmatic, users};

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
    GetUser,
    DeleteUser,
    SetUserPolicies,
    SetUserGroups,
    /// Published's form: role and accounts in one.
    UpdateUserPermissions,
    ListAccountRoles,
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
    ListAuditEvents,
    HealthCheck,
}

impl Operation {
    /// Whether its answer is a list of a whole collection.
    pub(super) const fn is_list(self) -> bool {
        matches!(
            self,
            Self::ListAccounts
                | Self::ListUsers
                | Self::ListMappedUsers
                | Self::ListAccountRoles
                | Self::ListGroups
                | Self::ListPolicies
                | Self::ListAccountPolicies
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
            Self::ListAccounts
            | Self::GetAccount
            | Self::ListUsers
            | Self::ListMappedUsers
            | Self::GetUser
            | Self::ListAccountRoles
            | Self::ListGroups
            | Self::GetGroup
            | Self::ListPolicies
            | Self::ListAccountPolicies
            | Self::ListAuditEvents
            | Self::HealthCheck => return None,
        })
    }

    /// Whether only an organization administrator may. Where the vendor names finer permissions,
    /// the sandbox does not know them.
    fn needs_administrator(self, call: &Call<'_>) -> bool {
        match self {
            Self::HealthCheck | Self::GetAccount => false,
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
        Operation::GetUser => users::get(call),
        Operation::DeleteUser => users::delete(call),
        Operation::SetUserPolicies => users::set_policies(call),
        Operation::SetUserGroups => users::set_groups(call),
        Operation::UpdateUserPermissions => users::update_permissions(call),
        Operation::ListAccountRoles => account_users::list(call),
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
        Operation::ListAuditEvents => audit::list(call),
        Operation::HealthCheck => health::check(call),
    }
}
