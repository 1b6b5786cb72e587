//! Which operation is carried out by what, and who may.

mod account_users;
pub(super) mod accounts;
mod audit;
mod credentials;
mod groups;
mod health;
mod mappings;
mod notification_policies;
mod organizations;
mod policies;
mod policy_actions;
mod programmatic;
mod subscriptions;
mod users;

use self::credentials::{aws, azure, gcp};
use super::call::Call;
use super::envelope::Success;
use super::operation::Operation;
use super::refusal::Refusal;
use super::rights::need_of;

/// Carries an operation out, if the caller may.
pub(super) fn carry_out(operation: Operation, call: &mut Call<'_>) -> Result<Success, Refusal> {
    call.must_be_given(need_of(operation, call))?;
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
        Operation::CreateNotificationPolicy => notification_policies::create(call),
        Operation::ListNotificationPolicies => Ok(notification_policies::list(call)),
        Operation::GetNotificationPolicy => notification_policies::get(call),
        Operation::UpdateNotificationPolicy => notification_policies::update(call),
        Operation::DeleteNotificationPolicy => notification_policies::delete(call),
        Operation::ListNotificationEvents => notification_policies::list_events(call),
        Operation::ListNotificationResources => notification_policies::list_resources(call),
        Operation::ListAuditEvents => audit::list(call),
        Operation::HealthCheck => health::check(call),
        Operation::CreateHealthCheck => health::create(call),
        Operation::GetHealthCheck => health::get(call),
        Operation::UpdateHealthCheck => health::update(call),
        Operation::DeleteHealthCheck => health::delete(call),
    }
}
