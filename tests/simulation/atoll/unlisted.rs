//! A kind of which the vendor has no list: reads by id are all the evidence that there is.

use super::api::DOMAIN;
use super::server::AtollServer;
use super::{both, policy, tenant_spec};
use crate::support::house::{House, mins};
use crate::support::manifests::with;
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

fn domain(name: &str) -> ObjectRef {
    ObjectRef { kind: DOMAIN, ..policy(name) }
}

fn spec(number: usize) -> Value {
    let adopt = json!({"policy": "Required", "id": format!("d-{number}")});
    let name = format!("d{number}.example.com");
    json!({"organizationRef": {"name": "acme"}, "name": name, "target": "here", "adopt": adopt})
}

/// A house with so many domains, and an object for each.
fn with_domains(count: usize) -> (House, Rc<RefCell<AtollServer>>) {
    let (mut house, server) = both();
    for number in 0..count {
        let made = (format!("d{number}.example.com"), "there".to_owned());
        server.borrow_mut().domains.insert(format!("d-{number}"), made);
        house.apply(&domain(&format!("d{number}")), &spec(number));
    }
    house.start();
    (house, server)
}

#[test]
fn one_is_taken_over_by_its_id_kept_and_let_go_or_deleted() {
    let (mut house, server) = with_domains(2);
    let target = |id: &str| server.borrow().domains.get(id).map(|(_, target)| target.clone());
    house.until(mins(3), "taken over", |house| {
        house.ready(&domain("d0")) && target("d-0").as_deref() == Some("here")
    });
    server.borrow_mut().domains.get_mut("d-0").unwrap().1 = "elsewhere".to_owned();
    house.until(mins(15), "put back", |_| target("d-0").as_deref() == Some("here"));
    // Another one that is named later is asked for at once.
    server.borrow_mut().domains.insert("d-9".into(), ("d9.example.com".into(), "there".into()));
    house.apply(&domain("d9"), &spec(9));
    house.until(mins(1), "taken over", |house| house.ready(&domain("d9")));
    house.delete(&domain("d0"));
    house.apply(&domain("d9"), &with(spec(9), json!({"deletionPolicy": "Delete"})));
    house.delete(&domain("d9"));
    house.until(mins(5), "gone", |house| !house.exists(&domain("d0")) && !house.exists(&domain("d9")));
    assert_eq!((target("d-0").as_deref(), target("d-9")), (Some("here"), None));
    assert_eq!(server.borrow().calls_of("POST"), 0);
}

#[test]
fn without_an_id_nothing_is_looked_for_or_made_and_that_is_said() {
    let (mut house, server) = both();
    let mut unnamed = spec(0);
    unnamed.as_object_mut().unwrap().remove("adopt");
    house.apply(&domain("d0"), &unnamed);
    house.start();
    house.until(mins(3), "told", |house| house.stalled(&domain("d0"), "NotFound"));
    let said = house.message(&domain("d0"), "Ready");
    assert!(said.contains("lists no domains") && said.contains("spec.adopt"), "{said}");
    assert_eq!(server.borrow().calls_of("GET /domains"), 0);
    house.apply(&domain("d0"), &spec(0));
    house.until(mins(3), "told", |house| house.stalled(&domain("d0"), "AdoptionTargetNotFound"));
    assert_eq!(server.borrow().calls_of("POST"), 0);
}

#[test]
fn what_is_gone_is_told_after_two_reads_and_what_fails_is_not_gone() {
    let (mut house, server) = with_domains(2);
    house.until(mins(3), "taken over", |house| house.ready(&domain("d0")) && house.ready(&domain("d1")));
    let path = "/domains/d-0".to_owned();
    let fails =
        Scripted { method: Method::GET, path, failing: Failing::Answer(503, "{}"), times: usize::MAX };
    house.way.vendors.scripted.borrow_mut().push(fails);
    house.run(mins(60));
    assert_eq!(house.id(&domain("d0")).as_deref(), Some("d-0"));
    assert!(!house.stalled(&domain("d0"), "ExternallyDeleted"));
    house.way.vendors.scripted.borrow_mut().clear();
    server.borrow_mut().domains.remove("d-0");
    house.until(mins(30), "gone", |house| house.stalled(&domain("d0"), "ExternallyDeleted"));
    assert!(house.ready(&domain("d1")), "it is nobody else's trouble");
}

#[test]
fn more_than_a_minute_s_calls_are_read_one_after_the_other() {
    let (mut house, server) = with_domains(12);
    let mut slow = tenant_spec("t-1");
    slow["connection"]["requestsPerMinute"] = json!(8);
    house.apply(&super::tenant("acme"), &slow);
    house.until(mins(60), "taken over", |house| {
        (0..12).all(|number| house.ready(&domain(&format!("d{number}"))))
    });
    assert!(server.borrow().domains.values().all(|(_, target)| target == "here"));
}
