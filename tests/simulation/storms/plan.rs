//! What happens in a storm, and when: all of it from a seed, a stream for each source of trouble.

use super::doings::Doing;
use super::neighbours::Neighbour;
use super::slots::Slot;
use crate::atoll::storm::{self as atoll, Deed as AtollDeed};
use crate::support::dice::Dice;
use crate::support::house::{mins, secs};
use crate::support::unkind::Source;
use crate::support::unkind::strangers::{Deed, Who};
use jiff::SignedDuration;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, ListFault};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

/// How long a storm lasts.
pub const LENGTH: Duration = mins(15);

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Deal {
    /// A manifest comes, if it is not there; whether what it stands for goes with it.
    Apply(Slot, bool),
    /// It is edited.
    Edit(Slot),
    /// It is deleted.
    Delete(Slot),
    /// Another token is asked for.
    Rotate(Slot),
    /// A look at it is asked for.
    Look(Slot),
    /// A person answers what is asked.
    Answer,
    /// The organization gets another token; whether the old one ends at once.
    NewToken(bool),
    /// The organization's manifest is edited.
    EditOrganization(u64),
    /// The vendor fails.
    Fault(Box<Fault>),
    /// The vendor's lists run behind by so many seconds.
    Lag(u64),
    /// Somebody else does something with what the manifest names.
    Stranger(Who, Deed, Slot),
    /// A process is killed.
    Kill(usize),
    /// A process is asked to stop.
    Stop(usize),
    /// A process sleeps.
    Sleep(usize, Duration),
    /// A process dies so many steps later.
    DieAfter(usize, usize),
    /// The wall clock of a process steps.
    Clock(usize, SignedDuration),
    /// It drifts, by so many parts in a million.
    Drift(usize, i64),
    /// Somebody writes a request that is longer than status can repeat.
    Scribble(Slot),
    /// A webhook refuses every write of the object's status for so long.
    Refuse(Slot, Duration),
    /// The Lease is deleted.
    LeaseDeleted,
    /// An object does not parse for so long.
    Unparsable(Slot, Duration),
    /// No Secret can be read for so long.
    NoSecrets(Duration),
    /// Something else that people do.
    Doing(Doing),
    /// What a neighbour does.
    Neighbour(Neighbour),
    /// What happens at the other vendor.
    Atoll(AtollDeed),
}

/// The vendors that are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendors {
    /// Spot alone.
    Spot,
    /// The other one beside it.
    All,
}

impl Vendors {
    /// Both ways.
    pub const EACH: [Self; 2] = [Self::Spot, Self::All];

    /// As the command has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::All => "all",
        }
    }
}

/// Something that happens then.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub at: Duration,
    /// The source of trouble that it is of; people's own doings have none.
    pub source: Option<Source>,
    pub deal: Deal,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:7.3} s  {:?}", self.at.as_secs_f64(), self.deal)
    }
}

/// A storm.
#[derive(Clone, Debug)]
pub struct Storm {
    pub seed: u64,
    pub vendors: Vendors,
    pub contract: Contract,
    /// The sources of trouble that are on.
    pub sources: BTreeSet<Source>,
    pub steps: Vec<Step>,
}

impl Storm {
    /// The storm of this seed, with those of the sources on that the seed says: about half of them.
    pub fn from_seed(seed: u64, sources: &[Source]) -> Self {
        let mut dice = Dice::new(seed, "which");
        let drawn: Vec<Source> = Source::ALL.into_iter().filter(|_| dice.one_in(2)).collect();
        let on = sources.iter().copied().filter(|source| drawn.contains(source)).collect();
        Self::with(seed, on)
    }

    /// The storm of this seed with these sources on.
    pub fn with(seed: u64, sources: BTreeSet<Source>) -> Self {
        let mut dice = Dice::new(seed, "contract");
        let contract = dice.pick(&[Contract::Production, Contract::Production, Contract::Published]);
        let mut storm = Self { seed, vendors: Vendors::Spot, contract, sources, steps: Vec::new() };
        storm.people();
        for source in storm.sources.clone() {
            storm.troubles(source);
        }
        storm.steps.sort_by_key(|step| step.at);
        storm
    }

    /// The same over these vendors: what happens at the one is no other for what happens at the other besides.
    pub fn over(mut self, vendors: Vendors) -> Self {
        if vendors == Vendors::All && self.vendors == Vendors::Spot {
            self.steps.extend(atoll::steps(self.seed, &self.sources));
            self.steps.sort_by_key(|step| step.at);
        }
        self.vendors = vendors;
        self
    }

    fn people(&mut self) {
        let mut dice = Dice::new(self.seed, "people");
        // In the published contract there is no word for a group.
        let contract = self.contract;
        let fits = |slot: &Slot| {
            contract == Contract::Production || !matches!(slot, Slot::Group(_) | Slot::Notification)
        };
        let slots: Vec<Slot> = Slot::ALL.into_iter().filter(fits).collect();
        let mut doings = Dice::new(self.seed, "doings");
        for _ in 0..doings.below(5) {
            let at = doings.span(Duration::ZERO, LENGTH);
            self.steps.push(Step { at, source: None, deal: Deal::Doing(Doing::draw(&mut doings)) });
        }
        let mut neighbours = Dice::new(self.seed, "neighbours");
        for _ in 0..neighbours.below(5) {
            let at = neighbours.span(Duration::ZERO, LENGTH);
            let deal = Deal::Neighbour(Neighbour::draw(&mut neighbours));
            self.steps.push(Step { at, source: None, deal });
        }
        for _ in 0..16 + dice.below(16) {
            let (at, slot) = (dice.span(Duration::ZERO, LENGTH), dice.pick(&slots));
            let deal = match dice.below(20) {
                0..=7 => Deal::Apply(slot, !dice.one_in(3)),
                8..=11 => Deal::Edit(slot),
                12..=14 => Deal::Delete(slot),
                15 | 16 => Deal::Rotate(dice.pick(&Slot::MACHINES)),
                17 => Deal::Look(slot),
                18 => Deal::Answer,
                _ if dice.one_in(2) => Deal::NewToken(dice.one_in(2)),
                _ => Deal::EditOrganization(dice.pick(&[5, 30, 120, 300])),
            };
            self.steps.push(Step { at, source: None, deal });
        }
    }

