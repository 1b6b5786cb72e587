//! What messages say: each reason is given in a run here, and every message of every run names a next step, or says that
//! it goes on by itself (`support/messages.rs`).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, group, organization, organization_key, person, user_key, with};
use crate::support::messages::given;
use crate::support::network::{Failing, Scripted};
use crate::support::people::{furnished, group_away};
use crate::support::rivals::{AWAY_SECRET, from_away, organization_away};
use http::Method;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::base::reason::Reason;
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::vendors::spot::reasons;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

/// The scenario gives these reasons. It runs on a thread with its name, as the test harness has it: by that the world is
/// kind or not.
fn gives(path: &str, run: fn(), reasons: &[&str]) {
    let name = path.trim_start_matches("crate::").to_owned();
    let body = move || {
        run();
        given()
    };
    let given = thread::Builder::new().name(name).spawn(body).unwrap().join();
    let given = given.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let lacking: Vec<&&str> = reasons.iter().filter(|reason| !given.contains(**reason)).collect();
    assert!(lacking.is_empty(), "{path} does not give {lacking:?}");
}

/// A test for each scenario: its name, the scenario, and the reasons that it gives.
macro_rules! given_in {
    ($($test:ident: $scenario:path => $($reason:ident),+;)+) => {
        /// The reasons that have a scenario.
        const GIVEN: &[&str] = &[$($(stringify!($reason)),+),+];

        $(
            #[test]
            fn $test() {
                gives(stringify!($scenario), $scenario, &[$(stringify!($reason)),+]);
            }
        )+
    };
}

