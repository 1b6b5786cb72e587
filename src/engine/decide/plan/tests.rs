use super::declared::NOTED;
use super::*;

fn prints() -> Fingerprints {
    Fingerprints::new(&"key".to_owned().into())
}

fn name(desired: &str, actual: &str) -> Field {
    Field::new("name", Text::Plain(desired.into()), Seen::Value(Text::Plain(actual.into())))
}

fn hook(desired: &str) -> Field {
    Field::new("hook", Text::Secret(desired.to_owned().into()), Seen::Unreadable)
}

static NONE: BTreeSet<String> = BTreeSet::new();
static SETTLED: BTreeMap<String, String> = BTreeMap::new();

fn policy(origin: Origin, drift: DriftPolicy) -> Policy<'static> {
    Policy {
        manage: true,
        drift,
        origin,
        apply_unreadable: false,
        contested: &NONE,
        unsettled: &SETTLED,
        unheard: &SETTLED,
        takes_away: &|_| false,
    }
}

fn applied(path: &str, value: &str) -> BTreeMap<String, String> {
    [path, NOTED]
        .into_iter()
        .zip([value, ""])
        .map(|(path, value)| (path.to_owned(), prints().of(path, value)))
        .collect()
}

#[test]
fn what_is_as_it_should_be_needs_nothing() {
    let policy = policy(Origin::Adopted, DriftPolicy::Correct);
    let plan = plan(&[name("a", "a")], &BTreeMap::new(), &prints(), &policy);
    assert_eq!(plan, Plan { last_applied: applied("name", "a"), ..Plan::default() });
}

#[test]
fn an_edit_is_written_under_every_drift_policy_and_drift_only_under_correct() {
    use Cause::{Drift, Edit};
    use DriftPolicy::{Correct, Report};
    let table = [
        // (policy, last applied, cause, written)
        (Correct, Some("old"), Edit, true),
        (Report, Some("old"), Edit, true),
        (Correct, Some("new"), Drift, true),
        (Report, Some("new"), Drift, false),
        // Adopted with a difference: nobody edited anything.
        (Correct, None, Drift, true),
        (Report, None, Drift, false),
    ];
    for (drift, last, cause, written) in table {
        let last = last.map(|value| applied("name", value)).unwrap_or_default();
        let plan = plan(&[name("new", "live")], &last, &prints(), &policy(Origin::Adopted, drift));
        let changes = if written { &plan.apply } else { &plan.report };
        assert_eq!(changes.len(), 1, "{drift:?} {last:?}");
        assert_eq!(plan.apply.len() + plan.report.len(), 1);
        assert_eq!(changes[0].cause, cause, "{drift:?} {last:?}");
        assert_eq!(plan.last_applied, applied("name", "new"), "a later edit must look like one");
    }
}

#[test]
fn under_observe_nothing_is_written_and_nothing_counts_as_applied() {
    let observe = Policy { manage: false, ..policy(Origin::Adopted, DriftPolicy::Correct) };
    let fields = [name("new", "live"), hook("secret")];
    let last = applied("hook", "former");
    let plan = plan(&fields, &last, &prints(), &observe);
    assert!(plan.apply.is_empty());
    assert_eq!(plan.report.len(), 2);
    assert_eq!(plan.last_applied, last);
}

#[test]
fn contested_paths_are_only_reported_but_an_edit_still_counts() {
    let contested = BTreeSet::from(["name".to_owned()]);
    let policy = Policy { contested: &contested, ..policy(Origin::Created, DriftPolicy::Correct) };
    let drifted = plan(&[name("a", "b")], &applied("name", "a"), &prints(), &policy);
    assert_eq!((drifted.apply.len(), drifted.report.len()), (0, 1));
    let edited = plan(&[name("c", "b")], &applied("name", "a"), &prints(), &policy);
    assert_eq!((edited.apply.len(), edited.report.len()), (1, 0));
}

