//! Who would be locked out by a write (rule 12): pure, of what reads show of those who can act in an organization.

use crate::engine::base::sentences::listed;
use crate::engine::decide::fingerprint::Match;
use std::collections::BTreeSet;

/// What one who can act in an organization has at stake in a write, as reads show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Whether they are who we are; `None` where nothing tells.
    pub ours: Option<bool>,
    /// Whether the write takes something from them.
    pub loses: bool,
    /// Whether they are an administrator, or may be one, by what it takes.
    pub administers: bool,
    /// Whether they certainly are one after it, and somebody besides us can act as them.
    pub remains: bool,
}

/// Why a write is not made unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockOut {
    /// It takes something from one who is, or may be, who we are.
    Ours(String),
    /// It takes administration from these, and nobody else remains.
    Last(BTreeSet<String>),
    /// What it would take was not read: what that is, as a sentence begins.
    Unread(String),
    /// The object itself is, or may be, who we are, and no read shows that: what to do, as a sentence goes on.
    OursUnshown(&'static str),
    /// The object itself is, or may be, an administrator, and no manifest stands for another: the kind, and how one is
    /// declared.
    LastUnshown(String),
}

impl LockOut {
    /// Of whom it takes something.
    pub const fn whose(&self) -> Whose {
        match self {
            Self::Ours(_) | Self::OursUnshown(_) => Whose::Ours,
            Self::Last(_) | Self::Unread(_) | Self::LastUnshown(_) => Whose::Last,
        }
    }
}

/// What reads have shown so far.
#[derive(Clone, Debug, Default)]
pub struct Weighed {
    losers: BTreeSet<String>,
    /// Those who stay administrators by something else, as far as is known.
    stay: BTreeSet<String>,
    /// Whether it is certain who we are.
    us: bool,
    /// Whether one certainly remains, as read for this question.
    remains: bool,
}

impl Weighed {
    /// Takes one in: the answer, where that is one. Good news has to be `new`, read for this question.
    pub fn take(&mut self, id: &str, stake: Stake, new: bool) -> Option<LockOut> {
        if stake.loses && stake.ours != Some(false) {
            return Some(LockOut::Ours(id.to_owned()));
        }
        self.us |= stake.ours == Some(true);
        if stake.loses && stake.administers && !stake.remains {
            self.stay.remove(id);
            self.losers.insert(id.to_owned());
        } else if stake.remains && new {
            self.remains = true;
        } else if stake.loses && stake.administers {
            self.stay.insert(id.to_owned());
        }
        None
    }

    /// Of those who are known to stay one has to do so now, where nobody is known to lose anything: who that may be.
    pub fn unconfirmed(&self) -> Vec<String> {
        if self.losers.is_empty() && !self.remains { self.stay.iter().cloned().collect() } else { Vec::new() }
    }

    /// Whether somebody loses administration, and nobody is known to remain.
    pub fn needs_another(&self) -> bool {
        !self.losers.is_empty() && !self.remains
    }

    /// Whether one certainly remains.
    pub const fn remains(&self) -> bool {
        self.remains
    }

    /// One who loses nothing certainly remains, as read for this question.
    pub const fn found(&mut self) {
        self.remains = true;
    }

    /// Whether this one is known to lose it.
    pub fn loses(&self, id: &str) -> bool {
        self.losers.contains(id)
    }

    /// Whether no other can change the answer: it is certain who we are, and that one remains, where `administration`
    /// is at stake.
    pub const fn is_settled(&self, administration: bool) -> bool {
        self.us && (self.remains || !administration)
    }

    /// What is known by now comes to that.
    pub fn verdict(self) -> Option<LockOut> {
        self.needs_another().then_some(LockOut::Last(self.losers))
    }
}

/// What is known where no read shows who administers: what was written, and what manifests say. What nobody knows
/// counts as yes for whoever may have been one.
#[derive(Clone, Copy, Debug)]
pub struct Unseen {
    /// Whether the object is who we are; `None` where nothing tells.
    pub ours: Option<bool>,
    /// Whether somebody else made it.
    pub adopted: bool,
    /// How what makes an administrator compares to what was last written; `None` if nothing was.
    pub written: Option<Match>,
    /// Whether its manifest asks for an administrator, and it does not go.
    pub stays: bool,
    /// Whether another manifest stands for one.
    pub another: bool,
}

