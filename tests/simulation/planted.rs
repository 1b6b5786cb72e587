//! Planted defects: each check of the engine is taken out in turn, and a scenario that passes with it has to fail.
//!
//! Where one check stands behind another, the scenario has to pass while the one before is out, and to fail once both
//! are.

use orgkeeper::engine::base::checks::{Check, plant};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic;
use std::sync::Once;
use std::thread;

thread_local! {
    /// Whether a panic on this thread is what is hoped for.
    static HOPED_FOR: Cell<bool> = const { Cell::new(false) };
}

/// A test of the simulation: its path, and what it runs.
#[derive(Clone, Copy)]
struct Scenario {
    path: &'static str,
    run: fn(),
}

impl Scenario {
    /// Runs it without these checks, on a thread with its name, as the test harness does: by that name the world is
    /// kind or not. Whether it fails, of which nothing is said, and how often the last of them was missed.
    fn without(self, checks: &'static [Check]) -> (bool, u64) {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let former = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                if !HOPED_FOR.get() {
                    former(panic);
                }
            }));
        });
        let name = self.path.trim_start_matches("crate::").to_owned();
        let body = move || {
            HOPED_FOR.set(true);
            let planted = plant(checks);
            let failed = panic::catch_unwind(self.run).is_err();
            (failed, checks.last().map_or(0, |check| planted.missed(*check)))
        };
        thread::Builder::new().name(name).spawn(body).unwrap().join().unwrap()
    }
}

/// The scenario fails without all of the checks, and not without those `before` the last of them.
fn is_noticed(checks: &'static [Check], scenario: Scenario) {
    let (check, before) = checks.split_last().unwrap();
    if !before.is_empty() {
        let (failed, _) = scenario.without(before);
        assert!(!failed, "it fails without {before:?} alone, so nothing is shown of {check:?}");
    }
    let (failed, missed) = scenario.without(checks);
    assert!(missed > 0, "the scenario never comes to {check:?}");
    assert!(failed, "nobody notices that {check:?} is out:{}", check.held());
}

/// A test for each check: its name, the check, those before it that have to be out too, and the scenario.
macro_rules! scenarios {
    ($($test:ident: $check:ident $(behind $($before:ident),+)? => $scenario:path,)+) => {
        /// No check is without a scenario.
        #[allow(unreachable_patterns, reason = "a check has one scenario or more")]
        const fn has_a_scenario(check: Check) {
            match check {
                $(Check::$check => (),)+
            }
        }

        $(
            #[test]
            fn $test() {
                let scenario = Scenario { path: stringify!($scenario), run: $scenario };
                is_noticed(&[$($(Check::$before,)+)? Check::$check], scenario);
            }
        )+
    };
}

