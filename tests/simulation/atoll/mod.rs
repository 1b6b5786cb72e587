//! A vendor that does not exist, beside Spot in one process: it has what Spot has not.
//!
//! | file | has |
//! |---|---|
//! | `api` | its kinds |
//! | `manifests` | what people write of them |
//! | `vendor` | how a tenant of it is reached, and whose credentials those are |
//! | `tenant` | a tenant, which can be made and looked up by name, and has fields of its own |
//! | `policy` | a kind whose name Spot has too |
//! | `member` | one whose create mails somebody, and so is sent once; and whose id changes once they accept |
//! | `invitations` | what becomes of those who were mailed |
//! | `deaths` | each of them at every step at which a process may die |
//! | `judge` | what must hold of all of them |
//! | `guard` | who is not locked out, and what is asked about |
//! | `hostile`, `hostile_third`, `hostile_fourth`, `hostile_fifth` | what must never happen to them |
//! | `quota` | one that can only be taken over |
//! | `hook` | one of which there is no list |
//! | `unlisted` | tests of that |
//! | `server` | its server |
//! | `tenants` | tests of tenants |
//! | `gone` | what becomes of one whose deletion nobody heard the end of |
//! | `storm` | what happens here in a storm over both vendors |

pub mod api;
mod deaths;
pub mod gone;
mod guard;
pub mod hook;
mod hostile;
mod hostile_fifth;
mod hostile_fourth;
mod hostile_third;
pub mod invitations;
pub mod judge;
mod manifests;
pub mod member;
pub mod policy;
pub mod quota;
pub mod server;
pub mod storm;
pub mod tenant;
pub mod tenants;
pub mod unlisted;
pub mod vendor;

use crate::isolation::{beta, of_beta};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, organization, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use manifests::{member, member_spec, policy, policy_spec, quota, quota_spec, tenant, tenant_spec};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;
use server::{AtollServer, Lost, SECRET};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

const HOST: &str = "atoll.example";

/// Has the other vendor on too, with a tenant that is called as Spot's organization is.
fn turn_on(house: &mut House) -> Rc<RefCell<AtollServer>> {
    let server = Rc::new(RefCell::new(AtollServer::new("t-1")));
    house.way.atoll = Some(tenant::registration);
    house.atoll = Some(Rc::clone(&server));
    house.way.vendors.servers.borrow_mut().insert(HOST.to_owned(), Rc::clone(&server) as _);
    house.way.cluster.put_secret(HOME, "atoll", "secret", SECRET);
    house.apply(&tenant("acme"), &tenant_spec("t-1"));
    server
}

/// A house in which both vendors are on.
fn both() -> (House, Rc<RefCell<AtollServer>>) {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let server = turn_on(&mut house);
    (house, server)
}

#[test]
fn two_vendors_with_kinds_of_one_name_are_kept_in_one_process() {
    let (mut house, server) = both();
    house.apply(&home("prod"), &account("prod"));
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    let of_spot = ObjectRef { kind: orgkeeper::api::spot::kinds::POLICY, ..policy("readers") };
    house.apply(&of_spot, &crate::support::manifests::access_policy("readers"));
    house.start();
    for key in [&acme(), &tenant("acme"), &home("prod"), &policy("readers"), &of_spot] {
        house.until(mins(2), &format!("{key}"), |house| house.ready(key));
    }
    let made = server.borrow().policies.clone();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(house.id(&policy("readers")).as_ref(), made.keys().next());
    // An edit of the one is nothing to the other.
    let before = house.object(&of_spot);
    house.apply(&policy("readers"), &policy_spec(&["read", "write"]));
    house.until(mins(1), "edited", |_| {
        server.borrow().policies.values().any(|policy| policy.rules == ["read", "write"])
    });
    house.run(secs(5));
    assert_eq!(house.object(&of_spot), before);
    house.delete(&policy("readers"));
    house.until(mins(2), "gone", |house| !house.exists(&policy("readers")));
    assert!(server.borrow().policies.is_empty() && house.ready(&of_spot));
}

