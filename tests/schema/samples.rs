//! The samples are what the types read, member by member, and they fit together.

#[path = "../shared/samples.rs"]
mod files;

use orgkeeper::api::grant::Asker;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::reference::{Container, SecretKeyRef};
use orgkeeper::api::spot::{
    AccessPolicy, Cloud, CloudCredential, Effect, EventSubscription, NotificationPolicy, PolicyContent,
    PolicyType, Role, SpotAccount, SpotOrganization, SpotUser, SpotUserGroup, Statement, is_known_event_type,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The samples as the types read them.
struct Company {
    documents: Vec<Value>,
    organizations: Vec<SpotOrganization>,
    accounts: Vec<SpotAccount>,
    users: Vec<SpotUser>,
    groups: Vec<SpotUserGroup>,
    policies: Vec<AccessPolicy>,
    credentials: Vec<CloudCredential>,
    subscriptions: Vec<EventSubscription>,
    notifications: Vec<NotificationPolicy>,
}

impl Company {
    fn read() -> Self {
        let documents = files::documents();
        Self {
            organizations: of_kind(&documents),
            accounts: of_kind(&documents),
            users: of_kind(&documents),
            groups: of_kind(&documents),
            policies: of_kind(&documents),
            credentials: of_kind(&documents),
            subscriptions: of_kind(&documents),
            notifications: of_kind(&documents),
            documents,
        }
    }

    fn organization(&self) -> &SpotOrganization {
        &self.organizations[0]
    }

    fn documents_of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.documents.iter().filter(move |document| document["kind"] == kind)
    }

    fn labels(&self, namespace: &str) -> BTreeMap<String, String> {
        let found = self.documents_of("Namespace").find(|document| document["metadata"]["name"] == namespace);
        serde_json::from_value(found.unwrap()["metadata"]["labels"].clone()).unwrap()
    }

    /// Whether the object that is pointed to admits the asker.
    fn admits(&self, kind: &str, namespace: &str, name: &str, asker: &Asker<'_>) -> bool {
        match kind {
            "SpotAccount" => find(&self.accounts, namespace, name).admits(asker),
            "SpotUser" => find(&self.users, namespace, name).admits(asker),
            "SpotUserGroup" => find(&self.groups, namespace, name).admits(asker),
            "AccessPolicy" => find(&self.policies, namespace, name).admits(asker),
            other => panic!("nothing points to a {other}"),
        }
    }

    /// That the organization admits the object with all that it asks for, and so does all that it points to.
    fn assert_admitted<K: Managed>(&self, object: &K) {
        let (namespace, what) = (own(object), format!("{} {:?}", K::KIND, object.meta().name));
        let labels = self.labels(namespace);
        let reference = match (object.organization_ref(), object.container()) {
            (Some(reference), None) => reference,
            (None, Some(Container::Object(account))) => {
                let place = account.namespace.unwrap_or(namespace);
                find(&self.accounts, place, account.name).organization_ref().unwrap()
            }
            other => panic!("{what}: {other:?}"),
        };
        let organization = self.organization();
        assert_eq!(Some(&reference.name), organization.metadata.name.as_ref(), "{what}");
        assert_eq!(reference.namespace.as_deref().unwrap_or(namespace), own(organization), "{what}");
        let asker = |power| Asker { kind: K::KIND, namespace, labels: &labels, power };
        assert!(organization.admits(&asker(object.power())), "{what}");
        for pointer in object.pointers() {
            let place = pointer.namespace.unwrap_or(namespace);
            let admitted = self.admits(pointer.kind.name(), place, pointer.name, &asker(pointer.power));
            assert!(admitted, "{what}: {} {place}/{}", pointer.kind, pointer.name);
        }
    }

    /// That the Secrets which the objects read are samples.
    fn assert_secrets<K: Managed>(&self, objects: &[K]) {
        for object in objects {
            for SecretKeyRef { name, key } in object.secret_refs() {
                let found = self.documents_of("Secret").any(|secret| {
                    secret["metadata"]["name"] == *name
                        && secret["metadata"]["namespace"] == own(object)
                        && secret["stringData"].get(key).is_some()
                });
                assert!(found, "{}/{name} has no key {key}", own(object));
            }
        }
    }

    fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.policies.iter().filter_map(|policy| policy.spec.statements.as_ref()).flatten()
    }
}

fn of_kind<K: Managed>(documents: &[Value]) -> Vec<K> {
    documents.iter().filter(|document| document["kind"] == K::KIND.name()).map(read_whole).collect()
}

/// A member that the type does not know, or reads as something else, is missing from what it writes.
fn read_whole<K: DeserializeOwned + serde::Serialize>(document: &Value) -> K {
    let object: K = serde_json::from_value(document.clone()).unwrap();
    let written = serde_json::to_value(&object).unwrap();
    assert!(contains(&written, document), "written: {written:#}\nsample: {document:#}");
    object
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

fn own<K: Managed>(object: &K) -> &str {
    object.meta().namespace.as_deref().unwrap()
}

fn find<'a, K: Managed>(objects: &'a [K], namespace: &str, name: &str) -> &'a K {
    let is_it = |object: &&K| own(*object) == namespace && object.meta().name.as_deref() == Some(name);
    objects.iter().find(is_it).unwrap_or_else(|| panic!("no {} {namespace}/{name}", K::KIND))
}

