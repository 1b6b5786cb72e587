//! Death at every step of whatever is done at Atoll: at the end there is one thing for each manifest, nobody is mailed
//! twice, and what is somebody else's is as it was.

use super::manifests::{
    member, member_spec, policy, policy_spec, quota, quota_spec, tenant, tenant_spec, to_make,
};
use super::server::{AtollServer, INVITED, Invitation, Member, Policy, Tenant};
use super::{both, judge};
use crate::deaths::{Scenario, dies_under};
use crate::support::house::{House, mins};
use crate::support::manifests::{HOME, with};
use jiff::Timestamp;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// What is there of each kind and somebody else's.
fn strangers() -> AtollServer {
    let mut server = AtollServer::new("t-1");
    let who =
        |name: &str| Member { email: format!("{name}@example.com"), role: "owner".into(), suspended: false };
    let tenant = Tenant { name: "theirs".into(), session_minutes: 9, ..Tenant::default() };
    server.tenants.insert("t-900".into(), tenant);
    server.policies.insert("p-900".into(), Policy { name: "theirs".into(), rules: vec!["all".into()] });
    server.members.insert("m-900".into(), who("boss"));
    server.invitations.insert("i-900".into(), Invitation { member: who("guest"), until: Timestamp::MAX });
    server.quotas.insert("q-900".into(), ("theirs".into(), 9));
    server
}

/// What everybody has to leave alone.
fn left_alone(server: &AtollServer) -> impl PartialEq + std::fmt::Debug + use<> {
    let AtollServer { tenants, policies, members, invitations, quotas, .. } = server;
    let (tenant, policy) = (tenants.get("t-900").cloned(), policies.get("p-900").cloned());
    let (member, guest) = (members.get("m-900").cloned(), invitations.get("i-900").cloned());
    (tenant, policy, member, guest, quotas.get("q-900").cloned())
}

/// Kills the process at every step; in the end each who was invited was mailed so often at most.
pub fn dies(mails: usize, scenario: &Scenario<'_>) {
    let begin = |house: &mut House| {
        let lag = house.vendor().lag();
        *house = both().0;
        *house.atoll() = strangers();
        house.atoll().lag = lag.lists.unsigned_abs();
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&tenant("acme")));
        (scenario.begin)(house);
        house.run(mins(3));
    };
    let check = |house: &House| {
        assert_eq!(judge::differs(house, &judge::things(&strangers())), [""; 0], "{}", house.describe());
        assert_eq!(judge::mailed(&house.atoll(), |_| mails), None, "{}", house.describe());
        assert_eq!(left_alone(&house.atoll()), left_alone(&strangers()));
        (scenario.check)(house);
    };
    dies_under(Contract::Production, &Scenario { begin: &begin, check: &check, ..*scenario });
}

fn goes() -> Value {
    json!({"deletionPolicy": "Delete"})
}

/// It is there, and as its manifest says.
fn is_kept(house: &mut House, key: &ObjectRef, spec: &Value) {
    house.apply(key, spec);
    house.until(mins(5), "ready", |house| house.ready(key));
}

/// A death may leave a question, to which the answer stands ready.
fn is_ready(house: &House, key: &ObjectRef) -> bool {
    house.have_it_sent_again(key);
    house.ready(key)
}

fn readers() -> Value {
    with(policy_spec(&["read"]), goes())
}

fn writers() -> Value {
    with(policy_spec(&["read", "write"]), with(goes(), json!({"name": "writers"})))
}

fn rules(house: &House) -> Vec<String> {
    house.id(&policy("p")).map(|id| house.atoll().policies[&id].rules.clone()).unwrap_or_default()
}

#[test]
fn at_every_step_of_the_creation_of_a_policy() {
    dies(
        0,
        &Scenario {
            begin: &|_| {},
            act: &|house| house.apply(&policy("p"), &readers()),
            ended: &|house| house.ready(&policy("p")),
            check: &|house| assert_eq!(rules(house), ["read"]),
        },
    );
}

#[test]
fn at_every_step_of_an_edit_of_a_policy() {
    dies(
        0,
        &Scenario {
            begin: &|house| is_kept(house, &policy("p"), &readers()),
            act: &|house| house.apply(&policy("p"), &writers()),
            ended: &|house| house.ready(&policy("p")),
            check: &|house| assert_eq!(rules(house), ["read", "write"]),
        },
    );
}

#[test]
fn at_every_step_of_the_deletion_of_a_policy() {
    dies(
        0,
        &Scenario {
            begin: &|house| is_kept(house, &policy("p"), &readers()),
            act: &|house| house.delete(&policy("p")),
            ended: &|house| !house.exists(&policy("p")),
            check: &|_| {},
        },
    );
}

