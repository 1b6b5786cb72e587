//! Organizations that are created (rule 4): at most one call, whatever comes of it.

use crate::support::founding::{NEW_TOKEN, to_create};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, ORGANIZATION, TOKEN, account, organization, organization_key, with};
use http::Method;
use jiff::SignedDuration;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// Whatever leaves a create without a clear answer.
fn unknown_outcomes() -> Vec<FaultKind> {
    vec![
        FaultKind::ResetBeforeEffect,
        FaultKind::ResetAfterEffect,
        FaultKind::CutBody,
        FaultKind::Garbage { effect: true },
        FaultKind::BadGateway { effect: false },
        FaultKind::ServerError { status: 500, effect: true },
        FaultKind::Hang { effect: true },
        FaultKind::Hang { effect: false },
        FaultKind::LateEffect { after: SignedDuration::from_secs(30) },
        FaultKind::Redirect { status: 307, location: "https://login.example.com/".into() },
        FaultKind::Omit { members: ["organizationId", "id"].map(str::to_owned).to_vec() },
    ]
}

fn unknown(house: &House) -> bool {
    house.stalled(&acme(), "OutcomeUnknown")
}

#[test]
fn one_is_created_and_its_token_is_awaited() {
    for contract in BOTH {
        for choice in ["Auto", if contract == Contract::Production { "Production" } else { "Published" }] {
            let mut house = House::with_a_parent(contract);
            house.apply(&acme(), &with(to_create(), json!({"connection": {"contract": choice}})));
            house.apply(&home("a"), &account("prod"));
            house.start();
            house.until(mins(5), "created", |house| house.id(&acme()).is_some());
            house.run(mins(30));
            let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
            assert_eq!(house.id(&acme()), Some(id.to_string()));
            assert!(house.waits(&acme(), "SecretNotFound"), "{}", house.describe());
            let text = house.message(&acme(), "Ready");
            assert!(text.contains(&id.to_string()) && text.contains(NEW_TOKEN), "{text}");
            assert!(house.waits(&home("a"), "DependencyNotReady"), "{}", house.describe());
            let status = house.status(&acme());
            assert_eq!(status["origin"], "Created");
            assert_eq!(status["deletionPolicy"], "Orphan");
            assert_eq!(status["pendingCreate"], Value::Null);
            let [event] = &house.events(&acme())[..] else { panic!("{}", house.describe()) };
            assert!(event.note.contains(&format!("organizationId: \"{id}\"")), "{event:?}");
            let writes = house.writes(&acme());
            house.run(mins(60));
            assert_eq!(house.writes(&acme()), writes, "{}", house.describe());
            house.issue_token_of(id);
            house.until(mins(5), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
            // What the event asks for changes nothing.
            let named = json!({"organizationId": id.to_string(), "connection": {"contract": choice}});
            house.apply(&acme(), &with(to_create(), named));
            house.until(mins(5), "still ready", |house| house.ready(&acme()));
            assert_eq!(house.status(&acme())["origin"], "Created");
            assert_eq!(house.foundings(), 1);
        }
    }
}

#[test]
fn a_refusal_takes_the_intent_back_and_is_repeated_seldom() {
    for contract in BOTH {
        for (kind, reason) in [(FaultKind::Unauthorized, "TokenRefused"), (FaultKind::Forbidden, "Forbidden")]
        {
            let mut house = House::with_a_parent(contract);
            let fault = Fault { times: None, ..Fault::once(&Method::POST, "/setup/organization", kind) };
            house.vendor().add_fault(fault);
            house.apply(&acme(), &to_create());
            house.start();
            house.until(mins(5), "refused", |house| house.stalled(&acme(), reason));
            assert_eq!(house.status(&acme())["pendingCreate"], Value::Null);
            assert!(house.message(&acme(), "Stalled").contains("parent-token"), "{}", house.describe());
            house.run(mins(60));
            assert!((2..=8).contains(&house.foundings()), "{}", house.foundings());
            house.vendor().clear_faults();
            house.until_founded();
        }
    }
}

#[test]
fn what_the_vendor_does_not_take_is_stalled() {
    let mut house = House::with_a_parent(Contract::Production);
    let refusal = FaultKind::ServerError { status: 400, effect: false };
    let fault = Fault { times: None, ..Fault::once(&Method::POST, "/setup/organization", refusal) };
    house.vendor().add_fault(fault);
    house.apply(&acme(), &to_create());
    house.start();
    house.until(mins(5), "refused", |house| house.stalled(&acme(), "RefusedByVendor"));
    assert_eq!(house.status(&acme())["pendingCreate"], Value::Null);
    assert!(house.founded().is_empty());
}

#[test]
fn a_pause_delays_a_create() {
    for contract in BOTH {
        let mut house = House::struck_at_a_create(contract, FaultKind::TooManyRequests { reset_seconds: 40 });
        house.until(mins(5), "throttled", |house| house.waits(&acme(), "Throttled"));
        assert_eq!(house.status(&acme())["pendingCreate"], Value::Null);
        house.until_founded();
        assert_eq!(house.foundings(), 2);
    }
}

#[test]
pub fn an_unknown_outcome_is_for_a_person_and_never_repeated() {
    for contract in BOTH {
        for kind in unknown_outcomes() {
            let text = format!("{contract:?} {kind:?}");
            let mut house = House::struck_at_a_create(contract, kind);
            house.until(mins(5), &text, unknown);
            let writes = house.writes(&acme());
            house.run(mins(60));
            house.restart();
            house.run(mins(60));
            assert!(unknown(&house), "{text}\n{}", house.describe());
            assert_eq!(house.foundings(), 1, "{text}");
            assert_eq!(house.writes(&acme()), writes, "{text}\n{}", house.describe());
        }
    }
}

#[test]
fn whoever_finds_it_in_the_console_writes_its_number() {
    for contract in BOTH {
        let mut house = House::struck_at_a_create(contract, FaultKind::ResetAfterEffect);
        house.until(mins(5), "unknown", unknown);
        let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
        house.apply(&acme(), &with(to_create(), json!({"organizationId": id.to_string()})));
        house.until(mins(5), "awaited", |house| house.waits(&acme(), "SecretNotFound"));
        house.issue_token_of(id);
        house.until(mins(5), "ready", |house| house.ready(&acme()));
        let status = house.status(&acme());
        // Nothing shows that it is the one that this object's call made.
        assert_eq!((&status["origin"], &status["pendingCreate"]), (&json!("Adopted"), &Value::Null));
        assert_eq!(house.foundings(), 1);
    }
}

#[test]
fn a_person_may_have_another_one_created_and_every_attempt_is_confirmed_by_itself() {
    for contract in BOTH {
        let mut house = House::struck_at_a_create(contract, FaultKind::ResetBeforeEffect);
        house.until(mins(5), "unknown", unknown);
        let digest = house.digest(&acme(), "Stalled");
        house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": "0123456789ab"}));
        house.run(mins(30));
        assert_eq!(house.foundings(), 1, "the digest of something else");
        house.vendor().add_fault(Fault::once(
            &Method::POST,
            "/setup/organization",
            FaultKind::ResetBeforeEffect,
        ));
        house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(5), "again", |house| house.foundings() == 2);
        house.run(mins(60));
        assert!(unknown(&house) && house.foundings() == 2, "{}", house.describe());
        let second = house.digest(&acme(), "Stalled");
        assert_ne!(digest, second);
        house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": second}));
        house.until_founded();
        assert_eq!(house.foundings(), 3);
        assert_eq!(house.status(&acme())["origin"], "Created");
    }
}

