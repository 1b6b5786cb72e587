//! The ledger of creates: what was decided, what was sent, and what became of it (rule 4).
//!
//! A vendor's create cannot be repeated, and names need not be unique. So each create is written down before it is
//! sent, whatever it is for, and its end comes from one of two things: the vendor's own answer, or lists. What the
//! answer named is ours. What lists show is only *found*: a person, or another cluster with the same token, may have
//! made it in the same minutes. It is kept as what exists is kept, and nothing of our own making deletes it.
//!
//! Where the answer named none, the new one that lists show is the answer's, and ours, for a process that knows all that
//! was there before, and as long as nobody was told that it is not known which one it is: what is left then, or comes
//! days later, is found.

use crate::api::status::{CommonStatus, MAX_LEFTOVERS, Origin, PendingCreate, UnnamedAnswer};
use crate::api::token::{Rotation, TokenStatus};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::Tick;
use jiff::Timestamp;
use std::time::Duration;

/// What another user is made for, in place of one that the object stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody asked for another token.
    Rotation,
    /// The token of the one that is there is nowhere.
    Again,
}

impl Purpose {
    /// Where the create is written down.
    pub fn slot(self, token: &mut TokenStatus) -> &mut Option<Rotation> {
        match self {
            Self::Rotation => &mut token.rotation,
            Self::Again => &mut token.again,
        }
    }

    /// The create that is written down there.
    pub const fn of(self, token: &TokenStatus) -> Option<&Rotation> {
        match self {
            Self::Rotation => token.rotation.as_ref(),
            Self::Again => token.again.as_ref(),
        }
    }

    /// Nothing was sent, or made: it is forgotten, and so is for which generation it was to be.
    pub fn take_back(self, token: &mut TokenStatus) {
        *self.slot(token) = None;
        if self == Self::Again {
            token.made_again_for = None;
        }
    }

    /// The create that is under way, if one is; one for a lost token comes first.
    pub fn under_way(token: &TokenStatus) -> Option<(Self, &Rotation)> {
        [Self::Again, Self::Rotation].into_iter().find_map(|purpose| Some((purpose, purpose.of(token)?)))
    }
}

/// Where a create is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of what the object is to stand for.
    First,
    /// Of another user.
    Another(Purpose),
}

impl Place {
    /// Its moment.
    pub fn since(self, status: &CommonStatus, token: &TokenStatus) -> Option<Timestamp> {
        match self {
            Self::First => status.pending_create.as_ref().map(|create| create.since.0),
            Self::Another(purpose) => purpose.of(token).map(|create| create.since.0),
        }
    }

    /// What the vendor answered, as that is written down.
    pub fn answer<'a>(
        self,
        status: &'a mut CommonStatus,
        token: &'a mut TokenStatus,
    ) -> Option<&'a mut UnnamedAnswer> {
        match self {
            Self::First => status.pending_create.as_mut().map(|create| &mut create.answer),
            Self::Another(purpose) => purpose.slot(token).as_mut().map(|create| &mut create.answer),
        }
    }

    /// Nothing was sent, or made: it is forgotten.
    pub fn take_back(self, status: &mut CommonStatus, token: &mut TokenStatus) {
        match self {
            Self::First => status.pending_create = None,
            Self::Another(purpose) => purpose.take_back(token),
        }
    }
}

/// What the vendor answered to a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Nobody heard.
    Unheard,
    /// It made this.
    Named(&'a str),
    /// It made one, and named none; what is new since is that one.
    Accepted,
    /// The same, and nobody can say any more what is new since.
    Doubtful,
    /// The same, and it named what it did not make then.
    Misnamed,
}

impl<'a> Answer<'a> {
    fn of(named: Option<&'a str>, unnamed: &UnnamedAnswer, new_is_known: bool) -> Self {
        let doubtful = forbids!(ToldIsFound, unnamed.undecided) || forbids!(ThereIsNotNew, !new_is_known);
        match named {
            Some(id) => Self::Named(id),
            None if unnamed.misnamed.is_some() => Self::Misnamed,
            None if unnamed.accepted && doubtful => Self::Doubtful,
            None if unnamed.accepted => Self::Accepted,
            None => Self::Unheard,
        }
    }
}

