//! The ways by which something comes to be made at the vendor: for the first time, for another token, in the place of
//! one whose token was lost, and in that of one that cannot be changed.

use super::house::{House, mins, secs};
use super::look::home;
use super::machines::{ci, ci_spec, furnished, with_ci};
use super::manifests::{access_policy, account, group, group_key, person, policy_key, user_key};
use super::notifications::{noted, notification, notifying};
use super::subscriptions::{one_account, sub, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;
use std::time::Duration;

/// A way by which something comes to be made.
#[derive(Clone, Copy)]
pub struct Making {
    /// In words.
    pub what: &'static str,
    /// In words where the vendor keeps to the public document, if that has it.
    pub published: Option<&'static str>,
    /// What the vendor keeps to.
    pub contract: Contract,
    /// A house in which nothing of it is asked for.
    pub begin: fn(Contract) -> House,
    /// Whose object it is made for.
    pub key: fn() -> ObjectRef,
    /// What asks for it.
    pub asks: fn(&mut House),
    /// Where the create goes.
    pub route: &'static str,
    /// The member of status that holds the intent.
    pub intent: &'static str,
    /// What it is called at the vendor, and what it takes the place of.
    pub called: &'static [&'static str],
    /// How many of those that were there before a person is asked about in the end.
    pub left: usize,
}

const FIRST: &str = "pendingCreate";

/// The first creates of all kinds that have one. The document cannot say a group.
const FIRST_CREATES: [Making; 7] = [
    Making {
        what: "an account",
        published: Some("an account of the document"),
        contract: Contract::Production,
        begin: furnished,
        key: || home("a"),
        asks: |house| house.apply(&home("a"), &account("one")),
        route: "/setup/account",
        intent: FIRST,
        called: &["one"],
        left: 0,
    },
    Making {
        what: "a person",
        published: Some("a person of the document"),
        contract: Contract::Production,
        begin: furnished,
        key: || user_key("jo"),
        asks: |house| house.apply(&user_key("jo"), &person("jo")),
        route: "/setup/user",
        intent: FIRST,
        called: &["jo@example.com"],
        left: 0,
    },
    Making {
        what: "a machine user",
        published: Some("a machine user of the document"),
        contract: Contract::Production,
        begin: furnished,
        key: ci,
        asks: |house| house.apply(&ci(), &ci_spec()),
        route: "/setup/user/programmatic",
        intent: FIRST,
        called: &["ci"],
        left: 0,
    },
    Making {
        what: "a group",
        published: None,
        contract: Contract::Production,
        begin: furnished,
        key: || group_key("devs"),
        asks: |house| house.apply(&group_key("devs"), &group("devs")),
        route: "/setup/access/userGroup",
        intent: FIRST,
        called: &["devs"],
        left: 0,
    },
    Making {
        what: "a policy",
        published: Some("a policy of the document"),
        contract: Contract::Production,
        begin: furnished,
        key: || policy_key("p"),
        asks: |house| house.apply(&policy_key("p"), &access_policy("reader")),
        route: "/setup/access/policy",
        intent: FIRST,
        called: &["reader"],
        left: 0,
    },
    Making {
        what: "a subscription",
        published: Some("a subscription of the document"),
        contract: Contract::Production,
        begin: |contract| {
            let mut house = one_account(contract);
            house.run(mins(3));
            house
        },
        key: || sub("s"),
        asks: |house| house.apply(&sub("s"), &subscription("prod", "sig-10")),
        route: "/events/subscription",
        intent: FIRST,
        called: &["sig-10"],
        left: 0,
    },
    Making {
        what: "a notification policy",
        published: None,
        contract: Contract::Production,
        begin: |_| {
            let mut house = notifying(&["prod"]);
            house.run(mins(3));
            house
        },
        key: || noted("n"),
        asks: |house| house.apply(&noted("n"), &notification("prod", "incidents")),
        route: "/notificationCenter/policy",
        intent: FIRST,
        called: &["incidents"],
        left: 0,
    },
];

/// Another user for another token.
pub const ROTATION: Making = Making {
    what: "a rotation",
    published: Some("a rotation by the document"),
    contract: Contract::Production,
    begin: with_ci,
    key: ci,
    asks: |house| house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"})),
    route: "/setup/user/programmatic",
    intent: "token/rotation",
    called: &["ci"],
    left: 0,
};

