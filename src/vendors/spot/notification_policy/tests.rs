use super::model::{
    AccountConfig, ComputeConfig, Condition, RegisteredUser, RegisteredUsers, ShownSubscription, Subscription,
};
use super::wish::REGISTERED_USERS;
use super::*;
use crate::api::spot::PrivacyLevel;
use crate::engine::base::ports::ObjectRef;
use crate::engine::decide::plan::{Cause, Seen, Text, entry};
use crate::vendors::spot::access::lists::GrantLists;
use crate::vendors::spot::subscription::model::Endpoint;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CANARY: &str = "https://hooks.example.com/canary";
const MASK: &str = "https://hooks****";

fn manifest(name: &str) -> NotificationPolicy {
    let object = json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1", "kind": "NotificationPolicy",
        "metadata": {"name": "n", "namespace": "ns"},
        "spec": {
            "accountRef": {"name": "prod"}, "name": name, "privacyLevel": "public",
            "computePolicyConfig": {"events": [], "includeAllResources": true},
        },
    });
    serde_json::from_value(object).expect("a manifest")
}

fn place(channel: &'static str, endpoint: &str) -> Subscription {
    Subscription { channel, endpoint: Endpoint::from(endpoint.to_owned()) }
}

fn shown(channel: &str, endpoint: Option<&str>) -> ShownSubscription {
    let endpoint = endpoint.map(|endpoint| Endpoint::from(endpoint.to_owned()));
    ShownSubscription { channel: channel.to_owned(), endpoint }
}

fn user(email: &str, types: &[&str]) -> (String, RegisteredUser) {
    let subscription_types = types.iter().map(|kind| (*kind).to_owned()).collect();
    (email.to_lowercase(), RegisteredUser { email: email.to_owned(), subscription_types })
}

fn everything() -> ComputeConfig {
    ComputeConfig {
        events: [("a".to_owned(), "INFO".to_owned())].into(),
        all_resources: true,
        ..ComputeConfig::default()
    }
}

fn desired() -> Desired {
    Desired {
        account: "act-1".into(),
        name: "incidents".into(),
        description: Some("what for".into()),
        privacy_level: PrivacyLevel::Public,
        is_active: Some(true),
        subscriptions: Some(vec![place("webhook", CANARY)]),
        registered_users: Some([user("Jo@example.com", &["email"])].into()),
        config: everything(),
        lists: GrantLists::default(),
    }
}

fn live() -> Observed {
    NotificationPolicies.created(&desired(), "snp-1")
}

fn changes(paths: &[&str], repeated: bool) -> Vec<Change> {
    let change = |path: &&str| Change {
        path: (*path).to_owned(),
        cause: Cause::Edit,
        desired: None,
        actual: None,
        sensitive: false,
        replaces: true,
        repeated,
        moved: false,
    };
    paths.iter().map(change).collect()
}

/// The paths that differ.
fn differing(desired: &Desired, live: &Observed) -> Vec<String> {
    let differs = |field: &Field| match &field.seen {
        Seen::Value(seen) => seen.expose() != field.desired.expose(),
        Seen::Listed => false,
        other => panic!("{}: {other:?}", field.path),
    };
    let fields = fields::of(desired, live, &BTreeMap::new());
    fields.into_iter().filter(differs).map(|field| field.path).collect()
}

#[test]
fn the_account_and_the_name_tell_policies_apart() {
    let act = |id: &str| Within::Container(id.into());
    let unmade = |name: &str| {
        Within::Unmade(ObjectRef { kind: kinds::ACCOUNT, namespace: "ns".into(), name: name.into() })
    };
    let keys = [("a", act("act-1")), ("a", act("act-2")), ("b", act("act-1")), ("a", unmade("x"))];
    let keys: BTreeSet<String> =
        keys.iter().map(|(name, within)| NotificationPolicies::key(&manifest(name), within)).collect();
    assert_eq!(keys.len(), 4);
    let key = NotificationPolicies::key(&manifest("incidents"), &act("act-1"));
    assert_eq!(NotificationPolicies::identify(&live()).key, key, "as a list shows it");
}

