//! Who administers the organization, and whether somebody will be left who does (rule 12).

use std::collections::BTreeSet;

use crate::engine::decide::lock_out::Stake;
use crate::vendors::spot::access::grants::{Grant, Grants, Place};
use crate::vendors::spot::policy::model::Policy;
use crate::vendors::spot::session::{Policies, SpotSession};
use crate::vendors::spot::user::model::{GroupOf, UserDetail, UserKind};

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

/// What any user has at stake in a write that takes nothing from them: whether they remain, whatever comes of the group
/// `without`. A machine user that is the operator's own does not count: nobody can log in as it. A person whose token the
/// operator uses does.
pub fn bystander(
    session: &SpotSession,
    user: &UserDetail,
    policies: &Policies,
    without: Option<&str>,
    spent: &BTreeSet<String>,
) -> Stake {
    let ours = session.is_own(&user.id, Some(user));
    let counts = user.kind == Some(UserKind::Person) || ours == Some(false);
    let remains = counts && stays_administrator(user, policies, without, spent);
    Stake { ours, loses: false, administers: false, remains }
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
