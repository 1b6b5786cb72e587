//! What nobody may touch for a while: manifests that cannot be read, while somebody changes what they stand for. And
//! people who change their minds.

use super::play::Play;
use super::slots::{Declared, PROD, Slot, acme_spec};
use crate::support::house::{mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOST, organization_key, with};
use crate::support::unkind::Source;
use crate::support::unkind::strangers::{Deed, Who};
use orgkeeper::engine::base::ports::Tick;
use serde_json::json;
use std::time::Duration;

/// For how long a manifest cannot be read.
const UNREAD: Duration = mins(4);
/// After how long nothing is under way any more of what went before.
const QUIET: Duration = mins(2);

/// What is to be done about it, and when.
#[derive(Default)]
pub struct Unread {
    /// Whose account somebody changes then, and what nobody may touch from then on.
    changes: Vec<(Tick, Slot, bool)>,
    /// Until when the organization's manifest cannot be read.
    root: Option<Tick>,
    /// What is taken back, and when.
    wavers: Vec<(Tick, Slot, Declared)>,
}

impl Unread {
    /// Whether the organization's manifest cannot be read.
    pub const fn root(&self) -> bool {
        self.root.is_some()
    }
}

impl Play {
    /// Whether watches tell at once, and what is sent is not held up.
    fn is_prompt(&self) -> bool {
        let slow = [
            Source::DroppedWatches,
            Source::LateWatches,
            Source::HeldUp,
            Source::SlowCalls,
            Source::GivenUpCalls,
            Source::Replicas,
            Source::NewerDefinition,
        ];
        slow.iter().all(|source| self.house.way.unkind.draw(*source, |_| ()).is_none())
    }

    /// The manifest of the slot cannot be read; what it stands for is changed by somebody else, and stays so.
    pub fn unread(&mut self, slot: Slot) {
        if self.is_prompt() && self.declared.contains_key(&slot) && !self.is_unparsable(slot) {
            self.neighbourhood.strange = true;
            self.garble(slot, UNREAD);
            self.unread.changes.push((self.house.now() + QUIET, slot, false));
        }
    }

    /// The organization's manifest cannot be read; what is below it is changed by somebody else, and stays so.
    pub fn unread_root(&mut self, slot: Slot) {
        if self.is_prompt() && !self.unread.root() && !self.house.exists(&organization_key("other")) {
            self.neighbourhood.strange = true;
            self.manifest(&acme(), &with(acme_spec(), json!({"managementPolicy": "Sometimes"})));
            self.unread.root = Some(self.house.now() + UNREAD);
            self.unread.changes.push((self.house.now() + QUIET, slot, true));
        }
    }

    /// An edit that is taken back while no list shows it.
    pub fn waver(&mut self, slot: Slot) {
        // What was sent and never answered may show later: nobody can tell that from somebody else's change.
        let is_heard =
            self.house.way.unkind.draw(Source::Vendor, |_| ()).is_none() && !self.is_unparsable(slot);
        let Some(declared) = self.declared.get(&slot).copied().filter(|_| is_heard) else {
            return;
        };
        self.house.vendor().set_lag(orgkeeper::sandbox::Lag::of_lists(secs(20).try_into().unwrap()));
        self.edit(slot);
        self.unread.wavers.push((self.house.now() + secs(3), slot, declared));
    }

    /// What is due of it; all of it ends when the world is kind.
    pub fn unread_goes_on(&mut self, all: bool) {
        let now = self.house.now();
        let due: Vec<_> = self.unread.wavers.extract_if(.., |(at, ..)| all || *at <= now).collect();
        for (_, slot, former) in due {
            let edited = Declared { edition: former.edition + 1, ..former };
            if self.declared.get(&slot) == Some(&edited) && !self.is_unparsable(slot) {
                self.declared.insert(slot, former);
                self.write(slot, former);
            }
        }
        let due: Vec<_> = self.unread.changes.extract_if(.., |(at, ..)| all || *at <= now).collect();
        for (_, slot, root) in due.into_iter().filter(|_| !all) {
            let (unread, declared) = (self.is_unparsable(slot), self.declared.get(&slot).copied());
            let Some(declared) = declared.filter(|_| if root { self.unread.root() } else { unread }) else {
                continue;
            };
            let Some(id) = self.house.id(&slot.key()) else { continue };
            self.house.stranger(Who::Person, Deed::Rename, slot.key().kind, &slot.name(declared));
            let journal = &self.house.way.journal;
            match root {
                true => journal.is_untouchable(HOST, "a write below an organization that cannot be read"),
                false => journal.is_untouchable(&id, "a write for a manifest that cannot be read"),
            }
            self.ask_for(&home(PROD));
        }
        if self.unread.root.is_some_and(|until| all || until <= now) {
            self.unread.root = None;
            self.house.way.journal.is_touchable(HOST);
            if self.house.exists(&acme()) {
                self.manifest(&acme(), &acme_spec());
            }
        }
    }
}
