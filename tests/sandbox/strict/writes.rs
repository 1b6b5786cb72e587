//! Every write with a body that is as full as it may be.

use http::Method;
use orgkeeper::sandbox::spot::{
    AccountRole, Contract, GroupDetails, PolicyContent, PolicyDetails, PolicyKind, Start,
};
use orgkeeper::sandbox::spot::{
    ComputePolicyConfig, NotificationPolicyDetails, Protocol, Statement, SubscriptionDetails, UserDetails,
};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, text};

/// One write.
pub struct Write {
    pub operation: &'static str,
    pub method: Method,
    /// The path, with `{}` for the id.
    pub path: &'static str,
    pub id: String,
    pub body: Value,
    /// What cannot be left out.
    pub required: &'static [&'static str],
    /// What may have any members.
    pub free: &'static [&'static str],
    /// The code when there is nothing with such an id.
    pub missing: Option<&'static str>,
    /// The account that the query names.
    account: String,
    /// It is done to one account, which the query names.
    pub scoped: bool,
    /// It has to.
    pub needs_account: bool,
}

impl Write {
    pub fn target(&self) -> String {
        self.target_of(&self.id)
    }

    pub fn target_of(&self, id: &str) -> String {
        let path = self.path.replace("{}", id);
        if self.scoped { format!("{path}?accountId={}", self.account) } else { path }
    }

    fn of(mut self, id: &str, missing: &'static str) -> Self {
        id.clone_into(&mut self.id);
        self.missing = Some(missing);
        self
    }

    fn needs(mut self, required: &'static [&'static str]) -> Self {
        self.required = required;
        self
    }

    fn with_any_in(mut self, free: &'static [&'static str]) -> Self {
        self.free = free;
        self
    }

    fn in_account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self.scoped = true;
        self
    }

    fn needs_account(mut self) -> Self {
        self.needs_account = true;
        self
    }
}

fn write(operation: &'static str, method: Method, path: &'static str, body: Value) -> Write {
    Write {
        operation,
        method,
        path,
        id: String::new(),
        body,
        required: &[],
        free: &[],
        missing: None,
        account: String::new(),
        scoped: false,
        needs_account: false,
    }
}

/// An organization with one of everything.
pub struct World {
    pub contract: Contract,
    pub bench: Bench,
    default: String,
    account: String,
    user: String,
    group: String,
    policy: String,
    subscription: String,
    notification: String,
    check: String,
}

const GROUP: &str = "/setup/access/userGroup/{}";
const CHECK: &str = "/healthCheck/{}";
const NOTIFICATIONS: &str = "/notificationCenter/policy";
const NOTIFICATION: &str = "/notificationCenter/policy/{}";
const SUBSCRIPTION: &str = "/events/subscription/{}";
const RESOURCE: &str = "sig-1a2b3c4d";
const EMAIL: &str = "jo@example.com";

impl World {
    pub fn new(contract: Contract) -> Self {
        let mut start = Start::new(contract, TOKEN);
        start.resources = vec![RESOURCE.to_owned()];
        let mut bench = Bench::start(start);
        let (now, default) = (bench.now, bench.default_account());
        let organization = bench.sandbox.world().oldest_organization().unwrap().id;
        let mut console = bench.sandbox.console(now);
        let account = console.create_account(organization, "payments");
        let mut person = UserDetails::person(EMAIL);
        person.account_roles.insert(account.clone(), AccountRole::Viewer);
        let user = console.create_user(organization, person);
        let group = console
            .create_group(organization, GroupDetails { name: "ops".to_owned(), ..GroupDetails::default() });
        let policy = console.create_policy(
            organization,
            PolicyDetails {
                name: "ours".to_owned(),
                description: String::new(),
                kind: PolicyKind::Account,
                content: PolicyContent::Statements(vec![Statement::allow(&["ocean:*"])]),
                updated_at: now,
            },
        );
        let details = SubscriptionDetails {
            account: default.clone(),
            resource_id: RESOURCE.to_owned(),
            protocol: Protocol::Web,
            endpoint: "https://hooks.example.com/old".to_owned(),
            event_type: "GROUP_UPDATED".to_owned(),
            event_format: None,
            updated_at: now,
        };
        let subscription = console.create_in_account(details).unwrap();
        let details = NotificationPolicyDetails {
            account: default.clone(),
            owner: user.clone(),
            is_public: true,
            name: Some("old".to_owned()),
            description: None,
            is_active: false,
            subscriptions: Vec::new(),
            registered_users: Vec::new(),
            config: ComputePolicyConfig::default(),
        };
        let notification = console.create_in_account(details).unwrap();
        let check = match contract {
            Contract::Production => {
                let check = json!({"name": "old", "resourceId": RESOURCE, "check": {}});
                text(&bench.made("/healthCheck", &json!({"healthCheck": check}))["id"])
            }
            Contract::Published => String::new(),
        };
        Self { contract, bench, default, account, user, group, policy, subscription, notification, check }
    }