#[test]
pub fn where_organizations_of_one_vendor_hang_the_other_s_edits_take_as_long_as_before() {
    let takes = |hangs: bool| {
        let (mut house, server) = both();
        house.way.workers = 16;
        let (beta, _) = beta(&house);
        house.apply(&policy("readers"), &policy_spec(&["read"]));
        house.start();
        house.until(mins(2), "ready", |house| {
            [&policy("readers"), &acme(), &beta].iter().all(|key| house.ready(key))
        });
        if hangs {
            let hang =
                |method| Scripted { method, path: "/setup".into(), failing: Failing::Hang, times: 10_000 };
            *house.way.vendors.scripted.borrow_mut() =
                vec![hang(http::Method::GET), hang(http::Method::POST)];
        }
        for number in 0..40 {
            house.apply(&home(&format!("a{number}")), &account(&format!("a{number}")));
            house.apply(&home(&format!("b{number}")), &of_beta(&format!("b{number}")));
        }
        // In each moment of their calls.
        let takes = |second: usize| {
            house.run(secs(7));
            let (begun, rule) = (house.now(), format!("rule-{second}"));
            house.apply(&policy("readers"), &policy_spec(&[&rule]));
            house.until(mins(10), "edited", |_| {
                server.borrow().policies.values().any(|policy| policy.rules == [rule.as_str()])
            });
            house.now().since(begun)
        };
        (0..12).map(takes).max().unwrap()
    };
    let (hung, quiet) = (takes(true), takes(false));
    assert!(hung <= quiet, "{hung:?}, where nothing hangs {quiet:?}");
}

#[test]
fn one_token_is_for_all_calls_of_an_hour_and_no_secret_is_shown() {
    let (mut house, server) = both();
    for number in 0..20 {
        let spec = with(policy_spec(&["read"]), json!({"name": format!("p{number}")}));
        house.apply(&policy(&format!("p{number}")), &spec);
    }
    house.start();
    house.until(mins(5), "ready", |house| (0..20).all(|number| house.ready(&policy(&format!("p{number}")))));
    assert_eq!(server.borrow().granted, 1, "{:?}", server.borrow().calls.len());
    assert!(server.borrow().calls.len() > 20);
    house.run(mins(120));
    let granted = server.borrow().granted;
    assert!((2..=4).contains(&granted), "{granted} tokens in two hours");
    let stored: String = house.way.cluster.all().iter().map(ToString::to_string).collect();
    assert!(!stored.contains("canary-"), "{stored}");
}

#[test]
fn a_token_that_ends_before_its_time_makes_nothing_twice() {
    let (mut house, server) = both();
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&tenant("acme")));
    // Whoever listed last writes with a token that has just ended.
    server.borrow_mut().meanwhile = Some(|server, _| {
        if server.granted < 3 {
            server.tokens.clear();
        }
    });
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.until(mins(5), "made", |house| house.ready(&policy("readers")));
    assert_eq!((server.borrow().policies.len(), server.borrow().calls_of("POST")), (1, 1));
    assert!(server.borrow().granted > 1);
    server.borrow_mut().tokens.clear();
    house.apply(&policy("readers"), &policy_spec(&["write"]));
    house.until(mins(5), "edited", |_| server.borrow().policies.values().all(|one| one.rules == ["write"]));
    assert_eq!(server.borrow().calls_of("PATCH"), 1);
    house.run(mins(30));
    assert!(house.ready(&policy("readers")) && house.ready(&tenant("acme")));
    assert_eq!(server.borrow().policies.len(), 1);
}

#[test]
fn a_client_that_is_granted_nothing_is_told_and_goes_on_with_another_secret() {
    let (mut house, server) = both();
    house.way.cluster.put_secret(HOME, "atoll", "secret", "canary-wrong");
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.start();
    house.until(mins(2), "refused", |house| house.stalled(&tenant("acme"), "TokenRefused"));
    assert!(!house.object(&tenant("acme")).to_string().contains("canary"));
    house.until(mins(2), "nothing to Spot", |house| house.ready(&acme()));
    assert!(server.borrow().calls.is_empty());
    house.way.cluster.put_secret(HOME, "atoll", "secret", SECRET);
    house.until(mins(2), "ready", |house| house.ready(&policy("readers")));
}

