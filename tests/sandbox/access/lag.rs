//! Users, groups and policies in lists that run behind.

use jiff::SignedDuration;
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{Contract, Start};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, text};

fn bench(reads: bool) -> Bench {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.lag = Lag { lists: SignedDuration::from_secs(10), reads };
    Bench::start(start)
}

fn ids(bench: &mut Bench, target: &str, key: &str) -> Vec<String> {
    bench.items(target).iter().map(|item| text(&item[key])).collect()
}

#[test]
fn creations_and_deletions_reach_the_lists_late() {
    let mut bench = bench(false);
    let user = bench.person("jo@example.com");
    let policy = bench.policy("ours", "ACCOUNT");
    let group = text(&bench.made("/setup/access/userGroup", &json!({"name": "ops"}))["id"]);
    let seen = |bench: &mut Bench| {
        [
            ids(bench, "/setup/organization/user", "userId").contains(&user),
            ids(bench, "/setup/organization/policy", "id").contains(&policy),
            ids(bench, "/setup/access/userGroup", "id").contains(&group),
        ]
    };
    assert_eq!(seen(&mut bench), [false; 3]);
    bench.one(&format!("/setup/user/{user}"));
    bench.one(&format!("/setup/access/userGroup/{group}"));
    bench.pass(10);
    assert_eq!(seen(&mut bench), [true; 3]);
    bench.good("DELETE", &format!("/setup/user/{user}"), &Value::Null);
    bench.good("DELETE", &format!("/setup/access/policy/{policy}"), &Value::Null);
    bench.good("DELETE", &format!("/setup/access/userGroup/{group}"), &Value::Null);
    assert_eq!(seen(&mut bench), [true; 3]);
    let refused = bench.refused("GET", &format!("/setup/user/{user}"), &Value::Null);
    assert_eq!(refused.0, "User_DOESNT_EXIST", "a read by id knows at once");
    bench.pass(10);
    assert_eq!(seen(&mut bench), [false; 3]);
}

#[test]
fn a_rows_group_names_and_a_groups_count_run_behind() {
    let mut bench = bench(false);
    let user = bench.person("jo@example.com");
    let group = text(&bench.made("/setup/access/userGroup", &json!({"name": "ops"}))["id"]);
    bench.pass(10);
    let rows = |bench: &mut Bench| {
        let names = bench.items("/setup/organization/user")[1]["groupNames"].clone();
        (names, bench.one("/setup/access/userGroup")["usersCount"].clone())
    };
    let path = format!("/setup/access/userGroup/{group}");
    bench.good("PUT", &format!("{path}/userMapping"), &json!({"userIds": [user]}));
    assert_eq!(rows(&mut bench), (json!([]), json!(0)));
    assert_eq!(bench.one(&path)["usersCount"], 1);
    bench.pass(10);
    assert_eq!(rows(&mut bench), (json!(["ops"]), json!(1)));
    bench.good("PUT", &path, &json!({"name": "night"}));
    assert_eq!(rows(&mut bench).0, json!(["ops"]));
    assert_eq!(bench.one(&format!("/setup/user/{user}"))["groups"][0]["name"], "night");
    bench.pass(10);
    assert_eq!(rows(&mut bench).0, json!(["night"]));
}

#[test]
fn reads_by_id_run_behind_when_told() {
    let mut bench = bench(true);
    let user = bench.person("jo@example.com");
    let path = format!("/setup/user/{user}");
    assert_eq!(bench.refused("GET", &path, &Value::Null).0, "User_DOESNT_EXIST");
    bench.pass(10);
    let account = bench.default_account();
    let mapping = json!({"policies": [{"policyId": "2", "accountIds": [account]}]});
    bench.good("PUT", &format!("{path}/policyMapping"), &mapping);
    assert_eq!(bench.one(&path)["policies"], json!([]));
    let body = json!({"userId": user, "role": "viewer"});
    bench.good("POST", &format!("/setup/account/{account}/user"), &body);
    let roles = "/setup/accountUserMapping?userEmail=jo@example.com";
    assert!(bench.items(roles).is_empty());
    bench.pass(10);
    assert_eq!(bench.one(&path)["policies"].as_array().unwrap().len(), 2);
    assert_eq!(bench.items(roles).len(), 1);
    let made = bench.made("/setup/access/userGroup", &json!({"name": "ops", "userIds": [user]}));
    assert_eq!(made["usersCount"], 1, "its own reply knows");
}
