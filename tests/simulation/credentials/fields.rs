//! Every field that can be read back: changed in the console, it is reported, and put back by exactly the calls
//! that this takes; under Report and Observe it is only reported.

use crate::support::credentials::{
    CLIENT, OTHER_ROLE, ROLE, SUBSCRIPTION, TENANT, aws, azure, cloud, gcp, key_file, role, service_account,
    sets, with_prod,
};
use crate::support::house::mins;
use crate::support::manifests::with;
use crate::support::people::SAM;
use orgkeeper::sandbox::spot::{AzureCredential, CloudCredential, Contract};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DATE: &str = "2099-01-31T00:00:00Z";

/// A field, and what the vendor has in its place.
struct Row {
    spec: Value,
    path: &'static str,
    desired: Value,
    actual: Value,
    there: CloudCredential,
}

fn dated() -> Value {
    with(azure(), json!({"azure": {"expirationDate": "2099-01-31"}}))
}

fn rows() -> Vec<Row> {
    let other = "1a2b3c4d-0000-4000-8000-0000000000ff";
    let application = || AzureCredential {
        client_id: CLIENT.into(),
        client_secret: orgkeeper::sandbox::Hidden::of("set by hand in the console"),
        tenant_id: TENANT.into(),
        subscription_id: Some(SUBSCRIPTION.into()),
        expiration_date: Some(json!("2099-01-31T00:00:00.000Z")),
    };
    let azure_row = |path, desired: &str, actual: &str, there: AzureCredential| Row {
        spec: dated(),
        path,
        desired: json!(desired),
        actual: json!(actual),
        there: CloudCredential::Azure(there),
    };
    let mut file = key_file(1);
    file["private_key_id"] = json!("another-key");
    vec![
        Row {
            spec: aws(),
            path: "aws.iamRole",
            desired: json!(ROLE),
            actual: json!(OTHER_ROLE),
            there: role(OTHER_ROLE),
        },
        azure_row(
            "azure.clientId",
            CLIENT,
            other,
            AzureCredential { client_id: other.into(), ..application() },
        ),
        azure_row(
            "azure.tenantId",
            TENANT,
            other,
            AzureCredential { tenant_id: other.into(), ..application() },
        ),
        azure_row(
            "azure.subscriptionId",
            SUBSCRIPTION,
            other,
            AzureCredential { subscription_id: Some(other.into()), ..application() },
        ),
        azure_row(
            "azure.expirationDate",
            DATE,
            "2098-01-31T00:00:00Z",
            AzureCredential { expiration_date: Some(json!("2098-01-31T00:00:00.000Z")), ..application() },
        ),
        azure_row(
            "azure.expirationDate",
            DATE,
            "",
            AzureCredential { expiration_date: None, ..application() },
        ),
        Row {
            spec: gcp(),
            path: "gcp.serviceAccountKeyRef",
            desired: Value::Null,
            actual: Value::Null,
            there: service_account(&file),
        },
    ]
}

#[test]
fn what_differs_is_put_back_as_a_whole_or_only_reported() {
    let modes = [
        json!({"driftPolicy": "Correct"}),
        json!({"driftPolicy": "Report"}),
        json!({"managementPolicy": "Observe"}),
    ];
    for mode in modes {
        for row in rows() {
            let mut house = with_prod(Contract::Production);
            house.ready_with(&cloud(), &row.spec);
            house.run(mins(8));
            house.apply(&cloud(), &with(row.spec.clone(), mode.clone()));
            house.run(mins(3));
            house.forget_requests();
            house.link(row.there.clone());
            let what = format!("{mode} {} {}", row.path, row.actual);
            house.until(mins(12), &what, |house| house.drift(&cloud(), row.path).is_some());
            let drift = house.drift(&cloud(), row.path).unwrap();
            assert_eq!((&drift["desired"], &drift["actual"]), (&row.desired, &row.actual), "{what}");
            assert_eq!(drift["actor"], SAM, "{what}: {drift}");
            house.run(mins(20));
            let only_reported = mode["driftPolicy"] != "Correct";
            let expected = if only_reported { vec![] } else { sets(Contract::Production, &row.spec) };
            assert_eq!(house.written(), expected, "{what}\n{}", house.describe());
            assert_eq!(house.condition(&cloud(), "Drifted").is_some(), only_reported, "{what}");
            assert_eq!(house.drift(&cloud(), row.path).is_some(), only_reported, "{what}");
            assert!(house.ready(&cloud()));
            if only_reported {
                assert_eq!(house.details_of_prod().credential, Some(row.there));
            } else {
                house.assert_set(&row.spec);
            }
        }
    }
}

