//! Lists of grants in a wish: where their entries lead, and what becomes of a list with a gap.
//!
//! | an entry | itself | the rest of its list |
//! |---|---|---|
//! | leads somewhere | kept as declared | kept as declared |
//! | leads nowhere, and did before | keeps what it has by that | kept as declared; the engine takes away only what an edit took out |
//! | leads to what is gone from the vendor, and did not before | is left out | kept as declared |
//! | never led anywhere | waits | waits: what replaces it may be what is missing; the engine gives back what somebody else took |

use crate::api::kind::KindRef;
use crate::api::spot::AccountRole;
use crate::api::status::{GrantRef, Resolved};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::listed;
use crate::engine::decide::plan::{Field, Gap, Seen, Text, entry, entry_of};
use crate::engine::provider::inputs::{Inputs, Wait};
use crate::vendors::spot::access::grants;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// What is known of the lists of a wish, beside what is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GrantLists {
    /// Whether no read shows what is in them.
    hidden: bool,
    /// Those of which nothing is written or compared now.
    unknown: Vec<&'static str>,
    /// Those with a gap.
    gaps: BTreeMap<&'static str, Gap>,
    /// The paths that belong to a gap.
    kept: BTreeSet<String>,
    /// The ids in gaps that are gone from the vendor.
    pub gone: BTreeSet<String>,
    /// Those, and the ids of which that is not known for sure yet.
    lost: BTreeSet<String>,
    /// What the contract cannot express.
    pub unsupported: Vec<String>,
    /// What the lists wait for.
    pub waits: Vec<Wait>,
    /// What is to be remembered of the references.
    resolved: BTreeSet<Resolved>,
}

/// Where an entry leads.
pub struct Goal {
    pub id: String,
    /// Whether it does so only as far as is remembered.
    pub kept: bool,
    /// The role that goes with it: where it is only remembered, no higher one than it had.
    pub role: Option<AccountRole>,
}

