//! No token, password or other secret value is told anywhere (rule 9). Every scenario ends with a search
//! for them; here the search is shown to find what is planted.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    path::Path,
    process::{Command, Output},
};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use orgkeeper::sandbox::digest;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

use crate::support::{
    canaries::Canaries,
    house::{ACME, House, Kind, LONG},
    recorder::{PLANTED, recorded},
    sandbox::{Sandbox, TOKEN},
    wait::wait_until,
};

const VALUE: &str = "a \"secret\" value";

#[test]
fn a_value_is_found_in_every_form_and_not_shown() {
    let mut canaries = Canaries::default();
    canaries.add(VALUE.as_bytes());
    let forms = [
        ("as it is", "a \"secret\" value"),
        ("in JSON", r#"a \"secret\" value"#),
        ("in base64", "YSAic2VjcmV0IiB2YWx1ZQ=="),
        ("in hexadecimal digits", "612022736563726574222076616c7565"),
    ];
    for (what, form) in forms {
        let found = canaries.found_in(&format!("ä before {form} after")).expect(what);
        assert!(found.contains("ä before ") && !found.contains(form), "{what}: {found}");
    }
    assert_eq!(canaries.found_in("a \"secret\" val"), None);
    assert_eq!(canaries.found_in(""), None);
}

#[test]
fn a_token_of_the_sandbox_is_found_by_its_digest() {
    let token = "0123456789abcdef".repeat(4);
    let mut canaries = Canaries::default();
    canaries.add_digest(&digest(&token));
    assert!(canaries.found_in(&format!("bearer {token}.")).is_some());
    assert!(canaries.found_in(&token).is_some());
    for other in [format!("{token}0"), token.replace('0', "1"), token[1..].to_owned()] {
        assert_eq!(canaries.found_in(&format!("bearer {other}.")), None);
    }
}

#[test]
fn what_is_too_short_to_be_told_from_a_word_is_not_looked_for() {
    let mut canaries = Canaries::default();
    canaries.add(b"viewer");
    assert_eq!(canaries.needles().count(), 0);
}

/// A scenario with a machine user, whose token is the vendor's and in a Secret.
async fn house() -> (House, String) {
    let house = House::build("canaries", Sandbox::start(Contract::Production).await).await;
    let operator = house.start().await;
    let account = house.account("payments");
    let user = json!({
        "apiVersion": account["apiVersion"], "kind": "SpotUser",
        "metadata": {"name": "ci", "namespace": house.namespace()},
        "spec": {
            "organizationRef": {"name": ACME},
            "programmatic": {"name": "ci", "writeTokenTo": {"name": "ci-token", "key": "token"}},
            "accounts": [{"accountRef": {"name": "payments"}, "role": "Viewer"}],
        },
    });
    house.apply_organization().await;
    house.apply(&[account, user]).await;
    house.ready(Kind::User, house.namespace(), "ci").await;
    house.keep_pages(&operator).await;
    operator.stop().await;
    let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), house.namespace());
    let secret = secrets.get("ci-token").await.unwrap();
    let token = String::from_utf8(secret.data.unwrap()["token"].0.clone()).unwrap();
    (house, token)
}

#[tokio::test]
async fn the_search_finds_what_is_planted_in_any_capture() {
    let (house, token) = house().await;
    assert_eq!(house.search().await, [""; 0]);

    // In the operator's log, in a page, in an object, in what the vendor shows.
    let log = house.logs().pop().unwrap();
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(told.contains("vendor read") && told.contains("vendor write"), "the log is there to be searched");
    std::fs::write(&log, format!("{told} WARN refused token={token}\n")).unwrap();
    house.keep("metrics.txt", &format!("orgkeeper_calls_total{{token=\"{TOKEN}\"}} 1\n"));
    house.sandbox.create(&format!("renamed by {token}")).await;
    let note = json!({"metadata": {"annotations": {PLANTED: format!("it is {TOKEN}")}}});
    house.patch(Kind::Account, house.namespace(), "payments", &note).await;

    let found = house.search().await;
    let home = &house.home;
    let namespace = format!("{}.json", house.namespace());
    for file in [&*format!("{home}.1.log"), "metrics.txt", "sandbox-state.json", &namespace] {
        assert!(found.iter().any(|one| one.contains(file)), "{file}: {found:#?}");
    }
    assert!(found.iter().all(|one| !one.contains(&token) && !one.contains(TOKEN)), "{found:#?}");

    // Nothing of it is left for the search of the whole run.
    std::fs::write(&log, told).unwrap();
    std::fs::remove_dir_all(house.captured()).unwrap();
}

fn search_all(directory: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hack/canaries.sh");
    Command::new(script).arg(directory).output().unwrap()
}

#[test]
fn the_search_of_the_whole_run_finds_what_is_planted_and_notices_when_there_is_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    assert_eq!(search_all(place).status.code(), Some(2), "nothing was captured");
    std::fs::create_dir_all(place.join("canaries")).unwrap();
    std::fs::write(place.join("canaries/1.txt"), format!("\nshort\n{VALUE}\n")).unwrap();
    assert_eq!(search_all(place).status.code(), Some(2), "there is nothing to search");

    std::fs::create_dir_all(place.join("captures/one")).unwrap();
    std::fs::create_dir_all(place.join("operator-logs")).unwrap();
    std::fs::write(place.join("captures/one/objects.json"), "short and harmless").unwrap();
    let clean = search_all(place);
    assert!(clean.status.success(), "{clean:?}");
    std::fs::write(place.join("operator-logs/one.log"), format!("it is {VALUE}")).unwrap();
    let found = search_all(place);
    assert_eq!(found.status.code(), Some(1));
    let told = String::from_utf8(found.stderr).unwrap();
    assert!(told.contains("operator-logs/one.log") && !told.contains(VALUE), "{told}");
}

/// Every version of an object that was stored is captured, not only the last one.
#[tokio::test]
async fn what_was_stored_for_a_moment_is_captured_too() {
    let house = House::build("versions", Sandbox::start(Contract::Production).await).await;
    house.apply(&[house.account("payments")]).await;
    let marks: Vec<String> = (0..5).map(|number| format!("version {number} of {}", house.home)).collect();
    for mark in &marks {
        let note = json!({"metadata": {"annotations": {"example.com/note": mark}}});
        house.patch(Kind::Account, house.namespace(), "payments", &note).await;
    }
    wait_until(LONG, "all versions are captured", async || {
        let versions = recorded(Kind::Account);
        marks.iter().all(|mark| versions.contains(mark)).then_some(())
    })
    .await;
    house.take_down().await;
}
