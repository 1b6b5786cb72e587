//! What no read shows, of which a write was not heard: whatever the manifest says next is what the vendor has in the
//! end (rules 8 and 9).

use crate::support::credentials::{azure, cloud, with_prod};
use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::{HOME, account, person, user_key, with};
use crate::support::people::furnished;
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{CloudCredential, Contract};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

const SLACK: &str = "https://hooks.slack.com/services/T0/B0/";

/// An object with a field that no read shows, of which `set` makes another value, and what the vendor has of it.
struct Hidden {
    key: ObjectRef,
    call: (Method, &'static str),
    begin: fn() -> House,
    set: fn(&House, &str),
    has: fn(&House) -> String,
}

fn jo(role: &str) -> Value {
    with(person("jo"), json!({"human": {"role": role}}))
}

fn hidden() -> Vec<Hidden> {
    vec![
        Hidden {
            key: user_key("jo"),
            call: (Method::PUT, "/setup/user/{userId}"),
            begin: || {
                let mut house = furnished(Contract::Published, &[]);
                house.administrator();
                house.ready_with(&user_key("kim"), &with(person("kim"), json!({"human": {"role": "Admin"}})));
                house.ready_with(&user_key("jo"), &jo("Viewer"));
                house
            },
            set: |house, value| {
                let role = match value {
                    "one" => "Viewer",
                    "two" => "Admin",
                    _ => "Editor",
                };
                house.apply(&user_key("jo"), &jo(role));
            },
            has: |house| {
                let role = format!("{:?}", house.user_of(&user_key("jo")).role.unwrap());
                match &*role {
                    "Viewer" => "one".into(),
                    "Admin" => "two".into(),
                    _ => "three".into(),
                }
            },
        },
        Hidden {
            key: cloud(),
            call: (Method::POST, "/azure/setup/credentials"),
            begin: || {
                let mut house = with_prod(Contract::Production);
                house.way.cluster.put_secret(HOME, "azure", "secret", "canary-one");
                house.ready_with(&cloud(), &azure());
                house
            },
            set: |house, value| {
                house.way.cluster.put_secret(HOME, "azure", "secret", &format!("canary-{value}"));
            },
            has: |house| {
                let Some(CloudCredential::Azure(known)) = house.details_of_prod().credential else {
                    panic!()
                };
                let same = |value: &&str| {
                    known.client_secret == orgkeeper::sandbox::Hidden::of(&format!("canary-{value}"))
                };
                ["one", "two", "three"].into_iter().find(same).unwrap().to_owned()
            },
        },
        Hidden {
            key: home("prod"),
            call: (Method::PUT, "/setup/account/{accountId}"),
            begin: || {
                let mut house = furnished(Contract::Production, &[]);
                house.way.cluster.put_secret(HOME, "slack", "url", &format!("{SLACK}one"));
                let channel = json!([{"urlSecretRef": {"name": "slack", "key": "url"}}]);
                house.ready_with(
                    &home("prod"),
                    &with(account("prod"), json!({"slackNotificationChannels": channel})),
                );
                house
            },
            set: |house, value| {
                house.way.cluster.put_secret(HOME, "slack", "url", &format!("{SLACK}{value}"));
            },
            has: |house| {
                let channels =
                    house.details_of(&house.id(&home("prod")).unwrap()).slack_notification_channels;
                channels[0].strip_prefix(SLACK).unwrap().to_owned()
            },
        },
    ]
}

impl Hidden {
    fn house(&self) -> House {
        let mut house = (self.begin)();
        house.run(mins(8));
        house
    }

    fn fails(&self, house: &House, how: FaultKind) {
        house.forget_requests();
        house.vendor().add_fault(Fault::once(&self.call.0, self.call.1, how));
    }

    /// Another value is declared, and the call that writes it has failed.
    fn sent(&self, house: &mut House, value: &str) {
        (self.set)(house, value);
        for _ in 0..1200 {
            house.run(Duration::from_millis(100));
            self.confirm(house);
            let failed = house.vendor().requests().entries().any(|entry| {
                entry.fault.is_some() && entry.method == self.call.0.as_str() && entry.route == self.call.1
            });
            if failed {
                return;
            }
        }
        panic!("{} was not sent\n{}", self.key, house.describe());
    }

    /// Lets through what waits for a person, as long as something does.
    fn confirm(&self, house: &House) {
        if house.stalled(&self.key, "WouldLockOut") {
            let digest = house.digest(&self.key, "Stalled");
            house.annotate(&self.key, &json!({"orgkeeper.dev/confirm": digest}));
        }
    }

    /// Some minutes pass, with whatever a person has to say.
    fn pass(&self, house: &mut House, minutes: u64) {
        for _ in 0..minutes {
            house.run(mins(1));
            self.confirm(house);
        }
    }
}

#[test]
fn what_was_written_unheard_does_not_outlive_the_manifest_that_takes_it_back() {
    for hidden in hidden() {
        // Heard to be refused, or not heard, and carried out; with another process that goes on, or without.
        for (effect, restarted) in [(false, false), (true, false), (true, true)] {
            let mut house = hidden.house();
            let how = match effect {
                true => FaultKind::BadGateway { effect },
                false => FaultKind::TooManyRequests { reset_seconds: 20 },
            };
            hidden.fails(&house, how);
            hidden.sent(&mut house, "two");
            let now = (hidden.has)(&house);
            (hidden.set)(&house, "one");
            if restarted {
                house.restart();
            }
            hidden.pass(&mut house, 30);
            assert_eq!((hidden.has)(&house), "one", "{} {effect} {now}\n{}", hidden.key, house.describe());
            assert!(house.ready(&hidden.key), "{}", house.describe());
        }
    }
}

#[test]
fn what_is_carried_out_late_does_not_outlive_what_was_written_after_it() {
    for hidden in hidden() {
        for after in [1, 50] {
            let mut house = hidden.house();
            hidden.fails(&house, FaultKind::LateEffect { after: jiff::SignedDuration::from_secs(after) });
            hidden.sent(&mut house, "two");
            (hidden.set)(&house, "three");
            hidden.pass(&mut house, 30);
            assert_eq!((hidden.has)(&house), "three", "{} {after}\n{}", hidden.key, house.describe());
            assert!(house.ready(&hidden.key), "{}", house.describe());
        }
    }
}

#[test]
fn a_process_that_ends_while_a_write_is_unheard_gives_nobody_the_right_to_write_before_its_end() {
    for hidden in hidden() {
        let mut house = hidden.house();
        hidden.fails(&house, FaultKind::LateEffect { after: jiff::SignedDuration::from_secs(50) });
        hidden.sent(&mut house, "two");
        house.processes[0].stop();
        house.run(secs(1));
        house.start();
        house.run(secs(3));
        (hidden.set)(&house, "three");
        hidden.pass(&mut house, 30);
        assert_eq!((hidden.has)(&house), "three", "{}\n{}", hidden.key, house.describe());
    }
}
