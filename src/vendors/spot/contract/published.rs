//! The public `OpenAPI` document, as a gateway or mock built from it serves it (spot-published).

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::engine::base::error::VendorError;
use crate::vendors::spot::access::requests as access;
use crate::vendors::spot::account::model::AccountUpdate;
use crate::vendors::spot::account::requests as accounts;
use crate::vendors::spot::audit::decode::{audit_event, audit_items};
use crate::vendors::spot::audit::model::AuditEvent;
use crate::vendors::spot::client::field::Unreadable;
use crate::vendors::spot::client::list::Count;
use crate::vendors::spot::client::reply::{NotJson, Reply};
use crate::vendors::spot::client::request::{Request, Subject, date_time, escape, segment};
use crate::vendors::spot::contract::capability::not_supported;
use crate::vendors::spot::contract::{Contract, ContractName};
use crate::vendors::spot::credential::model::{GcpKey, NewAzureCredentials};
use crate::vendors::spot::credential::requests::{
    self as credentials, CredentialReads, CredentialValidation, ExternalIds,
};
use crate::vendors::spot::group::requests::GroupRequests;
use crate::vendors::spot::organization::requests::SUBJECT as ORGANIZATION;
use crate::vendors::spot::policy::model::{NewPolicy, PolicyContent, PolicyMember, PolicyUpdate};
use crate::vendors::spot::policy::requests::{self as policies, POLICIES};
use crate::vendors::spot::subscription::model::{NewSubscription, SubscriptionUpdate};
use crate::vendors::spot::subscription::requests as subscriptions;
use crate::vendors::spot::user::model::{MachineGrants, NewMachine, NewPerson};
use crate::vendors::spot::user::requests::{
    self as users, AccountRoles, MACHINES, UserMappings, UserPermissions,
};

/// The public document.
#[derive(Clone, Copy, Debug)]
pub struct Published;

impl Published {
    fn policy(
        self,
        name: &str,
        description: Option<&str>,
        content: &PolicyContent,
    ) -> Result<Map<String, Value>, VendorError> {
        let PolicyContent::Permissions(permissions) = content else {
            return Err(not_supported(self.name(), "has policies of permissions, not of statements"));
        };
        let mut body = policies::heading(Some(name), description);
        body.insert("permissions".to_owned(), policies::permissions(permissions));
        Ok(body)
    }

    fn subscription(self, new: &NewSubscription) -> Result<Map<String, Value>, VendorError> {
        if new.event_format.is_some() {
            return Err(not_supported(self.name(), "does not let a subscription say what is told"));
        }
        Ok(subscriptions::whole(new))
    }
}

impl Contract for Published {
    fn name(&self) -> ContractName {
        ContractName::Published
    }

    fn get_account(&self, _id: &str) -> Result<Request, VendorError> {
        Err(not_supported(self.name(), "cannot read one account"))
    }

    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError> {
        if update.slack_channels.is_some() {
            return Err(not_supported(self.name(), "has no Slack channels of accounts"));
        }
        let name = update.name.iter().map(|name| ("name".to_owned(), json!(name)));
        accounts::update(id, &name.collect())
    }

    fn list_users(&self, organization: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/organization/{}/user", segment(organization)?);
        Ok(Request::read("/setup/organization/{organizationId}/user", path, ORGANIZATION))
    }

    fn create_person(&self, person: &NewPerson) -> Result<Request, VendorError> {
        if person.password.is_some() {
            return Err(not_supported(self.name(), "makes people without a password"));
        }
        let body = Value::Object(users::person(person));
        let route = "/setup/user";
        Ok(Request::write(Method::POST, route, route.to_owned(), Subject::NOTHING).with_body(body))
    }

    fn create_machine(&self, machine: &NewMachine) -> Result<Request, VendorError> {
        let MachineGrants::Accounts(roles) = &machine.grants else {
            return Err(not_supported(self.name(), "gives a machine user no policies"));
        };
        let mut body = users::machine(machine);
        body.insert("accounts".to_owned(), access::accounts(roles));
        Ok(Request::write(Method::POST, MACHINES, MACHINES.to_owned(), Subject::NOTHING)
            .with_body(Value::Object(body)))
    }

    fn user_mappings(&self) -> Result<UserMappings, VendorError> {
        Err(not_supported(self.name(), "gives users no policies and no groups"))
    }

    fn account_roles(&self) -> Result<AccountRoles, VendorError> {
        Err(not_supported(self.name(), "does not tell a person's roles in accounts"))
    }