given_in! {
    id_changed: crate::atoll::invitations::an_invitation_that_is_accepted_is_followed_to_another_id_and_nobody_loses_anything =>
        IdChanged;
    id_too_long: crate::bounds::an_answer_with_an_id_that_is_too_long_is_told_and_nothing_is_made_again =>
        IdTooLong;
    many_events: crate::bounds::what_many_in_a_namespace_ask_for_is_told_to_the_organization_in_few_events =>
        ManyEvents;
    missing_for_create: crate::create_only::what_a_create_needs_and_lacks_is_named => MissingForCreate;
    credential_expires_soon: crate::credentials::expiry::it_is_told_by_itself_when_the_time_comes_and_again_when_it_has_passed =>
        CredentialExpiresSoon, CredentialExpired;
    waiting_for_role: crate::credentials::roles::a_role_that_the_vendor_does_not_see_yet_is_tried_again_soon =>
        WaitingForRole, RefusedByVendor;
    cloud_mismatch: crate::credentials::the_cloud_of_an_account_is_not_changed => CloudMismatch;
    deletion_refused: crate::deletion::a_deletion_that_the_vendor_refuses_says_so_and_is_not_repeated_in_a_loop =>
        DeletionRefused;
    read_only: crate::drift::an_organization_under_observe_and_a_read_only_process_write_nothing_to_the_vendor =>
        ReadOnly;
    name_invalid: crate::intake::a_name_that_cannot_be_sent_makes_nothing_until_it_is_corrected => NameInvalid;
    secret_not_found: crate::fingerprints::a_secret_that_is_missing_or_unfit_is_waited_for =>
        SecretNotFound, SecretKeyNotFound, SecretInvalid, Updated;
    fingerprints_rebased: crate::fingerprints::with_a_lost_key_it_is_based_anew_and_not_written_again =>
        FingerprintsRebased;
    too_many_leftovers: crate::found::when_too_much_is_left_nothing_more_is_made => TooManyLeftovers;
    adopt_id_mismatch: crate::founding::what_was_created_and_what_the_manifest_names_cannot_differ =>
        AdoptIdMismatch;
    organization_exists: crate::founding::where_the_secret_holds_a_token_there_is_one_already =>
        OrganizationExists;
    confirming_absence: crate::hostile_ends::the_end_of_what_was_replaced_is_not_asked_for_without_end =>
        ConfirmingAbsence, WriteRepeated;
    in_sync: crate::hostile_ends::what_another_took_over_meanwhile_is_not_deleted_by_the_answer =>
        InSync, OutcomeUnknown, Leftovers, Progressing, Suspended, TokenUnavailable,
        MadeAgain, Rotating, Created, Adopted, DriftCorrected, Deleted;
    token_secret_missing: crate::hostile_tokens::the_old_user_of_a_rotation_stays_while_no_secret_holds_the_new_token =>
        TokenSecretMissing, Rotated, KubernetesUnavailable;
    wrong_organization: crate::identity::a_token_of_another_organization_reads_and_writes_nothing_there =>
        WrongOrganization;
    forbidden: crate::identity::a_token_that_may_not_list_is_forbidden => Forbidden;
    status_overwritten: crate::foreign_status::what_is_written_while_an_object_is_suspended_is_put_back =>
        StatusOverwritten;
    manifest_unreadable: crate::foreign_status::what_cannot_be_read_says_so => ManifestUnreadable;
    vendor_off: crate::switched_off::what_says_that_its_vendor_is_off_says_so_no_more_once_it_is_on => VendorOff;
    identity_unproven: crate::identity::an_empty_list_proves_nothing => IdentityUnproven;
    reference_not_found_or_not_allowed: crate::identity::an_object_stays_with_the_organization_that_it_was_made_in =>
        ReferenceNotFoundOrNotAllowed, ParentChanged;
    audit_unavailable: crate::identity::what_a_person_said_of_the_contract_is_not_taken_for_what_was_found_out =>
        AuditUnavailable;
    vendor_unreadable: crate::isolation::a_panic_of_one_object_or_of_one_list_holds_up_no_other =>
        VendorUnreadable;
    throttled: crate::lock_out::hostile_age::whoever_took_over_half_a_minute_ago_stays_where_few_calls_are_allowed =>
        Throttled, WouldLockOut;
    endpoint_not_allowed: crate::messages::a_connection_that_cannot_be_used =>
        EndpointNotAllowed, ContractUnknown, ConnectionInvalid;
    internal_error: crate::messages::what_no_schema_lets_in => InternalError;
    too_destructive: crate::organizations::an_organization_that_is_deleted_and_made_anew_has_the_same_hour =>
        TooDestructive;
    dependency_not_ready: crate::organizations::one_that_has_no_token_any_more_is_not_deleted_over_what_is_below_it =>
        DependencyNotReady, ManagementConflict, TokenRefused, HasDependents;
    vendor_unreachable: crate::parting::another_token_than_the_one_that_it_was_sent_with_tells_nothing =>
        VendorUnreachable, TokenNeeded, AnswerUnknown;
    mapped_elsewhere: crate::policies::ends::those_whom_no_manifest_declares_lose_it_and_that_is_told =>
        MappedElsewhere;
    not_translatable: crate::policies::shown::where_nothing_can_be_repeated_in_a_whole_body_nothing_is_written_and_that_is_told =>
        NotTranslatable;
    policy_invalid: crate::policies::taken::a_condition_that_is_too_long_is_refused_before_anything_is_sent =>
        PolicyInvalid;
    drifted: crate::policies::taken::the_type_is_of_a_create_and_compared_where_it_is_shown =>
        Drifted, NotSupportedByContract, ImmutableField;
    recipient_invalid: crate::notifications::users::a_machine_user_cannot_be_told => RecipientInvalid;
    grant_invalid: crate::references::a_policy_is_found_once_it_is_there_and_given_by_its_kind =>
        GrantInvalid;
    not_allowed: crate::references::ids_are_for_the_organization_s_own_namespace => NotAllowed;
    reference_gone: crate::lost_references::what_was_gone_before_it_was_named_holds_up_no_removal =>
        ReferenceGone;
    reference_elsewhere: crate::references::what_belongs_to_another_organization_is_not_referred_to =>
        ReferenceElsewhere;
    secret_conflict: crate::rotation_trouble::a_secret_that_cannot_be_changed_ends_a_rotation_before_it_makes_anybody =>
        SecretConflict, RotationFailed;
    unknown_action: crate::policies::unknown::an_action_that_is_misspelt_is_told_with_those_that_are_near_it =>
        UnknownAction;
    unknown_event_type: crate::subscriptions::isolation::what_vanishes_in_one_account_stops_creation_there_alone =>
        UnknownEventType, ExternallyDeleted, InventoryShrank;
    ambiguous: crate::subscriptions::life::adoption_is_as_the_policy_says =>
        Ambiguous, AdoptionTargetNotFound, NotFound, AlreadyExists, ServiceDeprecated;
    account_scope_unverified: crate::subscriptions::life::without_a_word_for_accounts_not_one_call_is_made_in_the_public_document =>
        AccountScopeUnverified;
    resource_not_found: crate::subscriptions::replacing::what_is_refused_leaves_the_old_one_and_says_why =>
        ResourceNotFound;
    drift_contested: crate::subscriptions::replacing::who_moves_the_resource_back_by_hand_each_time_ends_the_fight =>
        DriftContested, Replaced;
    token_secret_changed: crate::tokens::a_token_that_is_changed_by_hand_counts_if_it_works =>
        TokenSecretChanged;
    token_not_returned: crate::tokens::an_answer_without_a_token_is_said_and_not_repeated => TokenNotReturned;
    token_lost: crate::tokens::for_a_token_that_died_with_the_process_another_user_is_made_once_for_a_generation =>
        TokenLost;
    adoption_needs_id: crate::word_alone::the_name_of_who_may_not_adopt_locks_nobody_out =>
        AdoptionNeedsId, AssumedAtAdoption, Orphaned;
}

