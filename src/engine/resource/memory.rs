//! What this process remembers of an object, and nobody else.

use crate::engine::base::ports::Tick;
use crate::engine::decide::repeats::Repeats;
use crate::engine::organization::weigh::Plans;
use crate::engine::provider::ability::Bystanders;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::memory::Looks;
use crate::engine::runtime::update::Writes;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What this process remembers of an object.
#[derive(Default)]
pub(super) struct Memory {
    /// The looks at it.
    pub(super) looks: Looks,
    /// What was written to it.
    pub(super) writes: Writes,
    /// What was there when a create was sent whose end is not stored.
    pub(super) before: Option<Before>,
    /// The id of what a deletion was sent for last that was carried out, or may have been.
    pub(super) sent_away: Option<String>,
    /// The deletion that is made again and again, if one is.
    pub(super) ends: Repeats,
    /// The Secret with its token, as it was last found to be in order.
    pub(super) token: Option<Checked>,
    /// The new user of a rotation, and its token, which is nowhere else yet.
    pub(super) made: Option<Made>,
    /// When what lists do not show is to be read for that write, if it is.
    pub(super) owed: Option<Tick>,
    /// The generation that the vendor refused, and when it did so first.
    pub(super) refused: Option<(i64, Tick)>,
    /// When it is to be told that what it holds expires.
    pub(super) tell: Option<Tick>,
    /// What whoever keeps the organization was told of it last.
    pub(super) told_keeper: Option<String>,
    /// Who else has what is to be deleted.
    pub(super) beside: Option<Beside>,
    /// The id of its own that the vendor did not find, and when.
    pub(super) absent: Option<(String, Tick)>,
    /// Its plans that are judged.
    pub(super) plans: Plans,
    /// What a person said of what creates may have left, as far as it is not carried out.
    pub(super) leftovers: Begun,
    /// What a person said that is to be made again, and by which word, for as long as something else has to be done first.
    pub(super) again: Option<(String, String)>,
}

/// What was there when this process sent a create.
pub(super) struct Before {
    /// The moment of its intent.
    pub(super) of: Timestamp,
    /// Whether an id was there, whatever its key was.
    pub(super) was_there: WasThere,
}

/// Whether an id was there.
pub(super) type WasThere = Rc<dyn Fn(&str) -> bool>;

/// What was begun of what a person said of leftovers.
#[derive(Default)]
pub(super) struct Begun {
    /// The answer by which what is left is to be deleted, and the word of a person that it stands for.
    pub(super) answer: Option<(String, String)>,
    /// What holds that up.
    pub(super) held: Option<Held>,
}

/// What holds up a deletion of leftovers.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) why: String,
    pub(super) next: Next,
    /// Whether it waits for a person on the organization.
    pub(super) waits_for_person: bool,
}

/// Who has an object of the vendor besides ours.
pub(super) struct Beside {
    pub(super) id: String,
    /// When that was looked at.
    pub(super) at: Tick,
    /// Who.
    pub(super) found: Bystanders,
}

/// Which Secret, of which resourceVersion, was found to hold the token of which id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) version: String,
    pub(super) id: String,
}

/// The new user of a rotation, whose token only this process knows.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) token: Option<SecretString>,
    pub(super) at: Tick,
    /// What the create gave it, as `lastApplied` has it.
    pub(super) has: BTreeMap<String, String>,
}

impl Made {
    /// Whether this is the token of that user, as the vendor answered.
    pub(super) fn is(&self, id: &str, token: &SecretString) -> bool {
        let same = |made: &SecretString| made.expose_secret() == token.expose_secret();
        self.id == id && self.token.as_ref().is_some_and(same)
    }
}