    /// Where both contracts have a write, it is told once.
    pub fn writes(&self) -> Vec<Write> {
        let mut writes = self.common();
        writes.extend(match self.contract {
            Contract::Production => {
                let mut writes = self.users();
                writes.extend(self.groups_and_policies());
                writes.extend(self.credentials());
                writes.extend(self.subscriptions_and_health_checks());
                writes.extend(self.notifications());
                writes
            }
            Contract::Published => self.published(),
        });
        writes
    }

    fn common(&self) -> Vec<Write> {
        let mut account = json!({"account": {"name": "new"}});
        if self.contract == Contract::Production {
            account["account"]["slackNotificationChannels"] = json!(["https://hooks.example.com/x"]);
        }
        let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
        let programmatic = json!({
            "name": "ci", "description": "d", "accounts": [{"id": self.account, "role": "editor"}],
        });
        let (of_organization, of_account, of_user, of_machine): (&[_], &[_], &[_], &[_]) = match self.contract
        {
            Contract::Production => (
                &["/organization", "/organization/name"],
                &["/account"],
                &["/firstName", "/lastName", "/email"],
                &["/name", "/accounts", "/accounts/0/id", "/accounts/0/role"],
            ),
            Contract::Published => (&[], &[], &["/email"], &["/name", "/accounts/0/id", "/accounts/0/role"]),
        };
        let person =
            json!({"firstName": "Al", "lastName": "Doe", "email": "al@example.com", "role": "viewer"});
        let organization = json!({"organization": {"name": "Acme"}});
        vec![
            write("createOrganization", post.clone(), "/setup/organization", organization)
                .needs(of_organization),
            write("createAccount", post.clone(), "/setup/account", json!({"account": {"name": "a"}}))
                .needs(&["/account/name"]),
            write("updateAccount", put, "/setup/account/{}", account)
                .of(&self.account, "Account_DOESNT_EXIST")
                .needs(of_account),
            write("deleteAccount", delete.clone(), "/setup/account/{}", Value::Null)
                .of(&self.account, "Account_DOESNT_EXIST"),
            write("createUser", post.clone(), "/setup/user", person).needs(of_user),
            write("createProgrammaticUser", post, "/setup/user/programmatic", programmatic).needs(of_machine),
            write("deleteUser", delete, "/setup/user/{}", Value::Null).of(&self.user, "User_DOESNT_EXIST"),
        ]
    }

    fn users(&self) -> Vec<Write> {
        let organization = self.bench.organization().to_string();
        let mapping = json!({"userId": self.user, "role": "editor"});
        let mut in_account = mapping.clone();
        in_account["accountId"] = json!(self.default);
        let (of_user, of_account) = ("User_DOESNT_EXIST", "Account_DOESNT_EXIST");
        let attached: &[_] = &["/userId", "/role"];
        vec![
            write("deleteOrganization", Method::DELETE, "/setup/organization/{}", Value::Null)
                .of(&organization, "Organization_DOESNT_EXIST"),
            write("setUserPolicies", Method::PUT, "/setup/user/{}/policyMapping", self.policies())
                .of(&self.user, of_user)
                .needs(&["/policies", "/policies/0/policyId", "/policies/0/accountIds"]),
            write(
                "setUserGroups",
                Method::PUT,
                "/setup/user/{}/userGroupMapping",
                json!({"userGroupIds": [self.group]}),
            )
            .of(&self.user, of_user)
            .needs(&["/userGroupIds"]),
            write(
                "attachUsers",
                Method::POST,
                "/setup/accountUserMapping",
                json!({"mappings": [in_account]}),
            )
            .needs(&[
                "/mappings",
                "/mappings/0/userId",
                "/mappings/0/accountId",
                "/mappings/0/role",
            ]),
            write("attachUser", Method::POST, "/setup/account/{}/user", mapping.clone())
                .of(&self.account, of_account)
                .needs(attached),
            write("changeAttachedUser", Method::PUT, "/setup/account/{}/user", mapping)
                .of(&self.account, of_account)
                .needs(attached),
            write("detachUser", Method::DELETE, "/setup/account/{}/user", json!({"userEmail": EMAIL}))
                .of(&self.account, of_account)
                .needs(&["/userEmail"]),
        ]
    }

