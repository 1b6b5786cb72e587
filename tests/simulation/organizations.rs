//! One object stands for an organization, however many name it (rule 3): whoever has a token of it, and
//! nobody who has none.

use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{
    AWAY, HOME, ORGANIZATION, TOKEN, account, organization, organization_key, with,
};
use crate::support::rivals::{AWAY_SECRET, OTHER, account_of, from_away, organization_away};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

fn at(endpoint: &str) -> Value {
    with(organization(), json!({"connection": {"endpoint": endpoint}}))
}

fn limited(spec: Value, per_hour: usize) -> Value {
    with(spec, json!({"guard": {"maxDestructivePerHour": per_hour}}))
}

/// What an object has that names an organization without a token of it.
#[derive(Clone, Copy, Debug)]
enum Has {
    NoSecret,
    NoKey,
    TokenOfAnother,
    RefusedToken,
}

const ALL: [Has; 4] = [Has::NoSecret, Has::NoKey, Has::TokenOfAnother, Has::RefusedToken];

impl Has {
    fn put(self, house: &House) {
        let cluster = &house.way.cluster;
        match self {
            Self::NoSecret => {}
            Self::NoKey => cluster.put_secret(AWAY, AWAY_SECRET, "other", "x"),
            Self::TokenOfAnother => cluster.put_secret(AWAY, AWAY_SECRET, "token", OTHER),
            Self::RefusedToken => cluster.put_secret(AWAY, AWAY_SECRET, "token", "nonsense"),
        }
    }
}

/// Somebody in another namespace names the organization without a token of it, and did so before.
fn named_before(contract: Contract, has: Has) -> House {
    let mut house = House::new(contract);
    house.another_organization();
    has.put(&house);
    house.apply(&organization_away("older"), &from_away());
    house.run(secs(5));
    house
}

/// The one with the token stands for the organization, and the other is told so.
#[track_caller]
fn settled(house: &mut House, case: &str) {
    house.until(mins(2), case, |house| {
        house.ready(&acme())
            && house.ready(&home("a"))
            && house.stalled(&organization_away("older"), "ManagementConflict")
    });
    let message = house.message(&organization_away("older"), "Stalled");
    assert!(message.contains(&acme().to_string()), "{message}");
    house.run(mins(40));
    assert!(house.ready(&acme()), "{case}: {}", house.describe());
    assert_eq!((house.named("prod").len(), house.sent_without(TOKEN, true)), (1, 0), "{case}");
}

#[test]
pub fn however_an_endpoint_is_spelled_one_object_stands_for_the_organization() {
    for spelled in [
        "https://API.spotinst.io",
        "https://api.spotinst.io:443",
        "https://api.spotinst.io:443/",
        "HTTPS://Api.SpotInst.io//",
        "https://api.spotinst.io./",
        "https://api.spotinst.io/eu/..",
    ] {
        let mut house = House::new(Contract::Production);
        let vendor = Rc::clone(&house.sandbox);
        house.way.vendors.sandboxes.borrow_mut().insert("api.spotinst.io.".into(), vendor);
        let twin = organization_key("twin");
        house.apply(&acme(), &organization());
        house.apply(&twin, &at(spelled));
        house.apply(&home("a"), &account("prod"));
        house.apply(&home("b"), &account_of("twin", "prod"));
        house.start();
        house.until(mins(2), spelled, |house| {
            house.ready(&acme()) && house.ready(&home("a")) && house.stalled(&twin, "ManagementConflict")
        });
        house.run(mins(20));
        assert!(house.waits(&home("b"), "DependencyNotReady"), "{spelled}: {}", house.describe());
        assert_eq!(house.named("prod").len(), 1);
    }
}

#[test]
fn what_only_looks_like_it_is_another_organization() {
    let mut house = House::new(Contract::Production);
    let twin = organization_key("twin");
    let vendor = Rc::clone(&house.sandbox);
    house.way.vendors.sandboxes.borrow_mut().insert("alias.example.com".into(), vendor);
    house.apply(&acme(), &organization());
    // Two names of one vendor: nobody can see that.
    house.apply(&twin, &at("https://alias.example.com"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()) && house.ready(&twin));
}