/// Jo as the vendor has them.
fn jo(house: &House) -> Option<Member> {
    house.atoll().members.values().find(|member| member.email == "jo@example.com").cloned()
}

/// Whoever is not known to be the one that was invited is deleted only where the manifest says so.
fn guest() -> Value {
    with(member_spec("jo"), goes())
}

/// Jo is invited; what else is declared is for when they are a member.
fn invited(house: &mut House) {
    is_kept(house, &member("jo"), &guest());
    house.apply(&member("jo"), &with(guest(), json!({"suspended": true})));
}

/// Whoever holds Jo's invitation accepts it.
fn accepts(house: &House) {
    let invitation = house.id(&member("jo")).expect("they are invited");
    house.atoll().accept(&invitation);
}

fn joined(house: &mut House) {
    is_kept(house, &member("jo"), &guest());
    accepts(house);
    let is_followed = |house: &House| house.id(&member("jo")).is_some_and(|id| id.starts_with("m-"));
    house.until(mins(20), "followed", is_followed);
}

#[test]
fn at_every_step_of_an_invitation() {
    dies(
        1,
        &Scenario {
            begin: &|_| {},
            act: &|house| house.apply(&member("jo"), &member_spec("jo")),
            ended: &|house| is_ready(house, &member("jo")),
            check: &|house| assert_eq!(house.atoll().mails.len(), 1),
        },
    );
}

#[test]
fn at_every_step_once_an_invitation_is_accepted() {
    dies(
        1,
        &Scenario {
            begin: &invited,
            act: &accepts,
            ended: &|house| house.ready(&member("jo")) && jo(house).is_some_and(|jo| jo.suspended),
            check: &|house| {
                let status = house.status(&member("jo"));
                assert_eq!((&status["origin"], &status["provisional"]), (&json!("Created"), &Value::Null));
            },
        },
    );
}

#[test]
fn at_every_step_of_an_edit_that_takes_two_calls() {
    dies(
        1,
        &Scenario {
            begin: &joined,
            act: &|house| {
                let edit = json!({"suspended": true, "role": "owner"});
                house.apply(&member("jo"), &with(guest(), edit));
            },
            ended: &|house| house.ready(&member("jo")),
            check: &|house| {
                let jo = jo(house).unwrap();
                assert_eq!((&*jo.role, jo.suspended), ("owner", true));
            },
        },
    );
}

#[test]
fn at_every_step_of_the_deletion_of_who_is_invited_or_a_member_or_accepts_just_then() {
    let begins: [&dyn Fn(&mut House); 3] = [&invited, &joined, &invited];
    for (begin, accepted) in begins.into_iter().zip([false, false, true]) {
        dies(
            1,
            &Scenario {
                begin,
                act: &|house| {
                    if accepted {
                        accepts(house);
                    }
                    house.delete(&member("jo"));
                },
                ended: &|house| !house.exists(&member("jo")),
                check: &|_| {},
            },
        );
    }
}

#[test]
fn at_every_step_after_a_person_has_an_expired_invitation_sent_again() {
    dies(
        2,
        &Scenario {
            begin: &|house| {
                is_kept(house, &member("jo"), &member_spec("jo"));
                house.run(INVITED);
                house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
            },
            act: &|house| {
                let answer = house.digest(&member("jo"), "Ready");
                house.annotate(&member("jo"), &json!({"orgkeeper.dev/confirm": answer}));
            },
            ended: &|house| is_ready(house, &member("jo")),
            check: &|house| assert_eq!(house.atoll().mails.len(), 2),
        },
    );
}

/// A quota with whom it is told to.
fn told(limit: u32, alerts: &[&str]) -> Value {
    with(quota_spec("seats", limit), json!({"alerts": alerts, "adopt": {"applyUnreadable": true}}))
}

/// It is so, and for how little is written.
fn assert_told(house: &House, limit: u32, alerts: &[&str]) {
    let server = house.atoll();
    assert_eq!(server.quotas["q-1"], ("seats".to_owned(), limit));
    assert_eq!(server.alerts["q-1"], alerts);
    assert!(server.calls_of("PUT") <= 3, "{:?}", server.calls);
}

#[test]
fn at_every_step_of_taking_over_a_quota() {
    dies(
        0,
        &Scenario {
            begin: &|_| {},
            act: &|house| house.apply(&quota("seats"), &told(7, &["a", "b"])),
            ended: &|house| house.ready(&quota("seats")),
            check: &|house| assert_told(house, 7, &["a", "b"]),
        },
    );
}

