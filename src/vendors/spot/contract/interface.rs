//! What both contracts answer to.

use std::fmt;

use http::Method;
use jiff::Timestamp;

use crate::api::spot::Contract as ContractName;
use crate::engine::base::error::VendorError;
use crate::vendors::spot::contract::request::{ACCOUNT, USER, segment};
use crate::vendors::spot::contract::{
    AccountRoles, Capability, CredentialReads, CredentialValidation, ExternalIds, Groups, Request, Subject,
    UserMappings, UserPermissions, credentials, policies, subscriptions,
};
use crate::vendors::spot::decode::{Count, Unreadable};
use crate::vendors::spot::model::{
    AccountUpdate, AuditEvent, GcpKey, NewAzureCredentials, NewMachine, NewPerson, NewPolicy,
    NewSubscription, PolicyUpdate, SubscriptionUpdate,
};
use crate::vendors::spot::reply::Reply;

/// How one contract asks and how it must be understood.
pub trait Contract: fmt::Debug {
    /// Which one this is.
    fn name(&self) -> ContractName;
    /// Whether it can do that.
    fn supports(&self, capability: Capability) -> bool;

    /// All accounts of the token's organization.
    fn list_accounts(&self) -> Request {
        Request::read("/setup/account", "/setup/account".to_owned(), Subject::Nothing)
    }
    /// One account.
    fn get_account(&self, id: &str) -> Result<Request, VendorError>;
    /// A new account.
    fn create_account(&self, name: &str) -> Request {
        let body = serde_json::json!({"account": {"name": name}});
        Request::write(Method::POST, "/setup/account", "/setup/account".to_owned(), Subject::Nothing)
            .with_body(body)
    }
    /// Changes an account.
    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError>;
    /// Deletes an account.
    fn delete_account(&self, id: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/account/{}", segment(id)?);
        Ok(Request::write(Method::DELETE, ACCOUNT, path, Subject::Account))
    }
    /// All users of the organization.
    fn list_users(&self, organization: &str) -> Result<Request, VendorError>;
    /// One user.
    fn get_user(&self, id: &str) -> Result<Request, VendorError> {
        Ok(Request::read(USER, format!("/setup/user/{}", segment(id)?), Subject::User))
    }
    /// A new person.
    fn create_person(&self, person: &NewPerson) -> Result<Request, VendorError>;
    /// A new machine user.
    fn create_machine(&self, machine: &NewMachine) -> Result<Request, VendorError>;
    /// Deletes a user, with its tokens.
    fn delete_user(&self, id: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/user/{}", segment(id)?);
        Ok(Request::write(Method::DELETE, USER, path, Subject::User))
    }
    /// The calls of [`Capability::UserMappings`].
    fn user_mappings(&self) -> Result<UserMappings, VendorError>;
    /// The calls of [`Capability::AccountRoles`].
    fn account_roles(&self) -> Result<AccountRoles, VendorError>;
    /// The call of [`Capability::UserPermissions`].
    fn user_permissions(&self) -> Result<UserPermissions, VendorError>;
    /// The calls of [`Capability::UserGroups`].
    fn groups(&self) -> Result<Groups, VendorError>;
    /// All policies of the organization, the vendor's own included.
    fn list_policies(&self) -> Request;
    /// A new policy.
    fn create_policy(&self, policy: &NewPolicy) -> Result<Request, VendorError>;
    /// Changes a policy.
    fn update_policy(&self, id: &str, update: &PolicyUpdate) -> Result<Request, VendorError>;
    /// Deletes a policy.
    fn delete_policy(&self, id: &str) -> Result<Request, VendorError> {
        policies::delete(id)
    }
    /// The call of [`Capability::PolicyActions`].
    fn list_policy_actions(&self) -> Result<Request, VendorError>;
    /// All subscriptions of an account.
    fn list_subscriptions(&self, account: &str) -> Result<Request, VendorError> {
        subscriptions::list(account)
    }
    /// One subscription.
    fn get_subscription(&self, account: &str, id: &str) -> Result<Request, VendorError> {
        subscriptions::get(account, id)
    }
    /// A new subscription.
    fn create_subscription(&self, account: &str, new: &NewSubscription) -> Result<Request, VendorError>;
    /// Changes a subscription.
    fn update_subscription(
        &self,
        account: &str,
        id: &str,
        update: &SubscriptionUpdate,
    ) -> Result<Request, VendorError>;
    /// Deletes a subscription.
    fn delete_subscription(&self, account: &str, id: &str) -> Result<Request, VendorError> {
        subscriptions::delete(account, id)
    }
    /// Lets the vendor into an AWS account.
    fn set_aws(&self, account: &str, iam_role: &str) -> Result<Request, VendorError> {
        credentials::set_aws(account, iam_role)
    }
    /// Lets the vendor into an Azure subscription.
    fn set_azure(&self, account: &str, azure: &NewAzureCredentials) -> Result<Request, VendorError>;
    /// Lets the vendor into a GCP project.
    fn set_gcp(&self, account: &str, key: &GcpKey) -> Result<Request, VendorError>;
    /// The calls of [`Capability::CredentialReads`].
    fn credential_reads(&self) -> Result<CredentialReads, VendorError>;
    /// The calls of [`Capability::CredentialValidation`].
    fn credential_validation(&self) -> Result<CredentialValidation, VendorError>;
    /// The calls of [`Capability::ExternalIds`].
    fn external_ids(&self) -> Result<ExternalIds, VendorError>;
    /// What was done between the two times.
    fn audit_events(&self, from: Timestamp, to: Timestamp) -> Request;
    /// The events of such an answer.
    fn read_audit_events(&self, reply: &Reply) -> Result<Vec<AuditEvent>, Unreadable>;
    /// A new organization. The name has nowhere to go in the document; it is sent as the live
    /// service takes it (spot-published note 1).
    fn create_organization(&self, name: &str) -> Request {
        let body = serde_json::json!({"organization": {"name": name}});
        let route = "/setup/organization";
        Request::write(Method::POST, route, route.to_owned(), Subject::Nothing).with_body(body)
    }
    /// Deletes an organization.
    fn delete_organization(&self, organization: &str) -> Result<Request, VendorError>;

    /// Whether a list must say how long it is.
    fn count(&self) -> Count;
    /// Whether this answer means that a write was carried out.
    fn is_success(&self, reply: &Reply) -> bool;
    /// Whether this answer, which is no success and no 429, means that nothing was carried out (rule 4).
    fn is_refusal(&self, reply: &Reply) -> bool;
    /// Whether this refusal says by its status alone that the object named in the path is absent.
    fn is_absent_by_status(&self, reply: &Reply) -> bool;
}
