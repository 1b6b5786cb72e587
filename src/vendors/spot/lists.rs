//! Lists of grants in a wish: where their entries lead, and what becomes of a list with a gap.
//!
//! | an entry | itself | the rest of its list |
//! |---|---|---|
//! | leads somewhere | kept as declared | kept as declared |
//! | leads nowhere, and did before | keeps what it has by that | kept as declared; the engine takes away only what an edit took out |
//! | never led anywhere | waits | waits: what replaces it may be what is missing |

use crate::api::spot::AccountRole;
use crate::api::status::{Resolved, ResolvedRefs};
use crate::engine::kind::{Inputs, Led, Wait};
use crate::engine::plan::{Field, Seen, Text, Writing};
use crate::engine::reason::Reason;
use crate::engine::report::listed;
use crate::vendors::spot::grants;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the lists of a wish, beside what is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    /// Those of which nothing is written now.
    pub unknown: Vec<&'static str>,
    /// Those that are kept beside a gap.
    gaps: Vec<&'static str>,
    /// The paths that belong to a gap.
    kept: BTreeSet<String>,
    /// The ids in gaps that are gone from the vendor.
    pub gone: BTreeSet<String>,
    /// What the contract cannot express.
    pub unsupported: Vec<String>,
    /// What the lists wait for.
    pub waits: Vec<Wait>,
    /// What is to be remembered of the references.
    pub resolved: ResolvedRefs,
}

/// Where an entry leads.
pub(super) struct Goal {
    pub id: String,
    /// Whether it does so only as far as is remembered.
    pub kept: bool,
    /// The role that goes with it: where it is only remembered, no higher one than it had.
    pub role: Option<AccountRole>,
}

/// A list whose entries are being followed.
pub(super) struct List<'a> {
    name: &'static str,
    inputs: &'a Inputs<'a>,
    waits: Vec<Wait>,
    /// The references that lead nowhere, and those that never led anywhere.
    dangling: BTreeSet<String>,
    never: BTreeSet<String>,
    /// Whether it waits whatever is remembered.
    blocked: bool,
    unsupported: Vec<String>,
    kept: BTreeSet<String>,
    gone: BTreeSet<String>,
    before: ResolvedRefs,
    now: ResolvedRefs,
}

impl<'a> List<'a> {
    /// Whether the manifest stands in the organization's own namespace.
    pub const fn at_home(&self) -> bool {
        self.inputs.at_home
    }

    pub fn new(name: &'static str, inputs: &'a Inputs<'a>) -> Self {
        Self {
            name,
            inputs,
            waits: Vec::new(),
            dangling: BTreeSet::new(),
            never: BTreeSet::new(),
            blocked: false,
            unsupported: Vec::new(),
            kept: BTreeSet::new(),
            gone: BTreeSet::new(),
            before: BTreeMap::new(),
            now: BTreeMap::new(),
        }
    }

    /// Follows the reference of an entry to the object that it names.
    pub fn follow(
        &mut self,
        kind: &'static str,
        (namespace, name): (Option<&str>, &str),
        called: &str,
        role: Option<AccountRole>,
    ) -> Option<Goal> {
        let object = self.inputs.named(kind, namespace, name);
        self.lead(&object.to_string(), self.inputs.link(&object), called, role)
    }

    /// Takes in where the reference of an entry, which the manifest calls so, was found to lead.
    pub fn lead(
        &mut self,
        reference: &str,
        found: Result<String, Wait>,
        called: &str,
        role: Option<AccountRole>,
    ) -> Option<Goal> {
        let key = || reference.to_owned();
        let led = |id: &str, role: Option<AccountRole>| {
            (key(), Resolved { id: id.to_owned(), role: role.map(|role| format!("{role:?}")) })
        };
        if let Some(before) = self.inputs.remembered.get(reference) {
            self.before.insert(key(), before.clone());
        }
        match self.inputs.led(reference, found) {
            Led::To(id) => {
                self.now.extend([led(&id, role)]);
                Some(Goal { id, kept: false, role })
            }
            // What it gave in a list that says no roles says nothing of one that does, nor the other way round.
            Led::Before(before, wait) if known(before.role.as_deref()).is_some() == role.is_some() => {
                self.wait(wait);
                self.dangling.insert(key());
                if self.inputs.gone.contains(&before.id) {
                    self.gone.insert(before.id.clone());
                }
                let role = known(before.role.as_deref()).min(role);
                self.now.extend([led(&before.id, role)]);
                Some(Goal { id: before.id, kept: true, role })
            }
            Led::Nowhere(wait) if wait.reason == Reason::NotSupportedByContract => {
                // It will not be there, and nobody can have it: nothing is lost by what is written without.
                self.unsupported.push(format!("{}[{called}]", self.name));
                None
            }
            Led::Before(_, wait) | Led::Nowhere(wait) => {
                self.before.remove(reference);
                self.wait(wait);
                self.dangling.insert(key());
                self.never.insert(key());
                None
            }
        }
    }