#[test]
fn of_two_that_would_create_the_same_the_older_does() {
    for contract in BOTH {
        let mut house = House::with_a_parent(contract);
        let twin = organization_key("twin");
        house.apply(&acme(), &to_create());
        house.run(secs(5));
        let elsewhere = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
        house.apply(&twin, &with(to_create(), elsewhere));
        house.start();
        house.until(mins(5), "conflict", |house| house.stalled(&twin, "ManagementConflict"));
        let id = house.until_founded();
        house.run(mins(30));
        assert_eq!((house.foundings(), house.id(&twin)), (1, None));
        // Another of the same name is its own once it is said which one it is.
        let create = json!({"create": to_create()["create"]});
        house.apply(&twin, &with(organization(), create));
        house.until(mins(5), "no conflict", |house| house.ready(&twin));
        assert_eq!(house.id(&acme()), Some(id.to_string()));
    }
}

#[test]
pub fn however_the_endpoint_is_spelled_one_is_created_of_a_name() {
    for spelled in ["https://API.spotinst.io:443/", "HTTPS://Api.SpotInst.io//"] {
        for at_once in [true, false] {
            let mut house = House::with_a_parent(Contract::Production);
            let twin = organization_key("twin");
            house.apply(&acme(), &to_create());
            house.run(secs(5));
            let elsewhere =
                json!({"connection": {"endpoint": spelled, "tokenSecretRef": {"name": "twin-token"}}});
            if at_once {
                house.apply(&twin, &with(to_create(), elsewhere.clone()));
            }
            house.start();
            house.run(if at_once { secs(0) } else { mins(5) });
            house.apply(&twin, &with(to_create(), elsewhere));
            house.until(mins(5), spelled, |house| house.stalled(&twin, "ManagementConflict"));
            house.until_founded();
            house.run(mins(60));
            assert_eq!((house.foundings(), house.founded().len()), (1, 1), "{}", house.describe());
            assert!(house.stalled(&twin, "ManagementConflict"), "{}", house.describe());
        }
    }
}

