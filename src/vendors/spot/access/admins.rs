//! Who administers the organization, and whether somebody will be left who does (rule 12).

use std::collections::BTreeSet;

use crate::api::managed::Managed;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use crate::engine::base::sentences::listed;
use crate::vendors::spot::access::grants::{Grant, Grants, Place};
use crate::vendors::spot::access::search::Search;
use crate::vendors::spot::policy::model::Policy;
use crate::vendors::spot::session::{Policies, SpotSession};
use crate::vendors::spot::user::model::{GroupOf, UserDetail, UserKind};

/// What is said of the operator's own user, and what helps then: that somebody else administers does not.
pub const OWN: &str = "the one whose token orgkeeper uses (put another administrator's token into the organization's \
                       Secret first, or set spec.connection.tokenUser of the organization if it is another's)";

/// How sure an answer has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Who may be an administrator counts as one: nobody may be locked out.
    Counts,
    /// Only who is one for sure counts: as the one who remains.
    CountsNot,
}

/// Whether these grants and groups make an administrator. A policy that the list lacks may make one.
pub fn administers(grants: &Grants, groups: &[&GroupOf], policies: &Policies, doubt: Doubt) -> bool {
    let doubtful = doubt == Doubt::Counts;
    if !doubtful && is_denied(grants, groups, policies) {
        return false;
    }
    let names = policies.administering_names(!doubtful);
    let by_id = |id: &str| policies.administers(id) || doubtful && policies.get(id).is_none();
    let by_name = |name: &str| names.contains(name) || doubtful && policies.named(name).is_empty();
    grants.iter().any(|grant| grant.place == Place::Organization && by_id(&grant.policy))
        || groups.iter().any(|group| group.policy_names.iter().any(|name| by_name(name)))
}

/// Whether a policy may deny what administrators do, whatever another allows.
fn is_denied(grants: &Grants, groups: &[&GroupOf], policies: &Policies) -> bool {
    let by_id = |grant: &Grant| policies.get(&grant.policy).is_some_and(Policy::may_deny_administration);
    let by_name = |name: &String| policies.named(name).into_iter().any(Policy::may_deny_administration);
    grants.iter().any(by_id) || groups.iter().any(|group| group.policy_names.iter().any(by_name))
}

/// Whether the user administers the organization, or may do so.
pub fn is_administrator(detail: &UserDetail, policies: &Policies) -> bool {
    let groups: Vec<&GroupOf> = detail.groups.iter().collect();
    administers(&super::grants::shown(&detail.policies), &groups, policies, Doubt::Counts)
}

/// Whether the user certainly administers the organization, whatever comes of the group `without`. What
/// was taken away so recently that reads may not show it (`spent`) counts for nothing.
pub fn stays_administrator(
    detail: &UserDetail,
    policies: &Policies,
    without: Option<&str>,
    spent: &BTreeSet<String>,
) -> bool {
    if spent.contains(&detail.id) {
        return false;
    }
    let policies = &policies.powerless(spent);
    let counts = |group: &&GroupOf| Some(group.id.as_str()) != without && !spent.contains(&group.id);
    let groups: Vec<&GroupOf> = detail.groups.iter().filter(counts).collect();
    administers(&super::grants::shown(&detail.policies), &groups, policies, Doubt::CountsNot)
}

/// Users, as a message on the object may name them beside what they have in common: no manifest of its namespace need
/// declare them, and from elsewhere than the organization's own nobody learns ids.
pub fn named<R: Managed>(object: &R, ids: &[String]) -> String {
    let own = object.meta().namespace.as_deref();
    let at_home = object
        .organization_ref()
        .is_some_and(|root| root.namespace.as_deref().is_none_or(|namespace| Some(namespace) == own));
    if at_home { format!(" ({})", listed(ids)) } else { String::new() }
}

/// Who must not be counted as the one that remains.
pub struct Except<'a> {
    /// Since when whoever remains has to be read.
    pub since: Tick,
    /// Users who are about to lose something.
    pub users: &'a BTreeSet<String>,
    /// What was taken from somebody, or deleted, so recently that reads may not show it.
    pub spent: &'a BTreeSet<String>,
    /// A group that counts for nothing.
    pub group: Option<&'a str>,
}

