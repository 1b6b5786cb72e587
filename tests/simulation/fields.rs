//! Every field that can be read back: changed in the console, it is reported, and put back by exactly the
//! calls that this takes; under Report and Observe it is only reported.

use crate::support::house::{House, mins};
use crate::support::look::home;
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, person, policy_key, user_key, with,
};
use crate::support::people::{SAM, furnished, role};
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{
    AccountRole, Console, Contract, Permission, PolicyContent, PolicyDetails, PolicyKind, Statement,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ACCOUNT: &str = "PUT /setup/account/{accountId}";
const ATTACH: &str = "POST /setup/account/{accountId}/user";
const CHANGE: &str = "PUT /setup/account/{accountId}/user";
const DETACH: &str = "DELETE /setup/account/{accountId}/user";
const POLICIES: &str = "PUT /setup/user/{userId}/policyMapping";
const GROUPS: &str = "PUT /setup/user/{userId}/userGroupMapping";
const GROUP: &str = "PUT /setup/access/userGroup/{userGroupId}";
const MEMBERS: &str = "PUT /setup/access/userGroup/{userGroupId}/userMapping";
const POLICY: &str = "PUT /setup/access/policy/{policyId}";
const GROUP_POLICIES: &str = "PUT /setup/access/userGroup/{userGroupId}/policyMapping";

/// The fields that no read shows.
const UNREADABLE: [(KindRef, &str); 9] = [
    (kinds::ACCOUNT, "slackNotificationChannels"),
    (kinds::USER, "human.firstName"),
    (kinds::USER, "human.lastName"),
    (kinds::USER, "human.role"),
    // In the public document.
    (kinds::USER, "accounts"),
    (kinds::USER, "human.passwordSecretRef"),
    (kinds::USER, "policies"),
    (kinds::USER, "userGroups"),
    (kinds::USER, "programmatic.description"),
];

/// What a person does in the console.
type Act = Box<dyn Fn(&mut Console<'_>)>;

/// A field, and what happens to it.
struct Row {
    object: ObjectRef,
    path: String,
    desired: &'static str,
    actual: &'static str,
    /// What puts it back; none where only a create can write it.
    calls: &'static [&'static str],
    act: Act,
}

/// The manifests: every field of every kind.
fn manifests(contract: Contract) -> Vec<(ObjectRef, Value)> {
    let grants = json!([
        {"policyName": "Deployer", "accounts": [{"name": "prod"}]},
        {"policyName": "Ocean Full Access", "allAccounts": true},
        {"policyName": "Credit Card Editor"},
    ]);
    let slack = json!({"slackNotificationChannels": [{"url": "https://hooks.slack.com/services/T/B/x"}]});
    let production = contract == Contract::Production;
    let devs = |spec: Value| {
        if production { with(spec, json!({"userGroups": [{"groupRef": {"name": "devs"}}]})) } else { spec }
    };
    let described = json!({"programmatic": {"description": "Builds"}});
    let mut all = vec![
        (home("prod"), if production { with(account("prod"), slack) } else { account("prod") }),
        (user_key("jo"), devs(with(person("jo"), json!({"accounts": [role("prod", "Editor")]})))),
        (user_key("ci"), devs(with(machine("ci", "prod"), described))),
        (policy_key("reader"), with(access_policy("reader"), json!({"description": "Reads"}))),
    ];
    if production {
        let by_policies = json!({"accounts": null, "policies": grants});
        all.push((user_key("al"), with(person("al"), by_policies.clone())));
        all.push((user_key("bot"), with(machine("bot", "prod"), by_policies)));
        all.push((group_key("devs"), group("devs")));
        let members = json!([{"userRef": {"name": "jo"}}]);
        let ops = json!({"description": "Operates", "members": members, "policies": grants});
        all.push((group_key("ops"), with(group("ops"), ops)));
        let statements = json!([{"effect": "Allow", "actions": ["b:c"], "resources": ["o-1"]}]);
        let said = json!({"type": "Account", "permissions": null, "statements": statements});
        all.push((policy_key("writer"), with(access_policy("writer"), said)));
    }
    all
}

/// A house in which all of it is as declared, and settled.
fn house(contract: Contract) -> House {
    let mut house = furnished(contract, &["prod", "dev"]);
    if contract == Contract::Production {
        house.policy("Deployer");
        house.administrator();
    }
    let manifests = manifests(contract);
    for (key, spec) in &manifests {
        house.apply(key, spec);
    }
    house.until(mins(5), "ready", |house| manifests.iter().all(|(key, _)| house.ready(key)));
    house.run(mins(8));
    house.forget_requests();
    house
}

/// The table.
#[allow(clippy::too_many_lines, reason = "a table")]
fn rows(house: &House, contract: Contract) -> Vec<Row> {
    let id = |key: ObjectRef| house.id(&key).unwrap();
    let mut rows = Vec::new();
    let mut row = |object: ObjectRef, path: &str, values: [&'static str; 2], calls, act: Act| {
        let [desired, actual] = values;
        rows.push(Row { object, path: path.to_owned(), desired, actual, calls, act });
    };
    let (prod, dev) = (id(home("prod")), id(home("dev")));
    let (jo, ci) = (id(user_key("jo")), id(user_key("ci")));
    let renamed = |id: &str| -> Act {
        let id = id.to_owned();
        Box::new(move |console| assert!(console.change_account(&id, |it| it.name = "by hand".into())))
    };
    let address = |id: &str| -> Act {
        let id = id.to_owned();
        Box::new(move |console| {
            assert!(console.change_user(&id, |it| {
                it.email = "other@example.com".into();
                it.username = "other@example.com".into();
            }));
        })
    };
    let named = |id: &str| -> Act {
        let id = id.to_owned();
        Box::new(move |console| assert!(console.change_user(&id, |it| it.username = "other".into())))
    };
    row(home("prod"), "name", ["prod", "by hand"], &[ACCOUNT], renamed(&prod));
    let email = ["jo@example.com", "other@example.com"];
    row(user_key("jo"), "human.email", email, &[], address(&jo));
    row(user_key("ci"), "programmatic.name", ["ci", "other"], &[], named(&ci));
    let policy = |id: &str, change: fn(&mut PolicyDetails)| -> Act {
        let id = id.to_owned();
        Box::new(move |console| console.change_policy(&id, change).unwrap())
    };
    let reader = id(policy_key("reader"));
    let renamed = policy(&reader, |it| it.name = "other".into());
    row(policy_key("reader"), "name", ["reader", "other"], &[POLICY], renamed);
    let described = policy(&reader, |it| it.description = "other".into());
    row(policy_key("reader"), "description", ["Reads", "other"], &[POLICY], described);
    let declared = r#"[{"effect":"Allow","actions":["ocean:create*","ocean:describe"],"resources":["*"]}]"#;
    let by_hand = r#"[{"effect":"Allow","actions":["b:c"],"resources":["*"]}]"#;
    let says_else = match contract {
        Contract::Production => {
            policy(&reader, |it| it.content = PolicyContent::Statements(vec![Statement::allow(&["b:c"])]))
        }
        Contract::Published => policy(&reader, |it| {
            let actions = vec!["c".to_owned()];
            it.content = PolicyContent::Permissions(vec![Permission { service_id: "b".into(), actions }]);
        }),
    };
    row(policy_key("reader"), "permissions", [declared, by_hand], &[POLICY], says_else);
    if contract == Contract::Published {
        return rows;
    }
    let writer = id(policy_key("writer"));
    let declared = r#"[{"effect":"Allow","actions":["b:c"],"resources":["o-1"]}]"#;
    let says_else =
        policy(&writer, |it| it.content = PolicyContent::Statements(vec![Statement::allow(&["b:c"])]));
    row(policy_key("writer"), "statements", [declared, by_hand], &[POLICY], says_else);
    let elsewhere = policy(&writer, |it| it.kind = PolicyKind::Organization);
    row(policy_key("writer"), "type", ["Account", "Organization"], &[], elsewhere);
    let (al, bot) = (id(user_key("al")), id(user_key("bot")));
    let (devs, ops) = (id(group_key("devs")), id(group_key("ops")));
    let deployer = house.vendor().world().policy_named("Deployer").unwrap().0.id.clone();
    let described = {
        let ci = ci.clone();
        Box::new(move |console: &mut Console<'_>| {
            assert!(console.change_user(&ci, |it| it.description = "other".into()));
        })
    };
    row(user_key("ci"), "programmatic.description", ["Builds", "other"], &[], described);
    let account_role = |id: &str, account: &str, role: Option<AccountRole>| -> Act {
        let (id, account) = (id.to_owned(), account.to_owned());
        Box::new(move |console| assert!(console.set_account_role(&id, &account, role)))
    };
    let on_prod = format!("accounts[{prod}]");
    let on_dev = format!("accounts[{dev}]");
    let lower = account_role(&jo, &prod, Some(AccountRole::Viewer));
    row(user_key("jo"), &on_prod, ["Editor", "Viewer"], &[CHANGE], lower);
    row(user_key("jo"), &on_prod, ["Editor", ""], &[ATTACH], account_role(&jo, &prod, None));
    let besides = account_role(&jo, &dev, Some(AccountRole::Viewer));
    row(user_key("jo"), &on_dev, ["", "Viewer"], &[DETACH], besides);
    // A machine user has its roles by policies.
    let granted = |id: &str, policy: &str, account: Option<&str>| -> Act {
        let (id, policy, account) = (id.to_owned(), policy.to_owned(), account.map(str::to_owned));
        Box::new(move |console| {
            assert!(console.change_user(&id, |it| it.grants.add(&policy, account.clone())));
        })
    };
    let taken = |id: &str, policy: &str| -> Act {
        let (id, policy) = (id.to_owned(), policy.to_owned());
        Box::new(move |console| {
            assert!(console.change_user(&id, |it| assert!(it.grants.0.remove(&policy).is_some())));
        })
    };
    row(user_key("ci"), &on_prod, ["Editor", ""], &[POLICIES], {
        let ci = ci.clone();
        Box::new(move |console| assert!(console.change_user(&ci, |it| it.grants.0.clear())))
    });
    row(user_key("ci"), &on_prod, ["Editor", "Viewer"], &[POLICIES], {
        let (ci, prod) = (ci.clone(), prod.clone());
        Box::new(move |console| {
            assert!(console.change_user(&ci, |it| {
                it.grants.0.clear();
                it.grants.add("3", [prod.clone()]);
            }));
        })
    });
    row(user_key("ci"), &on_dev, ["", "Viewer"], &[POLICIES], granted(&ci, "3", Some(&dev)));
    let everywhere = granted(&ci, "2", Some("*"));
    row(user_key("ci"), "accounts[*]", ["", "Editor"], &[POLICIES], everywhere);
    let in_groups = |id: &str, groups: &[&str]| -> Act {
        let (id, groups) = (id.to_owned(), groups.iter().map(|&group| group.to_owned()).collect::<Vec<_>>());
        Box::new(move |console| assert!(console.set_groups(&id, groups.clone())))
    };
    let in_devs = format!("userGroups[{devs}]");
    for (name, user, others) in [("jo", &jo, vec![ops.as_str()]), ("ci", &ci, vec![])] {
        row(user_key(name), &in_devs, ["granted", ""], &[GROUPS], in_groups(user, &others));
    }
    for (name, user) in [("al", &al), ("bot", &bot)] {
        let paths = [format!("policies[{deployer}/{prod}]"), "policies[5/*]".into(), "policies[6]".into()];
        for (path, policy) in paths.iter().zip([deployer.as_str(), "5", "6"]) {
            row(user_key(name), path, ["granted", ""], &[POLICIES], taken(user, policy));
        }
        let path = format!("policies[2/{dev}]");
        let besides = granted(user, "2", Some(&dev));
        row(user_key(name), &path, ["", "granted"], &[POLICIES], besides);
    }
    let organizations = granted(&al, "1", None);
    row(user_key("al"), "policies[1]", ["", "granted"], &[POLICIES], organizations);
    let regroup = |change: fn(&mut orgkeeper::sandbox::spot::GroupDetails)| -> Act {
        let ops = ops.clone();
        Box::new(move |console| assert!(console.change_group(&ops, change)))
    };
    let ops_key = || group_key("ops");
    row(ops_key(), "name", ["ops", "other"], &[GROUP], regroup(|it| it.name = "other".into()));
    let told = regroup(|it| it.description = "other".into());
    row(ops_key(), "description", ["Operates", "other"], &[GROUP], told);
    let members = |ids: &[&str]| -> Act {
        let (ops, ids) = (ops.clone(), ids.iter().map(|&id| id.to_owned()).collect::<BTreeSet<_>>());
        Box::new(move |console| assert!(console.set_members(&ops, &ids)))
    };
    row(ops_key(), &format!("members[{jo}]"), ["granted", ""], &[MEMBERS], members(&[]));
    row(ops_key(), &format!("members[{al}]"), ["", "granted"], &[MEMBERS], members(&[&jo, &al]));
    let fewer = regroup(|it| assert!(it.grants.0.remove("5").is_some()));
    row(ops_key(), "policies[5/*]", ["granted", ""], &[GROUP_POLICIES], fewer);
    let more = regroup(|it| it.grants.add("7", ["*"]));
    row(ops_key(), "policies[7/*]", ["", "granted"], &[GROUP_POLICIES], more);
    let theirs = {
        let (ops, deployer) = (ops.clone(), deployer.clone());
        Box::new(move |console: &mut Console<'_>| {
            assert!(console.change_group(&ops, |it| assert!(it.grants.0.remove(&deployer).is_some())));
        })
    };
    let path = format!("policies[{deployer}/{prod}]");
    row(ops_key(), &path, ["granted", ""], &[GROUP_POLICIES], theirs);
    let paying = regroup(|it| assert!(it.grants.0.remove("6").is_some()));
    row(ops_key(), "policies[6]", ["granted", ""], &[GROUP_POLICIES], paying);
    rows
}

