//! The stages at which a program can be replaced by another: each brings a house there and stops the program.

mod creates;
mod ends;
mod founded;
mod founding;
mod people;
mod questions;
mod replacements;
mod rotations;
mod still;
mod tokens;

use crate::support::house::{House, mins, secs};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;
use std::time::Duration;

/// How long an answer of the vendor takes where somebody is to die before it comes.
const SLOW: Duration = secs(2);

/// How long it takes otherwise.
const USUAL: Duration = Duration::from_millis(20);

/// How many minutes all comes to rest in, where nothing is waited for.
const TO_REST: u64 = 20;

/// A stage.
pub struct Stage {
    /// The name of its file.
    pub name: String,
    /// What was under way.
    pub about: String,
    /// How many minutes it takes to come to rest from there.
    pub minutes: u64,
    reach: Box<dyn Fn() -> House>,
}

impl Stage {
    /// A house at the stage, which nobody keeps any more.
    pub fn reach(&self) -> House {
        let mut house = (self.reach)();
        house.kill();
        house.vendor().clear_faults();
        // The file knows whole milliseconds.
        let begun = house.now().since_boot().subsec_nanos();
        house.run(secs(1).saturating_sub(Duration::from_nanos(begun.into())));
        house
    }
}

/// What was gathered of the stages so far.
#[derive(Default)]
pub struct Stages(Vec<Stage>);

impl Stages {
    /// A stage that both contracts have.
    fn both(&mut self, name: &str, about: &str, reach: fn(Contract) -> House) {
        self.one(name, about, reach);
        self.add(&format!("published-{name}"), about, move || reach(Contract::Published));
    }

    /// A stage of the live service.
    fn one(&mut self, name: &str, about: &str, reach: fn(Contract) -> House) {
        self.add(name, about, move || reach(Contract::Production));
    }

    fn add(&mut self, name: &str, about: &str, reach: impl Fn() -> House + 'static) {
        let (name, about) = (name.to_owned(), about.to_owned());
        self.0.push(Stage { name, about, minutes: TO_REST, reach: Box::new(reach) });
    }

    /// The stage that was added last is looked at for so long.
    fn minutes(&mut self, minutes: u64) {
        self.0.last_mut().expect("one was added").minutes = minutes;
    }
}

/// Every stage.
pub fn all() -> Vec<Stage> {
    let mut stages = Stages::default();
    creates::add(&mut stages);
    people::add(&mut stages);
    founding::add(&mut stages);
    founded::add(&mut stages);
    tokens::add(&mut stages);
    rotations::add(&mut stages);
    replacements::add(&mut stages);
    questions::add(&mut stages);
    ends::add(&mut stages);
    still::add(&mut stages);
    stages.0
}

fn confirm(house: &House, key: &ObjectRef, digest: &str) {
    house.annotate(key, &json!({"orgkeeper.dev/confirm": digest}));
}

/// Stops the program, and a person answers.
fn answered(mut house: House, key: &ObjectRef, condition: &str) -> House {
    house.kill();
    let digest = house.digest(key, condition);
    confirm(&house, key, &digest);
    house
}

impl House {
    /// How many calls of the method changed something at the vendor.
    fn effects(&self, method: &str) -> usize {
        let vendor = self.vendor();
        vendor.requests().entries().filter(|entry| entry.method == method && entry.effect).count()
    }

    /// Stops the program as soon as the intent of a create is stored.
    fn stop_unsent(&mut self, key: &ObjectRef) {
        let made = self.effects("POST");
        self.until(mins(10), "intended", |house| !house.status(key)["pendingCreate"].is_null());
        self.kill();
        assert_eq!(self.effects("POST"), made, "nothing is made so far");
    }

    /// Stops the program as soon as the vendor has carried a call of the method out, and before it answers.
    fn stop_sent(&mut self, method: &str) {
        let before = self.effects(method);
        self.way.vendors.latency.set(SLOW);
        self.until(mins(30), "carried out", |house| house.effects(method) > before);
        self.kill();
        self.way.vendors.latency.set(USUAL);
    }
    /// Stops the program as soon as it has asked the vendor for a change, and before it is answered.
    fn stop_written(&mut self) {
        let before = self.vendor_writes();
        self.way.vendors.latency.set(SLOW);
        self.until(mins(5), "sent", |house| house.vendor_writes() > before);
        self.kill();
        self.way.vendors.latency.set(USUAL);
    }
}
