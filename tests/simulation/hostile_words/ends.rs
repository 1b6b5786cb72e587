//! What is said where something ends, cannot be read or leads nowhere, as a hostile reader broke it.

use super::*;
use crate::support::house::{House, mins, secs};
use crate::support::lists::List;
use crate::support::look::{acme, home};
use crate::support::manifests::{
    HOME, TOKEN, access_policy, account, group_key, organization, organization_key, policy_key, user_key,
    with,
};
use crate::support::network::{Failing, Scripted};
use crate::support::people::organization_id;
use crate::support::unread::broken;
use http::Method;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use serde_json::json;
use std::collections::BTreeMap;

// What cannot be read.

fn unread_member(unread: bool) {
    let mut house = with_list(List::Members, &["a", "b"]);
    if unread {
        house.apply(&user_key("a"), &broken(&List::Members.thing("a")));
        house.restart_at_once();
    }
    house.run(mins(12));
    let text = house.message(&group_key("ops"), "Ready");
    assert_eq!(house.written(), [""; 0]);
    assert!(!text.contains("does not exist"), "{text}");
}

#[test]
fn twin_of_who_can_be_read_nothing_is_said() {
    unread_member(false);
}

#[test]
fn of_who_cannot_be_read_it_is_not_said_that_there_is_none() {
    unread_member(true);
}

// The status of what a list refers to.

/// Somebody restores the status of what a list refers to: `to` says which id it has then.
fn restored_id(to: Option<fn(List) -> &'static str>) {
    let mut lost = Vec::new();
    for list in production() {
        let mut house = with_list(list, &["a", "b"]);
        let [a, b] = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
        let to = to.map(|to| to(list));
        if let Some(to) = to {
            house.run(mins(10));
            house.way.cluster.edit(&list.target("a"), |object| object["status"]["id"] = json!(to));
        }
        house.run(mins(60));
        if !list.gives(&house, &a) || !list.gives(&house, &b) {
            lost.push(format!("{list:?} lost it: {:?}", house.written()));
        }
        if to.is_some_and(|to| list.gives(&house, to)) {
            lost.push(format!("{list:?} gave another"));
        }
    }
    assert_eq!(lost, [""; 0]);
}

#[test]
fn twin_what_is_referred_to_stays_given() {
    restored_id(None);
}

#[test]
fn an_id_of_nothing_that_somebody_restored_into_a_status_takes_nothing_away() {
    restored_id(Some(|list| match list {
        List::Members => "u-00000000",
        List::Groups => "ugr-00000000",
        _ => "act-00000000",
    }));
}

// The status of an organization.

fn organization_status_edit(annotated: bool) {
    let mut house = furnished_kindly(Contract::Production, &[]);
    house.run(mins(6));
    let before = house.status(&acme());
    house.way.cluster.edit(&acme(), |object| {
        object["status"]["conditions"][0]["message"] = json!("All is well.");
        object["status"]["message"] = json!("All is well.");
        object["status"]["state"] = json!("Blocked");
        if annotated {
            object["metadata"]["annotations"]["example.com/restored"] = json!("yes");
        }
    });
    house.until(secs(60), "put right", |house| {
        house.status(&acme())["message"] == before["message"]
            && house.status(&acme())["state"] == before["state"]
    });
}

#[test]
fn twin_an_organization_s_status_that_somebody_wrote_is_put_right() {
    organization_status_edit(false);
}

#[test]
fn an_organization_s_status_that_somebody_wrote_with_an_annotation_is_put_right() {
    organization_status_edit(true);
}

// A stranger who may not be read.