    fn policies(&self) -> Value {
        json!({"policies": [{"policyId": self.policy, "accountIds": [self.account]}]})
    }

    fn groups_and_policies(&self) -> Vec<Write> {
        let mut group = self.policies();
        group["name"] = json!("night");
        group["description"] = json!("d");
        group["userIds"] = json!([self.user]);
        let policy = json!({"policy": {
            "name": "p", "description": "d", "type": "ACCOUNT",
            "policyContent": {"statements": [{
                "effect": "DENY", "actions": ["ocean:*"], "resources": ["*"],
                "condition": {"StringEquals": {"spot:ocean:name": "x"}},
            }]},
        }});
        let free: &[_] = &["/policy/policyContent/statements/0/condition"];
        let (group_id, policy_id) = (&self.group, &self.policy);
        let (no_group, no_policy) = ("UserGroup_DOESNT_EXIST", "Policy_DOESNT_EXIST");
        let name = json!({"name": "new", "description": "new"});
        vec![
            write("createGroup", Method::POST, "/setup/access/userGroup", group).needs(&["/name"]),
            write("updateGroup", Method::PUT, GROUP, name).of(group_id, no_group),
            write("deleteGroup", Method::DELETE, GROUP, Value::Null).of(group_id, no_group),
            write(
                "setGroupUsers",
                Method::PUT,
                "/setup/access/userGroup/{}/userMapping",
                json!({"userIds": [self.user]}),
            )
            .of(group_id, no_group)
            .needs(&["/userIds"]),
            write(
                "setGroupPolicies",
                Method::PUT,
                "/setup/access/userGroup/{}/policyMapping",
                self.policies(),
            )
            .of(group_id, no_group)
            .needs(&["/policies", "/policies/0/policyId"]),
            write("createPolicy", Method::POST, "/setup/access/policy", policy.clone())
                .with_any_in(free)
                .needs(&[
                    "/policy",
                    "/policy/name",
                    "/policy/policyContent",
                    "/policy/policyContent/statements",
                    "/policy/policyContent/statements/0/effect",
                    "/policy/policyContent/statements/0/actions",
                    "/policy/policyContent/statements/0/resources",
                ]),
            write("updatePolicy", Method::PUT, "/setup/access/policy/{}", policy)
                .of(policy_id, no_policy)
                .with_any_in(free)
                .needs(&["/policy", "/policy/policyContent/statements"]),
            write("deletePolicy", Method::DELETE, "/setup/access/policy/{}", Value::Null)
                .of(policy_id, no_policy),
        ]
    }

    fn credentials(&self) -> Vec<Write> {
        let role = json!({"credentials": {"iamRole": "arn:aws:iam::123456789012:role/x", "externalId": "e"}});
        let tenant = json!({
            "clientId": "c", "clientSecret": "s3cret-value", "tenantId": "t", "expirationDate": "2027-01-01T00:00:00Z",
        });
        let mut azure = tenant.clone();
        azure["subscriptionId"] = json!("s");
        let file = json!({"serviceAccount": key_file()});
        let of_tenant: &[_] = &["/clientId", "/clientSecret", "/tenantId"];
        let of_azure: &[_] = &["/clientId", "/clientSecret", "/tenantId", "/subscriptionId"];
        let of_gcp: &[_] = &[
            "/serviceAccount",
            "/serviceAccount/project_id",
            "/serviceAccount/client_email",
            "/serviceAccount/private_key",
        ];
        let posts = [
            (
                "setAwsCredentials",
                "/setup/credentials/aws",
                role,
                &["/credentials", "/credentials/iamRole"][..],
            ),
            ("createAwsExternalId", "/setup/credentials/aws/externalId", Value::Null, &[]),
            ("setAzureCredentials", "/azure/setup/credentials", azure.clone(), of_azure),
            ("validateAzureCredentials", "/azure/setup/credentials/validation", azure, of_azure),
            ("setAzureTenantCredentials", "/azure/setup/tenant/credentials", tenant.clone(), of_tenant),
            (
                "validateAzureTenantCredentials",
                "/azure/setup/tenant/credentials/validation",
                tenant,
                of_tenant,
            ),
            ("setGcpCredentials", "/gcp/setup/credentials", file.clone(), of_gcp),
            ("validateGcpCredentials", "/gcp/setup/credentials/validation", file, of_gcp),
        ];
        posts
            .into_iter()
            .map(|(operation, path, body, required)| {
                let write = write(operation, Method::POST, path, body).needs(required);
                write.in_account(&self.account).needs_account()
            })
            .collect()
    }