#[test]
fn no_reason_is_without_a_scenario() {
    let all: BTreeSet<&str> = Reason::ALL.iter().chain(reasons::ALL).map(|reason| reason.as_str()).collect();
    assert_eq!(all, GIVEN.iter().copied().collect());
}

/// An organization whose connection cannot be used, for three causes in turn.
fn a_connection_that_cannot_be_used() {
    let mut house = House::new(Contract::Production);
    let at = |endpoint: &str| with(organization(), json!({"connection": {"endpoint": endpoint}}));
    house.apply(&acme(), &at("api.spotinst.io"));
    house.start();
    house.until(mins(1), "no address", |house| house.stalled(&acme(), "EndpointNotAllowed"));
    let script = |failing| {
        let fails = |path: &str| Scripted { method: Method::GET, path: path.into(), failing, times: 99 };
        vec![fails("/setup/organization/user"), fails("/setup/account")]
    };
    *house.way.vendors.scripted.borrow_mut() = script(Failing::Answer(404, "{}"));
    house.apply(&acme(), &organization());
    house.until(mins(1), "no contract", |house| house.stalled(&acme(), "ContractUnknown"));
    *house.way.vendors.scripted.borrow_mut() = script(Failing::Settings);
    house.apply(&acme(), &with(organization(), json!({"connection": {"contract": "Production"}})));
    house.until(mins(1), "no settings", |house| house.stalled(&acme(), "ConnectionInvalid"));
}

/// An object that no schema lets in.
fn what_no_schema_lets_in() {
    let mut house = furnished(Contract::Production, &[]);
    house.apply(&user_key("jo"), &with(person("jo"), json!({"human": null})));
    house.until(mins(1), "told", |house| house.stalled(&user_key("jo"), "InternalError"));
}