#[test]
fn what_means_the_same_is_no_difference() {
    let mut house = with_prod(Contract::Production);
    let upper = with(
        azure(),
        json!({"azure": {"clientId": CLIENT.to_uppercase(), "tenantId": TENANT.to_uppercase(),
            "subscriptionId": SUBSCRIPTION.to_uppercase(), "expirationDate": "2099-01-31T01:00:00+01:00"}}),
    );
    house.ready_with(&cloud(), &upper);
    house.run(mins(8));
    house.forget_requests();
    let prod = house.prod();
    house.by_hand(|console| {
        assert!(console.change_account(&prod, |it| {
            let Some(CloudCredential::Azure(azure)) = &mut it.credential else { panic!() };
            azure.client_id = CLIENT.to_uppercase();
            azure.expiration_date = Some(json!("2099-01-31T00:00:00.000+0000"));
        }));
    });
    house.stays(&cloud());
    house.ready_with(&cloud(), &dated());
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn an_edit_of_any_field_sends_the_whole_once() {
    let other = "1a2b3c4d-0000-4000-8000-0000000000ff";
    let edits = [
        (aws(), json!({"aws": {"iamRole": OTHER_ROLE}})),
        (dated(), json!({"azure": {"clientId": other}})),
        (dated(), json!({"azure": {"tenantId": other}})),
        (dated(), json!({"azure": {"subscriptionId": other}})),
        (dated(), json!({"azure": {"expirationDate": "2098-01-31"}})),
        (azure(), json!({"azure": {"expirationDate": "2098-01-31"}})),
    ];
    for (spec, edit) in edits {
        for mode in ["Correct", "Report"] {
            let mut house = with_prod(Contract::Production);
            let spec = with(spec.clone(), json!({"driftPolicy": mode}));
            house.ready_with(&cloud(), &spec);
            house.run(mins(8));
            house.forget_requests();
            house.ready_with(&cloud(), &with(spec.clone(), edit.clone()));
            house.stays(&cloud());
            assert_eq!(house.written(), sets(Contract::Production, &spec), "{edit}");
        }
    }
}

#[test]
fn the_table_has_every_field_that_can_be_read() {
    let unreadable = ["azure.clientSecretRef", "gcp.serviceAccountKeyRef[private_key]"];
    let in_table: BTreeSet<&str> = rows().iter().map(|row| row.path).collect();
    let mut seen = BTreeSet::new();
    for spec in [aws(), dated(), gcp()] {
        let mut house = with_prod(Contract::Production);
        house.ready_with(&cloud(), &spec);
        let applied = house.status(&cloud())["lastApplied"].clone();
        // What is declared is noted besides.
        let fields = applied.as_object().unwrap().keys().filter(|path| !path.ends_with("[]"));
        seen.extend(fields.cloned());
    }
    let expected: BTreeSet<&str> = in_table.into_iter().chain(unreadable).collect();
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn what_the_vendor_leaves_out_of_a_key_file_is_no_difference() {
    let mut house = with_prod(Contract::Production);
    let less: fn(&mut Value) = |item| {
        if let Some(account) = item["serviceAccount"].as_object_mut() {
            account.retain(|name, _| name == "client_email");
        }
    };
    house.way.vendors.amended.replace(Some(("/gcp/setup/credentials".to_owned(), less)));
    house.ready_with(&cloud(), &gcp());
    house.stays(&cloud());
    assert_eq!(house.written(), sets(Contract::Production, &gcp()));
}

#[test]
fn a_moment_is_as_exact_as_it_is_sent() {
    let mut house = with_prod(Contract::Production);
    let exact = with(azure(), json!({"azure": {"expirationDate": "2099-01-31T12:00:00.123456789Z"}}));
    house.ready_with(&cloud(), &exact);
    house.stays(&cloud());
    assert_eq!(house.written(), sets(Contract::Production, &azure()));
}
