//! The live service, as its own clients use it (spot-wire).

use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::engine::base::error::VendorError;
use crate::vendors::spot::access::requests as access;
use crate::vendors::spot::account::model::AccountUpdate;
use crate::vendors::spot::account::requests as accounts;
use crate::vendors::spot::audit::decode::audit_event;
use crate::vendors::spot::audit::model::AuditEvent;
use crate::vendors::spot::client::field::Unreadable;
use crate::vendors::spot::client::list::{Count, whole_list};
use crate::vendors::spot::client::reply::Reply;
use crate::vendors::spot::client::request::{Request, Subject, segment};
use crate::vendors::spot::contract::capability::not_supported;
use crate::vendors::spot::contract::{Contract, ContractName};
use crate::vendors::spot::credential::model::{GcpKey, NewAzureCredentials};
use crate::vendors::spot::credential::requests::{
    self as credentials, CredentialReads, CredentialValidation, ExternalIds,
};
use crate::vendors::spot::group::requests::GroupRequests;
use crate::vendors::spot::organization::requests::SUBJECT as ORGANIZATION;
use crate::vendors::spot::policy::model::{NewPolicy, PolicyContent, PolicyMember, PolicyUpdate};
use crate::vendors::spot::policy::requests as policies;
use crate::vendors::spot::subscription::model::{NewSubscription, SubscriptionUpdate};
use crate::vendors::spot::subscription::requests as subscriptions;
use crate::vendors::spot::user::model::{MachineGrants, NewMachine, NewPerson};
use crate::vendors::spot::user::requests::{
    self as users, AccountRoles, MACHINES, UserMappings, UserPermissions,
};

/// The live service.
#[derive(Clone, Copy, Debug)]
pub struct Production;

impl Production {
    fn policy_content(self, content: &PolicyContent) -> Result<Value, VendorError> {
        match content {
            PolicyContent::Statements(statements) => Ok(policies::statements(statements)),
            PolicyContent::Permissions(_) => {
                Err(not_supported(self.name(), "has policies of statements, not of permissions"))
            }
        }
    }
}

/// The list of users: the organization is the token's (spot-wire §2.3). Its path also tells the
/// contracts apart.
const USERS: &str = "/setup/organization/user";

impl Contract for Production {
    fn name(&self) -> ContractName {
        ContractName::Production
    }

    fn get_account(&self, id: &str) -> Result<Request, VendorError> {
        accounts::get(id)
    }

    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError> {
        let mut account = Map::new();
        if let Some(name) = &update.name {
            account.insert("name".to_owned(), json!(name));
        }
        if let Some(channels) = &update.slack_channels {
            let channels: Vec<Value> = channels.iter().map(|url| json!(url.expose_secret())).collect();
            account.insert("slackNotificationChannels".to_owned(), Value::Array(channels));
        }
        accounts::update(id, &account)
    }

    fn list_users(&self, _organization: &str) -> Result<Request, VendorError> {
        Ok(Request::read(USERS, USERS.to_owned(), Subject::NOTHING))
    }

    /// A person's token is not asked for: people make their own (spot-wire §2.3).
    fn create_person(&self, person: &NewPerson) -> Result<Request, VendorError> {
        let mut body = users::person(person);
        if let Some(password) = &person.password {
            body.insert("password".to_owned(), json!(password.expose_secret()));
        }
        let path = "/setup/user?generateToken=false".to_owned();
        Ok(Request::write(Method::POST, "/setup/user", path, Subject::NOTHING).with_body(Value::Object(body)))
    }

    fn create_machine(&self, machine: &NewMachine) -> Result<Request, VendorError> {
        let mut body = users::machine(machine);
        match &machine.grants {
            MachineGrants::Accounts(roles) => body.insert("accounts".to_owned(), access::accounts(roles)),
            MachineGrants::Policies(mappings) => {
                body.insert("policies".to_owned(), access::policies(mappings))
            }
        };
        Ok(Request::write(Method::POST, MACHINES, MACHINES.to_owned(), Subject::NOTHING)
            .with_body(Value::Object(body)))
    }

    fn user_mappings(&self) -> Result<UserMappings, VendorError> {
        Ok(UserMappings)
    }

    fn account_roles(&self) -> Result<AccountRoles, VendorError> {
        Ok(AccountRoles)
    }