#[test]
fn the_name_of_who_holds_it_is_told_to_nobody_in_a_third_namespace() {
    let mut house = House::new(Contract::Production);
    let third = BTreeMap::from([("team".to_owned(), "third".to_owned())]);
    house.namespace("third", Namespace { labels: third, terminating: false });
    house.apply(&acme(), &organization());
    house.apply(&organization_key("other"), &with(organization(), json!({"organizationId": "1"})));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.way.cluster.put_secret("payments", AWAY_SECRET, "token", crate::support::manifests::TOKEN);
    let open = json!([{"namespaces": {"from": "All"}, "kinds": ["SpotAccount"]}]);
    let younger = organization_away("younger");
    house.apply(&younger, &with(from_away(), json!({"allowed": open})));
    let below = ObjectRef { kind: kinds::ACCOUNT, namespace: "third".into(), name: "a".into() };
    let of_theirs = json!({"organizationRef": {"name": "younger", "namespace": "payments"}});
    house.apply(&below, &with(account("a"), of_theirs));
    house.until(mins(2), "told", |house| {
        house.stalled(&younger, "ManagementConflict") && house.waits(&below, "DependencyNotReady")
    });
    // The holder admits something of that namespace, and its name is known there; of the third it admits nothing.
    let told = house.message(&younger, "Stalled");
    assert!(told.contains("kept by SpotOrganization platform/acme already"), "{told}");
    let told = house.message(&below, "Ready");
    assert!(told.contains("kept by another object already") && !told.contains("acme"), "{told}");
    // Nor where it admits nothing of the namespace.
    let own = json!([{"namespaces": {"from": "Same"}, "kinds": ["SpotAccount"]}]);
    house.apply(&acme(), &with(organization(), json!({"allowed": own})));
    house.apply(&younger, &with(from_away(), json!({"allowed": open, "resyncInterval": "6m"})));
    house.run(secs(10));
    let told = house.message(&younger, "Stalled");
    assert!(told.contains("kept by an object in another namespace already"), "{told}");
}

#[test]
fn who_loses_is_told_the_name_where_it_may_be_and_what_each_deletion_takes_along() {
    let mut house = furnished(Contract::Production, &[]);
    let open = json!({"allowed": [{"namespaces": {"from": "All"}, "kinds": ["SpotUser"]}]});
    house.ready_with(&home("a"), &with(account("prod"), open));
    house.ready_with(&user_key("jo"), &person("jo"));
    let theirs = crate::support::look::away("a");
    house.apply(&theirs, &account("prod"));
    house.apply(&user_key("al"), &person("jo"));
    house.until(mins(1), "told", |house| {
        house.stalled(&theirs, "ManagementConflict") && house.stalled(&user_key("al"), "ManagementConflict")
    });
    // It admits users of that namespace.
    let told = house.message(&theirs, "Stalled");
    assert!(told.starts_with("The same account is kept by SpotAccount platform/a already"), "{told}");
    assert!(told.contains("or give it another spec.name"), "{told}");
    assert!(told.contains("takes the account along if its status.deletionPolicy is Delete"), "{told}");
    // An address is no name.
    let told = house.message(&user_key("al"), "Stalled");
    assert!(told.contains("another spec.human.email") && !told.contains("name"), "{told}");
}

#[test]
fn what_is_given_and_taken_away_is_told_by_which_policy_and_where() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = house.id(&home("prod")).unwrap();
    house.ready_with(&group_away("devs"), &group("devs"));
    house.ready_with(&user_key("jo"), &person("jo"));
    let policies = json!([
        {"policyName": "Admin"},
        {"policyName": "Ocean Full Access", "accounts": [{"name": "prod"}]},
    ]);
    house.ready_with(&user_key("jo"), &with(person("jo"), json!({"policies": policies})));
    let notes: Vec<String> = house.events(&user_key("jo")).into_iter().map(|event| event.note).collect();
    for told in [
        "(policy \"Admin\" in the organization): none → \"granted\"".to_owned(),
        format!("(policy \"Ocean Full Access\" in account {prod}): none → \"granted\""),
    ] {
        assert!(notes.iter().any(|note| note.contains(&told)), "{notes:?}");
    }
    assert!(notes.iter().all(|note| !note.contains("\"\"")), "{notes:?}");
}