/// A list whose entries are being followed.
pub struct List<'a> {
    name: &'static str,
    inputs: &'a Inputs<'a>,
    /// What its references led to before.
    remembered: BTreeMap<&'a GrantRef, &'a Resolved>,
    waits: Vec<Wait>,
    /// The references that lead nowhere, as messages call them, and those that never led anywhere.
    dangling: BTreeMap<String, Until>,
    /// Those of them that lead to what is gone from the vendor.
    lost: BTreeSet<String>,
    never: BTreeMap<String, Until>,
    /// Whether one leads elsewhere than before: what it led to is missing from the list, and no edit took it out.
    moved: bool,
    /// Whether it waits whatever is remembered.
    blocked: bool,
    unsupported: Vec<String>,
    kept: BTreeSet<String>,
    gone: BTreeSet<String>,
    /// The ids that may be gone.
    fading: BTreeSet<String>,
    /// What stays remembered if nothing of it is written, and what is remembered if it is.
    before: BTreeSet<Resolved>,
    now: BTreeSet<Resolved>,
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
            remembered: inputs.remembered.iter().map(|before| (&before.reference, before)).collect(),
            waits: Vec::new(),
            dangling: BTreeMap::new(),
            lost: BTreeSet::new(),
            never: BTreeMap::new(),
            moved: false,
            blocked: false,
            unsupported: Vec::new(),
            kept: BTreeSet::new(),
            gone: BTreeSet::new(),
            fading: BTreeSet::new(),
            before: BTreeSet::new(),
            now: BTreeSet::new(),
        }
    }

    /// Follows the reference of an entry to the object that it names.
    pub fn follow(
        &mut self,
        kind: KindRef,
        (namespace, name): (Option<&str>, &str),
        called: &str,
        role: Option<AccountRole>,
    ) -> Option<Goal> {
        let object = self.inputs.named(kind, namespace, name);
        let found = self.inputs.link(&object);
        self.lead((kind, Some(object.namespace), object.name), found, called, role)
    }

    /// Takes in where the reference of an entry, which the manifest calls so, was found to lead: that to an object of
    /// this kind, or to what the vendor calls so.
    pub fn lead(
        &mut self,
        (kind, namespace, name): (KindRef, Option<String>, String),
        found: Result<String, Wait>,
        called: &str,
        role: Option<AccountRole>,
    ) -> Option<Goal> {
        let reference = GrantRef { list: self.name.to_owned(), kind: kind.to_string(), namespace, name };
        let before = self.remembered.get(&reference).copied();
        let had = before.and_then(|before| AccountRole::named(before.role.as_deref()?));
        let remember = |list: &mut Self, id: &str, role: Option<AccountRole>| {
            list.before.extend(before.cloned());
            let role = role.map(|role| role.name().to_owned());
            list.now.insert(Resolved { reference: reference.clone(), id: id.to_owned(), role });
        };
        let lost = matches!(&found, Err(wait) if wait.reason == Reason::ReferenceGone);
        let fades = lost || matches!(&found, Err(wait) if wait.reason == Reason::ConfirmingAbsence);
        if lost {
            self.lost.insert(told(&reference));
        }
        match (found, before) {
            (Ok(id), _) => {
                self.moved |= before.is_some_and(|before| before.id != id);
                remember(self, &id, role);
                Some(Goal { id, kept: false, role })
            }
            (Err(wait), _) if wait.reason == Reason::NotSupportedByContract => {
                // It will not be there, and nobody can have it: nothing is lost by what is written without.
                self.before.extend(before.cloned());
                self.unsupported.push(entry(self.name, called));
                None
            }
            // What it names now is another organization's, or it gave no role before.
            (Err(wait), Some(before))
                if wait.reason != Reason::ReferenceElsewhere && had.is_some() == role.is_some() =>
            {
                self.dangling.insert(told(&reference), Until::of(&wait, role));
                self.wait(wait);
                self.gone.extend(self.inputs.gone.get(&before.id).cloned());
                self.fading.extend(fades.then(|| before.id.clone()));
                let role = had.min(role);
                remember(self, &before.id, role);
                Some(Goal { id: before.id.clone(), kept: true, role })
            }
            (Err(wait), _) if lost => {
                // Nothing can have been given by it that is still there.
                self.dangling.insert(told(&reference), Until::of(&wait, role));
                self.wait(wait);
                None
            }
            (Err(wait), _) => {
                self.dangling.insert(told(&reference), Until::of(&wait, role));
                self.never.insert(told(&reference), Until::of(&wait, role));
                self.wait(wait);
                None
            }
        }
    }

    /// What is asked for: what entries lead to for sure, and what others are only remembered to lead to, which stays as
    /// it is.
    pub fn united<T: Ord + Clone + Display>(
        &mut self,
        mut sure: BTreeSet<T>,
        kept: &BTreeSet<T>,
    ) -> BTreeSet<T> {
        self.kept.extend(kept.difference(&sure).map(|key| entry(self.name, key)));
        sure.extend(kept.iter().cloned());
        sure
    }

    /// The entry with this key is kept as it is.
    pub fn keep(&mut self, key: impl Display) {
        self.kept.insert(entry(self.name, key));
    }

    /// Nothing of the list is written or compared, whatever its entries lead to.
    pub fn block(&mut self, wait: Wait) {
        self.blocked = true;
        self.wait(wait);
    }

    fn wait(&mut self, wait: Wait) {
        if !self.waits.contains(&wait) {
            self.waits.push(wait);
        }
    }

    /// Adds what is known of the list to the others; what is asked for, unless nothing of it is written or compared now.
    pub fn close<T>(self, asked: T, lists: &mut GrantLists) -> Option<T> {
        let name = self.name;
        lists.lost.extend(self.fading);
        let gap = !self.dangling.is_empty();
        let waits = self.blocked || !self.never.is_empty() || gap && self.moved;
        let missing = if self.never.is_empty() { &self.dangling } else { &self.never };
        let it = if missing.len() == 1 { "it" } else { "them" };
        let until = format!("{} or an edit takes {it} out of {name}", Until::all(missing));
        let why = match (waits, gap) {
            (_, false) => String::new(),
            (true, _) => {
                format!(" Nothing new of {name} is written, and nothing taken away there, before {until}.")
            }
            (false, _) if self.lost.iter().eq(self.dangling.keys()) => format!(
                " Nothing is given by it. The rest of {name} is kept; what somebody else gave there is not taken away \
                 before this is settled."
            ),
            (false, _) => format!(
                " What was given by it before is not taken away. The rest of {name} is kept; what somebody else gave \
                 there is not taken away before this is settled."
            ),
        };
        lists.waits.extend(together(self.waits).map(|wait| Wait { message: wait.message + &why, ..wait }));
        if waits {
            lists.resolved.extend(self.before);
            if self.blocked || lists.hidden {
                lists.unknown.push(name);
                return None;
            }
        } else {
            lists.gone.extend(self.gone);
            lists.unsupported.extend(self.unsupported);
            lists.resolved.extend(self.now);
        }
        lists.kept.extend(self.kept);
        if gap {
            lists.gaps.insert(name, Gap { until: until.into(), within: false, waits });
        }
        Some(asked)
    }
}