    fn troubles(&mut self, source: Source) {
        let mut dice = Dice::new(self.seed, &format!("steps of {}", source.name()));
        let count = match source {
            Source::Vendor => 4 + dice.below(12),
            Source::Replicas => 2 + dice.below(6),
            Source::Strangers | Source::Wall => 1 + dice.below(4),
            Source::LeaseDeleted
            | Source::NewerDefinition
            | Source::Refusals
            | Source::Scribbles
            | Source::SecretReads => 1 + dice.below(2),
            _ => 0,
        };
        for _ in 0..count {
            let at = dice.span(Duration::ZERO, LENGTH);
            let slot = dice.pick(&Slot::ALL);
            let deal = match source {
                Source::Vendor if dice.one_in(6) => Deal::Lag(dice.pick(&[0, 5, 20, 45])),
                Source::Vendor => Deal::Fault(Box::new(fault(&mut dice, self.contract))),
                Source::Replicas => replica(&mut dice),
                Source::Strangers => {
                    let who = dice.pick(&[Who::Person, Who::Cluster]);
                    Deal::Stranger(who, dice.pick(&[Deed::Twin, Deed::Rename, Deed::Delete]), slot)
                }
                Source::Wall if dice.one_in(3) => {
                    Deal::Drift(index(&mut dice), dice.pick(&[-20_000, -300, 300, 20_000]))
                }
                Source::Wall => {
                    let seconds = dice.pick(&[-3600, -600, -61, -2, 2, 61, 600, 3600]);
                    Deal::Clock(index(&mut dice), SignedDuration::from_secs(seconds))
                }
                Source::LeaseDeleted => Deal::LeaseDeleted,
                Source::Scribbles => Deal::Scribble(slot),
                Source::SecretReads => Deal::NoSecrets(dice.span(secs(5), mins(4))),
                Source::Refusals => Deal::Refuse(slot, dice.span(secs(20), mins(5))),
                _ => Deal::Unparsable(slot, dice.span(secs(5), mins(4))),
            };
            self.steps.push(Step { at, source: Some(source), deal });
        }
    }

    /// The same without a source of trouble, and all that is of it.
    pub fn without(&self, source: Source) -> Self {
        let mut storm = self.clone();
        storm.sources.remove(&source);
        storm.steps.retain(|step| step.source != Some(source));
        storm
    }

    /// The names of the sources that are on.
    pub fn source_names(&self) -> String {
        self.sources.iter().map(|source| source.name()).collect::<Vec<_>>().join(",")
    }
}

fn index(dice: &mut Dice) -> usize {
    usize::try_from(dice.below(2)).unwrap()
}

fn replica(dice: &mut Dice) -> Deal {
    let which = index(dice);
    match dice.below(6) {
        0 => Deal::Kill(which),
        1 => Deal::Stop(which),
        2 | 3 => Deal::DieAfter(which, usize::try_from(dice.below(60)).unwrap()),
        _ => Deal::Sleep(which, dice.span(secs(1), mins(4))),
    }
}

fn fault(dice: &mut Dice, contract: Contract) -> Fault {
    let method = dice.pick(&["GET", "POST", "POST", "PUT", "DELETE"]);
    let effect = dice.one_in(2);
    let seconds = SignedDuration::from_secs(i64::try_from(dice.below(50)).unwrap());
    let fault = match dice.below(12) {
        0 => FaultKind::ResetBeforeEffect,
        1 => FaultKind::ResetAfterEffect,
        2 => FaultKind::CutBody,
        3 => FaultKind::Hang { effect },
        4 => FaultKind::BadGateway { effect },
        5 => FaultKind::Garbage { effect },
        6 => FaultKind::ServerError { status: dice.pick(&[500, 503]), effect },
        7 => FaultKind::TooManyRequests { reset_seconds: 20 },
        8 => FaultKind::List {
            // A list that lacks something and says that it is whole is assumed not to be: in the published contract,
            // which counts nothing, each that lacks an item says so.
            manner: match (dice.pick(&[ListFault::Fewer, ListFault::ItemsMissing]), contract) {
                (ListFault::Fewer, Contract::Published) => ListFault::ItemsMissing,
                (manner, _) => manner,
            },
        },
        9 => FaultKind::LateEffect { after: seconds },
        10 => FaultKind::Omit { members: vec![dice.pick(&["id", "token"]).to_owned()] },
        _ => FaultKind::Delay { duration: seconds },
    };
    Fault {
        method: Some(method.into()),
        times: Some(u32::try_from(1 + dice.below(3)).unwrap()),
        ..Fault::always(fault)
    }
}