#[test]
fn a_deletion_that_waits_for_a_stranger_is_not_said_to_go_on_by_itself() {
    let mut house = furnished_kindly(Contract::Production, &[]);
    let reader = policy_key("reader");
    house.ready_with(&reader, &access_policy("reader"));
    let stranger =
        house.by_hand(|console| console.create_user(organization_id(), UserDetails::person("s@example.com")));
    house.run(mins(6));
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::GET,
        path: format!("/setup/user/{stranger}"),
        failing: Failing::Answer(
            403,
            r#"{"response": {"errors": [{"code": "FORBIDDEN", "message": "no"}]}}"#,
        ),
        times: 100_000,
    });
    house.delete(&reader);
    house.run(mins(60));
    assert!(!house.exists(&reader), "{}", house.message(&reader, "DeletionBlocked"));
}

// An organization that cannot be read, and whose token was refused before that.

fn taken_over(unread: bool) {
    let mut house = House::new(Contract::Production);
    house.way.unkind.relent();
    let twin = organization_key("twin");
    house.apply(&acme(), &organization());
    house.run(secs(5));
    house.way.cluster.put_secret(HOME, "twin-token", "token", TOKEN);
    let own = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
    house.apply(&twin, &with(organization(), own));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()) && house.stalled(&twin, "ManagementConflict"));
    house.run(mins(2));
    house.way.cluster.put_secret(HOME, "spot-token", "token", "revoked");
    house.until(mins(5), "taken over", |house| {
        house.ready(&twin) && house.stalled(&acme(), "ManagementConflict")
    });
    house.apply(&home("prod"), &with(account("prod"), json!({"organizationRef": {"name": "twin"}})));
    house.until(mins(5), "made", |house| house.ready(&home("prod")));
    house.run(mins(10));
    if unread {
        house.apply(&acme(), &broken(&organization()));
        house.run(mins(10));
        assert!(house.ready(&twin), "{}", house.describe());
    }
    house.restart();
    house.run(mins(60));
    assert!(
        house.ready(&twin),
        "{} {}",
        house.status(&twin)["message"],
        house.status(&home("prod"))["message"]
    );
    house.apply(&home("prod"), &with(account("edited"), json!({"organizationRef": {"name": "twin"}})));
    house.run(mins(10));
    assert_eq!(house.named("edited").len(), 1, "{}", house.describe());
}

#[test]
fn twin_who_took_over_keeps_it_after_a_restart() {
    taken_over(false);
}

#[test]
fn who_took_over_from_one_that_cannot_be_read_now_keeps_it_after_a_restart() {
    taken_over(true);
}

// Another token while a list has a gap.

fn rotated(gap: bool, typo: bool) {
    for list in [List::MachineRoles(Contract::Production), List::MachineRoles(Contract::Published)] {
        let mut house = with_list(list, &["a", "b"]);
        let [a, b] = ["a", "b"].map(|name| house.id(&list.target(name)).unwrap());
        if gap {
            list.lose(&mut house, "a");
        }
        if typo {
            house.apply(&list.key(), &list.of(&["a", "b", "typo"]));
            house.run(mins(8));
        }
        house.annotate(&list.key(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.run(mins(60 * 30));
        assert!(list.gives(&house, &a), "{list:?}: a\n{}", house.describe());
        assert!(list.gives(&house, &b), "{list:?}: b\n{}", house.describe());
    }
}

#[test]
fn twin_another_token_has_what_the_former_one_had() {
    rotated(false, false);
}

#[test]
fn another_token_beside_a_gap_has_what_the_former_one_had() {
    rotated(true, false);
}

#[test]
fn another_token_beside_a_typo_has_what_the_former_one_had() {
    rotated(false, true);
}

// Who cannot be read in a namespace that nothing admits.

fn stranger_refers(unread: bool) {
    let mut house = furnished_kindly(Contract::Production, &[]);
    house.apply(&home("prod"), &with(account("prod"), json!({"deletionPolicy": "Delete"})));
    house.until(mins(3), "ready", |house| house.ready(&home("prod")));
    house.namespace("strangers", Namespace { labels: BTreeMap::new(), terminating: false });
    let key = ObjectRef { kind: kinds::USER, namespace: "strangers".into(), name: "eve".into() };
    let spec = json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "human": {"email": "eve@example.com", "firstName": "E", "lastName": "V", "role": "Viewer"},
        "accounts": [{"accountRef": {"name": "prod", "namespace": HOME}, "role": "Viewer"}],
        "deletionPolicy": "Delete",
    });
    house.apply(&key, &if unread { broken(&spec) } else { spec });
    house.run(mins(6));
    house.restart_at_once();
    house.run(mins(6));
    house.delete(&home("prod"));
    house.run(mins(60));
    assert!(!house.exists(&home("prod")), "{}", house.message(&home("prod"), "DeletionBlocked"));
    house.delete(&acme());
    house.run(mins(60));
    assert!(!house.exists(&acme()), "{}", house.message(&acme(), "DeletionBlocked"));
}

