use super::*;
use proptest::prelude::*;

prop_compose! {
    fn another()(loses: bool, administers: bool, remains: bool) -> Stake {
        Stake { ours: Some(false), loses, administers, remains }
    }
}

prop_compose! {
    fn anybody()(ours: Option<bool>, stake in another()) -> Stake {
        Stake { ours, ..stake }
    }
}

/// What comes of taking them in, one by one.
fn weighed(all: &[Stake], new: bool) -> Result<Weighed, LockOut> {
    let mut weighed = Weighed::default();
    for (id, stake) in all.iter().enumerate() {
        if let Some(found) = weighed.take(&id.to_string(), *stake, new) {
            return Err(found);
        }
    }
    Ok(weighed)
}

fn some(one: impl Strategy<Value = Stake>) -> impl Strategy<Value = Vec<Stake>> {
    proptest::collection::vec(one, 0..6)
}

fn falls(stake: Stake) -> bool {
    stake.loses && stake.administers && !stake.remains
}

proptest! {
    #[test]
    fn from_whoever_may_be_us_nothing_is_taken(all in some(anybody()), new: bool) {
        let taken = |stake: &Stake| stake.loses && stake.ours != Some(false);
        prop_assert_eq!(matches!(weighed(&all, new), Err(LockOut::Ours(_))), all.iter().any(taken));
    }

    #[test]
    fn whoever_falls_does_so_only_while_one_certainly_remains(all in some(another())) {
        let alone = all.iter().copied().any(falls) && !all.iter().any(|stake| stake.remains);
        let fall: BTreeSet<String> =
            all.iter().enumerate().filter(|(_, stake)| falls(**stake)).map(|(id, _)| id.to_string()).collect();
        prop_assert_eq!(weighed(&all, true).unwrap().verdict(), alone.then_some(LockOut::Last(fall)));
    }

    #[test]
    fn who_remained_a_while_ago_is_no_good_news(all in some(another())) {
        let weighed = weighed(&all, false).unwrap();
        prop_assert!(!weighed.remains() && weighed.needs_another() == all.iter().copied().any(falls));
        // Where nobody falls, each who stays by something else is looked at before that is believed.
        let stays = |stake: &Stake| stake.loses && stake.administers && stake.remains;
        let due = if all.iter().copied().any(falls) { 0 } else { all.iter().filter(|one| stays(one)).count() };
        prop_assert_eq!(weighed.unconfirmed().len(), due);
        let mut after = weighed.clone();
        for id in weighed.unconfirmed() {
            after.take(&id, Stake { ours: Some(false), loses: true, administers: true, remains: false }, true);
        }
        prop_assert_eq!(after.verdict().is_some(), all.iter().any(|one| falls(*one) || stays(one)));
    }

    #[test]
    fn once_it_is_settled_nobody_else_matters(
        all in some(another()),
        us in another(),
        more in some(another()),
        administration: bool,
    ) {
        let us = Stake { ours: Some(true), loses: false, ..us };
        let of = |stake: &Stake| Stake { administers: stake.administers && administration, ..*stake };
        let before: Vec<Stake> = all.iter().chain([&us]).map(of).collect();
        let whole: Vec<Stake> = before.iter().copied().chain(more.iter().map(of)).collect();
        let settled = weighed(&before, true).unwrap();
        prop_assume!(settled.is_settled(administration));
        prop_assert_eq!(settled.verdict(), weighed(&whole, true).unwrap().verdict());
    }

    #[test]
    fn the_order_in_which_they_are_read_changes_nothing(all in some(another()).prop_shuffle()) {
        let mut sorted = all.clone();
        sorted.sort_by_key(|stake| (stake.loses, stake.administers, stake.remains));
        let answer = |all: &[Stake]| weighed(all, true).unwrap().verdict().is_some();
        prop_assert_eq!(answer(&all), answer(&sorted));
    }
}

#[test]
fn what_no_read_shows_counts_as_yes_for_whoever_may_have_been_one() {
    let known = Unseen { ours: Some(false), adopted: false, written: None, stays: false, another: false };
    assert_eq!(known.judge(), None);
    let suspects = [
        Unseen { adopted: true, ..known },
        Unseen { written: Some(Match::Same), ..known },
        Unseen { written: Some(Match::LostKey), ..known },
        Unseen { adopted: true, written: Some(Match::Other), ..known },
    ];
    for suspect in suspects {
        assert_eq!(suspect.judge(), Some(Whose::Last), "{suspect:?}");
        assert_eq!(Unseen { ours: None, ..suspect }.judge(), Some(Whose::Ours), "{suspect:?}");
        assert_eq!(Unseen { stays: true, ..suspect }.judge(), None, "{suspect:?}");
        assert_eq!(Unseen { another: true, ..suspect }.judge(), None, "{suspect:?}");
    }
    assert_eq!(Unseen { written: Some(Match::Other), ..known }.judge(), None);
    assert_eq!(Unseen { ours: None, ..known }.judge(), None);
    assert_eq!(Unseen { ours: Some(true), stays: true, another: true, ..known }.judge(), Some(Whose::Ours));
}

#[test]
fn one_who_goes_is_spoken_of_otherwise_than_those_who_have_what_goes() {
    let who = || BTreeSet::from(["u-1".to_owned(), "u-2".to_owned()]);
    let itself = Spoken { noun: "member", id: "m-1", holder: None, names: true, administrator: "an owner" };
    assert_eq!(itself.why(LockOut::Last(who())), "member m-1 is the last owner of the organization");
    let group = Spoken { noun: "group", id: "g-1", holder: Some("a member of"), ..itself };
    assert_eq!(
        group.why(LockOut::Last(who())),
        "the last owners of the organization (u-1, u-2) are so by group g-1"
    );
    let elsewhere = Spoken { names: false, ..group };
    assert_eq!(
        elsewhere.why(LockOut::Ours("u-1".into())),
        "a member of group g-1 is, or may be, the one whose token orgkeeper uses"
    );
}

#[test]
fn what_cuts_us_off_and_locks_somebody_out_says_both() {
    let (locks_out, cuts_off) = (Some((Whose::Ours, "one".to_owned())), Some("two".to_owned()));
    let both = Objection { locks_out, cuts_off: cuts_off.clone() };
    let asked = both.question("an owner", "or leave it", "1-2");
    assert!(
        asked.starts_with("This would lock somebody out: one; and it may cut orgkeeper off: two. "),
        "{asked}"
    );
    assert!(
        asked.contains("Put another owner's token into the organization's Secret first, or leave it."),
        "{asked}"
    );
    let last = Objection { locks_out: Some((Whose::Last, "one".to_owned())), cuts_off: None };
    let asked = last.question("an owner", "or leave it", "1-2");
    assert!(asked.contains("Make somebody else an owner first, or leave it."), "{asked}");
    let one = Objection { locks_out: None, cuts_off }.question("an owner", "or leave it", "1-2");
    assert!(one.starts_with("This may cut orgkeeper off: two. Nothing was written. See to it"), "{one}");
    assert!(!Objection::default().stands() && both.stands());
}