scenarios! {
    token_shows_organization: TokenShowsOrganization =>
        crate::identity::a_token_of_another_organization_reads_and_writes_nothing_there,
    proof_needed: ProofNeeded => crate::identity::an_empty_list_proves_nothing,
    pinned_organization: PinnedOrganization =>
        crate::identity::an_object_stays_with_the_organization_that_it_was_made_in,
    pinned_container: PinnedContainer =>
        crate::contained::an_account_object_that_comes_to_stand_for_another_account_takes_nothing_along,
    container_listed: ContainerListed =>
        crate::contained::nothing_is_sent_about_an_id_that_is_in_no_list_of_accounts,
    ids_at_home: IdsAtHome =>
        crate::references::ids_are_for_the_organization_s_own_namespace,
    same_organization: SameOrganization =>
        crate::references::what_belongs_to_another_organization_is_not_referred_to,
    absence_twice: AbsenceTwice =>
        crate::absence::an_account_deleted_in_the_console_is_gone_after_two_lists_and_is_not_made_again_unasked,
    inventory_believed: InventoryBelieved =>
        crate::absence::an_inventory_that_shrinks_by_half_stops_creation_and_deletion_and_heals,
    absence_by_read: AbsenceByRead =>
        crate::absence::what_a_read_by_id_shows_is_not_gone,
    asked_to_make_again: AskedToMakeAgain =>
        crate::absence::an_account_deleted_in_the_console_is_gone_after_two_lists_and_is_not_made_again_unasked,
    old_one_gone_twice: AbsenceTwice =>
        crate::superseded::a_single_word_that_the_old_one_is_gone_ends_no_replacement,
    old_user_gone_twice: AbsenceTwice =>
        crate::rotation_trouble::an_old_user_that_one_list_lacks_is_not_yet_gone,
    lists_of_one_moment_are_one: AbsenceTwice =>
        crate::rotation_trouble::one_list_that_lacks_the_old_user_is_one_however_long_ago_it_was_read,
    own_deletions_known: OwnDeletionsKnown =>
        crate::absence::many_deletions_of_our_own_are_no_surprise,
    deleted_is_not_found: DeletedIsNotFound =>
        crate::ends::what_was_deleted_before_the_token_was_replaced_is_not_taken_for_what_comes_after,
    one_holder: OneHolder =>
        crate::claims::of_two_objects_with_one_name_the_older_wins_and_the_loser_touches_nothing,
    admitted_claims: AdmittedClaims =>
        crate::claims::whom_the_organization_does_not_admit_locks_nobody_out,
    possible_claims: PossibleClaims =>
        crate::word_alone::the_name_of_who_may_not_adopt_locks_nobody_out,
    held_is_claimed: HeldIsClaimed =>
        crate::claims::what_another_object_holds_is_not_taken_by_its_name,
    former_is_claimed: FormerIsClaimed =>
        crate::rotation::nobody_else_can_take_the_old_user_meanwhile,
    own_former_is_claimed: OwnFormerIsClaimed =>
        crate::rotation_trouble::a_user_left_for_its_lost_token_counts_for_nothing,
    left_is_claimed: LeftIsClaimed =>
        crate::found::what_is_left_is_taken_by_nobody_who_has_its_name,
    one_for_organization: OneForOrganization =>
        crate::claims::two_organizations_of_one_id_have_one_winner_and_the_other_takes_over,
    title_first: TitleFirst =>
        crate::organizations::who_has_no_token_of_the_organization_holds_nobody_up,
    one_spelling: OneSpelling =>
        crate::organizations::however_an_endpoint_is_spelled_one_object_stands_for_the_organization,
    former_writes_end: FormerWritesEnd =>
        crate::organizations::whoever_takes_over_writes_nothing_before_the_writes_of_the_former_have_ended,
    one_turn: OneTurn =>
        crate::at_once::while_the_intent_of_the_first_is_being_stored_the_second_waits,
    twins_known: TwinsKnown =>
        crate::subscriptions::twins::while_the_outcome_of_the_first_is_unknown_the_second_waits,
    answer_stands: AnswerStands =>
        crate::hostile_fifth::words::a_leftover_that_is_to_stay_after_all_is_not_deleted_by_another_word,
    words_stand: WordsStand =>
        crate::hostile_third::nothing_is_made_against_a_word_that_came_while_its_intent_was_answered,
    intent_in_time: IntentInTime =>
        crate::late_intents::nothing_is_created_after_an_intent_that_took_too_long,
    permit_to_create: PermitToCreate behind PromiseKept =>
        crate::commit::dropped::nothing_is_sent_where_the_object_has_no_intent,
    outcome_waits: OutcomeWaits =>
        crate::creation::nothing_is_found_before_the_wait_is_over,
    nothing_twice: NothingTwice =>
        crate::creation::one_list_that_lacks_it_makes_no_second_one,
    seen_is_not_new: SeenIsNotNew =>
        crate::rotation_trouble::who_is_orphaned_in_between_names_the_user_that_may_be_anybodys,
    there_is_not_new: ThereIsNotNew =>
        crate::hostile_fifth::several::what_was_there_before_under_another_name_is_nobodys_to_delete,
    told_is_found: ToldIsFound =>
        crate::hostile_fifth::several::a_group_that_is_left_of_several_is_nobodys_to_delete,
    told_is_found_where_its_object_goes: ToldIsFound =>
        crate::hostile_fifth::several::who_deletes_the_right_account_of_several_does_not_have_the_other_one_deleted,
    told_is_found_where_none_was_there: ToldIsFound =>
        crate::hostile_fifth::several::what_a_person_makes_after_it_was_told_that_ours_is_gone_is_the_persons,
    found_is_not_ours: FoundIsNotOurs =>
        crate::found::an_account_that_was_found_stays_when_its_object_goes_unless_the_manifest_says_delete,
    several_are_asked: SeveralAreAsked =>
        crate::creation::a_name_that_was_there_before_is_never_taken_for_the_outcome,
    finalizer_kept: FinalizerKept =>
        crate::commit::dropped::nothing_is_created_whose_finalizer_or_intent_is_dropped,
    promise_kept: PromiseKept =>
        crate::commit::dropped::an_id_that_is_dropped_makes_no_second_one,
    unchanged_since_read: UnchangedSinceRead behind WordsStand =>
        crate::creation::what_is_deleted_while_its_intent_is_stored_is_not_created,
    nothing_older: NothingOlder =>
        crate::late_answers::nothing_older_takes_the_place_of_what_is_known,
    gone_stays_gone: GoneStaysGone behind StillThere =>
        crate::late_answers::an_answer_after_the_end_was_told_brings_nothing_back,
    still_there: StillThere behind GoneStaysGone =>
        crate::late_answers::nothing_is_created_for_what_was_told_gone_while_the_intent_was_answered,
    organization_once: OrganizationOnce =>
        crate::founding::an_unknown_outcome_is_for_a_person_and_never_repeated,
    token_means_organization: TokenMeansOrganization =>
        crate::founding::where_the_secret_holds_a_token_there_is_one_already,
    name_means_organization: NameMeansOrganization =>
        crate::atoll::tenants::where_there_is_one_of_the_name_none_is_made,
    unseen_is_not_made: UnseenIsNotMade =>
        crate::atoll::unlisted::where_no_list_shows_whether_there_is_one_none_is_made_unless_a_person_says_so,
    looks_apart: AbsenceTwice =>
        crate::atoll::tenants::two_looks_count_only_a_settle_apart,
    found_stays: FoundStays =>
        crate::found::what_a_pending_create_turns_out_to_have_made_is_left_unless_the_manifest_says_delete,
    found_user_stays: FoundUserStays =>
        crate::found::who_was_found_is_left_behind_by_a_rotation,
    found_old_stays: FoundOldStays =>
        crate::subscriptions::replacing::what_was_found_and_replaced_is_left_and_asked_about,
    room_for_leftovers: RoomForLeftovers =>
        crate::found::when_too_much_is_left_nothing_more_is_made,
    leftovers_are_asked: LeftoversAreAsked =>
        crate::found::a_person_says_what_becomes_of_what_is_left,
    intent_keeps_key: IntentKeepsKey =>
        crate::creation::what_is_renamed_while_its_create_is_under_way_is_not_taken_by_who_bears_the_name_now,
    key_of_intent: KeyOfIntent =>
        crate::creation::a_spec_that_is_edited_while_its_create_is_under_way_still_ends_in_one_account,
    adopted_by_id: AdoptedById =>
        crate::claims::from_another_namespace_adoption_needs_the_id_and_required,
    references_first: ReferencesFirst =>
        crate::references::nothing_is_created_before_all_that_it_refers_to_is_there,
    own_secret_only: OwnSecretOnly =>
        crate::tokens::a_secret_of_somebody_else_is_never_touched,
    token_as_sent: TokenAsSent =>
        crate::hostile_tokens::a_token_that_a_webhook_changes_is_not_taken_for_what_the_vendor_answered,
    living_token: LivingToken =>
        crate::tokens::a_secret_with_the_token_of_a_user_that_lives_is_not_written_over,
    new_token_tried: NewTokenTried =>
        crate::rotation::a_new_token_that_does_not_work_or_does_not_come_never_replaces_the_old_one,
    overlap_kept: OverlapKept =>
        crate::rotation::another_token_takes_the_place_of_the_old_one_which_works_for_a_while,
    once_for_generation: OnceForGeneration =>
        crate::tokens::for_a_token_that_died_with_the_process_another_user_is_made_once_for_a_generation,
    old_user_in_use: OldUserInUse =>
        crate::rotation_trouble::a_former_token_that_is_put_back_goes_on_working,
    no_debt_over_former: NoDebtOverFormer =>
        crate::hostile_fifth::owed::no_token_of_whoever_is_gone_takes_the_place_of_one_that_works,
    debt_ends_with_user: DebtEndsWithUser =>
        crate::hostile_fifth::owed::no_secret_is_filled_with_the_token_of_whoever_is_gone,
    own_in_overlap: OwnInOverlap =>
        crate::hostile_fifth::a_former_token_that_is_put_back_alone_goes_on_working_by_either_contract,
    secret_read_last: SecretReadLast =>
        crate::hostile_fifth::asked::what_a_secret_holds_when_a_deletion_is_sent_is_what_counts,
    token_before_end: TokenBeforeEnd =>
        crate::hostile_fourth::whoever_stays_when_its_object_goes_keeps_its_token_whyever_it_stays,
    sealed_answer: SealedAnswer =>
        crate::found::what_a_secret_names_without_proof_is_not_the_vendors_answer,
    list_after_write: ListAfterWrite =>
        crate::fields::what_differs_is_put_back_by_exactly_the_calls_that_this_takes,
    unsettled_is_no_drift: UnsettledIsNoDrift =>
        crate::drift::an_edit_is_written_once_even_while_lists_lag_and_is_no_drift,
    unsettled_is_taken_back: UnsettledIsTakenBack =>
        crate::edits::a_name_that_is_changed_back_at_once_is_changed_back,
    pause_kept: PauseKept => crate::budget::what_is_edited_again_during_a_pause_is_sent_when_it_ends,
    ceiling_kept: CeilingKept =>
        crate::budget::the_ceiling_that_a_person_sets_is_honoured_in_every_minute,
    limit_kept: LimitKept => crate::budget::the_vendors_own_limit_is_learned,
    strangers_share: StrangersShare =>
        crate::organizations::many_without_a_token_hold_up_nobody_in_another_namespace_and_ask_little,
    only_differences: OnlyDifferences =>
        crate::steady::everything_becomes_ready_with_three_writes_and_one_event_an_object,
    secrets_are_hidden: SecretsAreHidden =>
        crate::subscriptions::life::drift_of_the_endpoint_has_no_values_and_is_put_back_or_reported,
    assumed_stays_so: AssumedStaysSo =>
        crate::create_only::in_the_public_document_what_is_taken_over_is_assumed_whatever_key_there_is,
    lost_key_is_rebased: LostKeyIsRebased =>
        crate::fingerprints::with_a_lost_key_it_is_based_anew_and_not_written_again,
    hidden_is_intended: HiddenIsIntended =>
        crate::commit::what_no_read_shows_is_not_written_by_a_process_that_never_stored_anything,
    hidden_while_owed: HiddenWhileOwed =>
        crate::commit::another_value_waits_for_what_was_written_before_and_what_can_be_read_does_not,
    at_rest_is_kept: AtRestIsKept =>
        crate::calm::what_is_at_rest_stays_as_it_is_said_to_be_during_a_pause,
    users_first: UsersFirst =>
        crate::policies::ends::a_policy_that_our_manifests_give_waits_for_them,
    dependents_first: DependentsFirst =>
        crate::deletion::an_organization_waits_for_what_it_contains_and_names_it_and_abandon_lets_go,
    known_first: KnownFirst =>
        crate::undefined::a_kind_that_is_not_known_yet_may_hold_anything_and_abandon_lets_go,
    orphan_stays: OrphanStays =>
        crate::deletion::what_was_adopted_stays_unless_it_is_said_otherwise,
    secret_held: SecretHeld =>
        crate::deletion::the_token_secret_is_held_while_a_deletion_needs_it,
    proven_when_deleted: ProvenWhenDeleted =>
        crate::ends::an_organization_is_deleted_only_where_the_same_look_at_it_proved_the_token,
    heard_answer_ends: HeardAnswerEnds =>
        crate::parting::an_answer_that_is_no_success_and_a_token_that_is_refused_then_are_a_question,
    presumed_by_same_token: PresumedBySameToken =>
        crate::parting::another_token_than_the_one_that_it_was_sent_with_tells_nothing,
    looks_with_its_token: LooksWithItsToken =>
        crate::atoll::gone::what_another_token_does_not_show_may_be_there,
    unread_holds_up: UnreadHoldsUp =>
        crate::unread::an_account_waits_for_a_credential_that_cannot_be_read,
    unread_stays: UnreadStays =>
        crate::unread::what_cannot_be_read_keeps_its_claim_and_nothing_of_it_is_enforced,
    unread_is_left: UnreadIsLeft =>
        crate::unread::what_cannot_be_read_keeps_its_claim_and_nothing_of_it_is_enforced,
    unread_root_holds: UnreadRootHolds =>
        crate::unread::below_an_organization_that_cannot_be_read_nothing_is_written_until_it_can,
    lock_out_asked: LockOutAsked =>
        crate::lock_out::whoever_would_be_locked_out_stays_until_a_person_says_otherwise,
    rate_kept: RateKept =>
        crate::guard::a_bad_merge_stops_after_the_number_and_goes_on_when_it_is_confirmed_once,
    counted_first: CountedFirst =>
        crate::guard::a_bad_merge_stops_after_the_number_and_goes_on_when_it_is_confirmed_once,
    one_judged_at_a_time: OneJudgedAtATime =>
        crate::lock_out::of_two_who_go_at_once_one_remains,
    judged_once_settled: JudgedOnceSettled =>
        crate::lock_out::a_death_between_two_who_go_leaves_one,
    spent_counts: SpentCounts =>
        crate::lock_out::policies::whoever_administers_by_a_policy_that_was_reduced_a_moment_ago_does_not_count,
    hour_outlives: HourOutlives =>
        crate::organizations::an_organization_that_is_deleted_and_made_anew_has_the_same_hour,
    answer_once: AnswerOnce =>
        crate::lock_out::replay::an_answer_that_nobody_needed_is_good_for_nothing_later,
    gap_takes_nothing: GapTakesNothing =>
        crate::gaps::drift_beside_a_gap_waits_and_is_put_back_once_it_is_closed,
    gap_gives_nothing: GapGivesNothing =>
        crate::gaps::what_somebody_took_from_what_leads_nowhere_is_given_back_once_it_leads_somewhere,
    term_ends: TermEnds =>
        crate::writers::without_an_api_server_the_leader_ends_when_its_term_does,
    leaves_in_time: LeavesInTime =>
        crate::held_up::whoever_is_held_up_for_longer_than_its_leave_asks_anew,
    permit_in_term: PermitInTerm behind TermEnds, LeavesInTime =>
        crate::too_late::who_wakes_too_late_sends_nothing_to_the_vendor,
    stored_by_leader: StoredByLeader behind TermEnds =>
        crate::too_late::who_wakes_too_late_stores_nothing_that_the_vendor_answered,
    status_by_holder: StoredByHolder behind TermEnds =>
        crate::too_late::who_wakes_too_late_stores_no_status,
    finalizer_by_holder: StoredByHolder behind TermEnds =>
        crate::too_late::who_wakes_too_late_sets_no_finalizer,
    predecessor_settled: PredecessorSettled =>
        crate::writers::when_the_leader_dies_the_other_waits_for_the_end_of_the_lease_and_for_settle,
    term_respected: TermRespected =>
        crate::writers::of_two_processes_one_works,
    missing_lease_waits: MissingLeaseWaits =>
        crate::lease::without_its_lease_an_installation_waits_for_the_term_and_for_settle_and_a_first_start_does_not,
    first_start_renews: FirstStartRenews =>
        crate::lease::a_first_start_looks_at_nothing_before_its_lease_is_known_to_have_outlived_its_key,
    observed_is_unwritten: ObservedIsUnwritten =>
        crate::drift::under_report_and_observe_drift_is_only_shown,
    share_of_workers: ShareOfWorkers =>
        crate::isolation::an_organization_whose_vendor_hangs_or_throttles_holds_up_no_other,
    share_of_vendor: ShareOfVendor =>
        crate::atoll::where_organizations_of_one_vendor_hang_the_other_s_edits_take_as_long_as_before,
    mailed_once: MailedOnce =>
        crate::atoll::whoever_may_have_been_mailed_is_not_mailed_again_unasked,
    news_takes_turns: NewsTakesTurns =>
        crate::fair::a_burst_of_changes_and_of_reconciles_keeps_nobody_waiting,
    fights_end: FightsEnd =>
        crate::drift::a_fight_ends_after_three_corrections_and_begins_anew_when_something_changes,
    status_is_ours: StatusIsOurs =>
        crate::foreign_status::an_id_of_something_else_is_put_back_and_nothing_is_sent_for_it,
    held_once: HeldOnce =>
        crate::foreign_status::an_id_that_two_objects_hold_at_a_start_is_believed_of_neither,
    held_is_its: HeldIsIts =>
        crate::foreign_status::an_id_of_another_person_at_a_start_is_not_believed,
    status_fights_end: StatusFightsEnd =>
        crate::foreign_status::a_status_that_is_written_over_each_time_is_not_put_back_for_ever_and_that_is_said,
    found_is_not_ours_of_whatever_kind: FoundIsNotOurs =>
        crate::found::what_a_person_made_after_a_lost_answer_stays_when_its_object_goes_unless_the_manifest_says_delete,
    promise_kept_in_whatever_way: PromiseKept =>
        crate::commit::dropped::nothing_is_made_in_whatever_way_whose_intent_is_dropped,
    still_there_in_whatever_way: StillThere behind GoneStaysGone =>
        crate::late_answers::nothing_is_made_in_whatever_way_for_what_was_told_gone_while_the_intent_was_answered,
    still_there_of_an_organization: StillThere behind GoneStaysGone =>
        crate::late_answers::no_organization_is_created_for_what_was_told_gone_while_the_intent_was_answered,
    one_spelling_of_what_is_created: OneSpelling =>
        crate::founding::however_the_endpoint_is_spelled_one_is_created_of_a_name,
    possible_claims_of_a_subscription: PossibleClaims =>
        crate::word_alone::the_word_of_who_may_not_adopt_keeps_a_subscription_from_nobody,
    unread_stays_where_something_was_left: UnreadStays =>
        crate::unread::what_cannot_be_read_keeps_what_it_has_left_behind_and_not_ended_yet,
    unread_stays_for_whom_another_is_being_made: UnreadStays =>
        crate::unread::what_cannot_be_read_keeps_whom_another_one_is_being_made_for,
    unread_stays_of_an_organization_s_create: UnreadStays =>
        crate::unread::an_organization_that_cannot_be_read_is_what_it_may_have_had_created,
    unread_stays_of_an_organization: UnreadStays =>
        crate::unread::an_organization_that_cannot_be_read_stands_for_what_it_stood_for,
    promise_kept_of_the_generation: PromiseKept =>
        crate::commit::dropped::no_other_user_is_made_where_it_would_be_forgotten_for_which_generation,
    promise_kept_of_the_generation_since: PromiseKept =>
        crate::commit::dropped::no_third_user_is_made_where_it_is_forgotten_for_which_generation_the_second_was,
    promise_kept_of_a_deletion: PromiseKept =>
        crate::commit::dropped::no_organization_is_deleted_whose_intent_is_dropped,
    found_is_not_ours_where_the_answer_names_another_s: FoundIsNotOurs =>
        crate::hostile_fourth::what_a_person_makes_after_an_answer_that_names_anothers_is_the_persons,
    found_is_not_ours_where_another_cluster_makes_it: FoundIsNotOurs =>
        crate::two_clusters::of_two_clusters_one_makes_what_both_declare_and_the_other_claims_nothing_more_than_it_knows,
    found_is_not_ours_where_another_cluster_sets_it: FoundIsNotOurs =>
        crate::two_clusters::of_two_clusters_one_sets_the_credential_that_both_declare,
}