/// How a difference is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Correct,
    Report,
    Observe,
}

impl Mode {
    fn spec(self) -> Value {
        match self {
            Self::Correct => json!({"driftPolicy": "Correct"}),
            Self::Report => json!({"driftPolicy": "Report"}),
            Self::Observe => json!({"managementPolicy": "Observe"}),
        }
    }
}

/// Each row in each mode, or what fails.
fn each_row(contract: Contract, mode: Mode) {
    let count = rows(&house(contract), contract).len();
    for index in 0..count {
        let mut house = house(contract);
        let row = rows(&house, contract).swap_remove(index);
        let spec = house.object(&row.object)["spec"].clone();
        house.apply(&row.object, &with(spec, mode.spec()));
        house.run(mins(3));
        let what = format!(
            "{contract:?} {mode:?} {} {}: {:?} for {:?}",
            row.object, row.path, row.actual, row.desired
        );
        assert_eq!(house.written(), [""; 0], "{what}: a change of policy is no write");
        house.by_hand(|console| (row.act)(console));
        house.until(mins(12), &what, |house| house.drift(&row.object, &row.path).is_some());
        let drift = house.drift(&row.object, &row.path).unwrap();
        assert_eq!(drift["desired"], row.desired, "{what}: {drift}");
        assert_eq!(drift["actual"], row.actual, "{what}: {drift}");
        assert_eq!(drift["actor"], SAM, "{what}: {drift}\n{}", house.describe());
        house.run(mins(20));
        let only_reported = mode != Mode::Correct || row.calls.is_empty();
        let expected = if only_reported { &[][..] } else { row.calls };
        assert_eq!(house.written(), expected, "{what}\n{}", house.describe());
        let drifted = house.condition(&row.object, "Drifted").is_some();
        assert_eq!(drifted, only_reported, "{what}\n{}", house.describe());
        assert_eq!(house.drift(&row.object, &row.path).is_some(), only_reported, "{what}");
        let stalled = mode == Mode::Correct && row.calls.is_empty();
        assert_eq!(house.stalled(&row.object, "ImmutableField"), stalled, "{what}");
        assert_eq!(house.ready(&row.object), !stalled, "{what}\n{}", house.describe());
    }
}