/// When a list answers for a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// From when on it does: `settle` after the call must have ended.
    pub answered_by: Tick,
    /// How long after that one has to be begun to tell that what was made is gone.
    pub settle: Duration,
    /// Whether this process knows all that was there before the create, whatever its key was: what lists show besides is
    /// new.
    pub new_is_known: bool,
}

/// A create that was decided, and of which no end is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent<'a> {
    /// Ids that had the key before: none of them is its outcome.
    pub seen: &'a [String],
    /// The vendor's own answer.
    pub answer: Answer<'a>,
    /// From when on a list answers for it: `settle` after the call must have ended.
    pub answered_by: Tick,
    /// How long after that a list has to be begun to tell that what was made is gone.
    pub settle: Duration,
}

impl<'a> Intent<'a> {
    /// A create of what the object is to stand for.
    pub fn of_create(pending: &'a PendingCreate, telling: Telling) -> Self {
        Self::of(&pending.seen, Answer::of(None, &pending.answer, telling.new_is_known), telling)
    }

    /// A create of another user.
    pub fn of_user(rotation: &'a Rotation, telling: Telling) -> Self {
        let named = rotation.new_id.as_deref();
        Self::of(&rotation.seen, Answer::of(named, &rotation.answer, telling.new_is_known), telling)
    }

    const fn of(seen: &'a [String], answer: Answer<'a>, telling: Telling) -> Self {
        Self { seen, answer, answered_by: telling.answered_by, settle: telling.settle }
    }
}

/// What whole lists show of a create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// When the latest was begun.
    pub begun: Tick,
    /// When the one before it was.
    pub before: Option<Tick>,
    /// The ids in the latest that have the key and that nobody claims.
    pub unclaimed: Vec<String>,
    /// Whether the list before had such an id that was not there before the create.
    pub before_had_candidate: bool,
}

/// What became of a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody can say before then.
    Unknown(Tick),
    /// The vendor answered that it made this: it is ours.
    Answered(String),
    /// This one is there since, and may be its outcome.
    Found(String),
    /// Several are.
    Several(Vec<String>),
    /// Nothing: it was not carried out.
    Nothing,
    /// The vendor answered that it made one, and lists lack it since: it is gone.
    Vanished,
}

impl Outcome {
    /// What is there, as far as that is known.
    pub fn ids(&self) -> &[String] {
        match self {
            Self::Answered(id) | Self::Found(id) => std::slice::from_ref(id),
            Self::Several(ids) => ids,
            Self::Unknown(_) | Self::Nothing | Self::Vanished => &[],
        }
    }
}

/// What became of a create, as far as the vendor's answer and whole lists tell.
pub fn outcome(intent: &Intent<'_>, shown: &Shown) -> Outcome {
    if let Answer::Named(id) = intent.answer {
        return Outcome::Answered(id.to_owned());
    }
    if forbids!(OutcomeWaits, shown.begun < intent.answered_by) {
        // Its request may still take effect, and what is there now may be somebody else's.
        return Outcome::Unknown(intent.answered_by);
    }
    let new: Vec<&String> =
        shown.unclaimed.iter().filter(|id| holds!(SeenIsNotNew, !intent.seen.contains(id))).collect();
    match new.as_slice() {
        [one] if holds!(FoundIsNotOurs, intent.answer == Answer::Accepted) => {
            Outcome::Answered((*one).clone())
        }
        [one] => Outcome::Found((*one).clone()),
        [] => {
            // What the vendor said that it made was there: that it is gone, a later list has to say too.
            let made = intent.answer != Answer::Unheard;
            let by = if made { intent.answered_by + intent.settle } else { intent.answered_by };
            let before = shown.before.is_some_and(|before| before >= intent.answered_by);
            let nothing = holds!(NothingTwice, before && !shown.before_had_candidate);
            match nothing && shown.begun >= by {
                true if made => Outcome::Vanished,
                true => Outcome::Nothing,
                false => Outcome::Unknown(by),
            }
        }
        [one, ..] if !forbids!(SeveralAreAsked) => Outcome::Found((*one).clone()),
        several => Outcome::Several(several.iter().map(|id| (*id).clone()).collect()),
    }
}