    fn user_permissions(&self) -> Result<UserPermissions, VendorError> {
        Err(not_supported(self.name(), "does not set a user's permissions in one call"))
    }

    fn groups(&self) -> Result<GroupRequests, VendorError> {
        Ok(GroupRequests)
    }

    fn list_policies(&self) -> Request {
        let route = "/setup/organization/policy";
        Request::read(route, route.to_owned(), Subject::NOTHING)
    }

    fn create_policy(&self, policy: &NewPolicy) -> Result<Request, VendorError> {
        let mut body = policies::heading(Some(&policy.name), policy.description.as_deref());
        if let Some(made_for) = policy.policy_type {
            body.insert("type".to_owned(), json!(made_for.as_str()));
        }
        body.insert("policyContent".to_owned(), self.policy_content(&policy.content)?);
        Ok(policies::create(&body))
    }

    /// Only what is new; what a policy says is replaced as a whole (spot-wire §2.5).
    fn update_policy(&self, id: &str, update: &PolicyUpdate) -> Result<Request, VendorError> {
        let changed = |member| update.changed.contains(&member);
        let name = changed(PolicyMember::Name).then_some(update.name.as_str());
        let description = update.description.as_deref().unwrap_or_default();
        let mut body = policies::heading(name, changed(PolicyMember::Description).then_some(description));
        if changed(PolicyMember::Content) {
            body.insert("policyContent".to_owned(), self.policy_content(&update.content)?);
        }
        policies::update(id, &body)
    }

    fn list_policy_actions(&self) -> Result<Request, VendorError> {
        let route = "/setup/access/policyAction";
        Ok(Request::read(route, route.to_owned(), Subject::NOTHING))
    }

    fn create_subscription(&self, account: &str, new: &NewSubscription) -> Result<Request, VendorError> {
        let mut body = subscriptions::whole(new);
        if let Some(format) = &new.event_format {
            body.insert("eventFormat".to_owned(), format.clone());
        }
        subscriptions::create(account, &body)
    }

    /// Only what is new (spot-wire §2.7).
    fn update_subscription(
        &self,
        account: &str,
        id: &str,
        update: &SubscriptionUpdate,
    ) -> Result<Request, VendorError> {
        subscriptions::update(account, id, &subscriptions::changed(update))
    }

    fn set_azure(&self, account: &str, azure: &NewAzureCredentials) -> Result<Request, VendorError> {
        credentials::set_azure(account, azure)
    }

    fn set_gcp(&self, account: &str, key: &GcpKey) -> Result<Request, VendorError> {
        credentials::set_gcp(account, key)
    }

    fn credential_reads(&self) -> Result<CredentialReads, VendorError> {
        Ok(CredentialReads)
    }

    fn credential_validation(&self) -> Result<CredentialValidation, VendorError> {
        Ok(CredentialValidation)
    }

    fn external_ids(&self) -> Result<ExternalIds, VendorError> {
        Ok(ExternalIds)
    }

    /// Both times are required, in milliseconds (spot-wire §2.8).
    fn audit_events(&self, from: Timestamp, to: Timestamp) -> Request {
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let path = format!("/audit/events?fromDate={from}&toDate={to}");
        Request::read("/audit/events", path, Subject::NOTHING)
    }

    fn read_audit_events(&self, reply: &Reply) -> Result<Vec<AuditEvent>, Unreadable> {
        whole_list(reply, self.count())?.iter().map(audit_event).collect()
    }

    fn delete_organization(&self, organization: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/organization/{}", segment(organization)?);
        let route = "/setup/organization/{organizationId}";
        Ok(Request::write(Method::DELETE, route, path, ORGANIZATION))
    }

    fn count(&self) -> Count {
        Count::Required
    }

    /// Always 200, always with the envelope (spot-wire §1).
    fn is_success(&self, reply: &Reply) -> bool {
        reply.status == StatusCode::OK && reply.code() == Some(200) && !reply.is_vendor_error()
    }

    fn is_refusal(&self, reply: &Reply) -> bool {
        reply.status.is_client_error() && reply.is_vendor_error()
    }

    /// The live service answers 400 with a code; a 404 is somebody else's (spot-wire §1).
    fn is_absent_by_status(&self, _reply: &Reply) -> bool {
        false
    }
}