#[test]
fn a_list_that_may_lag_behind_our_own_write_is_no_drift_yet() {
    let unsettled = applied("name", "a");
    let policy = Policy { unsettled: &unsettled, ..policy(Origin::Created, DriftPolicy::Correct) };
    let lagging = plan(&[name("a", "b")], &applied("name", "a"), &prints(), &policy);
    assert_eq!((lagging.apply.len(), lagging.report.len()), (0, 0));
    assert!(lagging.unsettled.iter().all(|change| change.path == "name" && change.repeated));
    assert_eq!(lagging.unsettled.len(), 1);
    let edited = plan(&[name("c", "b")], &applied("name", "a"), &prints(), &policy);
    assert_eq!(edited.apply.len(), 1, "a person's change does not wait");
    let back = plan(&[name("b", "b")], &applied("name", "a"), &prints(), &policy);
    assert_eq!(back.apply.len(), 1, "what is shown is what was before");
    let same = plan(&[name("a", "a")], &applied("name", "b"), &prints(), &policy);
    assert_eq!((same.apply.len(), same.last_applied), (0, applied("name", "a")), "what we wrote is shown");
    let withdrawn = plan(&[], &applied("name", "a"), &prints(), &policy);
    assert!(withdrawn.last_applied.contains_key("name"), "it may yet appear");
    let gone = applied("name", "");
    let taken = plan(&[], &gone, &prints(), &Policy { unsettled: &gone, ..policy });
    assert!(taken.last_applied.is_empty(), "nothing of ours can appear");
}

#[test]
fn what_shows_the_write_that_nobody_heard_is_no_drift() {
    let unheard = applied("name", "b");
    for drift in [DriftPolicy::Correct, DriftPolicy::Report] {
        let policy = Policy { unheard: &unheard, ..policy(Origin::Created, drift) };
        let taken_back = plan(&[name("a", "b")], &applied("name", "a"), &prints(), &policy);
        assert_eq!(taken_back.apply.len(), 1, "{drift:?}");
        assert_eq!(taken_back.apply[0].cause, Cause::Edit);
        let drifted = plan(&[name("a", "c")], &applied("name", "a"), &prints(), &policy);
        assert_eq!(drifted.apply.iter().chain(&drifted.report).next().unwrap().cause, Cause::Drift);
    }
}

#[test]
fn what_cannot_be_read_is_written_once_and_when_its_source_changes() {
    let created = policy(Origin::Created, DriftPolicy::Report);
    let first = plan(&[hook("v1")], &BTreeMap::new(), &prints(), &created);
    assert_eq!(first.apply.len(), 1);
    let again = plan(&[hook("v1")], &first.last_applied, &prints(), &created);
    assert!(again.apply.is_empty() && again.report.is_empty());
    let rotated = plan(&[hook("v2")], &first.last_applied, &prints(), &created);
    assert_eq!(rotated.apply.len(), 1);
    assert_eq!(rotated.apply[0].desired, None, "a secret is never shown");
}

#[test]
fn what_cannot_be_read_is_assumed_at_adoption_and_said_so_for_as_long_as_it_is() {
    let adopted = policy(Origin::Adopted, DriftPolicy::Correct);
    let first = plan(&[hook("v1")], &BTreeMap::new(), &prints(), &adopted);
    assert!(first.apply.is_empty());
    assert_eq!(first.unverified, ["hook"]);
    let again = plan(&[hook("v1")], &first.last_applied, &prints(), &adopted);
    assert_eq!(again.unverified, ["hook"]);
    assert!(again.apply.is_empty());
    let rotated = plan(&[hook("v2")], &first.last_applied, &prints(), &adopted);
    assert_eq!((rotated.apply.len(), rotated.unverified.len()), (1, 0));
    let told = Policy { apply_unreadable: true, ..adopted };
    assert_eq!(plan(&[hook("v1")], &BTreeMap::new(), &prints(), &told).apply.len(), 1);
}

#[test]
fn a_lost_key_is_rebased_and_nothing_unreadable_is_written_again() {
    let old = Fingerprints::new(&"former key".to_owned().into());
    let last =
        BTreeMap::from([("hook".to_owned(), old.of("hook", "v0")), ("name".to_owned(), old.of("name", "a"))]);
    let policy = policy(Origin::Created, DriftPolicy::Correct);
    let plan = plan(&[hook("v1"), name("a", "a")], &last, &prints(), &policy);
    assert!(plan.apply.is_empty());
    assert_eq!(plan.rebased, ["hook"]);
    assert_eq!(plan.last_applied["hook"], prints().of("hook", "v1"));
}