#[test]
fn a_policy_of_another_account_is_not_taken_over_and_one_of_none_neither() {
    assert!(NotificationPolicies::unfit(&desired(), &live()).is_none());
    let elsewhere = Desired { account: "act-2".into(), ..desired() };
    assert!(NotificationPolicies::unfit(&elsewhere, &live()).is_some());
    let row = PolicyRow { account: None, ..live().row };
    let nowhere = Observed::new(row, None);
    assert!(!NotificationPolicies::identify(&nowhere).adoptable);
    assert_eq!(NotificationPolicies::identify(&nowhere).key, "");
    // What a read by id shows of another account is that one's.
    let detail = live().detail.expect("a detail");
    assert_eq!(Observed::read("act-2", detail).row.account.as_deref(), Some("act-1"));
}

#[test]
fn each_field_is_compared() {
    assert_eq!(differing(&desired(), &live()), [""; 0]);
    let by_id = ComputeConfig { all_resources: false, resource_ids: ["sig-1".into()].into(), ..everything() };
    let table = [
        (Desired { name: "b".into(), ..desired() }, "name"),
        (Desired { description: Some("b".into()), ..desired() }, "description"),
        (Desired { is_active: Some(false), ..desired() }, "isActive"),
        (Desired { privacy_level: PrivacyLevel::Private, ..desired() }, "privacyLevel"),
        (Desired { subscriptions: Some(Vec::new()), ..desired() }, "subscriptions"),
        (Desired { subscriptions: Some(vec![place("slack", CANARY)]), ..desired() }, "subscriptions"),
        (Desired { registered_users: Some([].into()), ..desired() }, "registeredUsers[jo@example.com]"),
        (Desired { config: by_id, ..desired() }, "computePolicyConfig"),
    ];
    for (wish, path) in table {
        assert_eq!(differing(&wish, &live()), [path]);
    }
    let bare = Desired {
        description: None,
        is_active: None,
        subscriptions: None,
        registered_users: None,
        ..desired()
    };
    assert_eq!(differing(&bare, &live()), [""; 0], "not managed");
}

#[test]
fn what_is_told_of_other_accounts_is_no_difference() {
    let mut both = live();
    let other = AccountConfig { account: Some("act-2".into()), config: ComputeConfig::default() };
    both.detail.as_mut().expect("a detail").configs.insert(0, other);
    assert_eq!(differing(&desired(), &both), [""; 0]);
    let detail = both.detail.as_mut().expect("a detail");
    detail.configs.pop();
    assert_eq!(differing(&desired(), &both), ["computePolicyConfig"]);
    // Without a word for accounts, the only one is its.
    both.detail.as_mut().expect("a detail").configs =
        vec![AccountConfig { account: None, config: everything() }];
    assert_eq!(differing(&desired(), &both), [""; 0]);
}

#[test]
fn two_configs_that_say_the_same_have_one_text() {
    let condition = |expression: &str| Condition {
        identifier: "tag".into(),
        operator: "equals".into(),
        expression: expression.into(),
    };
    let rules = |all: &[&[&str]]| ComputeConfig {
        rules: all.iter().map(|rule| rule.iter().map(|one| condition(one)).collect()).collect(),
        ..ComputeConfig::default()
    };
    let one = content::config_text(&rules(&[&["a", "b"], &["c"]]));
    assert_eq!(one, content::config_text(&rules(&[&["c"], &["b", "a"]])));
    assert_ne!(one, content::config_text(&rules(&[&["a", "b", "c"]])), "all of them, or one of them");
    assert_eq!(
        content::config_text(&everything()),
        json!({"events": [{"event": "a", "type": "INFO"}], "includeAllResources": true}).to_string()
    );
}

