//! A confirmation that is left behind: it was of what was asked then, and answers nothing later.

use super::*;

/// Jo, who alone administers, is to administer no more; the answer that is waited for.
fn asked(house: &mut House) -> String {
    house.apply(&acme(), &organization());
    let objects = jo_alone(house);
    start(house, &objects);
    change(house, &jo(), json!({"policies": []}));
    house.until(mins(5), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
    house.digest(&jo(), "Stalled")
}

/// Somebody makes Jo an administrator by hand.
fn again(house: &House) {
    let id = house.id(&jo()).unwrap();
    in_console(house, |console| console.set_policies(&id, admin()));
}

fn confirm(house: &House, digest: &str) {
    house.annotate(&jo(), &json!({"orgkeeper.dev/confirm": digest}));
}

/// It is asked anew, and only the new answer counts; neither time nor a restart changes that.
fn asks_anew(house: &mut House, former: &str, text: &str) {
    house.until(mins(15), text, |house| house.stalled(&jo(), "WouldLockOut") || NOBODY(house));
    house.run(mins(30));
    let digest = house.digest(&jo(), "Stalled");
    assert_ne!(digest, former, "{text}");
    house.restart();
    house.run(mins(30));
    assert_eq!(administrators(house), ["jo@example.com"], "{text}\n{}", house.describe());
    assert_eq!(house.digest(&jo(), "Stalled"), digest, "{text}: it stands still");
    confirm(house, &digest);
    house.until(mins(5), text, NOBODY);
}

#[test]
fn what_was_confirmed_and_done_is_asked_anew_when_somebody_undoes_it() {
    for restarts in [false, true] {
        let mut house = House::new(Contract::Production);
        let digest = asked(&mut house);
        confirm(&house, &digest);
        house.until(mins(5), "done", NOBODY);
        house.until(mins(5), "ready", |house| house.ready(&jo()));
        if restarts {
            house.restart();
        }
        house.run(mins(60));
        assert_eq!(house.status(&jo()).get("asked"), None, "{}", house.describe());
        again(&house);
        asks_anew(&mut house, &digest, &format!("restarts: {restarts}"));
    }
}

#[test]
pub fn an_answer_that_nobody_needed_is_good_for_nothing_later() {
    let mut house = House::new(Contract::Production);
    let digest = asked(&mut house);
    house.kill();
    // Before it is read there is another administrator, and so nothing to ask.
    confirm(&house, &digest);
    let kim = there(&house, "kim", admin());
    house.start();
    house.until(mins(10), "jo is none", |house| administrators(house) == ["kim@example.com"]);
    house.until(mins(5), "ready", |house| house.ready(&jo()));
    again(&house);
    in_console(&house, |console| console.delete_user(&kim)).unwrap();
    asks_anew(&mut house, &digest, "later");
}

#[test]
fn an_answer_does_not_outlive_its_question_while_the_object_waits_for_something_else() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let objects = jo_alone(&house);
    start(&mut house, &objects);
    let nowhere = json!([{"groupRef": {"name": "nowhere"}}]);
    change(&house, &jo(), json!({"policies": [], "userGroups": nowhere}));
    house.until(mins(5), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
    let digest = house.digest(&jo(), "Stalled");
    confirm(&house, &digest);
    house.until(mins(5), "done", NOBODY);
    house.run(mins(60));
    assert!(house.waits(&jo(), "ReferenceNotFoundOrNotAllowed"), "{}", house.describe());
    again(&house);
    asks_anew(&mut house, &digest, "while a group is missing");
}

#[test]
fn whenever_it_dies_over_what_was_confirmed_nothing_is_done_twice_unasked() {
    for step in 0.. {
        let mut house = House::new(Contract::Production);
        let digest = asked(&mut house);
        house.dies_after(step);
        confirm(&house, &digest);
        house.run(secs(30));
        let died = house.is_dead();
        let text = format!("step {step}");
        if NOBODY(&house) {
            house.kill();
            again(&house);
            house.start();
            asks_anew(&mut house, &digest, &text);
        } else {
            house.restart();
            house.run(mins(10));
            if !NOBODY(&house) {
                confirm(&house, &house.digest(&jo(), "Stalled"));
            }
            house.until(mins(5), &text, NOBODY);
        }
        if !died {
            assert!(step > 2, "it passes several steps");
            return;
        }
    }
}
