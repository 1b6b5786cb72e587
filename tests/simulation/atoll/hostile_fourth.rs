//! What must never happen to tenants that are to be made (rule 4). Each has a twin without what sets it off, which is
//! played first.

use super::both;
use super::manifests::{tenant, to_make};
use super::server::Tenant;
use crate::support::house::{mins, secs};
use crate::support::network::{Failing, Scripted};
use http::Method;

/// The create of a tenant is answered with the id of another object's, and then a person makes one of the name.
#[test]
fn a_tenant_that_a_person_makes_after_an_answer_that_names_anothers_is_the_persons() {
    for lying in [false, true] {
        let (mut house, server) = both();
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&tenant("acme")));
        if lying {
            house.way.vendors.scripted.borrow_mut().push(Scripted {
                method: Method::POST,
                path: "/tenants".into(),
                failing: Failing::Answer(201, r#"{"id": "t-1"}"#),
                times: 1,
            });
        } else {
            server.borrow_mut().names = false;
        }
        let made = tenant("made");
        house.apply(&made, &to_make("acme"));
        house.until(mins(5), "answered", |house| house.waits(&made, "OutcomeUnknown"));
        if lying {
            house.run(secs(5));
            let theirs = Tenant { name: "acme".into(), ..Tenant::default() };
            server.borrow_mut().tenants.insert("t-9".into(), theirs);
        }
        house.until(mins(15), "known", |house| house.ready(&made));
        let origin = if lying { "Adopted" } else { "Created" };
        assert_eq!(house.status(&made)["origin"], origin, "{}", house.describe());
    }
}
