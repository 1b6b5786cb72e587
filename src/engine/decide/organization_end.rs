//! What is known of an organization's deletion at the vendor: pure (rule 11).
//!
//! The token goes with the organization, so nothing can be asked afterwards. Gone is what the vendor said is
//! gone. It is presumed where nobody heard an answer and the token that the call was sent with is refused since;
//! whatever else a refused token may mean is for a person to say.

use crate::api::status::{CommonStatus, DeletionStatus};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::error::Heard;
use crate::engine::decide::fingerprint::Match;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The path under which the token's fingerprint is made.
pub const PATH: &str = "token of a deletion";

/// What status holds of the deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// None was sent, or what was sent was answered and not carried out, as far as that answer says.
    Nothing {
        /// The fingerprint of the token of one that was answered so: it had proved to be the organization's.
        token: Option<String>,
    },
    /// One was sent, and nobody heard an answer.
    Unheard {
        /// When the first was.
        at: Timestamp,
        /// The fingerprint of the token that it was sent with, where that is known.
        token: Option<String>,
    },
    /// The vendor said that it is carried out.
    Done(Timestamp),
}

/// What comes of the deletion, or of a look at the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The vendor said that it is carried out.
    Done,
    /// The call was not carried out, as far as somebody heard.
    Failed(Heard),
    /// The token is refused, or is not there any more; how it compares with the one that the deletion was sent
    /// with, if both are known.
    NoToken(Option<Match>),
}

/// What is said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is gone.
    Gone,
    /// It is presumed gone.
    Presumed,
    /// A person has to say whether it is gone.
    Ask,
    /// It is tried again.
    Again,
}

impl Sent {
    /// As status holds it. Where an older program stored that the call was sent, nobody knows with which token.
    pub fn of(status: &CommonStatus) -> Self {
        let token = status.deletion.as_ref().and_then(|deletion| deletion.token.clone());
        match (&status.deletion_sent_at, &status.deletion) {
            (None, _) => Self::Nothing { token },
            (Some(at), Some(deletion)) if deletion.done => Self::Done(at.0),
            (Some(at), _) => Self::Unheard { at: at.0, token },
        }
    }

    /// The fingerprint of the token that one was sent with: nothing is deleted but with the organization's own.
    pub fn token(&self) -> Option<&String> {
        match self {
            Self::Nothing { token } | Self::Unheard { token, .. } => token.as_ref(),
            Self::Done(_) => None,
        }
    }

    /// What is stored before the call is sent: whatever happens to this process, nobody heard an answer.
    #[must_use]
    pub fn sending(&self, now: Timestamp, token: Option<String>) -> Self {
        let at = match self {
            Self::Nothing { .. } => now,
            Self::Unheard { at, .. } | Self::Done(at) => *at,
        };
        Self::Unheard { at, token }
    }

    /// Writes it into a status.
    pub fn store(&self, status: &mut CommonStatus) {
        let at = match self {
            Self::Nothing { .. } => None,
            Self::Unheard { at, .. } | Self::Done(at) => Some(*at),
        };
        let (token, done) = (self.token().cloned(), matches!(self, Self::Done(_)));
        let deletion = (done || token.is_some()).then_some(DeletionStatus { token, done });
        status.deletion_sent_at = at.map(Time);
        status.deletion = deletion;
    }