/// Declares a tenant with a token of which the vendor does not say whose it is.
fn assert_tenant(house: &mut House, server: &RefCell<AtollServer>, name: &str, id: &str) {
    let token = json!({"name": "atoll-token", "key": "token"});
    let connection = json!({"endpoint": "https://atoll.example", "secretRef": token});
    house.apply(
        &tenant(name),
        &json!({"organizationId": id, "connection": connection, "deletionPolicy": "Delete"}),
    );
    house.way.cluster.put_secret(HOME, "atoll-token", "token", "canary-of-a-person");
    server.borrow_mut().tokens.insert("canary-of-a-person".into(), jiff::Timestamp::MAX);
}

#[test]
fn whose_word_it_is_alone_gives_way_to_whoever_proves_it() {
    let (mut house, server) = both();
    // Until then the right one has nothing to show.
    house.way.cluster.delete_secret(HOME, "atoll");
    assert_tenant(&mut house, &server, "other", "t-1");
    house.start();
    house.until(mins(5), "the other stands", |house| house.ready(&tenant("other")));
    assert!(house.message(&tenant("other"), "Ready").contains("only the manifest says"));
    house.way.cluster.put_secret(HOME, "atoll", "secret", SECRET);
    house.until(mins(30), "the right one stands", |house| {
        house.ready(&tenant("acme")) && house.stalled(&tenant("other"), "ManagementConflict")
    });
    // And it stays so.
    house.restart();
    house.run(mins(10));
    assert!(house.ready(&tenant("acme")) && house.stalled(&tenant("other"), "ManagementConflict"));
}

#[test]
fn on_a_person_s_word_alone_no_tenant_is_deleted() {
    let (mut house, server) = both();
    assert_tenant(&mut house, &server, "asserted", "t-3");
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&tenant("asserted")));
    house.delete(&tenant("asserted"));
    house.until(mins(5), "told", |house| {
        house.message(&tenant("asserted"), "DeletionBlocked").contains("orgkeeper.dev/abandon")
    });
    house.annotate(&tenant("asserted"), &json!({"orgkeeper.dev/abandon": "t-3"}));
    house.until(mins(5), "let go", |house| !house.exists(&tenant("asserted")));
}

#[test]
fn a_call_that_the_client_may_not_make_is_no_token_that_ended() {
    let (mut house, server) = both();
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&tenant("acme")));
    let failing = Failing::Answer(401, "{}");
    let fails = Scripted { method: Method::POST, path: "/policies".into(), failing, times: usize::MAX };
    house.way.vendors.scripted.borrow_mut().push(fails);
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.run(mins(30));
    let (said, tokens) =
        (house.message(&policy("readers"), "Ready"), server.borrow().calls_of("POST /token"));
    assert!(!said.contains("access token"), "{said}");
    house.run(mins(30));
    assert!(server.borrow().calls_of("POST /token") - tokens < 30, "{said}");
}

#[test]
fn whose_credentials_they_are_the_vendor_says_or_a_person() {
    let (mut house, server) = both();
    house.apply(&tenant("elsewhere"), &tenant_spec("t-2"));
    assert_tenant(&mut house, &server, "asserted", "t-3");
    let below = with(policy_spec(&["read"]), json!({"organizationRef": {"name": "asserted"}}));
    house.apply(&policy("readers"), &below);
    house.start();
    house.until(mins(2), "proved", |house| house.ready(&tenant("acme")) && house.ready(&policy("readers")));
    house.until(mins(2), "not proved", |house| house.stalled(&tenant("elsewhere"), "IdentityUnproven"));
    let said = house.message(&tenant("elsewhere"), "Ready");
    assert!(
        said.contains("the vendor shows it no tenant") && said.contains("Give the client a tenant."),
        "{said}"
    );
}