    /// What is asked for: what entries lead to for sure, and what others are only remembered to lead to, which stays as
    /// it is.
    pub fn united<T: Ord + Clone>(
        &mut self,
        mut sure: BTreeSet<T>,
        kept: &BTreeSet<T>,
        path: impl Fn(&T) -> String,
    ) -> BTreeSet<T> {
        self.kept.extend(kept.difference(&sure).map(path));
        sure.extend(kept.iter().cloned());
        sure
    }

    /// What has this path is kept as it is.
    pub fn keep(&mut self, path: String) {
        self.kept.insert(path);
    }

    /// Nothing of the list is written, whatever its entries lead to.
    pub fn block(&mut self, wait: Wait) {
        self.blocked = true;
        self.wait(wait);
    }

    fn wait(&mut self, wait: Wait) {
        if !self.waits.contains(&wait) {
            self.waits.push(wait);
        }
    }

    /// Whether an entry leads elsewhere than before: what it led to is missing from the list, and no edit took it out.
    fn moved(&self) -> bool {
        self.now.iter().any(|(key, now)| self.before.get(key).is_some_and(|before| before.id != now.id))
    }

    /// Adds what is known of the list to the others; what is asked for, unless nothing of it is written now.
    pub fn close<T>(self, asked: T, lists: &mut Lists) -> Option<T> {
        let name = self.name;
        let gap = !self.dangling.is_empty();
        let waits = self.blocked || !self.never.is_empty() || gap && self.moved();
        let why = match (waits, gap) {
            (_, false) => String::new(),
            (true, _) => {
                let missing = if self.never.is_empty() { &self.dangling } else { &self.never };
                let missing = listed(&missing.iter().cloned().collect::<Vec<_>>());
                format!(
                    " Nothing of {name} is written, and nothing taken away there, before {missing} is there or an edit \
                     takes it out of {name}."
                )
            }
            (false, _) => format!(
                " What was given by it before stays as it is. The rest of {name} is kept; what somebody else gave \
                 there is not taken away before this is settled."
            ),
        };
        let told = |wait: Wait| Wait { message: wait.message + &why, ..wait };
        lists.waits.extend(self.waits.into_iter().map(told));
        if waits {
            lists.unknown.push(name);
            lists.resolved.extend(self.before);
            return None;
        }
        if gap {
            lists.gaps.push(name);
        }
        lists.kept.extend(self.kept);
        lists.gone.extend(self.gone);
        lists.unsupported.extend(self.unsupported);
        lists.resolved.extend(self.now);
        Some(asked)
    }
}

impl Lists {
    /// The fields of all lists, given those `of` the lists that are written: with what waits, and what is only kept.
    pub fn fields(&self, of: Vec<Field>, applied: &BTreeMap<String, String>) -> Vec<Field> {
        let gaps: Vec<Field> = self.gaps.iter().map(|list| Field::unknown_list(list)).collect();
        let told = of.into_iter().filter(|field| gaps.iter().all(|gap| gap.path != field.path));
        let kept = told.map(|field| {
            let writing = if self.kept.contains(&field.path) { Writing::Lowering } else { field.writing };
            Field { writing, ..field }
        });
        let unknown = self.unknown.iter().flat_map(|list| grants::unknown(list, applied));
        let unsupported = self
            .unsupported
            .iter()
            .map(|path| Field::new(path, Text::Plain(String::new()), Seen::Unsupported));
        kept.chain(gaps.clone()).chain(unknown).chain(unsupported).collect()
    }
}

