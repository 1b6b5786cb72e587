//! A run of every call that the client has, and of a request for every operation that it does not
//! call.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use jiff::SignedDuration;
use orgkeeper::api::spot::Contract;
use orgkeeper::engine::base::error::{Failure, VendorError};
use orgkeeper::vendors::spot::access::model::{AccountRole, AccountScope, PolicyMapping};
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::account::model::AccountUpdate;
use orgkeeper::vendors::spot::audit::calls::AuditCalls;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::credential::calls::CredentialCalls;
use orgkeeper::vendors::spot::group::calls::GroupCalls;
use orgkeeper::vendors::spot::group::model::NewGroup;
use orgkeeper::vendors::spot::notification_policy::calls::NotificationPolicyCalls;
use orgkeeper::vendors::spot::notification_policy::model::PolicyMembers;
use orgkeeper::vendors::spot::organization::calls::OrganizationCalls;
use orgkeeper::vendors::spot::policy::calls::PolicyCalls;
use orgkeeper::vendors::spot::policy::model::{
    NewPolicy, Permission, PolicyContent, PolicyEffect, PolicyMember, PolicyUpdate, Statement,
};
use orgkeeper::vendors::spot::subscription::calls::SubscriptionCalls;
use orgkeeper::vendors::spot::subscription::model::{SubscriptionMember, SubscriptionUpdate};
use orgkeeper::vendors::spot::user::calls::UserCalls;
use orgkeeper::vendors::spot::user::model::{MachineGrants, NewMachine, NewPerson, PersonRole};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::table::Route;
use crate::vendor::{ORGANIZATION, RESOURCE, TOKEN, Vendor, azure, gcp, notification_policy, subscription};

/// Makes a call of the client, and notes by which routes it went, under the call's own name.
macro_rules! call {
    ($run:tt, $calls:ident::$name:ident($($argument:expr),*)) => {{
        let outcome = $calls(&$run.client).$name($($argument),*).await;
        $run.note(concat!(stringify!($calls), "::", stringify!($name)), outcome)
    }};
}

/// A run against one vendor.
pub struct Run {
    pub contract: Contract,
    pub vendor: Vendor,
    client: SpotClient,
    /// The client's calls that were sent, by the route that they took.
    pub sent: BTreeMap<Route, BTreeSet<&'static str>>,
    /// All calls that were tried.
    pub tried: BTreeSet<&'static str>,
    /// How many requests of the log are noted.
    noted: u64,
}

impl Run {
    pub fn new(contract: Contract) -> Self {
        let vendor = Vendor::new(contract);
        let client = vendor.client();
        Self { contract, vendor, client, sent: BTreeMap::new(), tried: BTreeSet::new(), noted: 0 }
    }

    /// What a call brought; nothing where the contract has no such call, which is then not sent.
    fn note<T>(&mut self, name: &'static str, outcome: Result<T, VendorError>) -> Option<T> {
        self.tried.insert(name);
        let log = self.new_requests();
        match outcome {
            Err(error) if error.failure == Failure::NotSupported => {
                assert!(log.is_empty(), "{name} was sent all the same");
                None
            }
            Err(error) => panic!("{:?} {name}: {error}", self.contract),
            Ok(value) => {
                for route in log {
                    self.sent.entry(route).or_default().insert(name);
                }
                Some(value)
            }
        }
    }

    fn new_requests(&mut self) -> Vec<Route> {
        let sandbox = self.vendor.sandbox();
        let new = sandbox.requests().entries().filter(|entry| entry.number > self.noted);
        let routes = new.map(|entry| (entry.method.clone(), entry.route.clone())).collect();
        self.noted = sandbox.requests().total();
        routes
    }

    /// The routes by which something was carried out, by the sandbox's own counters.
    pub fn exercised(&self) -> BTreeSet<Route> {
        let sandbox = self.vendor.sandbox();
        let log = sandbox.requests();
        let routes = log.entries().map(|entry| (entry.method.clone(), entry.route.clone()));
        let carried_out = |(method, route): &Route| {
            let counter = log.counter(method, route);
            counter.requests > counter.refused
        };
        routes.filter(carried_out).collect()
    }

    /// A request that is not the client's; the first item of its answer.
    fn request(&mut self, method: &Method, target: &str, body: &Value) -> Value {
        let answer = self.vendor.raw(method.clone(), target, body);
        assert_eq!(answer.status, 200, "{method} {target}: {}", answer.value());
        self.new_requests();
        answer.value().pointer("/response/items/0").cloned().unwrap_or_default()
    }

