//! What is written into manifests and Secrets, and cannot be sent as it is.

use crate::support::credentials::{azure, cloud, gcp, key_file, with_prod};
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    HOME, TOKEN, access_policy, account, group, group_key, machine, organization, person, policy_key,
    user_key, with,
};
use crate::support::people::{furnished, organization_id};
use crate::support::subscriptions::{HOOK, in_clear, one_account, sub, subscription};
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, GroupDetails, Protocol, SubscriptionDetails, UserDetails};
use serde_json::{Value, json};

/// Each name of each kind that is below an organization: its object, a manifest, and where the name stands.
fn names() -> Vec<(ObjectRef, Value, &'static str)> {
    let of_policy = with(access_policy("p"), json!({"name": "x"}));
    vec![
        (home("a"), account("x"), "/name"),
        (group_key("g"), group("x"), "/name"),
        (policy_key("p"), of_policy, "/name"),
        (user_key("jo"), person("jo"), "/human/email"),
        (user_key("jo"), person("jo"), "/human/firstName"),
        (user_key("jo"), person("jo"), "/human/lastName"),
        (user_key("ci"), machine("ci", "prod"), "/programmatic/name"),
    ]
}

fn named(spec: &Value, at: &str, name: &str) -> Value {
    let mut spec = spec.clone();
    *spec.pointer_mut(at).unwrap() = json!(name);
    spec
}

#[test]
pub fn a_name_that_cannot_be_sent_makes_nothing_until_it_is_corrected() {
    for (key, spec, at) in names() {
        let good = spec.pointer(at).unwrap().as_str().unwrap().to_owned();
        let refused = match (key.kind, at) {
            (kinds::ACCOUNT, _) => "12345",
            (_, "/human/email") => "jo@example.com\u{200b}",
            _ => "R+D",
        };
        for name in [format!("{good}\n"), format!(" {good}"), format!("{good}\u{feff}"), refused.to_owned()] {
            let mut house = furnished(Contract::Production, &["prod"]);
            house.forget_requests();
            house.apply(&key, &named(&spec, at, &name));
            let what = format!("{at} {name:?}");
            house.until(mins(2), &what, |house| house.stalled(&key, "NameInvalid"));
            let path = format!("spec{}", at.replace('/', "."));
            assert!(house.message(&key, "Stalled").starts_with(&path), "{}", house.message(&key, "Stalled"));
            house.run(mins(40));
            assert_eq!(house.written(), [""; 0], "{what}");
            house.apply(&key, &spec);
            house.until(mins(10), &what, |house| house.ready(&key));
        }
    }
}

#[test]
fn an_organization_whose_name_cannot_be_sent_is_not_created() {
    for name in ["Acme\n", "12345"] {
        let mut house = House::with_a_parent(Contract::Production);
        house.apply(&acme(), &with(to_create(), json!({"create": {"name": name}})));
        house.start();
        house.until(mins(5), name, |house| house.stalled(&acme(), "NameInvalid"));
        house.run(mins(40));
        assert_eq!(house.foundings(), 0, "{name:?}");
        house.apply(&acme(), &to_create());
        house.until_founded();
    }
}

/// In the console a person may give names that no call takes (`docs/sandbox.md`).
#[test]
fn what_has_such_a_name_already_is_kept_and_only_not_renamed_to_another() {
    let mut house = furnished(Contract::Production, &[]);
    let id = house.by_hand(|console| {
        let details = GroupDetails { name: "R+D".into(), ..GroupDetails::default() };
        console.create_group(organization_id(), details)
    });
    house.ready_with(&group_key("g"), &with(group("R+D"), json!({"description": "Who builds"})));
    assert_eq!(house.id(&group_key("g")), Some(id.clone()));
    assert_eq!(house.vendor().world().group(&id).unwrap().1.description, "Who builds");
    house.run(mins(6));
    house.forget_requests();
    house.apply(&group_key("g"), &group("R=D"));
    house.until(mins(1), "refused", |house| house.stalled(&group_key("g"), "NameInvalid"));
    house.run(mins(40));
    assert_eq!(house.written(), [""; 0]);
    // What is only looked at asks for nothing.
    house.apply(&group_key("g"), &with(group("R=D"), json!({"managementPolicy": "Observe"})));
    house.until(mins(1), "only told", |house| !house.stalled(&group_key("g"), "NameInvalid"));
    house.ready_with(&group_key("g"), &group("research"));
    assert_eq!(house.vendor().world().group(&id).unwrap().1.name, "research");
}