    fn notifications(&self) -> Vec<Write> {
        let change = json!({
            "name": "incidents", "description": "what for", "isActive": true,
            "subscriptions": [{"type": "webhook", "endpoint": "https://hooks.example.com/x"}],
            "registeredUsers": [{"userEmail": EMAIL, "subscriptionTypes": ["email", "console"]}],
            "computePolicyConfig": {
                "events": [{"event": "Group updated", "type": "INFO"}],
                "dynamicRules": [{"filterConditions": [
                    {"identifier": "tag", "operator": "equals", "expression": "team:payments"},
                ]}],
            },
        });
        let mut new = change.clone();
        new["privacyLevel"] = json!("public");
        let none = "NotificationPolicy_DOESNT_EXIST";
        vec![
            write("createNotificationPolicy", Method::POST, NOTIFICATIONS, new)
                .in_account(&self.default)
                .needs(&[
                    "/privacyLevel",
                    "/subscriptions/0/type",
                    "/subscriptions/0/endpoint",
                    "/registeredUsers/0/userEmail",
                    "/computePolicyConfig",
                    "/computePolicyConfig/events",
                    "/computePolicyConfig/events/0/event",
                    "/computePolicyConfig/events/0/type",
                    "/computePolicyConfig/dynamicRules/0/filterConditions",
                    "/computePolicyConfig/dynamicRules/0/filterConditions/0/operator",
                ]),
            write("updateNotificationPolicy", Method::PUT, NOTIFICATION, change).of(&self.notification, none),
            write("deleteNotificationPolicy", Method::DELETE, NOTIFICATION, Value::Null)
                .of(&self.notification, none),
        ]
    }

    fn subscription() -> Value {
        json!({"subscription": {
            "resourceId": RESOURCE, "protocol": "web", "endpoint": "https://hooks.example.com/x",
            "eventType": "GROUP_UPDATED",
        }})
    }

    fn subscriptions_and_health_checks(&self) -> Vec<Write> {
        let mut new = Self::subscription();
        new["subscription"]["eventFormat"] = json!({"who": "%instance-id%"});
        let mut change = new.clone();
        change["subscription"].as_object_mut().unwrap().remove("resourceId");
        let free: &[_] = &["/subscription/eventFormat"];
        let health = json!({"healthCheck": {
            "name": "web", "resourceId": RESOURCE, "check": {"port": 80}, "proxyAddress": "10.0.0.1",
            "proxyPort": 8080,
        }});
        let (none, no_check) = ("Subscription_DOESNT_EXIST", "HEALTH_CHECK_DOESNT_EXIST");
        vec![
            write("createSubscription", Method::POST, "/events/subscription", new)
                .in_account(&self.default)
                .with_any_in(free)
                .needs(SUBSCRIPTION_MEMBERS),
            write("updateSubscription", Method::PUT, SUBSCRIPTION, change)
                .of(&self.subscription, none)
                .in_account(&self.default)
                .with_any_in(free)
                .needs(&["/subscription"]),
            write("deleteSubscription", Method::DELETE, SUBSCRIPTION, Value::Null)
                .of(&self.subscription, none)
                .in_account(&self.default),
            write("updateHealthCheck", Method::PUT, CHECK, health.clone())
                .of(&self.check, no_check)
                .in_account(&self.default)
                .with_any_in(&["/healthCheck/check"])
                .needs(&["/healthCheck"]),
            write("deleteHealthCheck", Method::DELETE, CHECK, Value::Null)
                .of(&self.check, no_check)
                .in_account(&self.default),
            write("createHealthCheck", Method::POST, "/healthCheck", health)
                .in_account(&self.default)
                .with_any_in(&["/healthCheck/check"])
                .needs(&[
                    "/healthCheck",
                    "/healthCheck/name",
                    "/healthCheck/resourceId",
                    "/healthCheck/check",
                ]),
        ]
    }