/// Of whom the write takes something that must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Who we are, or may be.
    Ours,
    /// The last administrator, or who may be that.
    Last,
}

impl Unseen {
    /// Of whom it takes something.
    pub fn judge(&self) -> Option<Whose> {
        let written = matches!(self.written, Some(Match::Same | Match::LostKey));
        let suspicious = written || self.adopted;
        if self.ours.unwrap_or(suspicious) {
            return Some(Whose::Ours);
        }
        (suspicious && !self.stays && !self.another).then_some(Whose::Last)
    }
}

/// What is to be written, as messages speak of it.
pub struct Spoken<'a> {
    /// What the object is called ("group").
    pub noun: &'a str,
    /// Its id.
    pub id: &'a str,
    /// How those who lose something have it ("a member of"); nothing where it is one of them itself.
    pub holder: Option<&'static str>,
    /// Whether ids of others may be named on it.
    pub names: bool,
    /// An administrator, with the article.
    pub administrator: &'static str,
}

impl Spoken<'_> {
    /// Why a write is not made unasked, as part of a sentence.
    pub fn why(&self, lock_out: LockOut) -> String {
        let Self { noun, id, administrator, .. } = self;
        let named = |ids: &[String]| match self.names {
            true => format!(" ({})", listed(ids)),
            false => String::new(),
        };
        let is_ours = "is, or may be, the one whose token orgkeeper uses";
        let title = title(administrator);
        match (lock_out, self.holder) {
            (LockOut::Ours(_), None) => format!("{noun} {id} {is_ours}"),
            (LockOut::Ours(who), Some(holder)) => format!("{holder} {noun} {id}{} {is_ours}", named(&[who])),
            (LockOut::Last(_), None) => format!("{noun} {id} is the last {title} of the organization"),
            (LockOut::Last(who), Some(_)) => {
                let who = named(&who.into_iter().collect::<Vec<_>>());
                format!("the last {title}s of the organization{who} are so by {noun} {id}")
            }
            (LockOut::Unread(what), _) => format!("{what} was not read"),
            (LockOut::OursUnshown(then), _) => format!("{noun} {id} {is_ours}, {then}"),
            (LockOut::LastUnshown(declared), _) => {
                format!(
                    "{noun} {id} was, or may have been, {administrator}, and no other {declared} is Ready"
                )
            }
        }
    }
}

/// What speaks against a write: whom it would lock out, and how it may cut us off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objection {
    /// Whom it would lock out, also as part of a sentence.
    pub locks_out: Option<(Whose, String)>,
    /// How it may end our own way to the organization, as part of a sentence.
    pub cuts_off: Option<String>,
}

impl Objection {
    /// Whether anything does.
    pub const fn stands(&self) -> bool {
        self.locks_out.is_some() || self.cuts_off.is_some()
    }

    /// What a person is asked, who may do without it by `instead`. `answer` is what lets it through.
    pub fn question(&self, administrator: &str, instead: &str, answer: &str) -> String {
        let Self { locks_out, cuts_off } = self;
        let effects = [
            locks_out.as_ref().map(|(_, why)| format!("would lock somebody out: {why}")),
            cuts_off.as_ref().map(|why| format!("may cut orgkeeper off: {why}")),
        ];
        let effects: Vec<String> = effects.into_iter().flatten().collect();
        let first = match locks_out {
            Some((Whose::Last, _)) => format!("Make somebody else {administrator} first"),
            // That somebody else administers does not help who calls with this token.
            Some((Whose::Ours, _)) => {
                format!("Put another {}'s token into the organization's Secret first", title(administrator))
            }
            None => "See to it that orgkeeper still reaches the organization".to_owned(),
        };
        format!(
            "This {}. Nothing was written. {first}, {instead}. If it is to be done all the same, set the annotation \
             orgkeeper.dev/confirm: {answer} on this object.",
            effects.join("; and it ")
        )
    }
}

/// Without the article.
fn title(administrator: &str) -> &str {
    administrator.split_once(' ').map_or(administrator, |(_, title)| title)
}

#[cfg(test)]
mod tests;
