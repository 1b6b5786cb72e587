//! The checks by which the engine keeps the rules, each by a name, so that a test can take one out and show that
//! this is noticed.
//!
//! A call site names its check: `holds!(Name, condition)` where the condition lets something pass, `forbids!(Name,
//! condition)` where it stops something, `forbids!(Name)` where that hangs on nothing more. Without the feature
//! `planted-defects`, which no release has, each is its plain condition, and nothing else in this file exists. With
//! it, what [`plant`] has taken out on this thread lets everything pass. Nothing else takes one out: no environment
//! variable, no flag.

/// Whether the condition of the check holds.
#[cfg(not(feature = "planted-defects"))]
macro_rules! holds {
    ($check:ident, $condition:expr) => {
        $condition
    };
}

/// Whether the condition of the check holds, or the check is taken out.
#[cfg(feature = "planted-defects")]
macro_rules! holds {
    ($check:ident, $condition:expr) => {
        $condition || $crate::engine::base::checks::is_out($crate::engine::base::checks::Check::$check)
    };
}

/// Whether the check forbids it.
#[cfg(not(feature = "planted-defects"))]
macro_rules! forbids {
    ($check:ident) => {
        true
    };
    ($check:ident, $condition:expr) => {
        $condition
    };
}

/// Whether the check forbids it, and is not taken out.
#[cfg(feature = "planted-defects")]
macro_rules! forbids {
    ($check:ident) => {
        $crate::engine::base::checks::stands($crate::engine::base::checks::Check::$check)
    };
    ($check:ident, $condition:expr) => {
        $condition && $crate::engine::base::checks::stands($crate::engine::base::checks::Check::$check)
    };
}

pub(crate) use {forbids, holds};

#[cfg(feature = "planted-defects")]
pub use planted::{Check, Planted, exercised, is_out, plant, stands};

