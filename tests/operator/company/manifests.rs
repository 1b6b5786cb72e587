//! A company: three teams in namespaces of their own, twelve people, four machine users, two groups.

use orgkeeper::api::GROUP;
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House},
    sandbox::TOKEN,
};

/// How many namespaces it needs: the platform team's, which has the organization, and two more.
pub const NAMESPACES: usize = 3;
/// People that manifests declare.
pub const PEOPLE: usize = 12;
/// Machine users that manifests declare, by namespace and name.
pub const MACHINES: [(usize, &str); 4] = [(0, "ci"), (0, "auditor"), (1, "deployer"), (2, "reporter")];
/// The group whose members say themselves that they are in it.
pub const DEVELOPERS: &str = "developers";
/// The group whose manifest lists its members.
pub const OPERATORS: &str = "operators";
/// The first password of a person.
pub const PASSWORD: &str = "Canary-Passw0rd!";

/// Sets the members of an object that another one has.
fn merge(object: &mut Value, with: &Value) {
    for (member, value) in with.as_object().into_iter().flatten() {
        object[member] = value.clone();
    }
}

/// Whoever is in the namespace.
fn namespace(name: &str) -> Value {
    json!({"from": "Selector", "selector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})
}

/// Writes manifests for a house.
struct Writer<'a>(&'a House);

impl Writer<'_> {
    fn object(&self, kind: &str, place: usize, name: &str, mut spec: Value) -> Value {
        spec["organizationRef"] = json!({"name": ACME, "namespace": self.0.namespaces[0]});
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": kind,
            "metadata": {"name": name, "namespace": self.0.namespaces[place]},
            "spec": spec,
        })
    }

    fn account(&self, place: usize, name: &str, allowed: &Value) -> Value {
        let mut account = self.object("SpotAccount", place, name, json!({"name": name}));
        if !allowed.is_null() {
            account["spec"]["allowed"] = allowed.clone();
        }
        account
    }

    /// A person with the role in the organization, and with these members of the spec besides.
    fn person(&self, place: usize, name: &str, role: &str, with: Value) -> Value {
        let mut spec = with;
        let mut human = json!({
            "email": email(name), "firstName": name, "lastName": "Example", "role": role,
        });
        merge(&mut human, &spec["human"]);
        spec["human"] = human;
        self.object("SpotUser", place, name, spec)
    }

    fn machine(&self, place: usize, name: &str, with: Value) -> Value {
        let mut spec = with;
        let target = json!({"name": format!("{name}-token"), "key": "token"});
        spec["programmatic"] = json!({"name": name, "description": "A machine.", "writeTokenTo": target});
        self.object("SpotUser", place, name, spec)
    }

    /// A role on an account of the person's own namespace.
    fn role(name: &str, role: &str) -> Value {
        json!({"accountRef": {"name": name}, "role": role})
    }

    /// As [`Self::role`], on the account that the platform team shares.
    fn shared(&self, role: &str) -> Value {
        json!({"accountRef": {"name": "shared", "namespace": self.0.namespaces[0]}, "role": role})
    }

    fn developers(&self) -> Value {
        json!({"groupRef": {"name": DEVELOPERS, "namespace": self.0.namespaces[0]}})
    }

    fn user(&self, place: usize, name: &str) -> Value {
        json!({"userRef": {"name": name, "namespace": self.0.namespaces[place]}})
    }
}

/// The address of a person.
pub fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// The organization with its Secret, and who may refer to it.
pub fn organization(house: &House) -> Vec<Value> {
    let mut organization = house.organization();
    let kinds = json!(["SpotAccount", "SpotUser"]);
    organization["spec"]["allowed"] = json!([
        {"namespaces": {"from": "Same"}, "kinds": ["SpotAccount", "SpotUser", "SpotUserGroup"]},
        {"namespaces": namespace(&house.namespaces[1]), "kinds": kinds},
        {"namespaces": namespace(&house.namespaces[2]), "kinds": kinds},
    ]);
    vec![house.token_secret(TOKEN), organization]
}