#[test]
fn two_spellings_have_one_guard() {
    let mut house = House::new(Contract::Production);
    let twin = organization_key("twin");
    house.apply(&acme(), &limited(organization(), 2));
    house.apply(&twin, &limited(at("https://API.spotinst.io:443/"), 2));
    let below = |root: &'static str| (0..3).map(move |number| (root, home(&format!("{root}{number}"))));
    for (root, key) in below("acme").chain(below("twin")) {
        house.apply(&key, &account_of(root, &key.name));
    }
    house.start();
    house.until(mins(2), "ready", |house| below("acme").all(|(_, key)| house.ready(&key)));
    house.run(mins(5));
    below("acme").chain(below("twin")).for_each(|(_, key)| house.delete(&key));
    house.run(mins(30));
    assert_eq!(house.calls("DELETE"), 2, "{}", house.describe());
}

/// Declares the organization and an account: at once with all the rest, as after a rebuild from manifests, where no
/// object has a status; or after the operator has looked at that.
fn declare(house: &mut House, at_once: bool) {
    if !at_once {
        house.start();
        house.run(mins(5));
    }
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    if at_once {
        house.start();
    }
}

#[test]
pub fn who_has_no_token_of_the_organization_holds_nobody_up() {
    for contract in BOTH {
        for has in ALL {
            for at_once in [true, false] {
                let mut house = named_before(contract, has);
                declare(&mut house, at_once);
                settled(&mut house, &format!("{contract:?} {has:?} {at_once}"));
                house.restart();
                settled(&mut house, "after a restart");
            }
        }
    }
}

#[test]
fn an_id_that_somebody_wrote_into_status_stands_until_the_token_is_asked_for() {
    for has in ALL {
        for at_once in [true, false] {
            let mut house = named_before(Contract::Production, has);
            house.forge_id(&organization_away("older"), ORGANIZATION);
            declare(&mut house, at_once);
            settled(&mut house, &format!("{has:?} {at_once}"));
        }
    }
}

#[test]
fn who_has_a_token_takes_over_from_one_whose_token_is_refused_and_keeps_it() {
    let mut house = House::new(Contract::Production);
    let twin = organization_key("twin");
    house.apply(&acme(), &organization());
    house.run(secs(5));
    house.way.cluster.put_secret(HOME, "twin-token", "token", TOKEN);
    let own = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
    house.apply(&twin, &with(organization(), own));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()) && house.stalled(&twin, "ManagementConflict"));
    house.run(mins(2));
    // Without an answer, nothing is disproved.
    house.way.vendors.down.set(true);
    house.run(mins(30));
    assert!(house.ready(&acme()) && house.stalled(&twin, "ManagementConflict"), "{}", house.describe());
    house.restart();
    house.run(mins(30));
    assert!(house.ready(&acme()) && house.stalled(&twin, "ManagementConflict"), "{}", house.describe());
    house.way.vendors.down.set(false);
    house.run(mins(15));
    assert!(house.ready(&acme()) && house.stalled(&twin, "ManagementConflict"), "{}", house.describe());
    house.way.cluster.put_secret(HOME, "spot-token", "token", "revoked");
    house.until(mins(1), "taken over", |house| {
        house.ready(&twin) && house.stalled(&acme(), "ManagementConflict")
    });
    // Both have the id now; the older one's token is still refused when another process begins.
    house.run(mins(10));
    let (writes, events) = (house.writes(&twin), house.events(&twin).len());
    house.restart();
    house.run(mins(30));
    assert!(house.ready(&twin) && house.stalled(&acme(), "ManagementConflict"), "{}", house.describe());
    assert_eq!((house.writes(&twin), house.events(&twin).len()), (writes, events), "{}", house.describe());
}

#[test]
fn a_new_token_keeps_the_rank_and_writes_nothing_before_it_has_proved() {
    let mut house = House::new(Contract::Production);
    house.another_organization();
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.way.cluster.put_secret(AWAY, AWAY_SECRET, "token", TOKEN);
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    house.apply(&organization_away("younger"), &from_away());
    house.until(mins(1), "conflict", |house| {
        house.stalled(&organization_away("younger"), "ManagementConflict")
    });
    // Another good token of the same organization.
    let id = house.vendor().world().oldest_organization().unwrap().id;
    let token = house.vendor().world_mut().issue_token(id, None).unwrap().value;
    house.vendor().add_fault(Fault::once(
        &Method::GET,
        "/setup/account",
        FaultKind::Delay { duration: jiff::SignedDuration::from_secs(10) },
    ));
    house.way.cluster.put_secret(HOME, "spot-token", "token", &token);
    house.run(secs(1));
    house.apply(&home("b"), &account("next"));
    house.run(secs(5));
    assert_eq!(house.sent_without(TOKEN, true), 0, "{}", house.describe());
    house.until(mins(5), "ready", |house| house.ready(&acme()) && house.ready(&home("b")));
    assert!(house.stalled(&organization_away("younger"), "ManagementConflict"), "{}", house.describe());
}