#[test]
fn every_sample_is_read_whole() {
    let company = Company::read();
    assert_eq!(company.organizations.len(), 1);
    assert_eq!(company.accounts.len(), 6);
    let machines = company.users.iter().filter(|user| user.token_target().is_some()).count();
    assert_eq!((company.users.len() - machines, machines), (12, 4));
    assert_eq!(company.groups.len(), 3);
    assert_eq!(company.policies.len(), 8);
    assert_eq!(company.credentials.len(), 6);
    assert_eq!(company.subscriptions.len(), 7);
    assert_eq!(company.notifications.len(), 1);
    assert_eq!(company.documents_of("Namespace").count(), 4);
    let known = [1, 6, 12 + 4, 3, 8, 6, 7, 1, 4, company.documents_of("Secret").count()];
    assert_eq!(known.iter().sum::<usize>(), company.documents.len());
}

#[test]
fn every_sample_is_admitted_where_it_asks() {
    let company = Company::read();
    company.accounts.iter().for_each(|account| company.assert_admitted(account));
    company.users.iter().for_each(|user| company.assert_admitted(user));
    company.groups.iter().for_each(|group| company.assert_admitted(group));
    company.policies.iter().for_each(|policy| company.assert_admitted(policy));
    company.credentials.iter().for_each(|credential| company.assert_admitted(credential));
    company.subscriptions.iter().for_each(|subscription| company.assert_admitted(subscription));
    company.notifications.iter().for_each(|policy| company.assert_admitted(policy));
}

/// The samples show what a highest role is for: it must not be there for nothing.
#[test]
fn the_sample_organization_bounds_what_teams_give() {
    let company = Company::read();
    let admits = |team: &str, role: Role| {
        let labels = company.labels(team);
        let asker = Asker { kind: SpotUser::KIND, namespace: team, labels: &labels, power: role.power() };
        company.organization().admits(&asker)
    };
    assert!(admits("payments", Role::Editor) && !admits("payments", Role::Admin));
    assert!(admits("finance", Role::Viewer) && !admits("finance", Role::Editor));
    assert!(admits("data", Role::Admin));
}

#[test]
fn every_account_has_a_credential_and_the_samples_show_every_form() {
    let company = Company::read();
    let place = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
    let accounts: BTreeSet<_> = company
        .accounts
        .iter()
        .map(|account| place(own(account), account.metadata.name.as_deref().unwrap()))
        .collect();
    let linked: BTreeSet<_> = company
        .credentials
        .iter()
        .map(|credential| {
            let Some(Container::Object(account)) = credential.container() else {
                panic!("an account by name")
            };
            place(account.namespace.unwrap_or(own(credential)), account.name)
        })
        .collect();
    assert_eq!(linked, accounts);
    let clouds: BTreeMap<_, _> = company
        .credentials
        .iter()
        .map(|credential| match credential.spec.cloud().unwrap() {
            // Without a role it waits for a person.
            Cloud::Aws(aws) => ("aws", aws.iam_role.is_some()),
            Cloud::Azure(_) => ("azure", true),
            Cloud::Gcp(_) => ("gcp", true),
        })
        .collect();
    assert_eq!(clouds, BTreeMap::from([("aws", true), ("azure", true), ("gcp", true)]));

    let is_permissions =
        |policy: &&AccessPolicy| matches!(policy.spec.content(), Some(PolicyContent::Permissions(_)));
    assert_eq!(company.policies.iter().filter(is_permissions).count(), 1);
    assert!(company.statements().any(|statement| statement.effect == Effect::Deny));
    assert!(company.statements().any(|statement| statement.condition.is_some()));
    let types: BTreeSet<_> = company.policies.iter().map(|policy| policy.spec.policy_type).collect();
    assert_eq!(types.len(), 3, "for accounts, for the organization, and as the vendor decides");
    assert!(types.contains(&Some(PolicyType::Organization)));

    let specs: Vec<_> = company.subscriptions.iter().map(|subscription| &subscription.spec).collect();
    let protocols: BTreeSet<_> = specs.iter().map(|spec| spec.protocol).collect();
    assert_eq!(protocols.len(), 5);
    assert!(specs.iter().any(|spec| spec.endpoint_secret_ref.is_some() && spec.event_format.is_some()));
    assert!(specs.iter().all(|spec| is_known_event_type(&spec.event_type)));
    let listed: BTreeSet<_> = company.groups.iter().map(|group| group.spec.members.is_some()).collect();
    assert_eq!(listed.len(), 2, "some groups list their members, of others the users say it");
}

#[test]
fn every_secret_that_a_sample_reads_is_a_sample() {
    let company = Company::read();
    company.assert_secrets(&company.organizations);
    company.assert_secrets(&company.accounts);
    company.assert_secrets(&company.users);
    company.assert_secrets(&company.credentials);
    company.assert_secrets(&company.subscriptions);
    company.assert_secrets(&company.notifications);
}

#[test]
fn no_secret_of_the_samples_is_where_a_token_will_be_written() {
    let company = Company::read();
    let secrets: BTreeSet<(&str, &str)> = company
        .documents_of("Secret")
        .map(|secret| {
            let text = |member: &str| secret["metadata"][member].as_str().unwrap();
            (text("namespace"), text("name"))
        })
        .collect();
    for user in &company.users {
        if let Some(target) = user.token_target() {
            assert!(!secrets.contains(&(own(user), &target.name)), "{target:?}");
        }
    }
}
