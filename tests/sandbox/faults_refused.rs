//! Faults that the sandbox could not bear, or that could never strike: each is refused with the name
//! of its member, whether it comes from a file or by the control surface.

use jiff::SignedDuration;
use orgkeeper::sandbox::spot::FaultPlan;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::harness::{Bench, account, text};

const FAULTS: &str = "/_sandbox/faults";

/// What is wrong, and the member that has to be named.
fn wrong() -> Vec<(Value, &'static str)> {
    let kind = |fault: Value| json!({"fault": fault});
    let any = |member: &str, value: Value| {
        let mut fault = json!({"fault": {"kind": "forbidden"}});
        fault[member] = value;
        fault
    };
    vec![
        (kind(json!({"kind": "enormous", "bytes": 1_u64 << 40})), "fault.bytes"),
        (kind(json!({"kind": "enormous", "bytes": u64::MAX})), "fault.bytes"),
        (kind(json!({"kind": "enormous", "bytes": 1e300})), "fault.bytes"),
        (kind(json!({"kind": "enormous", "bytes": -1})), "fault.bytes"),
        (kind(json!({"kind": "enormous", "bytes": 0})), "fault.bytes"),
        (kind(json!({"kind": "nested", "depth": 1_u64 << 40})), "fault.depth"),
        (kind(json!({"kind": "nested", "depth": 0})), "fault.depth"),
        (kind(json!({"kind": "nested", "depth": "deep"})), "fault.depth"),
        (kind(json!({"kind": "lateEffect"})), "fault.after"),
        (kind(json!({"kind": "lateEffect", "after": "-1s"})), "fault.after"),
        (kind(json!({"kind": "lateEffect", "after": "99999999999h"})), "fault.after"),
        (kind(json!({"kind": "lateEffect", "after": "soon"})), "fault.after"),
        (kind(json!({"kind": "delay"})), "fault.duration"),
        (kind(json!({"kind": "delay", "duration": "-1ms"})), "fault.duration"),
        (kind(json!({"kind": "delay", "duration": "10000h"})), "fault.duration"),
        (kind(json!({"kind": "serverError", "status": 42})), "fault.status"),
        (kind(json!({"kind": "serverError", "status": 200})), "fault.status"),
        (kind(json!({"kind": "serverError", "status": 70_000})), "fault.status"),
        (kind(json!({"kind": "serverError", "effect": "yes"})), "fault.effect"),
        (kind(json!({"kind": "redirect", "status": 304})), "fault.status"),
        (kind(json!({"kind": "redirect", "status": 42})), "fault.status"),
        (kind(json!({"kind": "redirect", "location": "/\n"})), "fault.location"),
        (kind(json!({"kind": "redirect", "location": ""})), "fault.location"),
        (kind(json!({"kind": "tooManyRequests", "resetSeconds": -1})), "fault.resetSeconds"),
        (kind(json!({"kind": "tooManyRequests", "resetSeconds": 1_u64 << 33})), "fault.resetSeconds"),
        (kind(json!({"kind": "list"})), "fault.manner"),
        (kind(json!({"kind": "list", "manner": "double"})), "fault.manner"),
        (kind(json!({"kind": "omit", "members": []})), "fault.members"),
        (kind(json!({"kind": "omit", "members": [1]})), "fault.members"),
        (kind(json!({"kind": "notFound", "form": "pdf"})), "fault.form"),
        (kind(json!({"kind": "explode"})), "fault.kind"),
        (kind(json!({})), "fault.kind"),
        (kind(json!({"kind": "hang", "efect": true})), "fault.efect"),
        (kind(json!({"kind": "hang", "effect": null})), "fault.effect"),
        (json!({"fault": "hang"}), "fault"),
        (json!({}), "fault"),
        (any("rate", json!(2)), "rate"),
        (any("rate", json!(-0.1)), "rate"),
        (any("rate", json!("often")), "rate"),
        (any("rate", Value::Null), "rate"),
        (any("times", json!(0)), "times"),
        (any("times", json!(-1)), "times"),
        (any("skip", json!(1_u64 << 32)), "skip"),
        (any("method", json!("PSOT")), "method"),
        (any("route", json!("/setup/acount")), "route"),
        (any("route", json!("/setup/acount*")), "route"),
        (any("routes", json!("/setup/account")), "routes"),
    ]
}

#[test]
fn what_it_cannot_bear_is_refused_with_the_members_name() {
    let mut bench = Bench::production();
    let good = json!({"fault": {"kind": "hang"}});
    for (fault, member) in wrong() {
        let told = |bench: &mut Bench, body: &Value| {
            let answer = bench.call("POST", FAULTS, body);
            assert_eq!(answer.status, 400, "{body}");
            text(&answer.value()["error"])
        };
        let alone = told(&mut bench, &fault);
        assert!(alone.starts_with(&format!("{member}: ")), "{fault}: {alone}");
        let among = told(&mut bench, &json!([good, fault]));
        assert!(among.starts_with(&format!("faults[1].{member}: ")), "{fault}: {among}");
        let plan = json!({"faults": [good, fault]});
        let from_file = serde_saphyr::from_str::<FaultPlan>(&plan.to_string()).unwrap_err().to_string();
        assert!(from_file.contains(&format!("faults[1].{member}: ")), "{fault}: {from_file}");
    }
    assert!(bench.sandbox.faults().is_empty(), "all or none");
    for (plan, member) in [("seed: -1", "seed: "), ("fault: []", "fault: "), ("faults: {}", "faults: ")] {
        let told = serde_saphyr::from_str::<FaultPlan>(plan).unwrap_err().to_string();
        assert!(told.contains(member), "{told}");
    }
    for nothing in [json!(3), json!("hang"), Value::Null] {
        assert_eq!(bench.call("POST", FAULTS, &json!([nothing])).status, 400);
    }
}