impl GrantLists {
    /// Those of an object of which nothing is known yet.
    pub fn new(hidden: bool) -> Self {
        Self { hidden, ..Self::default() }
    }

    /// What is to be remembered of the references, each once.
    pub fn resolved(&self) -> Vec<Resolved> {
        self.resolved.iter().cloned().collect()
    }

    /// Whether nothing new of the list is written now.
    #[cfg(test)]
    pub fn is_waiting(&self, list: &str) -> bool {
        self.unknown.contains(&list) || self.gaps.get(list).is_some_and(|gap| gap.waits)
    }

    /// The fields of all lists, given those `of` the lists that are compared, and the paths of all that the vendor shows
    /// there, on purpose or not: with what waits, and what is only kept.
    pub fn fields(
        &self,
        of: Vec<Field>,
        there: &BTreeSet<String>,
        applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let nothing = || Text::Plain(String::new());
        let compared: BTreeSet<String> = of.iter().map(|field| field.path.clone()).collect();
        // What is neither asked for nor shown of a list that waits may be what is missing.
        let waiting = self.gaps.iter().filter(|(_, gap)| gap.waits).flat_map(|(list, _)| {
            let shown = compared.contains(&Field::list(list).path);
            let rest = grants::written(list, applied).filter(|path| !compared.contains(*path));
            rest.map(move |path| match shown && !there.contains(path) {
                true => Field::new(path, nothing(), Seen::Value(nothing())).of(list),
                false => Field::unknown(path),
            })
        });
        let open = self.gaps.keys().chain(&self.unknown);
        let lists: Vec<Field> = open.map(|list| Field::unknown_list(list)).collect();
        let of = of.into_iter().filter(|field| lists.iter().all(|list| list.path != field.path));
        let kept = of.chain(waiting).map(|field| {
            if self.went_with_its_target(&field) {
                return Field::unknown(field.path);
            }
            let gap = field.list.and_then(|list| self.gaps.get(list)).cloned();
            let within = self.kept.contains(&field.path);
            Field { gap: gap.map(|gap| Gap { within, ..gap }), ..field }
        });
        let unknown = self.unknown.iter().flat_map(|list| grants::written(list, applied)).map(Field::unknown);
        let unsupported = self.unsupported.iter().map(|path| Field::new(path, nothing(), Seen::Unsupported));
        kept.chain(lists.clone()).chain(unknown).chain(unsupported).collect()
    }
}

/// What has to come about for what leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    IsThere,
    Admits,
    AdmitsRole,
}

impl Until {
    fn of(wait: &Wait, role: Option<AccountRole>) -> Self {
        let bounds = matches!(wait.reason, Reason::ReferenceNotFoundOrNotAllowed | Reason::NotAllowed);
        match (wait.stalled && bounds, role) {
            (false, _) => Self::IsThere,
            (true, None) => Self::Admits,
            (true, Some(_)) => Self::AdmitsRole,
        }
    }