    fn user_permissions(&self) -> Result<UserPermissions, VendorError> {
        Ok(UserPermissions)
    }

    fn groups(&self) -> Result<GroupRequests, VendorError> {
        Err(not_supported(self.name(), "has no groups of users"))
    }

    fn list_policies(&self) -> Request {
        Request::read(POLICIES, POLICIES.to_owned(), Subject::NOTHING)
    }

    fn create_policy(&self, policy: &NewPolicy) -> Result<Request, VendorError> {
        if policy.policy_type.is_some() {
            return Err(not_supported(self.name(), "has one type of policy"));
        }
        let body = self.policy(&policy.name, policy.description.as_deref(), &policy.content)?;
        Ok(policies::create(&body))
    }

    /// All of it, as at its creation. A description that is to go is sent empty: a server that keeps
    /// what is not sent would keep it.
    fn update_policy(&self, id: &str, update: &PolicyUpdate) -> Result<Request, VendorError> {
        let goes = update.changed.contains(&PolicyMember::Description).then_some("");
        let body = self.policy(&update.name, update.description.as_deref().or(goes), &update.content)?;
        policies::update(id, &body)
    }

    fn list_policy_actions(&self) -> Result<Request, VendorError> {
        Err(not_supported(self.name(), "does not list what a policy can allow"))
    }

    fn create_subscription(&self, account: &str, new: &NewSubscription) -> Result<Request, VendorError> {
        subscriptions::create(account, &self.subscription(new)?)
    }

    /// All of it, as at its creation.
    fn update_subscription(
        &self,
        account: &str,
        id: &str,
        update: &SubscriptionUpdate,
    ) -> Result<Request, VendorError> {
        subscriptions::update(account, id, &self.subscription(&update.whole)?)
    }

    fn set_azure(&self, account: &str, azure: &NewAzureCredentials) -> Result<Request, VendorError> {
        if azure.public.expiration.is_some() {
            return Err(not_supported(self.name(), "does not take when Azure credentials expire"));
        }
        let body = json!({ "credentials": credentials::azure(azure) });
        credentials::set("/setup/credentials/azure", account, body)
    }

    fn set_gcp(&self, account: &str, key: &GcpKey) -> Result<Request, VendorError> {
        let body = json!({"credentials": {"serviceAccount": credentials::service_account(key)}});
        credentials::set("/setup/credentials/gcp", account, body)
    }

    fn credential_reads(&self) -> Result<CredentialReads, VendorError> {
        Err(not_supported(self.name(), "does not tell an account's credentials"))
    }

    fn credential_validation(&self) -> Result<CredentialValidation, VendorError> {
        Err(not_supported(self.name(), "does not try credentials"))
    }

    fn external_ids(&self) -> Result<ExternalIds, VendorError> {
        Err(not_supported(self.name(), "has no external ids"))
    }

    fn audit_events(&self, from: Timestamp, to: Timestamp) -> Request {
        let moment = |moment| escape(&date_time(moment));
        let path = format!("/audit/events?fromDate={}&toDate={}", moment(from), moment(to));
        Request::read("/audit/events", path, Subject::NOTHING)
    }

    /// The answer has no declared form, so what cannot be read is passed over.
    fn read_audit_events(&self, reply: &Reply) -> Result<Vec<AuditEvent>, Unreadable> {
        let items = audit_items(reply).ok_or("no list of events")?;
        Ok(items.iter().filter_map(|item| audit_event(item).ok()).collect())
    }

    /// There is no id in it: the organization of the token is deleted.
    fn delete_organization(&self, _organization: &str) -> Result<Request, VendorError> {
        let route = "/setup/organization";
        Ok(Request::write(Method::DELETE, route, route.to_owned(), Subject::NOTHING))
    }

    fn count(&self) -> Count {
        Count::Optional
    }

    /// Most answers are untyped: any body will do, unless it is a page of something in between, is
    /// cut off, or says that it failed.
    fn is_success(&self, reply: &Reply) -> bool {
        reply.status.is_success()
            && !reply.is_vendor_error()
            && matches!(reply.json(), Ok(_) | Err(NotJson::Empty | NotJson::Text))
    }

    fn is_refusal(&self, reply: &Reply) -> bool {
        reply.status.is_client_error() && reply.status != StatusCode::REQUEST_TIMEOUT
    }

    /// A 404 with JSON is the server's own; a page or nothing may be a proxy's.
    fn is_absent_by_status(&self, reply: &Reply) -> bool {
        reply.status == StatusCode::NOT_FOUND && reply.json().is_ok()
    }
}