#[test]
fn what_only_a_create_can_write_is_never_written_again() {
    let names = |name: &str| [Field::fixed("firstName", Text::Plain(name.into()), Seen::Unreadable)];
    let created = policy(Origin::Created, DriftPolicy::Correct);
    let first = plan(&names("Jo"), &BTreeMap::new(), &prints(), &created);
    assert_eq!((first.apply.len(), first.immutable.len()), (0, 0), "the create wrote it");
    let edited = plan(&names("Joe"), &first.last_applied, &prints(), &created);
    assert_eq!((edited.apply.len(), edited.immutable), (0, vec!["firstName".to_owned()]));
    let back = plan(&names("Jo"), &edited.last_applied, &prints(), &created);
    assert!(back.immutable.is_empty(), "putting the former value back resolves it");
    let adopted = Policy { apply_unreadable: true, ..policy(Origin::Adopted, DriftPolicy::Correct) };
    let taken = plan(&names("Jo"), &BTreeMap::new(), &prints(), &adopted);
    assert_eq!((taken.apply.len(), taken.unverified.len()), (0, 1));
    let shown = Field::fixed("email", Text::Plain("a".into()), Seen::Value(Text::Plain("b".into())));
    assert_eq!(plan(&[shown], &BTreeMap::new(), &prints(), &created).immutable, ["email"]);
}

#[test]
fn what_somebody_else_added_is_drift_also_on_what_we_created() {
    let extra = |actual: &str| {
        let seen = Seen::Value(Text::Plain(actual.into()));
        [Field::new("accounts[act-9]", Text::Plain(String::new()), seen).of("accounts")]
    };
    let report = policy(Origin::Created, DriftPolicy::Report);
    let seen = plan(&extra("Viewer"), &BTreeMap::new(), &prints(), &report);
    assert_eq!((seen.apply.len(), seen.report.len()), (0, 1), "nobody edited anything");
    let removed = plan(&extra("Viewer"), &applied("accounts[act-9]", "Viewer"), &prints(), &report);
    assert_eq!(removed.apply.len(), 1, "we granted it, and the manifest no longer says so");
}

#[test]
fn what_the_contract_lacks_is_named_and_not_compared() {
    let fields = [Field { seen: Seen::Unsupported, ..hook("v1") }];
    let policy = policy(Origin::Created, DriftPolicy::Correct);
    let plan = plan(&fields, &BTreeMap::new(), &prints(), &policy);
    assert_eq!((&plan.unsupported[..], plan.differences()), (&["hook".to_owned()][..], Vec::new()));
    assert!(plan.apply.is_empty() && !plan.last_applied.contains_key("hook"));
}

#[test]
fn what_waits_stays_remembered_as_it_was() {
    let policy = policy(Origin::Created, DriftPolicy::Correct);
    let (fields, last) = ([Field::unknown("accounts[a]")], applied("accounts[a]", "Viewer"));
    let waiting = plan(&fields, &last, &prints(), &policy);
    assert_eq!(waiting, Plan { last_applied: last.clone(), ..Plan::default() });
    assert!(!edited(&fields, &last, &prints(), Origin::Created));
}

#[test]
fn what_only_a_create_can_write_and_somebody_changed_is_told_as_policy_says() {
    let email = [Field::fixed("email", Text::Plain("a".into()), Seen::Value(Text::Plain("b".into())))];
    let last = applied("email", "a");
    for (drift, manage, stuck) in [
        (DriftPolicy::Correct, true, true),
        (DriftPolicy::Report, true, false),
        (DriftPolicy::Correct, false, false),
    ] {
        let policy = Policy { manage, ..policy(Origin::Created, drift) };
        let told = plan(&email, &last, &prints(), &policy);
        assert_eq!((told.apply.len(), told.report.len()), (0, 1));
        assert_eq!(told.report[0].actual.as_deref(), Some("b"));
        assert_eq!(!told.immutable.is_empty(), stuck, "{drift:?} {manage}");
        assert_eq!(told.last_applied, last);
    }
}
