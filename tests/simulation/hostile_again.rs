//! A hostile reading.

use crate::support::credentials::{OTHER_ROLE, aws, cloud, furnish, role, vouched_for};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{CI_TOKEN, ci, with_ci};
use crate::support::manifests::{HOME, account, organization, with};
use crate::support::people::organization_id;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeSet;

fn few(rate: u32, spec: serde_json::Value) -> serde_json::Value {
    with(spec, json!({"connection": {"requestsPerMinute": rate}}))
}

/// Somebody links the account in the console, before any cloud of it was asked for, or while the rest of them wait for
/// the limit.
fn linked_meanwhile(meanwhile: bool, rate: u32, pause: u32) {
    let mut house = House::new(Contract::Production).with_lag(mins(3));
    furnish(&mut house);
    house.apply(&acme(), &few(rate, vouched_for()));
    house.run(mins(15));
    house.forget_requests();
    if !meanwhile {
        house.link(role(OTHER_ROLE));
    }
    let busy = orgkeeper::sandbox::FaultKind::TooManyRequests { reset_seconds: pause };
    let route = "/azure/setup/credentials";
    house.vendor().add_fault(orgkeeper::sandbox::Fault::once(&http::Method::GET, route, busy));
    house.apply(&cloud(), &with(aws(), json!({"adopt": {"policy": "Never"}})));
    let asked = |house: &House| house.credential_calls() > 0;
    house.until(mins(10), "asked", asked);
    if meanwhile {
        assert_eq!(house.written(), [""; 0]);
        house.link(role(OTHER_ROLE));
    }
    house.run(mins(30));
    let paths: Vec<String> = house
        .vendor()
        .requests()
        .entries()
        .map(|e| format!("{} {}", e.at, e.route))
        .filter(|e| e.contains("credential"))
        .take(8)
        .collect();
    println!("{paths:#?}");
    assert_eq!(house.details_of_prod().credential, Some(role(OTHER_ROLE)), "{paths:#?} {}", house.describe());
}

#[test]
fn twin_what_somebody_linked_before_is_left_alone() {
    linked_meanwhile(false, 300, 7);
    linked_meanwhile(false, 60, 15);
    linked_meanwhile(false, 5, 150);
}

#[test]
fn what_somebody_links_while_reads_wait_for_the_limit_is_left_alone() {
    linked_meanwhile(true, 60, 15);
}

#[test]
fn what_somebody_links_while_reads_wait_for_the_limit_is_left_alone_at_the_default_rate() {
    linked_meanwhile(true, 300, 7);
}

#[test]
fn what_somebody_links_while_reads_wait_for_the_limit_is_left_alone_at_five_a_minute() {
    linked_meanwhile(true, 5, 150);
}

/// Somebody makes accounts in the console that are declared too and wait for their turn, a minute and more before that; how
/// many of them are there twice then.
fn twice(rate: u32, count: usize) -> Vec<String> {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &few(rate, organization()));
    house.start();
    house.until(mins(15), "ready", |house| house.ready(&acme()));
    house.run(mins(10));
    let names: Vec<String> = (0..count).map(|number| format!("name-{number}")).collect();
    for name in &names {
        house.apply(&home(name), &account(name));
    }
    house.run(secs(90));
    let missing: Vec<String> = names.iter().filter(|name| house.named(name).is_empty()).cloned().collect();
    assert!(!missing.is_empty(), "{count} are too few");
    for name in &missing {
        house.by_hand(|console| console.create_account(organization_id(), name));
    }
    let begun: BTreeSet<String> = missing
        .iter()
        .filter(|name| !house.status(&home(name))["pendingCreate"].is_null())
        .cloned()
        .collect();
    // Which of them are made late enough that a list of the last minute would have shown them.
    house.run(secs(65));
    let late: Vec<String> = missing
        .iter()
        .filter(|name| house.named(name).len() == 1 && !begun.contains(*name))
        .cloned()
        .collect();
    house.run(mins(60));
    late.into_iter().filter(|name| house.named(name).len() > 1).collect()
}

#[test]
fn twin_what_somebody_made_is_not_made_again() {
    assert_eq!(twice(120, 250), [""; 0]);
}

#[test]
fn what_somebody_made_is_not_made_again_where_few_calls_are_allowed() {
    assert_eq!(twice(5, 20), [""; 0]);
}

/// For a while after the overlap, lists lack the old user of a rotation, and as many others.
fn lists_lack(old_too: bool, others: usize) {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = with_ci(contract);
        let people: Vec<String> = (0..others)
            .map(|number| {
                let details = UserDetails::person(&format!("p{number}@example.com"));
                house.by_hand(|console| console.create_user(organization_id(), details))
            })
            .collect();
        house.run(mins(20));
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house
            .until(mins(5), "switched", |house| !house.status(&ci())["token"]["rotation"]["oldId"].is_null());
        let old = house.status(&ci())["token"]["rotation"]["oldId"].as_str().unwrap().to_owned();
        house.run(mins(50));
        let mut hidden: BTreeSet<String> = people.into_iter().collect();
        if old_too {
            hidden.insert(old.clone());
        }
        *house.way.vendors.hidden.borrow_mut() = hidden;
        house.run(mins(40));
        house.way.vendors.hidden.borrow_mut().clear();
        house.run(mins(180));
        let events: Vec<String> = house
            .events(&ci())
            .into_iter()
            .filter(|event| event.note.contains(&old))
            .map(|event| event.note)
            .collect();
        assert_eq!(house.users("ci").len(), 1, "{old} stays\n{events:#?}\n{}", house.describe());
    }
}