#[test]
fn at_every_step_of_an_edit_of_a_quota() {
    dies(
        0,
        &Scenario {
            begin: &|house| is_kept(house, &quota("seats"), &told(7, &["a", "b"])),
            act: &|house| house.apply(&quota("seats"), &told(8, &["c"])),
            ended: &|house| house.ready(&quota("seats")),
            check: &|house| assert_told(house, 8, &["c"]),
        },
    );
}

#[test]
fn at_every_step_of_letting_a_quota_go() {
    dies(
        0,
        &Scenario {
            begin: &|house| is_kept(house, &quota("seats"), &told(7, &["a"])),
            act: &|house| house.delete(&quota("seats")),
            ended: &|house| !house.exists(&quota("seats")),
            check: &|house| assert_told(house, 7, &["a"]),
        },
    );
}

/// A tenant that is made, and has a name to show besides.
fn made() -> Value {
    with(to_make("made"), with(goes(), json!({"displayName": "Made"})))
}

/// How the tenant that was made is shown.
fn shown(house: &House) -> Option<String> {
    let id = house.id(&tenant("made"))?;
    house.atoll().tenants.get(&id).map(|tenant| tenant.display_name.clone())
}

/// Whether it is gone. Where nobody heard the answer to its deletion the vendor has nothing left that would prove whose
/// the client is, and a person says so.
fn is_gone(house: &House) -> bool {
    if let Some(id) = judge::asked_whether_it_is_gone(house) {
        assert!(!house.atoll().tenants.contains_key(&id), "{}", house.describe());
        judge::says_that_it_is_gone(house, &id);
    }
    !house.exists(&tenant("made"))
}

fn founded(house: &mut House) {
    is_kept(house, &tenant("made"), &made());
    house.until(mins(5), "shown", |house| shown(house).as_deref() == Some("Made"));
}

#[test]
fn at_every_step_of_the_creation_of_a_tenant() {
    dies(
        0,
        &Scenario {
            begin: &|_| {},
            act: &|house| house.apply(&tenant("made"), &made()),
            ended: &|house| house.ready(&tenant("made")) && shown(house).as_deref() == Some("Made"),
            check: &|house| assert!(house.atoll().calls_of("POST /tenants") <= 2),
        },
    );
}

#[test]
fn at_every_step_of_an_edit_of_a_tenant() {
    let one = |minutes: u32| {
        let key = json!({"name": "support", "key": "key"});
        let adopt = json!({"applyUnreadable": true});
        let own =
            json!({"displayName": "Acme", "sessionMinutes": minutes, "supportKeyRef": key, "adopt": adopt});
        with(tenant_spec("t-1"), own)
    };
    let has = |house: &House| {
        let tenant = house.atoll().tenants["t-1"].clone();
        (tenant.session_minutes, tenant.support_key.unwrap_or_default())
    };
    dies(
        0,
        &Scenario {
            begin: &|house| {
                house.way.cluster.put_secret(HOME, "support", "key", "canary-one");
                is_kept(house, &tenant("acme"), &one(30));
                house.until(mins(5), "so", |house| has(house) == (30, "canary-one".to_owned()));
            },
            act: &|house| {
                house.way.cluster.put_secret(HOME, "support", "key", "canary-two");
                house.apply(&tenant("acme"), &one(60));
            },
            ended: &|house| house.ready(&tenant("acme")) && has(house) == (60, "canary-two".to_owned()),
            check: &|house| assert!(house.atoll().calls_of("PATCH") <= 4, "{:?}", house.atoll().calls),
        },
    );
}

#[test]
fn at_every_step_of_the_deletion_of_a_tenant() {
    dies(
        0,
        &Scenario {
            begin: &founded,
            act: &|house| house.delete(&tenant("made")),
            ended: &is_gone,
            check: &|_| {},
        },
    );
}

#[test]
fn at_every_step_of_the_deletion_of_a_tenant_with_all_that_is_below_it() {
    let of =
        |spec: Value| with(spec, json!({"organizationRef": {"name": "made"}, "deletionPolicy": "Delete"}));
    let all = [tenant("made"), policy("p"), member("jo")];
    dies(
        1,
        &Scenario {
            begin: &|house| {
                founded(house);
                is_kept(house, &policy("p"), &of(policy_spec(&["read"])));
                is_kept(house, &member("jo"), &of(member_spec("jo")));
            },
            act: &|house| all.iter().for_each(|key| house.delete(key)),
            ended: &|house| is_gone(house) && !all.iter().any(|key| house.exists(key)),
            check: &|house| {
                let secrets = house.way.cluster.secrets();
                assert!(secrets.values().all(|secret| secret.finalizers.is_empty()));
            },
        },
    );
}