/// Somebody, not among the excepted, who administers the organization now: read for this question. Who is none is
/// remembered for as long as the search goes on. A machine user that is the operator's own does not count: nobody can log in as it. A person whose token
/// the operator uses does.
///
/// # Errors
/// Those of the reads; then nobody knows.
pub async fn another(
    session: &SpotSession,
    policies: &Policies,
    except: &Except<'_>,
) -> Result<Option<String>, VendorError> {
    // With no policy that makes an administrator there is none, and no read would find one.
    if policies.administering_names(true).is_empty() {
        return Ok(None);
    }
    let search = Search::new(session, policies, is_administrator, except.since);
    let mut rows = search.rows().await?;
    // Those who were administrators when last read, then those whom a group may make one.
    rows.sort_by_key(|row| {
        let grouped = !row.group_names.is_empty();
        (!session.was_administrator(&row.id), !grouped, row.id.clone())
    });
    let remains = |user: &UserDetail| {
        let counts =
            user.kind == Some(UserKind::Person) || session.is_own(&user.id, Some(user)) == Some(false);
        counts && stays_administrator(user, policies, except.group, except.spent)
    };
    for row in rows {
        if except.users.contains(&row.id) || except.spent.contains(&row.id) {
            continue;
        }
        if search.user(&row.id).await?.is_some_and(|user| remains(&user))
            && search.user_now(&row.id).await?.is_some_and(|user| remains(&user))
        {
            search.answered();
            return Ok(Some(row.id));
        }
    }
    search.answered();
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::spot::policy::model::PolicyKind;

    fn policies() -> Policies {
        Policies::of([("1", "Admin", PolicyKind::BuiltInOrganization)])
    }

    fn group(id: &str, policy: &str) -> GroupOf {
        GroupOf { id: id.into(), name: None, policy_names: vec![policy.into()] }
    }

    #[test]
    fn a_groups_policy_that_the_list_lacks_makes_an_administrator_only_in_doubt() {
        let unknown = group("ugr-1", "of another name");
        let is = |doubt| administers(&Grants::new(), &[&unknown], &policies(), doubt);
        assert!(is(Doubt::Counts) && !is(Doubt::CountsNot));
    }

    #[test]
    fn what_was_taken_away_a_moment_ago_makes_nobody_an_administrator() {
        let member = UserDetail {
            id: "u-1".into(),
            kind: Some(UserKind::Person),
            username: String::new(),
            email: None,
            organization_id: None,
            description: None,
            groups: vec![group("ugr-1", "Admin")],
            policies: Vec::new(),
            tokens: Vec::new(),
        };
        for (without, spent, expected) in [
            (None, "u-2", true),
            (Some("ugr-2"), "ugr-2", true),
            (None, "u-1", false),
            (None, "ugr-1", false),
            (Some("ugr-1"), "u-2", false),
        ] {
            let spent = BTreeSet::from([spent.to_owned()]);
            let stays = stays_administrator(&member, &policies(), without, &spent);
            assert_eq!(stays, expected, "{without:?} {spent:?}");
        }
    }
    #[test]
    fn whom_another_policy_may_deny_it_is_one_only_in_doubt() {
        use crate::vendors::spot::policy::model::{PolicyContent, PolicyEffect, Statement};
        let denial = |kind| {
            let denies = Statement {
                effect: PolicyEffect::Deny,
                actions: vec!["setup:*".into()],
                resources: vec!["*".into()],
                condition: None,
            };
            policies().with_content("pol-1", "denial", kind, PolicyContent::Statements(vec![denies]))
        };
        let grant = |policy: &str| Grant { policy: policy.into(), place: Place::Organization };
        let (admin, denied) = (grant("1"), grant("pol-1"));
        let by_group = group("ugr-1", "denial");
        for (grants, groups, kind, sure) in [
            (vec![admin.clone()], vec![], PolicyKind::Organization, true),
            (vec![admin.clone(), denied.clone()], vec![], PolicyKind::Organization, false),
            (vec![admin.clone(), denied.clone()], vec![], PolicyKind::Unknown, false),
            (vec![admin.clone(), denied], vec![], PolicyKind::Account, true),
            (vec![admin], vec![&by_group], PolicyKind::Organization, false),
        ] {
            let grants: Grants = grants.into_iter().collect();
            let is = |doubt| administers(&grants, &groups, &denial(kind), doubt);
            assert_eq!((is(Doubt::Counts), is(Doubt::CountsNot)), (true, sure), "{grants:?} {kind:?}");
        }
    }
}