#[test]
fn twin_an_old_user_that_lists_show_goes() {
    lists_lack(false, 0);
    lists_lack(false, 6);
}

#[test]
fn an_old_user_that_lists_lack_and_a_read_shows_goes() {
    lists_lack(true, 0);
}

#[test]
fn an_old_user_that_a_list_lacks_that_is_not_believed_goes() {
    lists_lack(true, 6);
}

/// Somebody puts the former token back, and its id too, or the token alone as `kubectl edit` or a restored value does.
fn put_back(id_too: bool) {
    let mut house = with_ci(Contract::Production);
    let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(5), "switched", |house| !house.status(&ci())["token"]["rotation"]["oldId"].is_null());
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
        if id_too {
            secret.annotations.insert(orgkeeper::api::token::ID.into(), old.clone());
        }
        secret.values.insert("token".into(), SecretString::from(token.clone()));
    });
    house.run(mins(120));
    assert_eq!(house.whose(&token), Some(old), "{}", house.describe());
}

#[test]
fn twin_a_former_token_that_is_put_back_with_its_id_goes_on_working() {
    put_back(true);
}

#[test]
fn a_former_token_that_is_put_back_alone_goes_on_working() {
    put_back(false);
}

/// What is left of a create that nobody heard of is asked about; lists lack it for a while, though a read shows it.
fn leftover(lacked: bool) {
    let mut house = with_ci(Contract::Production);
    let old = house.id(&ci()).unwrap();
    house.way.vendors.latency.set(secs(2));
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(10), "made", |house| house.users("ci").len() == 2);
    house.kill();
    house.way.vendors.latency.set(secs(0));
    let new = house.users("ci").into_iter().find(|id| *id != old).unwrap();
    house.start();
    house.until(mins(30), "left", |house| house.leftovers().contains(&new));
    house.run(mins(90));
    if lacked {
        house.way.vendors.hidden.borrow_mut().insert(new.clone());
    }
    house.run(mins(30));
    house.way.vendors.hidden.borrow_mut().clear();
    house.run(mins(30));
    assert!(house.users("ci").contains(&new));
    assert!(house.leftovers().contains(&new), "{:?} {}", house.users("ci"), house.describe());
}

#[test]
fn twin_a_leftover_that_lists_show_is_asked_about() {
    leftover(false);
}

#[test]
fn a_leftover_that_lists_lack_and_a_read_shows_is_asked_about() {
    leftover(true);
}

/// Deleted in the overlap, while lists lack the old user.
fn deleted_in_the_overlap(lacked: bool) {
    let mut house = with_ci(Contract::Production);
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(5), "switched", |house| !house.status(&ci())["token"]["rotation"]["oldId"].is_null());
    let old = house.status(&ci())["token"]["rotation"]["oldId"].as_str().unwrap().to_owned();
    house.run(mins(10));
    if lacked {
        house.way.vendors.hidden.borrow_mut().insert(old.clone());
    }
    house.run(mins(10));
    house.delete(&ci());
    house.until(mins(60), "gone", |house| !house.exists(&ci()));
    house.way.vendors.hidden.borrow_mut().clear();
    assert_eq!(house.users("ci"), [""; 0], "{old} {:?}", house.events(&ci()));
}

#[test]
fn twin_who_is_deleted_in_the_overlap_takes_both_along() {
    deleted_in_the_overlap(false);
}

#[test]
fn who_is_deleted_in_the_overlap_takes_both_along_whatever_lists_lack() {
    deleted_in_the_overlap(true);
}

/// A person changes something in the console, then asks for a look: what a limit cut short before says nothing of it.
fn asked_after(cut_short: bool) {
    use crate::support::manifests::{person, user_key};
    use orgkeeper::sandbox::spot::Grants;
    use orgkeeper::sandbox::{Fault, FaultKind};
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &few(20, organization()));
    house.administrator();
    let jo = user_key("jo");
    let spec =
        with(person("jo"), json!({"policies": [{"policyName": "Account Viewer", "allAccounts": true}]}));
    house.apply(&jo, &spec);
    house.start();
    house.until(mins(30), "ready", |house| house.ready(&jo));
    house.run(mins(12));
    let id = house.id(&jo).unwrap();
    if cut_short {
        let pause = FaultKind::TooManyRequests { reset_seconds: 20 };
        house.vendor().add_fault(Fault::once(&http::Method::GET, "/setup/accountUserMapping", pause));
        house.annotate(&jo, &json!({"orgkeeper.dev/reconcile-requested-at": "1"}));
        house.run(secs(5));
    }
    let now = house.wall();
    house.vendor().console(now).unaudited().set_policies(&id, Grants::default());
    house.run(secs(2));
    house.annotate(&jo, &json!({"orgkeeper.dev/reconcile-requested-at": "2"}));
    house.until(mins(4), "looked at", |house| house.status(&jo)["lastHandledReconcileAt"] == "2");
    house.run(secs(60));
    assert_ne!(house.user_of(&jo).grants, Grants::default(), "{}", house.describe());
}

#[test]
fn twin_who_asks_for_a_look_has_it() {
    asked_after(false);
}

#[test]
fn who_asks_for_a_look_has_it_though_a_limit_cut_one_short_before() {
    asked_after(true);
}