#[test]
pub fn where_the_secret_holds_a_token_there_is_one_already() {
    for contract in BOTH {
        let mut house = House::with_a_parent(contract);
        house.apply(&acme(), &to_create());
        house.start();
        let id = house.until_founded();
        // A new cluster from the manifests and Secrets: the status is lost.
        house.kill();
        house.apply(&acme(), &with(to_create(), json!({"deletionPolicy": "Orphan"})));
        house.start();
        house.delete(&acme());
        house.until(mins(5), "gone", |house| !house.exists(&acme()));
        house.apply(&acme(), &to_create());
        house.until(mins(5), "noticed", |house| house.stalled(&acme(), "OrganizationExists"));
        let text = house.message(&acme(), "Stalled");
        assert!(text.contains(&format!("organizationId: \"{id}\"")), "{text}");
        house.run(mins(60));
        assert_eq!(house.foundings(), 1);
        house.apply(&acme(), &with(to_create(), json!({"organizationId": id.to_string()})));
        house.until(mins(5), "ready", |house| house.ready(&acme()));
        assert_eq!(house.status(&acme())["origin"], "Adopted");
    }
}

#[test]
fn a_token_of_which_nobody_can_say_whose_it_is_prevents_a_create() {
    for contract in BOTH {
        let lists = |kind| Fault { times: None, ..Fault::once(&Method::GET, "/setup/account", kind) };
        let empty = FaultKind::List { manner: orgkeeper::sandbox::ListFault::Empty };
        let table = [
            (lists(FaultKind::ServerError { status: 503, effect: false }), "VendorUnreachable"),
            (lists(empty), "IdentityUnproven"),
            (Fault::always(FaultKind::Unauthorized), "TokenRefused"),
        ];
        for (fault, reason) in table {
            let mut house = House::with_a_parent(contract);
            house.way.cluster.put_secret(HOME, NEW_TOKEN, "token", TOKEN);
            house.vendor().add_fault(fault);
            let choice = if contract == Contract::Production { "Production" } else { "Published" };
            house.apply(&acme(), &with(to_create(), json!({"connection": {"contract": choice}})));
            house.start();
            house.until(mins(5), reason, |house| house.waits(&acme(), reason));
            house.run(mins(60));
            assert_eq!(house.foundings(), 0, "{reason}: {}", house.describe());
            // Not even the parent's own token counts as none.
            house.vendor().clear_faults();
            house.until(mins(15), "told", |house| house.stalled(&acme(), "OrganizationExists"));
            assert!(house.message(&acme(), "Stalled").contains(ORGANIZATION));
            house.way.cluster.delete_secret(HOME, NEW_TOKEN);
            house.until_founded();
            assert_eq!(house.foundings(), 1);
        }
    }
}