#[test]
fn what_is_masked_counts_as_not_shown_while_the_rest_is_as_declared() {
    let asked = [place("webhook", CANARY), place("email", "Ops@Example.com")];
    let mail = || shown("email", Some("Ops@EXAMPLE.com"));
    let value = |seen: &Seen| match seen {
        Seen::Value(Text::Secret(_)) => Some(true),
        Seen::Unreadable => None,
        other => panic!("{other:?}"),
    };
    let as_declared = [mail(), shown("webhook", Some(CANARY))];
    let Seen::Value(seen) = content::seen_places(&asked, &as_declared) else { panic!("it is shown") };
    assert_eq!(seen.expose(), content::places(&asked).expose(), "in whatever order and spelling of a host");
    let table = [
        (vec![mail(), shown("webhook", None)], None),
        (vec![shown("email", None), shown("webhook", None)], None),
        (vec![mail(), shown("slack", None)], Some(true)),
        (vec![shown("webhook", None)], Some(true)),
        (vec![mail(), shown("webhook", None), shown("webhook", None)], Some(true)),
        (vec![shown("email", Some("other@example.com")), shown("webhook", None)], Some(true)),
    ];
    for (places, expected) in table {
        let seen = content::seen_places(&asked, &places);
        assert_eq!(value(&seen), expected, "{places:?}");
        if let Seen::Value(seen) = seen {
            assert_ne!(seen.expose(), content::places(&asked).expose(), "{places:?}");
        }
    }
    assert!(!format!("{:?}{:?}", asked, content::places(&asked)).contains("canary"));
    let masked: Value = json!({"id": "snp-1", "subscriptions": [{"type": "webhook", "endpoint": MASK}]});
    assert!(decode::policy_detail(&masked).expect("a policy").subscriptions[0].endpoint.is_none());
}

#[test]
fn a_change_sends_what_changed_and_leaves_whom_others_registered() {
    let mut live = live();
    let by_hand = user("sam@example.com", &["console"]);
    let seen: RegisteredUsers = [user("jo@example.com", &["console"]), by_hand.clone()].into();
    live.detail.as_mut().expect("a detail").registered_users = seen;
    let jo = entry(REGISTERED_USERS, "jo@example.com");
    let one = fields::update(&desired(), &live, &changes(&["name", &jo], false));
    let expected: RegisteredUsers = [user("Jo@example.com", &["email"]), by_hand.clone()].into();
    assert_eq!((one.name.as_deref(), one.registered_users), (Some("incidents"), Some(expected)));
    assert!(one.description.is_none() && one.subscriptions.is_none() && one.config.is_none());
    let gone = Desired { registered_users: Some([].into()), ..desired() };
    let none = fields::update(&gone, &live, &changes(&[&jo], false));
    assert_eq!(none.registered_users, Some([by_hand].into()));
    assert!(fields::update(&desired(), &live, &changes(&[&jo, "name"], true)).is_empty(), "a list lags");
    let all = ["name", "description", "isActive", "subscriptions", "computePolicyConfig"];
    let all = fields::update(&desired(), &live, &changes(&all, false));
    assert_eq!(PolicyMembers { registered_users: desired().registered_users, ..all }, whole(&desired()));
}

#[test]
fn who_is_told_in_fewer_ways_has_something_taken_away() {
    let table = [
        ("email", "", true),
        ("console, email", "email", true),
        ("email", "console", true),
        ("email", "console, email", false),
        ("", "email", false),
    ];
    for (actual, wish, expected) in table {
        let of = |path: &str, repeated| Change {
            actual: Some(actual.to_owned()),
            desired: Some(wish.to_owned()),
            ..changes(&[path], repeated).remove(0)
        };
        assert_eq!(
            fields::takes_away(&of(&entry(REGISTERED_USERS, "jo@example.com"), false)),
            expected,
            "{actual} {wish}"
        );
        assert!(!fields::takes_away(&of(&entry(REGISTERED_USERS, "jo@example.com"), true)));
        assert!(!fields::takes_away(&of("name", false)) && !fields::takes_away(&of(REGISTERED_USERS, false)));
    }
}