#[test]
pub fn what_differs_is_put_back_by_exactly_the_calls_that_this_takes() {
    each_row(Contract::Production, Mode::Correct);
}

#[test]
fn what_differs_is_only_reported_under_report() {
    each_row(Contract::Production, Mode::Report);
}

#[test]
fn what_differs_is_only_reported_under_observe() {
    each_row(Contract::Production, Mode::Observe);
}

#[test]
fn what_the_public_document_shows_is_compared_too() {
    for mode in [Mode::Correct, Mode::Report, Mode::Observe] {
        each_row(Contract::Published, mode);
    }
}

/// The path without ids.
fn form(path: &str) -> String {
    path.split_once('[').map_or_else(|| path.to_owned(), |(list, _)| format!("{list}[]"))
}

#[test]
fn the_table_has_every_field_that_can_be_read() {
    for contract in [Contract::Production, Contract::Published] {
        let house = house(contract);
        let in_table: BTreeSet<(KindRef, String)> =
            rows(&house, contract).iter().map(|row| (row.object.kind, form(&row.path))).collect();
        let mut seen = 0;
        for (key, _) in manifests(contract) {
            let applied = house.status(&key)["lastApplied"].clone();
            // What is declared is noted besides.
            for path in applied.as_object().unwrap().keys().filter(|path| !path.ends_with("[]")) {
                let field = (key.kind, form(path));
                let unreadable = UNREADABLE.contains(&(field.0, field.1.as_str()));
                assert!(in_table.contains(&field) || unreadable, "no row changes {field:?}");
                seen += 1;
            }
        }
        assert!(seen >= in_table.len());
    }
}