#[test]
fn without_the_parents_token_it_waits() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &to_create());
    house.start();
    house.until(mins(5), "waiting", |house| house.waits(&acme(), "SecretNotFound"));
    assert!(house.message(&acme(), "Ready").contains("parent-token"), "{}", house.describe());
    house.way.cluster.put_secret(HOME, "parent-token", "other", TOKEN);
    house.until(secs(10), "no key", |house| house.waits(&acme(), "SecretKeyNotFound"));
    assert!(house.message(&acme(), "Ready").contains("spec.create.tokenSecretRef"), "{}", house.describe());
    house.way.cluster.put_secret(HOME, "parent-token", "token", TOKEN);
    house.until_founded();
}

#[test]
fn who_only_looks_creates_nothing() {
    for contract in BOTH {
        let table = [
            (json!({"managementPolicy": "Observe"}), json!({"managementPolicy": "Manage"}), "NotFound"),
            (json!({"suspend": true}), json!({"suspend": false}), "Suspended"),
        ];
        for (first, then, reason) in table {
            let mut house = House::with_a_parent(contract);
            house.apply(&acme(), &with(to_create(), first));
            house.start();
            house.until(mins(5), reason, |house| {
                house.condition(&acme(), "Ready").is_some_and(|(_, why)| why == reason)
            });
            house.run(mins(60));
            assert_eq!((house.foundings(), house.calls("")), (0, 0), "{reason}: {}", house.describe());
            house.apply(&acme(), &with(to_create(), then));
            house.until_founded();
        }
        let mut house = House::with_a_parent(contract);
        house.way.read_only = true;
        house.apply(&acme(), &to_create());
        house.start();
        house.until(mins(5), "read only", |house| house.stalled(&acme(), "ReadOnly"));
        house.run(mins(60));
        assert_eq!(house.vendor_writes(), 0);
    }
}

#[test]
pub fn what_was_created_and_what_the_manifest_names_cannot_differ() {
    let mut house = House::with_a_parent(Contract::Production);
    house.apply(&acme(), &to_create());
    house.start();
    let id = house.until_founded();
    house.apply(&acme(), &with(to_create(), json!({"organizationId": ORGANIZATION})));
    house.until(mins(5), "told", |house| house.stalled(&acme(), "AdoptIdMismatch"));
    let text = house.message(&acme(), "Stalled");
    assert!(text.contains(ORGANIZATION) && text.contains(&id.to_string()), "{text}");
    house.delete(&acme());
    house.until(mins(5), "gone", |house| !house.exists(&acme()));
    assert_eq!(house.founded(), [id]);
}

#[test]
fn one_that_is_deleted_while_nobody_knows_waits_for_a_word() {
    for contract in BOTH {
        for policy in ["Orphan", "Delete"] {
            let begin = || {
                let mut house = House::struck_at_a_create(contract, FaultKind::ResetAfterEffect);
                house.apply(&acme(), &with(to_create(), json!({"deletionPolicy": policy})));
                house.until(mins(5), "unknown", unknown);
                house.delete(&acme());
                house
                    .until(mins(5), "blocked", |house| house.condition(&acme(), "DeletionBlocked").is_some());
                house.run(mins(30));
                assert_eq!(house.condition(&acme(), "DeletionBlocked").unwrap().1, "OutcomeUnknown");
                assert_eq!(house.status(&acme())["state"], "Blocked", "only a person can say");
                assert_eq!(house.foundings(), 1);
                house
            };
            let mut house = begin();
            house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "true"}));
            house.until(mins(5), "gone", |house| !house.exists(&acme()));
            assert_eq!(house.founded().len(), 1);
            assert!(house.reasons(&acme()).contains(&"Orphaned"), "{}", house.describe());
            let mut house = begin();
            let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
            house.apply(
                &acme(),
                &with(to_create(), json!({"organizationId": id.to_string(), "deletionPolicy": policy})),
            );
            if policy == "Delete" {
                house.until(mins(5), "its token", |house| {
                    house.condition(&acme(), "DeletionBlocked").is_some_and(|(_, why)| why == "TokenNeeded")
                });
                house.issue_token_of(id);
            }
            house.until(mins(15), "gone", |house| !house.exists(&acme()));
            assert_eq!(house.founded().is_empty(), policy == "Delete", "{}", house.describe());
        }
    }
}