#[test]
fn a_list_in_pages_is_believed_only_whole() {
    let (mut house, server) = both();
    let ids: Vec<String> =
        (0..7).map(|number| server.borrow_mut().make(&format!("p{number}"), &["read"])).collect();
    for number in 0..7 {
        let spec = with(policy_spec(&["read"]), json!({"name": format!("p{number}")}));
        house.apply(&policy(&format!("p{number}")), &spec);
    }
    house.start();
    house.until(mins(5), "adopted", |house| (0..7).all(|number| house.ready(&policy(&format!("p{number}")))));
    let adopted: BTreeSet<String> =
        (0..7).filter_map(|number| house.id(&policy(&format!("p{number}")))).collect();
    assert_eq!(adopted, ids.iter().cloned().collect());
    // Between two pages of each list the first row goes and another comes, and it comes back after the last: all lists
    // are as long as they say, and lack the same row.
    server.borrow_mut().meanwhile = Some(|server, page| {
        let (from, to) = if page == 0 { ("q-001", "p-001") } else { ("p-001", "q-001") };
        if let Some(row) = server.policies.remove(from) {
            server.policies.insert(to.to_owned(), row);
        }
    });
    house.run(mins(30));
    server.borrow_mut().meanwhile = Some(|server, _| {
        if let Some(row) = server.policies.remove("q-001") {
            server.policies.insert("p-001".to_owned(), row);
        }
    });
    house.run(mins(10));
    assert!(server.borrow().calls_of("GET /policies/p-003") > 0, "{:?}", server.borrow().calls);
    for number in 0..7 {
        let key = policy(&format!("p{number}"));
        assert!(house.ready(&key), "{key}: {}", house.describe());
    }
    assert_eq!(server.borrow().calls_of("POST"), 0);
}

#[test]
fn a_list_with_more_pages_than_a_person_allows_calls_a_minute_is_read_all_the_same() {
    let (mut house, server) = both();
    let ids: Vec<String> =
        (0..60).map(|number| server.borrow_mut().make(&format!("p{number}"), &["read"])).collect();
    let mut slow = tenant_spec("t-1");
    slow["connection"]["requestsPerMinute"] = json!(8);
    house.apply(&tenant("acme"), &slow);
    house.apply(&policy("last"), &with(policy_spec(&["read"]), json!({"name": "p59"})));
    house.start();
    house.until(mins(20), "adopted", |house| house.ready(&policy("last")));
    assert_eq!(house.id(&policy("last")), ids.last().cloned());
    // Another that nobody has is made, once, though each page is a call.
    house.apply(&policy("new"), &with(policy_spec(&["read"]), json!({"name": "new"})));
    house.until(mins(20), "made", |house| house.ready(&policy("new")));
    assert_eq!(server.borrow().calls_of("POST /policies"), 1);
}

#[test]
fn a_limit_s_end_may_be_a_time_of_day() {
    let (mut house, server) = both();
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&tenant("acme")));
    let until = house.wall() + secs(20 * 60);
    server.borrow_mut().closed = Some(until);
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.run(mins(3));
    let tried = server.borrow().calls_of("GET /policies");
    house.run(mins(16));
    assert_eq!(server.borrow().calls_of("GET /policies"), tried, "nothing is asked before it ends");
    assert!(!house.ready(&policy("readers")) && house.ready(&acme()));
    house.until(mins(5), "made", |house| house.ready(&policy("readers")));
}

#[test]
fn no_vendor_lets_go_of_a_secret_that_another_needs_for_a_deletion() {
    let (mut house, server) = both();
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&policy("readers")) && house.ready(&acme()));
    let fails = Scripted {
        method: http::Method::DELETE,
        path: "/policies".into(),
        failing: Failing::Answer(503, "{}"),
        times: usize::MAX,
    };
    *house.way.vendors.scripted.borrow_mut() = vec![fails];
    house.delete(&policy("readers"));
    let held = |house: &House| {
        let secrets = house.way.cluster.secrets();
        let (_, secret) = secrets.into_iter().find(|((_, name), _)| name == "atoll").unwrap();
        secret.finalizers
    };
    house.until(mins(2), "held", |house| held(house) == ["atoll.example/in-use"]);
    for number in 0..5 {
        house.annotate(&acme(), &json!({"orgkeeper.dev/reconcile-requested-at": number.to_string()}));
        house.run(mins(2));
        assert_eq!(held(&house), ["atoll.example/in-use"], "{number}");
    }
    house.way.vendors.scripted.borrow_mut().clear();
    house.until(mins(10), "deleted", |house| !house.exists(&policy("readers")));
    assert!(server.borrow().policies.is_empty());
    house.until(mins(10), "free", |house| held(house).is_empty());
}