    /// That of all of them, in one sentence.
    fn all(of: &BTreeMap<String, Self>) -> String {
        let said = [Self::IsThere, Self::Admits, Self::AdmitsRole].into_iter().filter_map(|until| {
            let names: Vec<String> =
                of.iter().filter(|(_, own)| **own == until).map(|(name, _)| name.clone()).collect();
            let verb = match (until, names.len()) {
                (_, 0) => return None,
                (Self::IsThere, 1) => "is there",
                (Self::IsThere, _) => "are there",
                (Self::Admits, 1) => "admits this object",
                (Self::Admits, _) => "admit this object",
                (Self::AdmitsRole, 1) => "admits that role",
                (Self::AdmitsRole, _) => "admit that role",
            };
            Some(format!("{} {verb}", listed(&names)))
        });
        said.collect::<Vec<_>>().join(" and ")
    }
}

/// The most that one message says of what a list waits for.
const TOLD: usize = 3;

/// What a list waits for, as one: what only a person can resolve first.
fn together(mut waits: Vec<Wait>) -> impl Iterator<Item = Wait> {
    waits.sort_by_key(|wait| !wait.stalled);
    let more = waits.len().saturating_sub(TOLD);
    let mut messages: Vec<String> = waits.iter().take(TOLD).map(|wait| wait.message.clone()).collect();
    messages.extend((more > 0).then(|| format!("And {more} more.")));
    waits.into_iter().take(1).map(move |wait| Wait { message: messages.join(" "), ..wait })
}

impl GrantLists {
    /// Whether the vendor shows nothing of an entry as what it leads to is gone, or may be: nobody took that away, and
    /// nobody can give it back.
    fn went_with_its_target(&self, field: &Field) -> bool {
        let nothing = matches!(&field.seen, Seen::Value(seen) if seen.expose().is_empty());
        let key = field.list.and_then(|list| entry_of(list, &field.path)).unwrap_or_default();
        nothing && self.kept.contains(&field.path) && key.split('/').any(|id| self.lost.contains(id))
    }
}