#[test]
fn whatever_strikes_at_its_bounds_is_answered() {
    let mut bench = Bench::production();
    for fault in [
        json!({"kind": "enormous", "bytes": 14}),
        json!({"kind": "enormous", "bytes": 64 << 20}),
        json!({"kind": "nested", "depth": 1}),
        json!({"kind": "nested", "depth": 10_000_000}),
        json!({"kind": "lateEffect", "after": "8760h"}),
        json!({"kind": "delay", "duration": "8760h"}),
        json!({"kind": "serverError", "status": 599}),
        json!({"kind": "tooManyRequests", "resetSeconds": u32::MAX}),
    ] {
        let once = json!({"method": "get", "route": "/SETUP/*", "times": 1, "rate": 1, "fault": fault});
        bench.good("POST", FAULTS, &once);
        let reply = bench.send("GET", "/setup/account", &Value::Null);
        if let Some(bytes) = fault["bytes"].as_u64() {
            let body = &reply.answer().unwrap().body;
            assert_eq!(body.len() as u64, bytes, "the size is that of the whole body");
            assert!(serde_json::from_slice::<Value>(body).is_ok());
        }
        assert!(bench.sandbox.faults().is_empty(), "{fault} struck");
    }
}

#[test]
fn no_wait_of_a_test_is_too_long() {
    let mut bench = Bench::production();
    for _ in 0..2 {
        bench.sandbox.add_fault(Fault::always(FaultKind::Delay { duration: SignedDuration::MAX }));
    }
    bench.sandbox.add_fault(Fault::always(FaultKind::LateEffect { after: SignedDuration::MAX }));
    bench.send("POST", "/setup/account", &account("never"));
    assert_eq!(bench.sandbox.next_late(), Some(jiff::Timestamp::MAX));
}

#[test]
fn what_waits_to_be_carried_out_has_a_total() {
    let mut bench = Bench::production();
    let after = SignedDuration::from_secs(60);
    bench.sandbox.add_fault(Fault::always(FaultKind::LateEffect { after }));
    let long = json!({"account": {"name": "x".repeat(1 << 20)}});
    let waits = (0..20).filter(|_| bench.send("POST", "/setup/account", &long).answer().is_none()).count();
    assert_eq!(waits, 15, "sixteen mebibytes, and what is around each name");
    let refused = bench.call("POST", "/setup/account", &long);
    assert_eq!(refused.status, 503);
    assert_eq!(refused.value()["response"]["errors"][0]["code"], "SERVICE_UNAVAILABLE");
    bench.send("POST", "/setup/account", &account("small"));
    bench.pass(60);
    bench.sandbox.clear_faults();
    assert_eq!(bench.names(), ["Sandbox", "small"], "what was refused never comes");
}

#[test]
fn lag_and_limits_are_refused_with_the_members_name() {
    let mut bench = Bench::production();
    for (target, body, member) in [
        ("lag", json!({"lists": "-5s"}), "lists"),
        ("lag", json!({"lists": 5}), "lists"),
        ("lag", json!({"reads": "yes"}), "reads"),
        ("lag", json!({"list": "5s"}), "list"),
        ("limits", json!({}), "perMinute"),
        ("limits", json!({"perMinute": -1}), "perMinute"),
        ("limits", json!({"perMinute": 1, "routes": [{"perMinute": 1}]}), "routes[0].route"),
        (
            "limits",
            json!({"perMinute": 1, "routes": [{"route": "/x", "perMinute": 0.5}]}),
            "routes[0].perMinute",
        ),
        ("limits", json!({"perMinute": 1, "burst": 5}), "burst"),
    ] {
        let answer = bench.call("PUT", &format!("/_sandbox/{target}"), &body);
        assert_eq!(answer.status, 400, "{body}");
        let told = text(&answer.value()["error"]);
        assert!(told.starts_with(&format!("{member}: ")), "{body}: {told}");
    }
}

#[test]
fn every_kind_is_read_as_it_is_told() {
    let kinds = [
        json!({"kind": "delay", "duration": "PT1.5S"}),
        json!({"kind": "resetBeforeEffect"}),
        json!({"kind": "resetAfterEffect"}),
        json!({"kind": "lateEffect", "after": "PT1S"}),
        json!({"kind": "cutBody"}),
        json!({"kind": "hang", "effect": true}),
        json!({"kind": "serverError", "status": 503, "effect": true}),
        json!({"kind": "badGateway", "effect": true}),
        json!({"kind": "garbage", "effect": false}),
        json!({"kind": "tooManyRequests", "resetSeconds": 7}),
        json!({"kind": "list", "manner": "half"}),
        json!({"kind": "omit", "members": ["id"]}),
        json!({"kind": "notFound", "form": "text"}),
        json!({"kind": "unauthorized"}),
        json!({"kind": "forbidden"}),
        json!({"kind": "redirect", "status": 308, "location": "/x"}),
        json!({"kind": "enormous", "bytes": 99}),
        json!({"kind": "nested", "depth": 9}),
    ];
    for written in kinds {
        let read: FaultKind = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(written["kind"], read.name());
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
    }
}