    fn published(&self) -> Vec<Write> {
        let policy = json!({"policy": {"name": "p", "description": "d", "permissions": [{"serviceId": "ocean", "actions": ["x"]}]}});
        let permissions = json!({"role": "editor", "accounts": [{"id": self.account, "role": "editor"}]});
        let none = "Subscription_DOESNT_EXIST";
        let azure =
            json!({"clientId": "c", "clientSecret": "s3cret-value", "tenantId": "t", "subscriptionId": "s"});
        let of_azure: &[_] = &[
            "/credentials/clientId",
            "/credentials/clientSecret",
            "/credentials/tenantId",
            "/credentials/subscriptionId",
        ];
        let role = json!({"credentials": {"iamRole": "arn:aws:iam::123456789012:role/x"}});
        vec![
            write("deleteOrganization", Method::DELETE, "/setup/organization", Value::Null),
            write("updateUserPermissions", Method::PUT, "/setup/user/{}", permissions)
                .of(&self.user, "User_DOESNT_EXIST")
                .needs(&["/accounts/0/id", "/accounts/0/role"]),
            write("createAccessPolicy", Method::POST, "/setup/access/policy", policy.clone()).needs(&[
                "/policy/name",
                "/policy/permissions/0/serviceId",
                "/policy/permissions/0/actions",
            ]),
            write("updateAccessPolicy", Method::PUT, "/setup/access/policy/{}", policy)
                .of(&self.policy, "Policy_DOESNT_EXIST"),
            write("deleteAccessPolicy", Method::DELETE, "/setup/access/policy/{}", Value::Null)
                .of(&self.policy, "Policy_DOESNT_EXIST"),
            write("setAWSCloudCredentials", Method::POST, "/setup/credentials/aws", role)
                .in_account(&self.account)
                .needs(&["/credentials/iamRole"]),
            write(
                "setAzureCloudCredentials",
                Method::POST,
                "/setup/credentials/azure",
                json!({"credentials": azure}),
            )
            .in_account(&self.account)
            .needs(of_azure),
            write(
                "setGCPCloudCredentials",
                Method::POST,
                "/setup/credentials/gcp",
                json!({"credentials": {"serviceAccount": key_file()}}),
            )
            .in_account(&self.account)
            .needs(&[
                "/credentials/serviceAccount",
                "/credentials/serviceAccount/project_id",
                "/credentials/serviceAccount/client_email",
                "/credentials/serviceAccount/private_key",
            ]),
            write("createSubscription", Method::POST, "/events/subscription", Self::subscription())
                .in_account(&self.default)
                .needs(SUBSCRIPTION_MEMBERS),
            write("updateSubscription", Method::PUT, "/events/subscription/{}", Self::subscription())
                .of(&self.subscription, none)
                .in_account(&self.default)
                .needs(SUBSCRIPTION_MEMBERS),
            write("deleteSubscription", Method::DELETE, "/events/subscription/{}", Value::Null)
                .of(&self.subscription, none)
                .in_account(&self.default),
        ]
    }
}

const SUBSCRIPTION_MEMBERS: &[&str] = &[
    "/subscription/resourceId",
    "/subscription/protocol",
    "/subscription/endpoint",
    "/subscription/eventType",
];

fn key_file() -> Value {
    json!({
        "type": "service_account", "project_id": "p", "private_key_id": "1", "private_key": "s3cret-key",
        "client_email": "spot@example.com", "client_id": "2", "auth_uri": "https://auth.example.com",
        "token_uri": "https://token.example.com", "auth_provider_x509_cert_url": "https://certs.example.com",
        "client_x509_cert_url": "https://cert.example.com",
    })
}