#[cfg(feature = "planted-defects")]
mod planted {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};
    use std::marker::PhantomData;
    use std::rc::Rc;

    /// Declares the checks: what each holds, its name, and the rule that it keeps.
    macro_rules! checks {
        ($($(#[doc = $held:literal])+ $name:ident: $rule:literal,)+) => {
            /// A check of the engine.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum Check {
                $($(#[doc = $held])+ $name,)+
            }

            impl Check {
                /// Every check.
                pub const ALL: &[Self] = &[$(Self::$name),+];

                /// Its name.
                pub const fn name(self) -> &'static str {
                    match self {
                        $(Self::$name => stringify!($name),)+
                    }
                }

                /// The number of the rule that it keeps.
                pub const fn rule(self) -> u32 {
                    match self {
                        $(Self::$name => $rule,)+
                    }
                }

                /// What it holds, in words.
                pub const fn held(self) -> &'static str {
                    match self {
                        $(Self::$name => concat!($($held),+),)+
                    }
                }

                /// The check of this name.
                pub fn named(name: &str) -> Option<Self> {
                    Self::ALL.iter().copied().find(|check| check.name() == name)
                }
            }
        };
    }

    checks! {
        /// What a token shows of another organization is not read as this one's.
        TokenShowsOrganization: 1,
        /// Nothing is believed of an organization whose token has proved nothing.
        ProofNeeded: 1,
        /// An object stays in the organization that it was made in.
        PinnedOrganization: 1,
        /// An object stays in the container that it was made in.
        PinnedContainer: 1,
        /// Nothing is sent about a container that no list shows.
        ContainerListed: 1,
        /// Ids stand in place of names in the organization's own namespace only.
        IdsAtHome: 1,
        /// What belongs to another organization is not referred to.
        SameOrganization: 1,
        /// Gone is what two lists or looks lack, `settle` apart: one word of the vendor's does not show it.
        AbsenceTwice: 2,
        /// Too much that is gone at once is not believed.
        InventoryBelieved: 2,
        /// What a read by its id shows is not gone.
        AbsenceByRead: 2,
        /// What vanished is made again only when a person says so.
        AskedToMakeAgain: 2,
        /// What we deleted ourselves is no surprise.
        OwnDeletionsKnown: 2,
        /// What we deleted ourselves, and lists still show, is not taken up again.
        DeletedIsNotFound: 2,
        /// One object stands for a thing at the vendor.
        OneHolder: 3,
        /// Who is not admitted locks nobody out.
        AdmittedClaims: 3,
        /// Who could not have it locks nobody out.
        PossibleClaims: 3,
        /// What another object holds, or names and could have, is not taken.
        HeldIsClaimed: 3,
        /// What another object may just have made is not taken, whatever its manifest says since.
        IntentKeepsKey: 3,
        /// What an object parts with, a user whose token was lost among them, is not free for others.
        FormerIsClaimed: 3,
        /// Nor is it for the object itself: a user whose token was lost is not taken again.
        OwnFormerIsClaimed: 3,
        /// What an object left at the vendor is not taken by those who do not name it.
        LeftIsClaimed: 3,
        /// One object stands for an organization.
        OneForOrganization: 3,
        /// By what an object stands for an organization comes before its age.
        TitleFirst: 3,
        /// However an endpoint is spelled, it is one.
        OneSpelling: 3,
        /// Who takes over an organization writes nothing before the writes of the former have ended.
        FormerWritesEnd: 3,
        /// Of two objects one at a time is given what has a natural key.
        OneTurn: 3,
        /// Of two whose manifests do not tell that they are the same one is given it.
        TwinsKnown: 3,
        /// Of two objects that hold one id neither is believed.
        HeldOnce: 3,
        /// An id in status that the vendor shows to be of another thing is not believed.
        HeldIsIts: 3,
        /// What a status says that somebody else wrote is not believed by a process that knows what stood there.
        StatusIsOurs: 3,
        /// An intent that took longer to store than a call may take is not followed by the call.
        IntentInTime: 4,
        /// What a person let through goes on for as long as that is not taken back.
        AnswerStands: 12,
        /// What was decided is not sent once a person has said something else.
        WordsStand: 4,
        /// What must not be sent twice is sent for an object alone whose intent is stored, and of which nothing is owed.
        PermitToCreate: 4,
        /// Nothing is found before a list that was begun when the wait for the call is over.
        OutcomeWaits: 4,
        /// One list does not show that a create was not carried out.
        NothingTwice: 4,
        /// What was there before a create is not its outcome.
        SeenIsNotNew: 4,
        /// What was there before a create under another key is not its outcome, and who does not know it takes what is new
        /// for found.
        ThereIsNotNew: 4,
        /// What lists alone show is found, and not ours.
        FoundIsNotOurs: 4,
        /// Once a person was told that nobody knows which one it is, what is left or comes is found.
        ToldIsFound: 4,
        /// Of several that could be the outcome a person says which.
        SeveralAreAsked: 4,
        /// Nothing goes on where Kubernetes dropped the finalizer.
        FinalizerKept: 4,
        /// Nothing goes on where Kubernetes dropped what was stored.
        PromiseKept: 4,
        /// An intent is stored in the object as it was read, and in no other.
        UnchangedSinceRead: 4,
        /// Nothing older takes the place of what is known.
        NothingOlder: 4,
        /// What was told gone does not come back by what is told later.
        GoneStaysGone: 4,
        /// Nothing more is done for what was told gone while it was written.
        StillThere: 4,
        /// A create of an organization whose outcome is unknown is not repeated.
        OrganizationOnce: 4,
        /// Where there is a token of an organization, there is one already.
        TokenMeansOrganization: 4,
        /// Where there is an organization of the name, none is created.
        NameMeansOrganization: 4,
        /// What was found stays when its object goes, unless the manifest says Delete.
        FoundStays: 4,
        /// A user that was found is left behind by the rotation, and not deleted.
        FoundUserStays: 4,
        /// What was found and replaced is left behind, and not deleted.
        FoundOldStays: 4,
        /// Nothing is made for which there is no room among the leftovers.
        RoomForLeftovers: 4,
        /// Leftovers are deleted only when a person says so.
        LeftoversAreAsked: 4,
        /// What a create was of is known by its hash, though the key was edited since.
        KeyOfIntent: 4,
        /// A create that reaches somebody is not sent again unasked.
        MailedOnce: 4,
        /// From another namespace what exists is taken over by its id alone.
        AdoptedById: 4,
        /// Where no list shows whether there is one already none is made, unless a person says so.
        UnseenIsNotMade: 4,
        /// Nothing is made before all that it refers to is there.
        ReferencesFirst: 4,
        /// Only a Secret that was reserved for it holds a token.
        OwnSecretOnly: 5,
        /// A Secret holds a token once it holds what the vendor answered, whatever id it names.
        TokenAsSent: 5,
        /// The token of a user that lives is not written over.
        LivingToken: 5,
        /// A new token is tried before it takes the place of one that works.
        NewTokenTried: 5,
        /// The old token works for as long as was said.
        OverlapKept: 5,
        /// For a lost token another user is made once for a generation.
        OnceForGeneration: 5,
        /// The old user whose token was put back stays.
        OldUserInUse: 5,
        /// No debt takes the place of a token that works.
        NoDebtOverFormer: 5,
        /// What is owed of a token ends with its user.
        DebtEndsWithUser: 5,
        /// The token of which a Secret does not show whose it is counts for nobody while two users are there.
        OwnInOverlap: 5,
        /// What a Secret holds is looked at right before what rests on it is deleted.
        SecretReadLast: 5,
        /// An object whose user stays goes after the user's token is in its Secret.
        TokenBeforeEnd: 5,
        /// What a Secret names as the vendor's answer is so only with its keyed hash.
        SealedAnswer: 5,
        /// A list that was begun before our own write does not answer for it.
        ListAfterWrite: 6,
        /// What reads do not show yet of our own write is no drift.
        UnsettledIsNoDrift: 6,
        /// What was written by mistake is taken back though reads do not show it yet.
        UnsettledIsTakenBack: 6,
        /// During a pause of the vendor's nothing is sent.
        PauseKept: 7,
        /// The ceiling that a person set is kept.
        CeilingKept: 7,
        /// The limit that the vendor told is kept.
        LimitKept: 7,
        /// Those who have proved nothing share few calls, in turns by namespace.
        StrangersShare: 7,
        /// A status is written only where it differs.
        OnlyDifferences: 8,
        /// What may be a secret is never shown.
        SecretsAreHidden: 9,
        /// What was only assumed is known no better under another key.
        AssumedStaysSo: 9,
        /// What was written with a lost key is not written again.
        LostKeyIsRebased: 9,
        /// What no read shows is not written by a process that could not store that.
        HiddenIsIntended: 9,
        /// What no read shows is not written while something is owed of the object.
        HiddenWhileOwed: 9,
        /// During an outage what is at rest stays as it is said to be.
        AtRestIsKept: 10,
        /// What others use goes after them.
        UsersFirst: 11,
        /// An organization goes after what it contains.
        DependentsFirst: 11,
        /// Nothing goes while not all that may use it is known.
        KnownFirst: 11,
        /// What is to stay at the vendor stays.
        OrphanStays: 11,
        /// The Secret with the token is held while a deletion needs it.
        SecretHeld: 11,
        /// An organization is deleted only with a token that has just proved itself.
        ProvenWhenDeleted: 11,
        /// An answer that is no success ends the presumption that the organization is gone.
        HeardAnswerEnds: 11,
        /// Gone is presumed only of the token that the deletion was sent with.
        PresumedBySameToken: 11,
        /// What looks with another token than the one that proved lack may be there.
        LooksWithItsToken: 11,
        /// What cannot be read holds up what it held up.
        UnreadHoldsUp: 11,
        /// What cannot be read any more is not gone.
        UnreadStays: 11,
        /// Of what cannot be read nothing is enforced.
        UnreadIsLeft: 14,
        /// Below an organization that cannot be read nothing is written.
        UnreadRootHolds: 14,
        /// What would lock somebody out waits for a person.
        LockOutAsked: 12,
        /// No more is taken away within an hour than a person allowed.
        RateKept: 12,
        /// What is taken away is counted before it is.
        CountedFirst: 12,
        /// No two writes that take something away are judged at once.
        OneJudgedAtATime: 12,
        /// Nothing is judged while another process's writes may not show yet.
        JudgedOnceSettled: 12,
        /// What was taken away a moment ago counts although reads still show it.
        SpentCounts: 12,
        /// The hour of an organization outlives its last object.
        HourOutlives: 12,
        /// An answer does not outlive its question.
        AnswerOnce: 12,
        /// From a list with a gap nothing is taken away but what an edit took out of it.
        GapTakesNothing: 12,
        /// What leads nowhere now is given nothing.
        GapGivesNothing: 12,
        /// A holder's term ends though Kubernetes does not answer.
        TermEnds: 13,
        /// What was held up on its way out leaves in time or not at all.
        LeavesInTime: 13,
        /// Nothing is sent to a vendor that could outlast the term.
        PermitInTerm: 13,
        /// What must be stored whatever happened meanwhile is stored by a process alone that leads.
        StoredByLeader: 13,
        /// Nothing is stored but by a process that has the Lease.
        StoredByHolder: 13,
        /// Who takes over waits until the predecessor's last calls have ended.
        PredecessorSettled: 13,
        /// A Lease is taken from nobody whose term may still run.
        TermRespected: 13,
        /// Where somebody deleted the Lease, a term passes before anybody else writes.
        MissingLeaseWaits: 13,
        /// A first start looks once more before it works: another may have done the same.
        FirstStartRenews: 13,
        /// Where something is only observed nothing is written.
        ObservedIsUnwritten: 13,
        /// One organization does not take every worker.
        ShareOfWorkers: 14,
        /// One vendor does not take every worker.
        ShareOfVendor: 14,
        /// A burst of what watches tell keeps no reconcile waiting.
        NewsTakesTurns: 14,
        /// A field that somebody else changes back three times within an hour is left alone.
        FightsEnd: 15,
        /// A status that somebody else writes over each time is not put back without end.
        StatusFightsEnd: 15,
    }

    thread_local! {
        /// The checks that are taken out on this thread, and how often each would have stopped something.
        static OUT: RefCell<BTreeMap<Check, u64>> = const { RefCell::new(BTreeMap::new()) };

        /// The checks that had something to stop on this thread, taken out or not.
        static EXERCISED: RefCell<BTreeSet<Check>> = const { RefCell::new(BTreeSet::new()) };
    }

    /// While it lives, these checks are taken out on this thread.
    #[must_use = "the checks are put back when this is dropped"]
    pub struct Planted(PhantomData<Rc<()>>);

    /// Takes checks out on this thread, and no others.
    pub fn plant(checks: &[Check]) -> Planted {
        OUT.set(checks.iter().map(|check| (*check, 0)).collect());
        Planted(PhantomData)
    }

    impl Planted {
        /// How often the check would have stopped something.
        pub fn missed(&self, check: Check) -> u64 {
            OUT.with_borrow(|out| out.get(&check).copied().unwrap_or_default())
        }
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            OUT.take();
        }
    }

    /// The checks that had something to stop on this thread since this was last asked: to take out any other would
    /// have changed nothing.
    pub fn exercised() -> BTreeSet<Check> {
        EXERCISED.take()
    }

    /// Whether the check is taken out where it would stop something now.
    pub fn is_out(check: Check) -> bool {
        EXERCISED.with_borrow_mut(|exercised| exercised.insert(check));
        OUT.with_borrow_mut(|out| out.get_mut(&check).map(|missed| *missed += 1).is_some())
    }

    /// Whether the check stops something now: it is not taken out.
    pub fn stands(check: Check) -> bool {
        !is_out(check)
    }
}