#[test]
fn twin_whom_nothing_admits_holds_up_nobodys_end() {
    stranger_refers(false);
}

#[test]
fn whom_nothing_admits_and_who_cannot_be_read_holds_up_nobodys_end() {
    stranger_refers(true);
}

// A person's answer to what is told elsewhere.

/// Lists that strangers changed, under Report and beside a gap.
fn report_beside_a_gap(gap: bool) {
    for list in production() {
        let mut house = with_list(list, &["a", "b", "c"]);
        let [a, b, c] = ["a", "b", "c"].map(|name| house.id(&list.target(name)).unwrap());
        let report = |names: &[&str]| with(list.of(names), json!({"driftPolicy": "Report"}));
        house.ready_with(&list.key(), &report(&["a", "b", "c"]));
        house.run(mins(8));
        if gap {
            list.lose(&mut house, "a");
        }
        list.take_by_hand(&house, &b);
        house.run(mins(60));
        assert!(!list.gives(&house, &b), "{list:?}\n{}", house.describe());
        assert!(
            house.status(&list.key())["drift"].to_string().contains(&list.entry(&house, &b)),
            "{list:?}\n{}",
            house.describe()
        );
        // An edit of another entry is written, and what is left stays left.
        house.apply(&list.key(), &report(&["a", "b"]));
        house.until(mins(20), "taken away", |house| !list.gives(house, &c));
        house.run(mins(30));
        assert!(list.gives(&house, &a) && !list.gives(&house, &b), "{list:?}\n{}", house.describe());
    }
}

#[test]
fn twin_under_report_an_edit_is_written_and_what_is_left_stays_left() {
    report_beside_a_gap(false);
}

#[test]
fn under_report_beside_a_gap_an_edit_is_written_and_what_is_left_stays_left() {
    report_beside_a_gap(true);
}

// A token that is put back while another one is refused.

fn put_back_after(delay: Option<u64>) -> Vec<String> {
    let mut house = House::new(Contract::Production);
    house.way.unkind.relent();
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.run(mins(2));
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::DELETE,
        path: "/setup/organization".into(),
        failing: Failing::Hang,
        times: 1_000,
    });
    house.delete(&acme());
    house.until(mins(5), "sent", |house| !house.status(&acme())["deletionSentAt"].is_null());
    house.run(mins(1));
    house.way.vendors.latency.set(secs(5));
    if let Some(delay) = delay {
        house.way.cluster.put_secret(HOME, "spot-token", "token", "nonsense");
        house.run(secs(delay));
        house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    }
    house.run(mins(20));
    assert!(house.vendor().world().organizations().next().is_some(), "it lives");
    let events = house.events(&acme()).into_iter().map(|event| event.note);
    events.filter(|note| note.contains("presumed gone")).collect()
}

#[test]
fn twin_whose_token_is_good_is_not_presumed_gone() {
    assert_eq!(put_back_after(None), [""; 0]);
}

#[test]
fn whose_token_was_put_back_while_another_one_was_refused_is_not_presumed_gone() {
    for delay in 1..60 {
        assert_eq!(put_back_after(Some(delay)), [""; 0], "after {delay} s");
    }
}