/// How an object came to the id that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// By the vendor's answer to our own create.
    Answered,
    /// A list showed it after a create whose outcome nobody heard.
    Found,
    /// It existed before.
    Adopted,
}

impl Provenance {
    /// Of the id that the object stands for; `None` where it stands for none, or nobody wrote down how.
    pub fn of(status: &CommonStatus) -> Option<Self> {
        Some(match status.origin? {
            _ if status.id.as_ref().is_some_and(|id| status.found.contains(id)) => Self::Found,
            Origin::Created => Self::Answered,
            Origin::Adopted => Self::Adopted,
        })
    }

    /// As what a plan takes it: what was found is what a create of ours was to make, so all that is declared is
    /// written, also what no read shows.
    pub fn planned(status: &CommonStatus) -> Origin {
        match Self::of(status) {
            Some(Self::Answered | Self::Found) => Origin::Created,
            Some(Self::Adopted) | None => Origin::Adopted,
        }
    }

    /// What stands in status for it, also for a program that knows nothing of what was found.
    pub const fn origin(self) -> Origin {
        match self {
            Self::Answered => Origin::Created,
            Self::Found | Self::Adopted => Origin::Adopted,
        }
    }
}

/// From now on the object stands for `id`, and none is to be made; what it stood for before. An id that gives way to
/// another is `provisional`: the hash of the key that both have.
pub fn stand_for(
    status: &mut CommonStatus,
    id: &str,
    by: Provenance,
    provisional: Option<String>,
) -> Option<String> {
    let former = status.id.replace(id.to_owned());
    status.pending_create = None;
    status.provisional = provisional;
    status.origin = Some(by.origin());
    forget_found(status);
    if by == Provenance::Found {
        status.found.push(id.to_owned());
    }
    former
}

/// The object stands for nothing any more.
pub fn stand_for_nothing(status: &mut CommonStatus) -> Option<String> {
    let former = status.id.take();
    status.origin = None;
    status.provisional = None;
    forget_found(status);
    status.last_applied.clear();
    status.resolved.clear();
    status.drift.clear();
    former
}

/// What was found is so for as long as the object stands for it, or it waits for its end.
fn forget_found(status: &mut CommonStatus) {
    let superseded = status.superseded.clone();
    status.found.retain(|found| superseded.as_ref() == Some(found));
}

/// A person is told that nobody knows which one it is that a create made; whether that is news. Whatever lists show of it
/// from now on is found.
pub const fn leave_undecided(answer: &mut UnnamedAnswer) -> bool {
    !std::mem::replace(&mut answer.undecided, true)
}

/// What is known of the create that was sent, in words that go on from it.
pub const fn known_of(answer: &UnnamedAnswer) -> &'static str {
    match answer {
        UnnamedAnswer { misnamed: Some(_), .. } => "whose answer named another one",
        UnnamedAnswer { accepted: true, .. } => "whose answer named none",
        UnnamedAnswer { .. } => "whose outcome nobody heard",
    }
}

/// Lists told which user the vendor said that it made; whether that is news.
pub fn name(made: &mut Option<Rotation>, new: &str) -> bool {
    let Some(unnamed) = made.as_mut().filter(|made| made.new_id.is_none()) else { return false };
    unnamed.new_id = Some(new.to_owned());
    unnamed.answer = UnnamedAnswer::default();
    true
}

/// Whether there is room for what the next create may leave behind, and for the one whose place it takes.
pub fn has_room(status: &CommonStatus) -> bool {
    status.leftovers.len() + 2 <= MAX_LEFTOVERS
}