    /// Every call of the client, and what it does not call.
    pub async fn all(&mut self) {
        let account = self.accounts().await;
        self.credentials(&account).await;
        self.subscriptions().await;
        self.notification_policies().await;
        let policy = self.policies().await;
        self.people(&account, &policy).await;
        self.machines(&account).await;
        self.others(&account);
        call!(self, PolicyCalls::delete(&policy));
        call!(self, AccountCalls::delete(&account));
        // At last: in Published the token goes with it.
        let organization = call!(self, OrganizationCalls::create("Acme")).expect("an organization");
        call!(self, OrganizationCalls::delete(&organization.id.expect("an id")));
    }

    /// A new account.
    async fn accounts(&mut self) -> String {
        let created = call!(self, AccountCalls::create("a")).expect("an account");
        let account = created.id.expect("an id");
        let rename = AccountUpdate { name: Some("b".into()), slack_channels: None };
        call!(self, AccountCalls::update(&account, &rename));
        call!(self, AccountCalls::list());
        call!(self, AccountCalls::get(&account));
        call!(self, OrganizationCalls::token_accepted(&SecretString::from(TOKEN)));
        let hour = SignedDuration::from_hours(1);
        let (from, to) = (self.vendor.now() - hour, self.vendor.now() + hour);
        call!(self, AuditCalls::list(from, to));
        account
    }

    async fn credentials(&mut self, account: &str) {
        let in_azure = call!(self, AccountCalls::create("azure")).and_then(|made| made.id).expect("an id");
        let in_gcp = call!(self, AccountCalls::create("gcp")).and_then(|made| made.id).expect("an id");
        call!(self, CredentialCalls::request_external_id(account));
        call!(self, CredentialCalls::external_id(account));
        call!(self, CredentialCalls::set_aws(account, "arn:aws:iam::123456789012:role/spot"));
        call!(self, CredentialCalls::get_aws(account));
        let application = azure("client", "secret");
        call!(self, CredentialCalls::validate_azure(&in_azure, &application));
        call!(self, CredentialCalls::set_azure(&in_azure, &application));
        call!(self, CredentialCalls::get_azure(&in_azure));
        let key = gcp("robot@project.example", "key");
        call!(self, CredentialCalls::validate_gcp(&in_gcp, &key));
        call!(self, CredentialCalls::set_gcp(&in_gcp, &key));
        call!(self, CredentialCalls::get_gcp(&in_gcp));
    }

    async fn subscriptions(&mut self) {
        let account = self.vendor.default_account();
        let new = subscription(RESOURCE, "web", "https://hooks.example.com/a");
        let made = call!(self, SubscriptionCalls::create(&account, &new)).expect("a subscription");
        let id = made.id.expect("an id");
        let changed = [SubscriptionMember::EventType].into();
        let update = SubscriptionUpdate { whole: new, changed };
        call!(self, SubscriptionCalls::update(&account, &id, &update));
        call!(self, SubscriptionCalls::list(&account));
        call!(self, SubscriptionCalls::get(&account, &id));
        call!(self, SubscriptionCalls::delete(&account, &id));
    }

    async fn notification_policies(&mut self) {
        let account = self.vendor.default_account();
        let new = notification_policy();
        let made = call!(self, NotificationPolicyCalls::create(&account, "public", &new));
        let id = made.map_or_else(|| "snp-1".into(), |made| made.id.expect("an id"));
        let rename = PolicyMembers { name: Some("other".into()), ..PolicyMembers::default() };
        call!(self, NotificationPolicyCalls::update(&account, &id, &rename));
        call!(self, NotificationPolicyCalls::list());
        call!(self, NotificationPolicyCalls::list_events(&account));
        call!(self, NotificationPolicyCalls::get(&account, &id));
        call!(self, NotificationPolicyCalls::delete(&account, &id));
    }

    /// A new policy.
    async fn policies(&mut self) -> String {
        let content = match self.contract {
            Contract::Production => PolicyContent::Statements(vec![Statement {
                effect: PolicyEffect::Allow,
                actions: vec!["ocean:*".into()],
                resources: vec!["*".into()],
                condition: None,
            }]),
            Contract::Published => PolicyContent::Permissions(vec![Permission {
                service_id: "ocean".into(),
                actions: vec!["describe".into()],
            }]),
        };
        let name = || "read".to_owned();
        let new = NewPolicy { name: name(), description: None, policy_type: None, content: content.clone() };
        let id = call!(self, PolicyCalls::create(&new)).and_then(|made| made.id).expect("an id");
        let changed = [PolicyMember::Content].into();
        call!(
            self,
            PolicyCalls::update(&id, &PolicyUpdate { name: name(), description: None, content, changed })
        );
        call!(self, PolicyCalls::list());
        call!(self, PolicyCalls::list_actions());
        id
    }