/// The role of that name.
fn known(name: Option<&str>) -> Option<AccountRole> {
    [AccountRole::Viewer, AccountRole::Editor].into_iter().find(|role| Some(&*format!("{role:?}")) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kind::SecretValues;
    use AccountRole::{Editor, Viewer};
    use proptest::prelude::*;

    /// What becomes of an entry, as [`List::lead`] finds it.
    #[derive(Clone, Debug)]
    struct Entry {
        leads: Option<u8>,
        before: Option<u8>,
        elsewhere: bool,
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let id = || proptest::option::of(0..3u8);
        let entry = (id(), id(), any::<bool>());
        let entry = entry.prop_map(|(leads, before, elsewhere)| Entry { leads, before, elsewhere });
        proptest::collection::vec(entry, 0..5)
    }

    /// What is known of a list of these entries, and whether it is written.
    fn followed(entries: &[Entry], gone: &BTreeSet<String>) -> (Option<Vec<Option<Goal>>>, Lists) {
        let (secrets, links) = (SecretValues::new(), BTreeMap::new());
        let before = |(index, entry): (usize, &Entry)| {
            let id = entry.before?.to_string();
            Some((index.to_string(), Resolved { id, role: None }))
        };
        let remembered = entries.iter().enumerate().filter_map(before).collect();
        let inputs = Inputs {
            secrets: &secrets,
            links: &links,
            remembered: &remembered,
            gone,
            namespace: "home",
            at_home: true,
            owned: None,
            container: "",
        };
        let (mut list, mut lists) = (List::new("members", &inputs), Lists::default());
        let mut goals = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let reason =
                if entry.elsewhere { Reason::ReferenceElsewhere } else { Reason::DependencyNotReady };
            let wait = Wait { reason, message: format!("{index} is nowhere."), stalled: false };
            let found = entry.leads.map(|id| id.to_string()).ok_or(wait);
            goals.push(list.lead(&index.to_string(), found, "it", None));
        }
        (list.close(goals, &mut lists), lists)
    }

    proptest! {
        #[test]
        fn a_list_is_written_where_each_gap_is_remembered_and_what_it_led_to_stays_remembered(
            entries in entries()
        ) {
            let (goals, lists) = followed(&entries, &BTreeSet::new());
            let dangles = |entry: &&Entry| entry.leads.is_none();
            let remembered = |entry: &Entry| entry.before.is_some() && !entry.elsewhere;
            let gap = entries.iter().any(|entry| dangles(&entry));
            let moved = entries.iter().any(|entry| {
                entry.leads.is_some() && entry.before.is_some() && entry.leads != entry.before
            });
            let written = entries.iter().filter(dangles).all(remembered) && !(gap && moved);
            prop_assert_eq!(goals.is_some(), written);
            prop_assert_eq!(lists.unknown.is_empty(), written);
            prop_assert_eq!(lists.gaps.is_empty(), !(written && gap));
            prop_assert_eq!(lists.waits.len(), entries.iter().filter(dangles).count());
            for (index, entry) in entries.iter().enumerate() {
                let known = lists.resolved.get(&index.to_string()).map(|led| led.id.clone());
                let expected = match (entry.leads, written) {
                    (Some(id), true) => Some(id),
                    (None, _) if !remembered(entry) => None,
                    _ => entry.before,
                };
                prop_assert_eq!(known, expected.map(|id| id.to_string()));
            }
            for (entry, goal) in entries.iter().zip(goals.into_iter().flatten()) {
                let goal = goal.expect("each leads somewhere, or did");
                prop_assert_eq!(goal.kept, dangles(&entry));
                prop_assert_eq!(Some(goal.id), entry.leads.or(entry.before).map(|id| id.to_string()));
            }
        }
    }

    #[test]
    fn what_never_led_anywhere_is_named_in_each_message() {
        let never = Entry { leads: None, before: None, elsewhere: false };
        let entries = [Entry { before: Some(1), ..never.clone() }, never];
        let (goals, lists) = followed(&entries, &BTreeSet::new());
        assert!(goals.is_none());
        for wait in &lists.waits {
            assert!(
                wait.message.contains("before 1 is there or an edit takes it out of members"),
                "{wait:?}"
            );
        }
    }

    #[test]
    fn what_is_gone_is_known_of_what_leads_nowhere_only() {
        let gone = BTreeSet::from(["1".to_owned()]);
        let entry = |leads| Entry { leads, before: Some(1), elsewhere: false };
        assert_eq!(followed(&[entry(None)], &gone).1.gone, gone);
        assert!(followed(&[entry(Some(1))], &gone).1.gone.is_empty());
    }

    #[test]
    fn a_role_that_is_remembered_is_no_higher_than_it_was() {
        let (secrets, links, none) = (SecretValues::new(), BTreeMap::new(), BTreeSet::new());
        for (had, asked, kept) in [
            (Some("Viewer"), Some(Editor), Some(Some(Viewer))),
            (Some("Editor"), Some(Viewer), Some(Some(Viewer))),
            (Some("Editor"), Some(Editor), Some(Some(Editor))),
            (Some("Owner"), Some(Editor), None),
            (None, Some(Viewer), None),
            (Some("Viewer"), None, None),
            (None, None, Some(None)),
        ] {
            let before = Resolved { id: "act-1".into(), role: had.map(Into::into) };
            let remembered = BTreeMap::from([("one".to_owned(), before)]);
            let inputs = Inputs {
                secrets: &secrets,
                links: &links,
                remembered: &remembered,
                gone: &none,
                namespace: "home",
                at_home: true,
                owned: None,
                container: "",
            };
            let mut list = List::new("accounts", &inputs);
            let wait = Wait { reason: Reason::NotAllowed, message: "no".into(), stalled: true };
            let goal = list.lead("one", Err(wait), "one", asked);
            assert_eq!(goal.map(|goal| goal.role), kept, "{had:?} {asked:?}");
        }
    }
}