/// Another user, as the token of the first died with the process that had it.
pub const AGAIN: Making = Making {
    what: "another one for a lost token",
    published: Some("another one for a lost token by the document"),
    contract: Contract::Production,
    begin: |contract| {
        let mut house = furnished(contract);
        house.way.vendors.latency.set(secs(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "made", |house| house.users("ci").len() == 1);
        house.kill();
        house.way.vendors.latency.set(Duration::from_millis(20));
        house.run(mins(5));
        house
    },
    key: ci,
    asks: |house| {
        house.start();
    },
    route: "/setup/user/programmatic",
    intent: "token/again",
    called: &["ci"],
    left: 1,
};

/// A new subscription in the place of one whose resource cannot be changed: in the public document it can.
pub const REPLACEMENT: Making = Making {
    what: "a replacement",
    published: None,
    contract: Contract::Production,
    begin: |contract| {
        let mut house = one_account(contract);
        house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
        house.run(mins(3));
        house
    },
    key: || sub("s"),
    asks: |house| house.apply(&sub("s"), &subscription("prod", "sig-20")),
    route: "/events/subscription",
    intent: FIRST,
    called: &["sig-10", "sig-20"],
    left: 0,
};

/// The first creates, under each contract that has them.
pub fn first_creates() -> impl Iterator<Item = Making> {
    FIRST_CREATES.into_iter().flat_map(Making::under_each)
}

/// All of them, under each contract that has them.
pub fn all() -> impl Iterator<Item = Making> {
    first_creates().chain([ROTATION, AGAIN, REPLACEMENT].into_iter().flat_map(Making::under_each))
}

impl Making {
    /// The same under each contract that has it.
    pub fn under_each(self) -> impl Iterator<Item = Self> {
        let published = self.published.map(|what| Self { what, contract: Contract::Published, ..self });
        [self].into_iter().chain(published)
    }

    /// A house in which nothing of it is asked for, and no request was sent so far.
    pub fn house(&self) -> House {
        let house = (self.begin)(self.contract);
        house.forget_requests();
        house
    }

    /// Runs until it is so, and lets through what waits for a person because somebody could be locked out: the
    /// document does not show whose user the operator's own is.
    #[track_caller]
    pub fn until_confirmed(&self, house: &mut House, so: impl Fn(&House) -> bool) {
        let key = (self.key)();
        let asked = |house: &House| house.stalled(&key, "WouldLockOut");
        house.until(mins(120), self.what, |house| so(house) || asked(house));
        if !so(house) {
            let digest = house.digest(&key, "Stalled");
            house.annotate(&key, &json!({"orgkeeper.dev/confirm": digest}));
            house.until(mins(120), self.what, so);
        }
    }

    /// Whether the intent is stored.
    pub fn intended(&self, house: &House) -> bool {
        !self.member(house).is_null()
    }

    fn member(&self, house: &House) -> serde_json::Value {
        let status = house.status(&(self.key)());
        status.pointer(&format!("/{}", self.intent)).cloned().unwrap_or_default()
    }

    /// How many creates came to the vendor.
    pub fn sent(&self, house: &House) -> usize {
        let vendor = house.vendor();
        let entries = vendor.requests().entries();
        entries.filter(|entry| entry.method == "POST" && entry.route == self.route).count()
    }

    /// The ids of what lives of it at the vendor.
    pub fn living(&self, house: &House) -> Vec<String> {
        let kind = (self.key)().kind;
        let things = house.things().into_iter();
        things
            .filter(|thing| thing.kind == kind && self.called.contains(&&*thing.name))
            .map(|thing| thing.id)
            .collect()
    }

    /// What a person is asked about.
    pub fn leftovers(&self, house: &House) -> Vec<String> {
        serde_json::from_value(house.status(&(self.key)())["leftovers"].clone()).unwrap_or_default()
    }

    /// Runs until it is made, and what it takes the place of is gone.
    #[track_caller]
    pub fn until_made(&self, house: &mut House) {
        let key = (self.key)();
        house.until(mins(180), self.what, |house| {
            house.ready(&key) && !self.intended(house) && house.status(&key)["superseded"].is_null()
        });
        house.run(mins(10));
    }

    /// One lives, which the object stands for, besides those that a person is asked about.
    #[track_caller]
    pub fn assert_one(&self, house: &House) {
        let (mut living, left) = (self.living(house), self.leftovers(house));
        living.retain(|id| !left.contains(id));
        let id = house.id(&(self.key)());
        assert_eq!(living, Vec::from_iter(id), "{}: {left:?}\n{}", self.what, house.describe());
    }
}