#[test]
pub fn whoever_takes_over_writes_nothing_before_the_writes_of_the_former_have_ended() {
    for effect in [false, true] {
        let mut house = House::new(Contract::Production);
        let twin = organization_key("twin");
        house.apply(&acme(), &organization());
        house.run(secs(5));
        house.apply(&twin, &organization());
        house.apply(&home("a"), &account("prod"));
        house.apply(&home("b"), &account_of("twin", "other"));
        house.start();
        house.until(mins(2), "ready", |house| {
            house.ready(&home("a")) && house.stalled(&twin, "ManagementConflict")
        });
        house.run(mins(2));
        let writes = house.vendor_writes();
        house.vendor().add_fault(Fault {
            times: Some(1),
            ..Fault::once(&Method::PUT, "/setup/account/{accountId}", FaultKind::Hang { effect })
        });
        house.apply(&home("a"), &account("renamed"));
        house.until(secs(5), "under way", |house| house.vendor_writes() == writes + 1);
        let sent = house.now();
        house.abandon(&acme());
        let ends = sent + house.way.call_timeout;
        let left = ends.since(house.now()).saturating_sub(Duration::from_millis(1));
        house.run(left);
        assert_eq!(house.vendor_writes(), writes + 1, "{}", house.describe());
        house.until(mins(3), "taken over", |house| house.ready(&twin) && house.ready(&home("b")));
    }
}

/// `acme`, which allows two destructive writes an hour, and has made them.
fn at_the_limit() -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &limited(organization(), 2));
    for number in 0..4 {
        house.apply(&home(&format!("a{number}")), &account_of("acme", &format!("name-{number}")));
    }
    house.start();
    house.until(mins(2), "ready", |house| (0..4).all(|number| house.ready(&home(&format!("a{number}")))));
    house.run(mins(5));
    for number in 0..2 {
        house.delete(&home(&format!("a{number}")));
    }
    house.until(mins(2), "gone", |house| house.living() == 3);
    house
}

fn waits_for_room(house: &House, key: &ObjectRef) -> bool {
    house.condition(key, "DeletionBlocked").is_some_and(|(_, why)| why == "TooDestructive")
}

#[test]
pub fn an_organization_that_is_deleted_and_made_anew_has_the_same_hour() {
    let mut house = at_the_limit();
    house.abandon(&acme());
    house.apply(&acme(), &limited(organization(), 2));
    house.until(mins(2), "ready again", |house| house.ready(&acme()) && house.ready(&home("a2")));
    house.delete(&home("a2"));
    house.delete(&home("a3"));
    house.run(mins(20));
    assert_eq!(house.calls("DELETE"), 2, "{}", house.describe());
    assert!(waits_for_room(&house, &home("a2")), "{}", house.describe());
    house.until(mins(60), "the hour is over", |house| house.living() == 1);
}

#[test]
fn whoever_takes_over_has_the_hour_of_the_former() {
    for restart in [false, true] {
        let mut house = at_the_limit();
        let twin = organization_key("twin");
        house.way.cluster.put_secret(HOME, "twin-token", "token", TOKEN);
        let own = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
        house.apply(&twin, &with(limited(organization(), 2), own));
        house.until(mins(1), "conflict", |house| house.stalled(&twin, "ManagementConflict"));
        house.way.cluster.put_secret(HOME, "spot-token", "token", "revoked");
        house.until(mins(2), "taken over", |house| house.ready(&twin));
        if restart {
            house.restart();
        }
        let below = account_of("twin", "name-2");
        house.apply(&home("t2"), &with(below, json!({"adopt": {"policy": "IfExists"}})));
        house.until(mins(5), "adopted", |house| house.ready(&home("t2")));
        house.delete(&home("t2"));
        house.run(mins(20));
        assert_eq!(house.calls("DELETE"), 2, "{}", house.describe());
        assert!(waits_for_room(&house, &home("t2")), "{}", house.describe());
    }
}

