//! The vendor in plain maps.

use std::collections::{BTreeMap, BTreeSet};

use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use crate::harness::Bench;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    Aws,
    Azure,
    Gcp,
}

impl Cloud {
    /// Who enters the cloud.
    pub fn identity(self, number: u8) -> String {
        match self {
            Self::Aws => format!("arn:aws:iam::00000000000{number}:role/spot"),
            Self::Azure => format!("client-{number}"),
            Self::Gcp => format!("spot-{number}@example.com"),
        }
    }

    /// What account lists show of it.
    fn shown(self, number: u8) -> (String, String) {
        let (cloud, account) = match self {
            Self::Aws => ("AWS", format!("00000000000{number}")),
            Self::Azure => ("AZURE", format!("subscription-{number}")),
            Self::Gcp => ("GCP", format!("project-{number}")),
        };
        (cloud.to_owned(), account)
    }

    pub fn route(self, contract: Contract) -> &'static str {
        match (contract, self) {
            (_, Self::Aws) => "/setup/credentials/aws",
            (Contract::Production, Self::Azure) => "/azure/setup/credentials",
            (Contract::Production, Self::Gcp) => "/gcp/setup/credentials",
            (Contract::Published, Self::Azure) => "/setup/credentials/azure",
            (Contract::Published, Self::Gcp) => "/setup/credentials/gcp",
        }
    }

    pub fn body(self, contract: Contract, number: u8) -> Value {
        let identity = self.identity(number);
        let members = match self {
            Self::Aws => json!({"iamRole": identity}),
            Self::Azure => json!({
                "clientId": identity, "clientSecret": "s3cret-value", "tenantId": "tenant",
                "subscriptionId": format!("subscription-{number}"),
            }),
            Self::Gcp => json!({"serviceAccount": {
                "project_id": format!("project-{number}"), "private_key": "s3cret-key",
                "client_email": identity,
            }}),
        };
        let wrapped = self == Self::Aws || contract == Contract::Published;
        if wrapped { json!({"credentials": members}) } else { members }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub account: String,
    pub number: u8,
}

/// What a client can see, in texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// By id, with the cloud and the cloud's account where there is one.
    pub accounts: BTreeMap<String, Option<(String, String)>>,
    /// By account: who enters its cloud.
    pub identities: BTreeMap<String, String>,
    /// By id, with the name.
    pub users: BTreeMap<String, String>,
    /// By user: the one account with a role, and the role.
    pub roles: BTreeMap<String, (String, &'static str)>,
    pub machines: BTreeMap<String, String>,
    pub groups: BTreeMap<String, String>,
    pub policies: BTreeMap<String, String>,
    /// By id, with the account and the endpoint.
    pub subscriptions: BTreeMap<String, (String, String)>,
}

/// What there is, by id, and the ids of all that there ever was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    pub contract: Contract,
    pub accounts: BTreeMap<String, Option<(Cloud, u8)>>,
    pub resources: BTreeMap<String, String>,
    pub people: BTreeMap<String, String>,
    pub machines: BTreeMap<String, String>,
    /// In Published: by user, the one account with a role, and the role.
    pub roles: BTreeMap<String, (String, &'static str)>,
    pub groups: BTreeMap<String, String>,
    pub policies: BTreeMap<String, String>,
    pub subscriptions: BTreeMap<String, Subscription>,
    pub rejected: BTreeSet<String>,
    pub account_ids: Vec<String>,
    pub user_ids: Vec<String>,
    pub group_ids: Vec<String>,
    pub policy_ids: Vec<String>,
    pub subscription_ids: Vec<String>,
}

impl Model {
    /// The default account, with a resource, and the administrator.
    pub fn new(bench: &mut Bench, contract: Contract) -> Self {
        let (default, administrator) = (bench.default_account(), bench.administrator());
        let resource = bench.sandbox.world_mut().add_resource(&default, None, "group").unwrap();
        let email = bench.sandbox.world().user(&administrator).unwrap().1.email.clone();
        Self {
            contract,
            accounts: BTreeMap::from([(default.clone(), None)]),
            resources: BTreeMap::from([(default.clone(), resource)]),
            people: BTreeMap::from([(administrator.clone(), email)]),
            machines: BTreeMap::new(),
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            policies: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            rejected: BTreeSet::new(),
            account_ids: vec![default],
            user_ids: vec![administrator],
            group_ids: Vec::new(),
            policy_ids: Vec::new(),
            subscription_ids: Vec::new(),
        }
    }

    pub fn add_account(&mut self, id: &str) {
        self.account_ids.push(id.to_owned());
        self.accounts.insert(id.to_owned(), None);
    }

    /// What is in it goes with it.
    pub fn forget_account(&mut self, id: &str) {
        self.accounts.remove(id);
        self.resources.remove(id);
        self.roles.retain(|_, (account, _)| account != id);
        self.subscriptions.retain(|_, subscription| subscription.account != id);
    }

    /// What a client should see.
    pub fn expected(&self) -> Seen {
        let linked =
            || self.accounts.iter().filter_map(|(id, link)| link.map(|(cloud, number)| (id, cloud, number)));
        let link = |link: &Option<(Cloud, u8)>| link.map(|(cloud, number)| cloud.shown(number));
        let subscription = |(id, subscription): (&String, &Subscription)| {
            let endpoint = format!("https://hooks.example.com/{}", subscription.number);
            (id.clone(), (subscription.account.clone(), endpoint))
        };
        Seen {
            accounts: self.accounts.iter().map(|(id, cloud)| (id.clone(), link(cloud))).collect(),
            identities: linked().map(|(id, cloud, n)| (id.clone(), cloud.identity(n))).collect(),
            users: self.people.clone().into_iter().chain(self.machines.clone()).collect(),
            roles: self.roles.clone(),
            machines: self.machines.clone(),
            groups: self.groups.clone(),
            policies: self.policies.clone(),
            subscriptions: self.subscriptions.iter().map(subscription).collect(),
        }
    }
}