#[test]
pub fn whoever_may_have_been_mailed_is_not_mailed_again_unasked() {
    for carried_out in [true, false] {
        let (mut house, server) = both();
        let jo = member("jo");
        server.borrow_mut().losing.push_back(if carried_out { Lost::After } else { Lost::Before });
        house.apply(&jo, &member_spec("jo"));
        house.start();
        if carried_out {
            house.until(mins(10), "found", |house| house.ready(&jo));
            assert_eq!(house.status(&jo)["origin"], "Adopted", "who made it is not known");
        } else {
            house.until(mins(10), "asked", |house| house.stalled(&jo, "OutcomeUnknown"));
            house.run(mins(60));
            assert_eq!((server.borrow().calls_of("POST /members"), server.borrow().mails.len()), (1, 0));
            house.restart();
            house.run(mins(60));
            assert_eq!(server.borrow().calls_of("POST /members"), 1);
            let answer = house.digest(&jo, "Ready");
            house.annotate(&jo, &json!({"orgkeeper.dev/confirm": answer}));
            house.until(mins(10), "sent once more", |house| house.ready(&jo));
            assert_eq!(server.borrow().calls_of("POST /members"), 2);
        }
        assert_eq!(server.borrow().mails, ["jo@example.com"]);
    }
}

#[test]
fn what_can_only_be_taken_over_is_not_made_and_that_is_said() {
    let (mut house, server) = both();
    let spec = |name: &str| quota_spec(name, 7);
    house.apply(&quota("seats"), &spec("seats"));
    house.apply(&quota("rooms"), &spec("rooms"));
    house.start();
    house.until(mins(3), "taken over", |house| house.ready(&quota("seats")));
    assert_eq!(server.borrow().quotas["q-1"], ("seats".to_owned(), 7));
    house.until(mins(3), "not made", |house| house.stalled(&quota("rooms"), "NotFound"));
    let said = house.message(&quota("rooms"), "Ready");
    assert!(said.contains("none is made, as the vendor has the quotas that it has"), "{said}");
    assert!(house.status(&quota("rooms"))["pendingCreate"].is_null());
    house.delete(&quota("seats"));
    house.until(mins(3), "let go", |house| !house.exists(&quota("seats")));
    assert_eq!(server.borrow().calls_of("DELETE"), 0);
    server.borrow_mut().quotas.insert("q-2".into(), ("rooms".into(), 1));
    house.until(mins(30), "taken over", |house| house.ready(&quota("rooms")));
}

#[test]
fn a_list_that_no_read_shows_is_written_whole_and_once() {
    let (mut house, server) = both();
    for number in 2..8 {
        server.borrow_mut().quotas.insert(format!("q-{number}"), (format!("rooms-{number}"), 1));
    }
    // It is on the last of four pages.
    let rooms = quota("rooms");
    let spec = |alerts: &[&str]| {
        with(quota_spec("rooms-7", 7), json!({"alerts": alerts, "adopt": {"applyUnreadable": true}}))
    };
    house.apply(&rooms, &spec(&["a", "b"]));
    house.start();
    house.until(mins(3), "taken over", |house| house.ready(&rooms));
    house.run(mins(30));
    let puts = || server.borrow().calls_of("PUT /quotas/q-7/alerts");
    assert_eq!((server.borrow().alerts["q-7"].clone(), puts()), (vec!["a".to_owned(), "b".to_owned()], 1));
    house.restart();
    house.run(mins(30));
    assert_eq!(puts(), 1, "nothing is written at rest");
    server.borrow_mut().losing.push_back(Lost::After);
    house.apply(&rooms, &spec(&["c"]));
    house.until(mins(10), "written", |house| house.ready(&rooms) && puts() > 1);
    assert_eq!(server.borrow().alerts["q-7"], ["c"]);
    house.run(mins(60));
    assert!(puts() <= 3, "what nobody heard of is written again, and then no more: {}", puts());
    // One whose cursor leads back is no list, and nothing that it lacks is missed.
    let leads_back = r#"{"items": [{"id": "q-1", "name": "seats", "limit": 5}], "next": "q-1"}"#;
    let failing = Failing::Answer(200, leads_back);
    let fails = Scripted { method: Method::GET, path: "/quotas".into(), failing, times: usize::MAX };
    house.way.vendors.scripted.borrow_mut().push(fails);
    house.run(mins(60));
    assert_ne!(house.status(&rooms)["reason"], "ExternallyDeleted", "{}", house.describe());
}