#[test]
fn a_rotation_makes_nobody_of_such_a_name() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let there = house.by_hand(|console| console.create_user(organization_id(), UserDetails::machine("R+D")));
    house.forget_requests();
    let spec = with(machine("ci", "prod"), json!({"programmatic": {"name": "R+D"}}));
    house.apply_with(&user_key("ci"), &spec, &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(10), "told", |house| {
        house.message(&user_key("ci"), "Stalled").contains("spec.programmatic.name has + = or @ in it")
    });
    house.run(mins(40));
    assert_eq!(house.id(&user_key("ci")), Some(there));
    let made = house.written().into_iter().filter(|call| call.starts_with("POST /setup/user/programmatic"));
    assert_eq!(made.count(), 0, "{}", house.describe());
}

/// What spoils a value, and what is said of it then.
type Spoilt = (fn(&str) -> String, &'static str);

/// What may be wrong with any value.
const FLAWS: [Spoilt; 5] = [
    (|value| format!("\u{feff}{value}"), "byte order mark"),
    (|value| format!("{value}\u{200b}"), "invisible character"),
    (|value| format!("\"{value}\"\n"), "quotation marks"),
    (|value| format!("{value}\u{fffd}"), "not UTF-8"),
    (|value| value.replacen('e', "e\u{1b}", 1), "control character"),
];

/// A house, and the object that reads the Secret under the key, with a value that is good.
struct Reads {
    house: House,
    object: ObjectRef,
    spec: Value,
    secret: (&'static str, &'static str),
    good: String,
}

/// Each Secret that is read below an organization.
fn reads() -> Vec<Reads> {
    let slack = json!({"slackNotificationChannels": [{"urlSecretRef": {"name": "s", "key": "k"}}]});
    let password = json!({"human": {"passwordSecretRef": {"name": "s", "key": "k"}}});
    let mail = json!({"protocol": "email", "endpointSecretRef": {"name": "s", "key": "k"}});
    let here = |house, object, spec, good: &str| Reads {
        house,
        object,
        spec,
        secret: ("s", "k"),
        good: good.into(),
    };
    let furnished = || furnished(Contract::Production, &[]);
    vec![
        here(furnished(), home("a"), with(account("a"), slack), HOOK),
        here(furnished(), user_key("jo"), with(person("jo"), password), "Good-enough-1"),
        here(
            one_account(Contract::Production),
            sub("s"),
            with(subscription("prod", "sig-10"), mail),
            "ops@example.com",
        ),
        Reads {
            house: with_prod(Contract::Production),
            object: cloud(),
            spec: azure(),
            secret: ("azure", "secret"),
            good: "canary-of-the-secret".into(),
        },
        Reads {
            house: with_prod(Contract::Production),
            object: cloud(),
            spec: gcp(),
            secret: ("gcp", "key.json"),
            good: key_file(1).to_string(),
        },
    ]
}

#[test]
fn what_is_wrong_with_a_value_of_whatever_secret_is_told_and_nothing_is_sent() {
    for reads in reads() {
        let Reads { mut house, object, spec, secret: (name, key), good } = reads;
        house.forget_requests();
        house.way.cluster.put_secret(HOME, name, key, "");
        house.apply(&object, &spec);
        // A password may stand in quotation marks: a person thought it up.
        let password = object == user_key("jo");
        for (spoil, told) in FLAWS.into_iter().filter(|(_, told)| !password || *told != "quotation marks") {
            house.way.cluster.put_secret(HOME, name, key, &spoil(&good));
            let what = format!("{object} {told}");
            house.until(mins(2), &what, |house| {
                house.stalled(&object, "SecretInvalid") && house.message(&object, "Stalled").contains(told)
            });
            let message = house.message(&object, "Stalled");
            assert!(
                message.contains(&format!("Key {key} of Secret {name} ")) && !message.contains(&good),
                "{message}"
            );
        }
        house.run(mins(40));
        assert_eq!(house.written(), [""; 0], "{object}");
        house.way.cluster.put_secret(HOME, name, key, &format!("{good}\n"));
        house.until(mins(10), "good", |house| house.ready(&object));
    }
}

#[test]
fn a_password_in_quotation_marks_is_sent_as_it_is() {
    let mut house = furnished(Contract::Production, &[]);
    // Without them it would have no special character, and be refused.
    house.way.cluster.put_secret(HOME, "s", "k", "\"Goodenough1\"\n");
    let password = json!({"human": {"passwordSecretRef": {"name": "s", "key": "k"}}});
    house.ready_with(&user_key("jo"), &with(person("jo"), password));
}

#[test]
fn what_is_wrong_with_a_token_is_told_and_nothing_is_asked() {
    let flaws = FLAWS.into_iter().chain([
        (|value: &str| value.replacen('-', "\n", 1), "line break inside"),
        (|value: &str| value.replacen('-', " ", 1), "white space"),
        (|value: &str| value.replacen('-', "–", 1), "not ASCII"),
    ] as [Spoilt; 3]);
    let mut house = House::with_a_parent(Contract::Production);
    house.way.cluster.put_secret(HOME, "spot-token", "token", "");
    house.apply(&acme(), &organization());
    house.start();
    for (spoil, told) in flaws {
        house.way.cluster.put_secret(HOME, "spot-token", "token", &spoil(TOKEN));
        house.until(mins(2), told, |house| {
            house.waits(&acme(), "SecretInvalid") && house.message(&acme(), "Ready").contains(told)
        });
        assert!(!house.message(&acme(), "Ready").contains(TOKEN), "{}", house.message(&acme(), "Ready"));
    }
    assert_eq!(house.calls(""), 0);
    house.way.cluster.put_secret(HOME, "spot-token", "token", &format!("{TOKEN}\r\n"));
    house.until(mins(5), "ready", |house| house.ready(&acme()));

    // So is the one that creates an organization.
    let mut house = House::with_a_parent(Contract::Production);
    house.way.cluster.put_secret(HOME, "parent-token", "token", &format!("'{TOKEN}'"));
    house.apply(&acme(), &to_create());
    house.start();
    house.until(mins(5), "quoted", |house| {
        house.waits(&acme(), "SecretInvalid") && house.message(&acme(), "Ready").contains("quotation marks")
    });
    assert_eq!(house.foundings(), 0);
}

#[test]
fn however_the_host_of_a_mail_address_is_spelled_it_is_one_subscription() {
    let mail = |endpoint: &str| {
        with(in_clear(subscription("prod", "sig-10"), endpoint), json!({"protocol": "email"}))
    };
    let mut house = one_account(Contract::Production);
    let there = SubscriptionDetails {
        account: house.id(&home("prod")).unwrap(),
        resource_id: "sig-10".into(),
        protocol: Protocol::Email,
        endpoint: "ops@Example.COM".into(),
        event_type: "GROUP_UPDATED".into(),
        event_format: None,
        updated_at: house.wall(),
    };
    let id = house.by_hand(|console| console.create_in_account(there)).unwrap();
    house.run(mins(6));
    house.forget_requests();
    house.ready_with(&sub("s"), &mail("ops@example.com"));
    assert_eq!(house.id(&sub("s")), Some(id), "it is taken over");
    // Nobody is told twice because two people spell it in two ways.
    house.apply(&sub("t"), &mail("ops@EXAMPLE.com"));
    house.until(mins(2), "one of two", |house| house.stalled(&sub("t"), "ManagementConflict"));
    house.ready_with(&sub("s"), &mail("ops@EXAMPLE.COM"));
    house.run(mins(40));
    assert_eq!(house.written(), [""; 0]);
    // The name before it is another one in another case.
    house.ready_with(&sub("s"), &mail("Ops@example.com"));
    assert_eq!(house.written().len(), 1);
    assert_eq!(house.subscriptions()[0].1.endpoint, "Ops@example.com");

    // Two that come at once, while nothing shows either.
    let mut house = one_account(Contract::Production);
    house.way.vendors.latency.set(secs(2));
    house.apply(&sub("s"), &mail("ops@example.com"));
    house.apply(&sub("t"), &mail("ops@Example.com"));
    house.run(mins(10));
    assert_eq!(house.subscriptions().len(), 1, "{}", house.describe());
}
