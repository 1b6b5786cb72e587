//! What somebody else wrote over a status, and what that was before, while neither can be stored: by whoever is the faster,
//! by a webhook, or by an API server that does not answer.

use super::{stamped, told, writes_status};
use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, person, user_key};
use crate::support::people::furnished;
use crate::support::webhooks::Refused;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// Of whoever writes at the same pace, now and then one write is put back; whoever is always the faster conflicts.
#[test]
fn who_is_always_the_faster_to_write_a_status_has_the_object_looked_at_so_often_and_no_more() {
    for (key, faster) in
        [home("prod"), acme()].into_iter().flat_map(|key| [(key.clone(), true), (key, false)])
    {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.run(mins(6));
        house.forget_requests();
        let id = house.id(&key).unwrap();
        let members = json!({"id": "act-00000000"});
        house.way.unkind.outdo(faster.then(|| (key.clone(), members.clone())));
        stamped(&mut house, &key, 1_200, &members);
        let looks = house.processes[0].counts.reconciles.get();
        stamped(&mut house, &key, 1_800, &members);
        let looks = house.processes[0].counts.reconciles.get() - looks;
        let case = format!("{key} {faster}: {looks} looks\n{}", house.describe());
        assert!(looks <= 60, "{case}");
        assert_eq!(told(&house, &key, "again and again"), 1, "{case}");
        assert_eq!(house.vendor_writes(), 0, "{case}");
        house.way.unkind.outdo(None);
        house.until(mins(80), "put back", |house| house.ready(&key) && house.id(&key).as_ref() == Some(&id));
    }
}

/// A condition of another controller.
fn scanned(message: &str) -> Value {
    json!({
        "type": "Scanned", "status": "True", "reason": "Scanned", "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    })
}

/// That one's condition moves on while what somebody else wrote cannot be put back.
#[test]
fn what_waits_to_be_put_back_takes_nothing_back_of_what_others_say_since() {
    for (key, waits) in [home("prod"), acme()].into_iter().flat_map(|key| [(key.clone(), true), (key, false)])
    {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.run(mins(6));
        let id = house.id(&key).unwrap();
        let says = |house: &House, message: &str| {
            house.way.cluster.edit(&key, |object| {
                let conditions = object["status"]["conditions"].as_array_mut().unwrap();
                conditions.retain(|condition| condition["type"] != "Scanned");
                conditions.insert(0, scanned(message));
            });
        };
        says(&house, "One was found.");
        house.run(mins(2));
        if waits {
            house.refuse_status(&key, Refused::Forbidden);
        }
        writes_status(&house, &key, &json!({"id": "act-00000000", "message": "Mine."}));
        house.run(mins(1));
        says(&house, "None was found.");
        house.run(mins(1));
        house.store_all();
        house.until(mins(12), "put back", |house| {
            house.id(&key).as_ref() == Some(&id) && house.status(&key)["message"] != "Mine."
        });
        house.run(mins(10));
        let conditions = house.status(&key)["conditions"].clone();
        let conditions: Vec<_> = conditions.as_array().unwrap().iter().collect();
        let theirs: Vec<_> = conditions.iter().filter(|condition| condition["type"] == "Scanned").collect();
        assert_eq!(theirs, [&&scanned("None was found.")], "{key} {waits}\n{}", house.describe());
    }
}

/// Something else of the object comes to be owed while what somebody else wrote cannot be put back.
#[test]
fn what_waits_to_be_put_back_is_put_back_whole_whatever_else_is_stored_with_it() {
    for waits in [true, false] {
        let mut house = furnished(Contract::Production, &["prod"]);
        let key = home("prod");
        house.run(mins(6));
        let id = house.id(&key);
        if waits {
            house.refuse_status(&key, Refused::Webhook);
        }
        let theirs = json!({"id": "act-00000000", "lastHandledReconcileAt": "theirs", "message": "Mine."});
        writes_status(&house, &key, &theirs);
        house.run(secs(30));
        house.apply(&key, &account("edited"));
        house.until(mins(6), "edited", |house| house.named("edited").len() == 1);
        house.run(mins(2));
        house.store_all();
        house.until(mins(12), "put back", |house| house.id(&key) == id && house.ready(&key));
        house.run(mins(2));
        let status = house.status(&key);
        assert_eq!(status["lastHandledReconcileAt"], Value::Null, "{waits}\n{}", house.describe());
        assert_ne!(status["message"], "Mine.", "{waits}\n{}", house.describe());
    }
}

/// Each is for another moment, so no two promise the same; none is carried out.
#[test]
fn however_many_writes_of_a_status_were_not_answered_no_stranger_is_suspected() {
    for (key, many) in
        [home("new"), user_key("new")].into_iter().flat_map(|key| [2, 9, 12].map(|many| (key.clone(), many)))
    {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.way.unkind.relent();
        house.run(mins(6));
        // The finalizer is set, and the intent is not stored.
        for _ in 0..many {
            house.way.patch_faults.add(1, PatchFault::Before);
        }
        let spec = if key == home("new") { account("new") } else { person("new") };
        house.apply(&key, &spec);
        house.until(mins(120), "struck", |house| !house.way.patch_faults.is_pending());
        // Nothing was stored, so nothing was sent whose end is to be waited for.
        house.annotate(&key, &json!({"team": "payments"}));
        house.until(secs(30), &format!("{key} after {many}"), |house| house.ready(&key));
        house.run(mins(10));
        assert_eq!(told(&house, &key, ""), 0, "{key} {many}\n{}", house.describe());
        assert_eq!(house.calls("POST"), 2, "{key} {many}\n{}", house.describe());
    }
}