/// What messages call what it names.
fn told(reference: &GrantRef) -> String {
    match &reference.namespace {
        Some(namespace) => format!("{} {namespace}/{}", reference.kind, reference.name),
        None => format!("policy {:?}", reference.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::kinds;
    use crate::engine::provider::inputs::SecretValues;
    use AccountRole::{Editor, Viewer};
    use proptest::prelude::*;

    /// What becomes of an entry, as [`List::lead`] finds it.
    #[derive(Clone, Debug)]
    struct Entry {
        leads: Option<u8>,
        before: Option<u8>,
        elsewhere: bool,
    }

    /// That the entry of this name led there.
    fn led(index: usize, id: u8) -> Resolved {
        let (list, kind) = ("members".to_owned(), "SpotUser".to_owned());
        let reference = GrantRef { list, kind, namespace: Some("home".to_owned()), name: index.to_string() };
        Resolved { reference, id: id.to_string(), role: None }
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let id = || proptest::option::of(0..3u8);
        let entry = (id(), id(), any::<bool>());
        let entry = entry.prop_map(|(leads, before, elsewhere)| Entry { leads, before, elsewhere });
        proptest::collection::vec(entry, 0..5)
    }

    /// What is known of a list of these entries, and whether it is written.
    fn followed(entries: &[Entry], gone: &BTreeSet<String>) -> (Option<Vec<Option<Goal>>>, GrantLists) {
        let (secrets, links) = (SecretValues::new(), BTreeMap::new());
        let before = |(index, entry): (usize, &Entry)| Some(led(index, entry.before?));
        let remembered: Vec<Resolved> = entries.iter().enumerate().filter_map(before).collect();
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
        let (mut list, mut lists) = (List::new("members", &inputs), GrantLists::default());
        let mut goals = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let reason =
                if entry.elsewhere { Reason::ReferenceElsewhere } else { Reason::DependencyNotReady };
            let wait = Wait { reason, message: format!("{index} is nowhere."), stalled: false };
            let found = entry.leads.map(|id| id.to_string()).ok_or(wait);
            goals.push(list.lead(
                (kinds::USER, Some("home".to_owned()), index.to_string()),
                found,
                "it",
                None,
            ));
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
            prop_assert_eq!(lists.is_waiting("members"), !written);
            prop_assert_eq!(lists.gaps.is_empty(), !gap);
            prop_assert_eq!(lists.waits.len(), usize::from(gap), "what it waits for is told as one");
            let expected = entries.iter().enumerate().filter_map(|(index, entry)| {
                let id = match (entry.leads, written) {
                    (Some(id), true) => Some(id),
                    (None, _) if !remembered(entry) => None,
                    _ => entry.before,
                };
                Some(led(index, id?))
            });
            prop_assert_eq!(lists.resolved(), expected.collect::<Vec<_>>());
            for (entry, goal) in entries.iter().zip(goals.expect("it is compared all the same")) {
                let Some(goal) = goal else {
                    prop_assert!(entry.leads.is_none() && !remembered(entry));
                    continue;
                };
                prop_assert_eq!(goal.kept, dangles(&entry));
                prop_assert_eq!(Some(goal.id), entry.leads.or(entry.before).map(|id| id.to_string()));
            }
        }
    }

    #[test]
    fn what_never_led_anywhere_is_named_in_each_message() {
        let never = Entry { leads: None, before: None, elsewhere: false };
        let entries = [Entry { before: Some(1), ..never.clone() }, never];
        let (_, lists) = followed(&entries, &BTreeSet::new());
        assert!(lists.is_waiting("members"));
        for wait in &lists.waits {
            assert!(
                wait.message.contains("before SpotUser home/1 is there or an edit takes it out of members"),
                "{wait:?}"
            );
        }
    }

    #[test]
    fn until_when_a_list_waits_is_said_of_each_that_it_waits_for() {
        let none = BTreeSet::new();
        let (secrets, links) = (SecretValues::new(), BTreeMap::new());
        let inputs = Inputs {
            secrets: &secrets,
            links: &links,
            remembered: &[],
            gone: &none,
            namespace: "home",
            at_home: true,
            owned: None,
            container: "",
        };
        let said = |waits: &[(&str, Reason, bool)]| {
            let (mut list, mut lists) = (List::new("accounts", &inputs), GrantLists::new(false));
            for (name, reason, stalled) in waits {
                let message = format!("What is wrong with {name}.");
                let wait = Wait { reason: *reason, message, stalled: *stalled };
                list.lead(
                    (kinds::ACCOUNT, Some("home".into()), (*name).into()),
                    Err(wait),
                    name,
                    Some(Editor),
                );
            }
            list.close((), &mut lists);
            let [wait] = &lists.waits[..] else { panic!("{:?}", lists.waits) };
            wait.message.clone()
        };
        let bound = |name| (name, Reason::ReferenceNotFoundOrNotAllowed, true);
        let missing = |name| (name, Reason::ReferenceNotFoundOrNotAllowed, false);
        let one = said(&[bound("a")]);
        assert!(
            one.contains("before SpotAccount home/a admits that role or an edit takes it out of"),
            "{one}"
        );
        let two = said(&[missing("a"), missing("b")]);
        assert!(two.starts_with("What is wrong with a. What is wrong with b. "), "{two}");
        assert!(
            two.contains("before SpotAccount home/a, SpotAccount home/b are there or an edit takes them"),
            "{two}"
        );
        let both = said(&[missing("a"), bound("b")]);
        assert!(both.starts_with("What is wrong with b. What is wrong with a. "), "{both}");
        assert!(
            both.contains("before SpotAccount home/a is there and SpotAccount home/b admits that role"),
            "{both}"
        );
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
            (Some(Viewer), Some(Editor), Some(Some(Viewer))),
            (Some(Editor), Some(Viewer), Some(Some(Viewer))),
            (Some(Editor), Some(Editor), Some(Some(Editor))),
            (None, Some(Viewer), None),
            (Some(Viewer), None, None),
            (None, None, Some(None)),
        ] {
            let role = had.map(|role: AccountRole| role.name().to_owned());
            let mut remembered = [Resolved { role, ..led(1, 1) }];
            remembered[0].reference.list = "accounts".to_owned();
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
            let named = (kinds::USER, Some("home".to_owned()), "1".to_owned());
            let goal = list.lead(named, Err(wait), "one", asked);
            assert_eq!(goal.map(|goal| goal.role), kept, "{had:?} {asked:?}");
        }
    }
}
