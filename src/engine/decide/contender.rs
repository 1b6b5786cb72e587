//! Which of the objects that name one organization stands for it (rule 3): pure.

use crate::engine::base::checks::forbids;
use crate::engine::base::error::Failure;
use crate::engine::base::organization_key::Known;
use crate::engine::base::ports::ObjectRef;
use jiff::Timestamp;

/// What this process found out of an object and its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is the organization's.
    Belongs(Known),
    /// It was tried, and does not show that it is: there is no token, the vendor refuses it, it is of another
    /// organization, or of none that can be told.
    Not,
}

impl Shown {
    /// What a failed call shows of the token, if it shows anything: an outage, a pause and a missing right do not.
    pub const fn by(failure: &Failure) -> Option<Self> {
        match failure {
            Failure::Deferred { .. }
            | Failure::Throttled { .. }
            | Failure::Unreachable
            | Failure::Unreadable
            | Failure::Fenced
            // What a token may not do says nothing of whose it is.
            | Failure::Forbidden => None,
            Failure::Unsendable
            | Failure::Unauthorized
            | Failure::WrongOrganization
            | Failure::NotFound
            | Failure::Refused
            | Failure::NotSupported => Some(Self::Not),
        }
    }
}

/// An object that names an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// The object.
    pub object: ObjectRef,
    /// Whether its status has the organization's id: once, it stood for it.
    pub stored: bool,
    /// Whether its manifest cannot be read: nothing can show any more whether it still stands for it.
    pub unread: bool,
    /// What was found out since this process started.
    pub shown: Option<Shown>,
    /// `creationTimestamp`, then uid: the older wins.
    pub age: (Option<Timestamp>, String),
}

/// By what an object stands for an organization; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Title {
    /// The id in its status, which nothing disproves.
    Stored,
    /// The same of one that cannot be read: who can be looked at comes before it.
    Unread,
    /// Its token, as the vendor shows.
    Proven,
    /// The id in its status, where only a person says whose its token is: anybody can say so.
    Claimed,
    /// A person's word alone.
    Asserted,
    /// By nothing: it holds nobody up.
    Nothing,
}

impl Contender {
    /// By what it stands for the organization.
    pub fn title(&self) -> Title {
        match self.shown {
            Some(Shown::Not) => Title::Nothing,
            _ if self.stored && self.unread => Title::Unread,
            Some(Shown::Belongs(Known::Asserted)) if self.stored => Title::Claimed,
            Some(Shown::Belongs(Known::Asserted)) => Title::Asserted,
            _ if self.stored => Title::Stored,
            Some(Shown::Belongs(Known::Proven)) => Title::Proven,
            None => Title::Nothing,
        }
    }

    /// Whether its token is the organization's, as far as anybody can tell.
    pub fn belongs(&self) -> bool {
        matches!(self.shown, Some(Shown::Belongs(_)))
    }

    /// Whether the vendor has shown that: then no other can show more.
    pub fn is_proven(&self) -> bool {
        self.shown == Some(Shown::Belongs(Known::Proven))
    }

    /// The first of all who contend stands for the organization.
    fn rank(&self) -> (Title, &(Option<Timestamp>, String), &ObjectRef) {
        let title = if forbids!(TitleFirst) { self.title() } else { Title::Stored };
        (title, &self.age, &self.object)
    }

    /// Whether this one stands for the organization rather than the other.
    pub fn precedes(&self, other: &Self) -> bool {
        self.rank() < other.rank()
    }
}