/// The company below its organization.
pub fn company(house: &House) -> Vec<Value> {
    let writer = Writer(house);
    let teams = [namespace(&house.namespaces[1]), namespace(&house.namespaces[2])];
    let admit = |team: &Value| json!({"namespaces": team, "kinds": ["SpotUser"]});
    let shared = json!([
        {"namespaces": {"from": "Same"}, "kinds": ["SpotUser", "SpotUserGroup"]},
        admit(&teams[0]),
        admit(&teams[1]),
    ]);
    let viewer_of = |account: &str| json!({"policyName": "Account Viewer", "accounts": [{"name": account}]});
    let editor_of = |account: &str| json!({"policyName": "Account Editor", "accounts": [{"name": account}]});
    let everywhere = |policy: &str| json!({"policyName": policy, "allAccounts": true});
    let role = Writer::role;
    let in_groups = |groups: Vec<Value>| json!({"userGroups": groups});
    let may_be_member = json!([{"namespaces": namespace(&house.namespaces[0])}]);
    let password = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "first-password", "namespace": house.namespaces[1]},
        "stringData": {"password": PASSWORD},
    });
    let people =
        vec![
        writer.person(0, "alex", "Admin", json!({})),
        writer.person(0, "blair", "Admin", json!({"userGroups": [writer.developers()]})),
        writer.person(0, "casey", "Viewer", json!({
            "policies": [editor_of("shared"), everywhere("Elastigroup Full Access")],
        })),
        writer.person(0, "drew", "Viewer", json!({"policies": [viewer_of("shared")]})),
        writer.person(1, "ellis", "Viewer", json!({
            "accounts": [role("pay-prod", "Editor"), role("pay-test", "Editor"), writer.shared("Viewer")],
        })),
        writer.person(1, "finley", "Viewer", json!({
            "accounts": [role("pay-prod", "Viewer"), role("pay-test", "Viewer")],
            "userGroups": [writer.developers()],
            "allowed": may_be_member,
        })),
        writer.person(1, "gray", "Viewer", json!({
            "human": {"passwordSecretRef": {"name": "first-password", "key": "password"}},
            "accounts": [role("pay-test", "Editor")],
        })),
        writer.person(1, "harper", "Viewer", json!({"accounts": [], "allowed": may_be_member})),
        writer.person(2, "indigo", "Viewer", json!({"accounts": [role("data", "Editor")]})),
        writer.person(2, "jules", "Viewer", json!({
            "accounts": [role("data", "Viewer"), writer.shared("Viewer")],
            "userGroups": [writer.developers()],
        })),
        writer.person(2, "kai", "Viewer", json!({"policies": [editor_of("data")]})),
        writer.person(2, "lane", "Viewer", in_groups(vec![])),
    ];
    assert_eq!(people.len(), PEOPLE);
    let machines = vec![
        writer.machine(0, "ci", json!({"accounts": [role("shared", "Editor")]})),
        writer.machine(0, "auditor", json!({"policies": [everywhere("Account Viewer")]})),
        writer.machine(
            1,
            "deployer",
            json!({
                "accounts": [role("pay-prod", "Editor"), role("pay-test", "Viewer")],
            }),
        ),
        writer.machine(
            2,
            "reporter",
            json!({
                "policies": [viewer_of("data")], "userGroups": [writer.developers()],
            }),
        ),
    ];
    let mut developers = writer.object(
        "SpotUserGroup",
        0,
        DEVELOPERS,
        json!({
            "name": DEVELOPERS, "description": "Who builds.",
            "policies": [everywhere("Account Viewer")],
        }),
    );
    developers["spec"]["allowed"] = json!(
        [json!({"from": "Same"}), teams[0].clone(), teams[1].clone()]
            .map(|namespaces| json!({"namespaces": namespaces}))
    );
    let operators = writer.object(
        "SpotUserGroup",
        0,
        OPERATORS,
        json!({
            "name": OPERATORS,
            "members": [writer.user(0, "drew"), writer.user(1, "harper")],
            "policies": [editor_of("shared")],
        }),
    );
    let mut all = vec![
        writer.account(0, "shared", &shared),
        writer.account(1, "pay-prod", &Value::Null),
        writer.account(1, "pay-test", &Value::Null),
        writer.account(2, "data", &Value::Null),
        password,
        developers,
        operators,
    ];
    all.extend(people);
    all.extend(machines);
    all
}