#[test]
fn what_waits_for_a_word_is_let_through_on_the_one_that_stands_alone() {
    let mut house = at_the_limit();
    house.way.cluster.put_secret(AWAY, AWAY_SECRET, "token", "nonsense");
    house.apply(&organization_away("younger"), &from_away());
    house.delete(&home("a2"));
    house.until(mins(5), "asked", |house| house.condition(&acme(), "ConfirmationRequired").is_some());
    let digest = house.digest(&acme(), "ConfirmationRequired");
    house.annotate(&organization_away("younger"), &json!({"orgkeeper.dev/confirm": digest}));
    house.run(mins(10));
    assert_eq!(house.calls("DELETE"), 2, "{}", house.describe());
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(5), "let through", |house| house.calls("DELETE") == 3);
}

#[test]
pub fn many_without_a_token_hold_up_nobody_in_another_namespace_and_ask_little() {
    for same in [false, true] {
        let mut house = House::new(Contract::Production);
        house.way.cluster.put_secret(AWAY, AWAY_SECRET, "token", "nonsense");
        for number in 0..50 {
            let id = if same { ORGANIZATION.to_owned() } else { format!("7000{number:08}") };
            let spec = with(from_away(), json!({"organizationId": id}));
            house.apply(&organization_away(&format!("bogus-{number:02}")), &spec);
        }
        house.run(secs(5));
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(secs(5), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
        house.run(mins(30));
        let strangers: Vec<_> = {
            let vendor = house.vendor();
            let known = orgkeeper::sandbox::digest(TOKEN);
            let others = vendor.requests().entries().filter(|entry| entry.token.as_ref() != Some(&known));
            others.map(|entry| entry.at).collect()
        };
        for (place, at) in strangers.iter().enumerate() {
            let within =
                strangers[place..].iter().take_while(|later| later.duration_since(*at).as_secs() < 60);
            assert!(within.count() <= 30, "the calls of one namespace from {at} on");
        }
        if same {
            assert!(strangers.len() <= 100, "who stands is known: nobody need try: {}", strangers.len());
        }
        house.apply(&home("b"), &account("next"));
        house.until(secs(5), "it has a budget of its own", |house| house.ready(&home("b")));
    }
}

#[test]
fn who_cannot_create_keeps_nobody_from_creating() {
    for contract in BOTH {
        for (has, suspend) in ALL.into_iter().map(|has| (has, false)).chain([(Has::RefusedToken, true)]) {
            let mut house = House::with_a_parent(contract);
            has.put(&house);
            let token = json!({"tokenSecretRef": {"name": AWAY_SECRET, "key": "token"}});
            // Of another organization's token, nobody may say that it cannot create: it is kept from trying.
            let policy = if matches!(has, Has::TokenOfAnother) { "Observe" } else { "Manage" };
            let older =
                with(to_create(), json!({"create": token, "suspend": suspend, "managementPolicy": policy}));
            house.apply(&organization_away("older"), &older);
            house.run(secs(5));
            house.apply(&acme(), &to_create());
            house.start();
            let id = house.until_founded();
            house.run(mins(40));
            assert_eq!(house.founded(), [id], "{has:?}: {}", house.describe());
            assert_eq!(house.id(&acme()), Some(id.to_string()));
            assert!(suspend || house.stalled(&organization_away("older"), "ManagementConflict"));
        }
    }
}

#[test]
pub fn one_that_has_no_token_any_more_is_not_deleted_over_what_is_below_it() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account_of("acme", "prod"));
    house.apply(&away("b"), &account("other"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")) && house.ready(&away("b")));
    house.way.cluster.put_secret(AWAY, AWAY_SECRET, "token", TOKEN);
    house.apply(&organization_away("twin"), &from_away());
    house.way.cluster.put_secret(HOME, "spot-token", "token", "revoked");
    house.until(mins(2), "taken over", |house| house.ready(&organization_away("twin")));
    house.delete(&acme());
    house.run(mins(30));
    let message = house.message(&acme(), "DeletionBlocked");
    assert!(message.contains("platform/a") && message.contains("payments/b"), "{}", house.describe());
    assert!(house.ready(&organization_away("twin")));
    assert_eq!((house.named("prod").len(), house.named("other").len()), (1, 1));
    // The other one contains nothing, and goes at once.
    house.delete(&organization_away("twin"));
    house.until(mins(2), "gone", |house| !house.exists(&organization_away("twin")));
    assert_eq!(house.calls("DELETE"), 0);
}
