//! What both contracts answer to: the requests in which they differ, and how answers are understood.

use std::fmt;

use jiff::Timestamp;

use crate::api::spot::Contract as ContractName;
use crate::engine::base::error::VendorError;
use crate::vendors::spot::account::model::AccountUpdate;
use crate::vendors::spot::audit::model::AuditEvent;
use crate::vendors::spot::client::field::Unreadable;
use crate::vendors::spot::client::list::Count;
use crate::vendors::spot::client::reply::Reply;
use crate::vendors::spot::client::request::Request;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::credential::model::{GcpKey, NewAzureCredentials};
use crate::vendors::spot::credential::requests::{CredentialReads, CredentialValidation, ExternalIds};
use crate::vendors::spot::group::requests::GroupRequests;
use crate::vendors::spot::policy::model::{NewPolicy, PolicyUpdate};
use crate::vendors::spot::subscription::model::{NewSubscription, SubscriptionUpdate};
use crate::vendors::spot::user::model::{NewMachine, NewPerson};
use crate::vendors::spot::user::requests::{AccountRoles, UserMappings, UserPermissions};

/// How one contract asks and how it must be understood.
pub trait Contract: fmt::Debug {
    /// Which one this is.
    fn name(&self) -> ContractName;
    /// Whether it can do that.
    fn supports(&self, capability: Capability) -> bool {
        capability.contract() == self.name()
    }

    /// One account.
    fn get_account(&self, id: &str) -> Result<Request, VendorError>;
    /// Changes an account.
    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError>;
    /// All users of the organization.
    fn list_users(&self, organization: &str) -> Result<Request, VendorError>;
    /// A new person.
    fn create_person(&self, person: &NewPerson) -> Result<Request, VendorError>;
    /// A new machine user.
    fn create_machine(&self, machine: &NewMachine) -> Result<Request, VendorError>;
    /// The calls of [`Capability::UserMappings`].
    fn user_mappings(&self) -> Result<UserMappings, VendorError>;
    /// The calls of [`Capability::AccountRoles`].
    fn account_roles(&self) -> Result<AccountRoles, VendorError>;
    /// The call of [`Capability::UserPermissions`].
    fn user_permissions(&self) -> Result<UserPermissions, VendorError>;
    /// The calls of [`Capability::UserGroups`].
    fn groups(&self) -> Result<GroupRequests, VendorError>;
    /// All policies of the organization, the vendor's own included.
    fn list_policies(&self) -> Request;
    /// A new policy.
    fn create_policy(&self, policy: &NewPolicy) -> Result<Request, VendorError>;
    /// Changes a policy.
    fn update_policy(&self, id: &str, update: &PolicyUpdate) -> Result<Request, VendorError>;
    /// The call of [`Capability::PolicyActions`].
    fn list_policy_actions(&self) -> Result<Request, VendorError>;
    /// A new subscription.
    fn create_subscription(&self, account: &str, new: &NewSubscription) -> Result<Request, VendorError>;
    /// Changes a subscription.
    fn update_subscription(
        &self,
        account: &str,
        id: &str,
        update: &SubscriptionUpdate,
    ) -> Result<Request, VendorError>;
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