/// Who of `others` stands for the organization instead of `me`. Who stands by nothing holds nobody up.
pub fn holder(me: &Contender, others: impl IntoIterator<Item = Contender>) -> Option<Contender> {
    let mut first: Option<Contender> = None;
    for other in others {
        let stands = other.title() != Title::Nothing && other.precedes(me);
        if stands && first.as_ref().is_none_or(|first| other.precedes(first)) {
            first = Some(other);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kind::KindRef;
    use proptest::prelude::*;
    const ROOT: KindRef = KindRef::bare("example.dev", "Root");

    prop_compose! {
        fn contender()(
            name in "[a-c]",
            stored in any::<bool>(),
            unread in any::<bool>(),
            shown in prop_oneof![
                Just(None),
                Just(Some(Shown::Not)),
                Just(Some(Shown::Belongs(Known::Proven))),
                Just(Some(Shown::Belongs(Known::Asserted))),
            ],
            second in 0_i64..3,
            uid in "[a-c]",
        ) -> Contender {
            let object = ObjectRef { kind: ROOT, namespace: "n".into(), name };
            let age = (Timestamp::from_second(second).ok(), uid);
            Contender { object, stored, unread, shown, age }
        }
    }

    fn stored_stands(one: &Contender) -> bool {
        one.stored && one.shown != Some(Shown::Not)
    }

    proptest! {
        #[test]
        fn the_order_is_total(one in contender(), two in contender()) {
            let same = one.rank() == two.rank();
            prop_assert_eq!(u8::from(one.precedes(&two)) + u8::from(two.precedes(&one)), u8::from(!same));
            prop_assert!(!one.precedes(&one));
        }

        #[test]
        fn the_order_is_transitive(one in contender(), two in contender(), three in contender()) {
            prop_assert!(!(one.precedes(&two) && two.precedes(&three)) || one.precedes(&three));
        }

        #[test]
        fn who_proved_beats_who_did_not_unless_the_other_s_id_stands(
            one in contender(),
            two in contender(),
            asserted in any::<bool>(),
        ) {
            let one = Contender { shown: Some(Shown::Belongs(Known::Proven)), ..one };
            let two = match asserted {
                true => Contender { unread: false, shown: Some(Shown::Belongs(Known::Asserted)), ..two },
                false if stored_stands(&two) => Contender { shown: Some(Shown::Not), ..two },
                false if two.belongs() => Contender { shown: None, ..two },
                false => two,
            };
            prop_assert!(one.precedes(&two) && holder(&one, [two]).is_none());
        }

        #[test]
        fn an_id_that_stands_beats_whatever_else_is_shown(one in contender(), two in contender()) {
            let stands = |shown: &Shown| *shown == Shown::Belongs(Known::Proven);
            let one = Contender { stored: true, shown: one.shown.filter(stands), ..one };
            let two = Contender { stored: two.stored && two.shown == Some(Shown::Not), ..two };
            prop_assert!(one.precedes(&two));
        }

        #[test]
        fn of_two_of_which_only_people_say_so_the_one_that_stood_for_it_goes_on(
            one in contender(),
            two in contender(),
        ) {
            let said = Some(Shown::Belongs(Known::Asserted));
            let one = Contender { stored: true, unread: false, shown: said, ..one };
            let two = Contender { stored: false, shown: said, ..two };
            prop_assert!(one.precedes(&two));
        }

        #[test]
        fn who_stands_by_nothing_holds_nobody_up(me in contender(), mut others in proptest::collection::vec(contender(), 0..6)) {
            for other in &mut others {
                if stored_stands(other) || other.belongs() {
                    other.shown = Some(Shown::Not);
                }
            }
            prop_assert_eq!(holder(&me, others), None);
        }

        #[test]
        fn one_at_most_of_all_has_no_holder_once_one_stands(all in proptest::collection::vec(contender(), 1..6)) {
            let mut all = all;
            all.sort_by(|one, two| one.rank().cmp(&two.rank()));
            all.dedup_by(|one, two| one.rank() == two.rank());
            let free = |me: &&Contender| holder(me, all.iter().filter(|other| other != me).cloned()).is_none();
            let free: Vec<&Contender> = all.iter().filter(free).collect();
            if all[0].title() == Title::Nothing {
                prop_assert_eq!(free.len(), all.len(), "each may prove itself");
            } else {
                prop_assert_eq!(free, [&all[0]]);
            }
        }
    }
}