    async fn people(&mut self, account: &str, policy: &str) {
        let email = "jo@example.com";
        let person = NewPerson {
            email: email.into(),
            first_name: "Jo".into(),
            last_name: "Doe".into(),
            role: PersonRole::Viewer,
            password: None,
        };
        let id = call!(self, UserCalls::create_person(&person)).and_then(|made| made.id).expect("an id");
        call!(self, UserCalls::list(ORGANIZATION));
        call!(self, UserCalls::get(&id));
        let roles = [(account.to_owned(), AccountRole::Editor)];
        call!(self, UserCalls::set_published_permissions(&id, Some(PersonRole::Editor), Some(&roles)));
        call!(self, UserCalls::attach_account_role(account, email, &AccountRole::Viewer));
        call!(self, UserCalls::change_account_role(account, email, &AccountRole::Editor));
        call!(self, UserCalls::account_roles(email));
        call!(self, UserCalls::detach_account_role(account, email));
        let mappings = [PolicyMapping::new(policy, AccountScope::Some([account.to_owned()].into()))];
        call!(self, UserCalls::set_policies(&id, &mappings));

        let group = NewGroup { name: "readers".into(), ..NewGroup::default() };
        let group = call!(self, GroupCalls::create(&group))
            .map_or_else(|| "ugr-1".into(), |made| made.id.expect("an id"));
        call!(self, UserCalls::set_groups(&id, std::slice::from_ref(&group)));
        call!(self, GroupCalls::set_members(&group, std::slice::from_ref(&id)));
        call!(self, GroupCalls::set_policies(&group, &mappings));
        call!(self, GroupCalls::update(&group, Some("viewers"), None));
        call!(self, GroupCalls::list());
        call!(self, GroupCalls::get(&group));
        call!(self, GroupCalls::delete(&group));
        call!(self, UserCalls::delete(&id));
    }

    async fn machines(&mut self, account: &str) {
        let grants = MachineGrants::Accounts(vec![(account.to_owned(), AccountRole::Viewer)]);
        let machine = NewMachine { name: "ci".into(), description: None, grants };
        let id = call!(self, UserCalls::create_machine(&machine)).and_then(|made| made.id).expect("an id");
        if self.contract == Contract::Production {
            self.request(&Method::GET, "/setup/user/programmatic", &Value::Null);
            self.request(&Method::GET, &format!("/setup/user/programmatic/{id}"), &Value::Null);
        }
        call!(self, UserCalls::delete(&id));
    }

    /// What else the client does not call.
    fn others(&mut self, account: &str) {
        self.request(&Method::GET, "/healthCheck", &Value::Null);
        if self.contract == Contract::Published {
            return;
        }
        let unasked = [
            "/setup/access/policy",
            "/setup/user",
            "/setup/user/permission",
            "/notificationCenter/compute/resource",
        ];
        for path in unasked {
            self.request(&Method::GET, &format!("{path}?accountId={account}"), &Value::Null);
        }
        let person =
            json!({"firstName": "Al", "lastName": "Doe", "email": "al@example.com", "role": "viewer"});
        self.request(&Method::POST, "/setup/user", &person);
        let mapping = json!({"userEmail": "al@example.com", "accountId": account, "role": "viewer"});
        self.request(&Method::POST, "/setup/accountUserMapping", &json!({"mappings": [mapping]}));
        let tenant = json!({"clientId": "client", "clientSecret": "secret", "tenantId": "tenant"});
        for path in ["/azure/setup/tenant/credentials/validation", "/azure/setup/tenant/credentials"] {
            self.request(&Method::POST, &format!("{path}?accountId={account}"), &tenant);
        }
        let check = json!({"healthCheck": {"name": "web", "resourceId": RESOURCE, "check": {"port": 80}}});
        let made = self.request(&Method::POST, "/healthCheck", &check);
        let path = format!("/healthCheck/{}", made["id"].as_str().expect("an id"));
        self.request(&Method::GET, &path, &Value::Null);
        self.request(&Method::PUT, &path, &json!({"healthCheck": {"name": "other"}}));
        self.request(&Method::DELETE, &path, &Value::Null);
    }
}