/// Leaves `id` at the vendor, and asks a person what becomes of it; whether there was room for it.
pub fn leave(status: &mut CommonStatus, id: &str) -> bool {
    status.found.retain(|found| found != id);
    if status.leftovers.iter().any(|known| known == id) {
        return true;
    }
    let room = status.leftovers.len() < MAX_LEFTOVERS;
    if room {
        status.leftovers.push(id.to_owned());
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u32) -> Tick {
        Tick::default() + seconds * Duration::from_secs(1)
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    const NONE: Intent<'static> = Intent {
        seen: &[],
        answer: Answer::Unheard,
        answered_by: Tick::new(Duration::from_secs(100)),
        settle: Duration::from_mins(1),
    };

    fn shown(begun: u32, before: Option<u32>, unclaimed: &[&str]) -> Shown {
        let unclaimed = ids(unclaimed);
        Shown { begun: at(begun), before: before.map(at), unclaimed, before_had_candidate: false }
    }

    #[test]
    fn nothing_is_found_before_the_wait_is_over() {
        let seen = ids(&["old"]);
        let intent = Intent { seen: &seen, ..NONE };
        let unknown = Outcome::Unknown(at(100));
        for unclaimed in [&[][..], &["a"], &["a", "b"], &["old"]] {
            assert_eq!(outcome(&intent, &shown(99, Some(98), unclaimed)), unknown, "{unclaimed:?}");
        }
        assert_eq!(outcome(&intent, &shown(100, None, &["old", "a"])), Outcome::Found("a".into()));
        assert_eq!(outcome(&intent, &shown(100, None, &["a", "b"])), Outcome::Several(ids(&["a", "b"])));
        assert_eq!(outcome(&intent, &shown(100, Some(99), &["old"])), unknown, "one list proves no absence");
        assert_eq!(outcome(&intent, &shown(160, Some(100), &["old"])), Outcome::Nothing);
        let vanished = Shown { before_had_candidate: true, ..shown(160, Some(100), &[]) };
        assert_eq!(outcome(&intent, &vanished), unknown, "the list before had one");
    }

    #[test]
    fn only_the_vendors_own_word_makes_it_ours() {
        let answered = Intent { answer: Answer::Named("mine"), ..NONE };
        assert_eq!(outcome(&answered, &shown(1, None, &["a", "b"])), Outcome::Answered("mine".into()));
        let accepted = Intent { answer: Answer::Accepted, ..NONE };
        assert_eq!(outcome(&accepted, &shown(100, None, &["a"])), Outcome::Answered("a".into()));
        assert_eq!(outcome(&accepted, &shown(100, None, &["a", "b"])), Outcome::Several(ids(&["a", "b"])));
    }

    #[test]
    fn what_is_left_of_several_or_comes_after_none_was_there_is_found_however_it_was_answered() {
        let telling = Telling { answered_by: NONE.answered_by, settle: NONE.settle, new_is_known: true };
        let mut answer = UnnamedAnswer { accepted: true, ..UnnamedAnswer::default() };
        let of = |answer: &UnnamedAnswer, new_is_known| {
            let telling = Telling { new_is_known, ..telling };
            let answer = Answer::of(None, answer, new_is_known);
            outcome(&Intent::of(&[], answer, telling), &shown(100, None, &["a"]))
        };
        assert_eq!(of(&answer, true), Outcome::Answered("a".into()));
        assert_eq!(of(&answer, false), Outcome::Found("a".into()), "it may have been there before");
        assert!(leave_undecided(&mut answer) && !leave_undecided(&mut answer));
        assert_eq!(of(&answer, true), Outcome::Found("a".into()), "it may be the one that was left");
        let doubtful = Intent { answer: Answer::Doubtful, ..NONE };
        assert_eq!(outcome(&doubtful, &shown(160, Some(100), &[])), Outcome::Vanished, "it was made");
        assert_eq!(Answer::of(Some("a"), &answer, false), Answer::Named("a"), "the vendor's own word");
        assert_eq!(Answer::of(None, &UnnamedAnswer::default(), false), Answer::Unheard);
    }

    #[test]
    fn an_answer_that_names_what_it_did_not_make_makes_nothing_ours_and_is_no_leave_to_send_again() {
        let misnamed = Intent { answer: Answer::Misnamed, ..NONE };
        assert_eq!(outcome(&misnamed, &shown(100, None, &["a"])), Outcome::Found("a".into()));
        assert_eq!(outcome(&misnamed, &shown(159, Some(100), &[])), Outcome::Unknown(at(160)));
        assert_eq!(outcome(&misnamed, &shown(160, Some(100), &[])), Outcome::Vanished);
    }

    #[test]
    fn what_the_vendor_said_that_it_made_is_gone_when_two_lists_lack_it() {
        let accepted = Intent { answer: Answer::Accepted, ..NONE };
        let unknown = Outcome::Unknown(at(160));
        assert_eq!(outcome(&accepted, &shown(99, None, &[])), Outcome::Unknown(at(100)));
        assert_eq!(outcome(&accepted, &shown(159, Some(100), &[])), unknown, "it was made");
        assert_eq!(outcome(&accepted, &shown(160, None, &[])), unknown, "one list proves no absence");
        assert_eq!(
            outcome(&accepted, &shown(160, Some(99), &[])),
            unknown,
            "nor two of which one is too early"
        );
        assert_eq!(outcome(&accepted, &shown(160, Some(100), &[])), Outcome::Vanished);
        let had = Shown { before_had_candidate: true, ..shown(160, Some(100), &[]) };
        assert_eq!(outcome(&accepted, &had), unknown, "the list before had it");
        assert_eq!(outcome(&accepted, &shown(160, Some(100), &["a"])), Outcome::Answered("a".into()));
    }

    proptest! {
        /// Whatever lists show, an id without an answer is at most found, and what was there before is never it.
        #[test]
        fn what_lists_alone_show_is_never_ours(
            begun in 0..200_u32,
            before in proptest::option::of(0..200_u32),
            unclaimed in proptest::collection::vec("[a-d]", 0..4),
            seen in proptest::collection::vec("[a-d]", 0..3),
            had in any::<bool>(),
        ) {
            let intent = Intent { seen: &seen, ..NONE };
            let list = Shown { begun: at(begun), before: before.map(at), unclaimed, before_had_candidate: had };
            match outcome(&intent, &list) {
                Outcome::Answered(id) => prop_assert!(false, "{id} has no answer"),
                Outcome::Found(id) => prop_assert!(begun >= 100 && !seen.contains(&id)),
                Outcome::Several(ids) => prop_assert!(begun >= 100 && ids.len() > 1),
                Outcome::Nothing => prop_assert!(before.is_some_and(|before| before >= 100) && begun >= 100),
                Outcome::Unknown(until) => prop_assert_eq!(until, at(100)),
                Outcome::Vanished => prop_assert!(false, "nobody said that it was made"),
            }
        }
    }

    #[test]
    fn what_is_found_stays_so_until_something_else_takes_its_place() {
        let mut status = CommonStatus::default();
        assert_eq!(Provenance::of(&status), None);
        stand_for(&mut status, "a", Provenance::Found, None);
        assert_eq!(
            (Provenance::of(&status), status.origin),
            (Some(Provenance::Found), Some(Origin::Adopted))
        );
        let former = stand_for(&mut status, "b", Provenance::Answered, None).unwrap();
        leave(&mut status, &former);
        assert_eq!(Provenance::of(&status), Some(Provenance::Answered));
        assert_eq!((status.found.len(), status.leftovers.clone()), (0, ids(&["a"])));
        // What was replaced is remembered as found for as long as it is there.
        stand_for(&mut status, "c", Provenance::Found, None);
        status.superseded = Some("c".into());
        stand_for(&mut status, "d", Provenance::Found, None);
        assert_eq!(status.found, ids(&["c", "d"]));
        stand_for_nothing(&mut status);
        assert_eq!((status.found.clone(), status.id.clone()), (ids(&["c"]), None));
    }

    #[test]
    fn there_is_an_end_to_leftovers() {
        let mut status = CommonStatus::default();
        for number in 0..2 * MAX_LEFTOVERS {
            assert_eq!(has_room(&status), number + 2 <= MAX_LEFTOVERS, "{number}");
            leave(&mut status, &number.to_string());
            leave(&mut status, &number.to_string());
        }
        assert_eq!(status.leftovers.len(), MAX_LEFTOVERS);
    }
}