#[test]
fn one_that_was_created_and_never_had_a_token_of_its_own() {
    for contract in BOTH {
        for (policy, stays) in [(None, true), (Some("Orphan"), true), (Some("Delete"), false)] {
            let mut house = House::with_a_parent(contract);
            house.apply(&acme(), &with(to_create(), json!({ "deletionPolicy": policy })));
            house.start();
            house.until(mins(5), "created", |house| house.id(&acme()).is_some());
            house.run(mins(1));
            let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
            house.delete(&acme());
            if !stays {
                house.until(mins(5), "its token", |house| {
                    house.condition(&acme(), "DeletionBlocked").is_some_and(|(_, why)| why == "TokenNeeded")
                });
                house.run(mins(30));
                assert_eq!(house.founded(), [id]);
                house.issue_token_of(id);
            }
            house.until(mins(15), "gone", |house| !house.exists(&acme()));
            assert_eq!(house.founded().len(), usize::from(stays), "{}", house.describe());
            assert_eq!(house.foundings(), 1);
        }
    }
}

#[test]
fn one_that_is_deleted_before_anything_was_created_just_goes() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &to_create());
    house.start();
    house.until(mins(5), "waiting", |house| house.waits(&acme(), "SecretNotFound"));
    house.delete(&acme());
    house.until(mins(5), "gone", |house| !house.exists(&acme()));
    assert!(house.events(&acme()).is_empty(), "{}", house.describe());
    assert_eq!(house.calls(""), 0);
}

#[test]
fn the_parents_secret_is_not_held() {
    let mut house = House::with_a_parent(Contract::Production);
    house.apply(&acme(), &with(to_create(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until_founded();
    house.run(mins(10));
    let secrets = house.way.cluster.secrets();
    let held = |name: &str| !secrets[&(HOME.to_owned(), name.to_owned())].finalizers.is_empty();
    assert_eq!((held(NEW_TOKEN), held("parent-token")), (true, false));
}

#[test]
fn whatever_befalls_a_patch_no_second_one_is_created() {
    use crate::support::cluster::PatchFault;
    for fault in [PatchFault::Before, PatchFault::After, PatchFault::Conflict, PatchFault::Forbidden] {
        for skip in 0..5 {
            let mut house = House::with_a_parent(Contract::Production);
            house.way.patch_faults.add(skip, fault);
            house.apply(&acme(), &to_create());
            house.start();
            house.run(mins(30));
            let text = format!("{fault:?} {skip}\n{}", house.describe());
            assert!(house.foundings() <= 1, "{text}");
            assert!(house.id(&acme()).is_some() || unknown(&house), "{text}");
            assert_eq!(house.id(&acme()).is_some(), house.foundings() == 1, "{text}");
        }
    }
}

#[test]
fn a_death_at_any_step_makes_no_second_one() {
    for contract in BOTH {
        let mut house = House::with_a_parent(contract);
        house.apply(&acme(), &to_create());
        house.start();
        house.until(mins(5), "created", |house| house.id(&acme()).is_some());
        let steps = house.passed() + 4;
        for at_once in [false, true] {
            for step in 0..steps {
                let mut house = House::with_a_parent(contract);
                house.apply(&acme(), &to_create());
                house.start_mortal(Some(step));
                house.until(mins(60), "dead", |house| house.is_dead() || house.id(&acme()).is_some());
                if at_once {
                    house.restart_at_once();
                } else {
                    house.restart();
                }
                house.run(mins(60));
                let text = format!("{contract:?} step {step} at once {at_once}\n{}", house.describe());
                assert!(house.foundings() <= 1, "{text}");
                match house.id(&acme()) {
                    Some(id) => assert_eq!(house.founded()[..], [id.parse().unwrap()], "{text}"),
                    // Between the intent and its outcome nothing but a person can tell.
                    None => assert!(unknown(&house), "{text}"),
                }
            }
        }
    }
}