    /// What an answer makes of it, and what is said. `before` is what it was before the call was sent.
    pub fn answered(&self, before: &Self, answer: Answer) -> (Self, Said) {
        match (self, answer) {
            (Self::Done(_), _) => (self.clone(), Said::Gone),
            (Self::Unheard { at, .. }, Answer::Done) => (Self::Done(*at), Said::Gone),
            (_, Answer::Failed(Heard::Answer)) if forbids!(HeardAnswerEnds) => {
                // The token may go with the organization all the same: it is remembered whose it was.
                (Self::Nothing { token: self.token().cloned() }, Said::Again)
            }
            // What was sent is known before an answer comes: without it there is none.
            (Self::Nothing { .. }, Answer::Done) | (_, Answer::Failed(Heard::Nothing | Heard::Answer)) => {
                (self.clone(), Said::Again)
            }
            (_, Answer::Failed(Heard::NotSent)) => (before.clone(), Said::Again),
            (Self::Unheard { token, .. }, Answer::NoToken(compared))
                if holds!(PresumedBySameToken, token.is_some() && compared == Some(Match::Same)) =>
            {
                (self.clone(), Said::Presumed)
            }
            (_, Answer::NoToken(_)) => (self.clone(), Said::Ask),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn nothing(token: Option<&str>) -> Sent {
        Sent::Nothing { token: token.map(str::to_owned) }
    }

    fn unheard(token: Option<&str>) -> Sent {
        Sent::Unheard { at: at(1), token: token.map(str::to_owned) }
    }

    #[test]
    fn what_is_said_of_each_answer() {
        use Answer::{Done, Failed, NoToken};
        let (known, unknown) = (unheard(Some("p")), unheard(None));
        let (nothing, heard, done) = (nothing(None), nothing(Some("p")), Sent::Done(at(1)));
        let earlier = unheard(Some("earlier"));
        let same = NoToken(Some(Match::Same));
        let others = [NoToken(None), NoToken(Some(Match::Other)), NoToken(Some(Match::LostKey))];
        let mut table: Vec<(&Sent, &Sent, Answer, &Sent, Said)> = vec![
            (&known, &nothing, Done, &done, Said::Gone),
            (&unknown, &nothing, Done, &done, Said::Gone),
            (&known, &nothing, Failed(Heard::Answer), &heard, Said::Again),
            (&known, &earlier, Failed(Heard::Answer), &heard, Said::Again),
            (&unknown, &nothing, Failed(Heard::Answer), &nothing, Said::Again),
            (&known, &earlier, Failed(Heard::Nothing), &known, Said::Again),
            (&known, &earlier, Failed(Heard::NotSent), &earlier, Said::Again),
            (&known, &nothing, Failed(Heard::NotSent), &nothing, Said::Again),
            (&known, &heard, Failed(Heard::NotSent), &heard, Said::Again),
            (&known, &known, same, &known, Said::Presumed),
            (&unknown, &unknown, same, &unknown, Said::Ask),
            (&nothing, &nothing, same, &nothing, Said::Ask),
            (&heard, &heard, same, &heard, Said::Ask),
        ];
        for other in others {
            table.push((&known, &known, other, &known, Said::Ask));
            table.push((&unknown, &unknown, other, &unknown, Said::Ask));
            table.push((&nothing, &nothing, other, &nothing, Said::Ask));
        }
        for any in others.into_iter().chain([same, Done, Failed(Heard::Answer), Failed(Heard::NotSent)]) {
            table.push((&done, &nothing, any, &done, Said::Gone));
        }
        for (sent, before, answer, then, said) in table {
            assert_eq!(sent.answered(before, answer), (then.clone(), said), "{sent:?} {before:?} {answer:?}");
        }
    }

    #[test]
    fn a_restart_finds_it_as_it_was() {
        for sent in [nothing(None), nothing(Some("p")), unheard(None), unheard(Some("p")), Sent::Done(at(1))]
        {
            let mut status = CommonStatus::default();
            unheard(Some("what was there before")).store(&mut status);
            sent.store(&mut status);
            assert_eq!(Sent::of(&status), sent);
        }
    }

    #[test]
    fn what_an_older_program_stored_has_no_token() {
        let status = CommonStatus { deletion_sent_at: Some(Time(at(1))), ..CommonStatus::default() };
        assert_eq!(Sent::of(&status), unheard(None));
    }

    #[test]
    fn the_first_call_counts_and_the_last_token() {
        let first = nothing(None).sending(at(1), Some("one".into()));
        assert_eq!(first.sending(at(9), Some("two".into())), unheard(Some("two")));
    }
}
