//! What `kubectl get` shows of a company whose objects stand in every way in which they can, and of one under the public
//! document: the pages are kept as files, to be read by people, and a change of one is a change of what they see.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{fmt::Write as _, fs, path::Path};

use kube::api::{ListParams, Patch, PatchParams};
use orgkeeper::{api::GROUP, sandbox::spot::Contract};
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House, Kind},
    samples::{self, TEAMS},
    sandbox::Sandbox,
};

/// Set to have the files written anew.
const UPDATE: &str = "UPDATE";
/// The widest line without `-o wide`.
const WIDTH: usize = 160;

/// The table of a kind in a namespace, as the API server makes it: the columns with their priorities, and rows of cells.
async fn table(house: &House, kind: Kind, namespace: &str) -> (Vec<(String, i64)>, Vec<Vec<String>>) {
    let plural = kind.resource().plural;
    let request = http::Request::get(format!("/apis/{GROUP}/v1alpha1/namespaces/{namespace}/{plural}"))
        .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
        .body(Vec::new())
        .unwrap();
    let table: Value = house.cluster.client().request(request).await.unwrap();
    let columns = table["columnDefinitions"].as_array().unwrap();
    let columns = columns
        .iter()
        .map(|it| (it["name"].as_str().unwrap().to_uppercase(), it["priority"].as_i64().unwrap_or_default()));
    let text = |cell: &Value| match cell {
        Value::Null => "<none>".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = table["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| row["cells"].as_array().unwrap().iter().map(text).collect());
    (columns.collect(), rows.collect())
}

/// What `kubectl get spot -A` prints, with `-o wide` or without. What differs from run to run is put in one form: the
/// namespaces are those of the samples, ids have no digits of their own, and all is of one age.
async fn get_spot(house: &House, wide: bool) -> String {
    let mut page = String::new();
    for kind in Kind::ALL.into_iter().rev() {
        let mut lines: Vec<Vec<String>> = Vec::new();
        for (team, namespace) in TEAMS.iter().zip(&house.namespaces) {
            let (columns, rows) = table(house, kind, namespace).await;
            let shown: Vec<usize> = (0..columns.len()).filter(|at| wide || columns[*at].1 == 0).collect();
            if lines.is_empty() {
                let heads = shown.iter().map(|at| columns[*at].0.clone());
                lines.push([String::from("NAMESPACE")].into_iter().chain(heads).collect());
            }
            for row in rows {
                let cell = |at: &usize| match columns[*at].0.as_str() {
                    "NAME" => format!("{}.{GROUP}/{}", kind.resource().kind.to_lowercase(), row[*at]),
                    "AGE" => "5m".to_owned(),
                    _ => row[*at].clone(),
                };
                lines.push([(*team).to_owned()].into_iter().chain(shown.iter().map(cell)).collect());
            }
        }
        let widths: Vec<usize> = (0..lines[0].len())
            .map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap())
            .collect();
        for line in lines {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            writeln!(page, "{}", cells.collect::<Vec<_>>().join("   ").trim_end()).unwrap();
        }
        page.push('\n');
    }
    in_one_form(house, &page)
}

fn in_one_form(house: &House, page: &str) -> String {
    let mut page = page.to_owned();
    for (team, namespace) in TEAMS.iter().zip(&house.namespaces) {
        page = page.replace(namespace.as_str(), team);
    }
    // What a question is answered by is another word each time.
    for asks in ["confirm: ", "keep: "] {
        let mut parts = page.split(asks);
        let first = parts.next().unwrap_or_default().to_owned();
        page = parts.fold(first, |page, part| format!("{page}{asks}xxxxxxxxxxxx{}", &part[12..]));
    }
    without_digits(&page)
}

/// With what tells one id from another in one form.
fn without_digits(page: &str) -> String {
    const PREFIXES: [&str; 8] = ["act-", "pu-", "u-", "ugr-", "pol-", "sis-", "sig-", "snp-"];
    let mut text = String::new();
    let mut rest = page;
    while let Some(first) = rest.chars().next() {
        let starts = text.chars().last().is_none_or(|before| !before.is_alphanumeric() && before != '-');
        let prefix = PREFIXES.iter().find(|prefix| starts && rest.starts_with(**prefix));
        let body = prefix.map(|prefix| &rest[prefix.len()..]);
        let digits = body.map(|body| body.chars().take_while(char::is_ascii_alphanumeric).count());
        match (prefix, digits) {
            (Some(prefix), Some(8)) => {
                text.push_str(prefix);
                text.push_str("xxxxxxxx");
                rest = &rest[prefix.len() + 8..];
            }
            _ => {
                text.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    text
}

fn compare(name: &str, page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/operator/shown").join(name);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&file, page).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(stored, page, "{name} is not what is shown; UPDATE=1 writes it anew, to be read");
}

/// Waits until it stands so.
async fn stands(house: &House, kind: Kind, team: usize, name: &str, state: &str) {
    let so = |object: &Value| object["status"]["state"] == state;
    house.becomes(kind, &house.namespaces[team], name, state, so).await;
}

#[tokio::test]
async fn the_list_of_everything_tells_what_needs_a_person() {
    let sandbox = Sandbox::start(Contract::Production).await;
    let house = House::with_namespaces("shown", TEAMS.len(), sandbox).await;
    let (sandbox, platform) = (&house.sandbox, house.namespaces[0].clone());
    sandbox.create_user(&json!({"email": "old@example.com"})).await;
    let operator = house.start().await;
    house.apply(&samples::manifests(&house)).await;
    for kind in Kind::ALL {
        for namespace in &house.namespaces {
            for object in house.api(kind, namespace).list(&ListParams::default()).await.unwrap() {
                let name = object.metadata.name.as_deref().unwrap();
                // Nothing is there that the samples could tell of.
                let state = if kind == Kind::Subscription { "Blocked" } else { "InSync" };
                house
                    .becomes(kind, namespace, name, state, |object| object["status"]["state"] == state)
                    .await;
            }
        }
    }
    // One of each.
    let edit = async |kind, team: usize, name: &str, spec: Value| {
        house.patch(kind, &house.namespaces[team], name, &json!({ "spec": spec })).await;
    };
    edit(Kind::Account, 2, "data-science", json!({"suspend": true})).await;
    stands(&house, Kind::Account, 2, "data-science", "Suspended").await;
    edit(Kind::Account, 2, "data-warehouse", json!({"managementPolicy": "Observe"})).await;
    stands(&house, Kind::Account, 2, "data-warehouse", "Observing").await;
    sandbox.rename(&sandbox.one("experiments").await.id, "by-hand").await;
    stands(&house, Kind::Account, 0, "experiments", "Drifted").await;
    let user = |name: &str, spec: Value| {
        let mut spec = spec;
        spec["organizationRef"] = json!({"name": ACME});
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
            "metadata": {"name": name, "namespace": platform}, "spec": spec,
        })
    };
    let person =
        |address: &str| json!({"email": address, "firstName": "Jo", "lastName": "Doe", "role": "Viewer"});
    house
        .apply(&[
            user("adopted", json!({"human": person("old@example.com")})),
            user(
                "waits",
                json!({"human": person("new@example.com"), "accounts": [{"accountRef": {"name": "missing"}, "role": "Viewer"}]}),
            ),
        ])
        .await;
    stands(&house, Kind::User, 0, "adopted", "Unverified").await;
    stands(&house, Kind::User, 0, "waits", "Waiting").await;
    house.apply(&[user("twice", json!({"human": person("old@example.com")}))]).await;
    stands(&house, Kind::User, 0, "twice", "Blocked").await;
    // More is to be taken away than a person allowed.
    edit(Kind::Organization, 0, ACME, json!({"guard": {"maxDestructivePerHour": 1}})).await;
    house.delete(Kind::User, &house.namespaces[2], "harper").await;
    house.gone(Kind::User, &house.namespaces[2], "harper").await;
    house.delete(Kind::User, &house.namespaces[2], "indigo").await;
    stands(&house, Kind::Organization, 0, ACME, "Asks").await;
    stands(&house, Kind::User, 2, "indigo", "Waiting").await;
    stands(&house, Kind::Group, 0, "on-call", "Waiting").await;
    let users = sandbox.users().await.len();
    let counted = |object: &Value| object["status"]["counts"]["users"]["total"] == users;
    house.becomes(Kind::Organization, &platform, ACME, "counted", counted).await;

    compare_pages(&house, "get").await;
    house.close(operator).await;
}

/// Both pages are as their files have them, and without `-o wide` no line is too wide.
async fn compare_pages(house: &House, name: &str) {
    let page = get_spot(house, false).await;
    let widest = page.lines().map(|line| line.chars().count()).max().unwrap();
    compare(&format!("{name}.txt"), &page);
    compare(&format!("{name}-wide.txt"), &get_spot(house, true).await);
    assert!(widest <= WIDTH, "{widest} characters in a line");
}

/// What that contract has no words for is shown too.
#[tokio::test]
async fn the_list_of_everything_under_the_public_document_tells_what_it_has_no_words_for() {
    let sandbox = Sandbox::start(Contract::Published).await;
    let house = House::with_namespaces("shown", TEAMS.len(), sandbox).await;
    let operator = house.start().await;
    house.apply(&samples::manifests(&house)).await;
    let settled = |object: &Value| {
        let (status, current) = (&object["status"], &object["metadata"]["generation"]);
        status["observedGeneration"] == *current && status["state"] != "Waiting"
    };
    for kind in Kind::ALL {
        for namespace in &house.namespaces {
            for object in house.api(kind, namespace).list(&ListParams::default()).await.unwrap() {
                let name = object.metadata.name.as_deref().unwrap();
                house.becomes(kind, namespace, name, "settled", settled).await;
            }
        }
    }
    let users = house.sandbox.users().await.len();
    let counted = |object: &Value| object["status"]["counts"]["users"]["total"] == users;
    house.becomes(Kind::Organization, &house.namespaces[0], ACME, "counted", counted).await;
    compare_pages(&house, "get-published").await;
    house.close(operator).await;
}

/// kubectl prints a row as a line, and cuts a cell at its first line break.
#[tokio::test]
async fn with_the_longest_names_a_row_is_one_line_and_nothing_of_it_is_cut() {
    let sandbox = Sandbox::start(Contract::Production).await;
    let house = House::with_namespaces("longest", 1, sandbox).await;
    let (name, namespace) = ("n".repeat(253), house.namespaces[0].clone());
    let to = json!({"name": &name});
    let email = format!("{}@{}.example.com", "p".repeat(64), ["d".repeat(60), "e".repeat(60)].join("."));
    let of = |kind: &str, spec: Value| {
        let mut spec = spec;
        if kind != "SpotOrganization" && spec.get("accountRef").is_none() {
            spec["organizationRef"] = to.clone();
        }
        json!({
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": kind,
            "metadata": {"name": name, "namespace": namespace}, "spec": spec,
        })
    };
    let called = "\u{fffd} Zoë".repeat(255 / 5);
    let role = format!("arn:aws:iam::123456789012:role/{}", "r".repeat(64));
    let connection = json!({"tokenSecretRef": {"name": &name, "key": "token"}});
    let hook = json!({"name": &name, "key": "url"});
    house
        .apply(&[
            of(
                "SpotOrganization",
                json!({"organizationId": "60607981234567890123", "connection": connection}),
            ),
            of("SpotAccount", json!({"name": called})),
            of(
                "SpotUser",
                json!({"human": {"email": email, "firstName": "a", "lastName": "b", "role": "Viewer"}}),
            ),
            of("SpotUserGroup", json!({"name": called})),
            of(
                "AccessPolicy",
                json!({"name": called, "permissions": [{"serviceId": "ocean", "actions": ["*"]}]}),
            ),
            of("CloudCredential", json!({"accountRef": to, "aws": {"iamRole": role}})),
            of(
                "EventSubscription",
                json!({
                    "accountRef": to, "resourceId": format!("sig-{}", "1".repeat(60)), "protocol": "https",
                    "eventType": "E".repeat(128), "endpointSecretRef": hook,
                }),
            ),
            of(
                "NotificationPolicy",
                json!({
                    "accountRef": to, "name": called, "privacyLevel": "private",
                    "computePolicyConfig": {
                        "events": [{"event": "e", "type": "INFO"}], "includeAllResources": true,
                    },
                }),
            ),
        ])
        .await;
    // As the operator writes it, whatever the vendor says.
    let told = "The vendor says: \u{201c}no\u{201d}. ".repeat(30);
    let status = json!({"status": {
        "state": "Unverified", "reason": "ReferenceNotFoundOrNotAllowed", "message": told.trim_end(),
        "id": "i".repeat(64), "observedGeneration": 1,
        "conditions": [{
            "type": "Ready", "status": "Unknown", "reason": "ReferenceNotFoundOrNotAllowed", "message": told,
            "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z",
        }],
    }});
    for kind in Kind::ALL {
        let patched = house
            .api(kind, &namespace)
            .patch_status(&name, &PatchParams::default(), &Patch::Merge(&status))
            .await;
        patched.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        let (columns, rows) = table(&house, kind, &namespace).await;
        let [row] = &rows[..] else { panic!("{kind:?}: {} rows", rows.len()) };
        assert_eq!(row.len(), columns.len(), "{kind:?}");
        let long = row.iter().filter(|cell| cell.chars().count() > 50).count();
        assert!(long >= 2, "{kind:?}: a name and a message at least: {row:?}");
        for (cell, (column, _)) in row.iter().zip(&columns) {
            assert!(!cell.chars().any(char::is_control), "{kind:?} {column}: {cell:?}");
        }
    }
}