#[test]
fn each_rule_of_the_engine_has_a_check() {
    Check::ALL.iter().copied().for_each(has_a_scenario);
    let rules: BTreeSet<u32> = Check::ALL.iter().map(|check| check.rule()).collect();
    assert_eq!(rules, (1..=15).collect());
}

#[test]
fn each_check_is_found_by_its_name_alone() {
    for check in Check::ALL {
        assert_eq!(Check::named(check.name()), Some(*check));
        assert!(check.held().ends_with('.'), "{check:?}:{}", check.held());
    }
    assert_eq!(Check::named("NoSuchCheck"), None);
}

#[test]
fn a_scenario_has_the_world_of_its_test() {
    fn named() {
        let thread = thread::current();
        assert_eq!(thread.name(), Some("planted::a_scenario_has_the_world_of_its_test"));
    }
    let path = stringify!(crate::planted::a_scenario_has_the_world_of_its_test);
    assert_eq!(Scenario { path, run: named }.without(&[]), (false, 0));
}

#[test]
fn what_is_taken_out_is_so_on_this_thread_alone_and_put_back() {
    use orgkeeper::engine::base::checks::is_out;
    let planted = plant(&[Check::OneHolder]);
    assert!(is_out(Check::OneHolder) && is_out(Check::OneHolder) && !is_out(Check::OneTurn));
    assert_eq!((planted.missed(Check::OneHolder), planted.missed(Check::OneTurn)), (2, 0));
    assert!(!std::thread::spawn(|| is_out(Check::OneHolder)).join().unwrap());
    drop(planted);
    assert!(!is_out(Check::OneHolder));
}
