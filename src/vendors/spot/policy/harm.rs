//! What a write to a policy, or its deletion, strips whom of (rule 12).

use super::content::denies_more;
use super::holders::user_has;
use super::model::{Policy, PolicyEffect, Statement};
use super::wish::{AccessPolicies, PERMISSIONS, STATEMENTS};
use crate::engine::base::error::VendorError;
use crate::engine::decide::lock_out::Stake;
use crate::engine::provider::harm::{Harm, Shown, Stripped, Whom};
use crate::vendors::spot::access::admins::{bystander, is_administrator, stays_administrator};
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::{Policies, SpotSession};
use crate::vendors::spot::user::model::UserDetail;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What a write does to those who have the policy.
struct Loss<'a> {
    session: &'a SpotSession,
    policy: Policy,
    /// Whether they may administer the organization by it now, and do not then.
    administration: bool,
    /// Whether it denies them what something else allows.
    denial: bool,
    /// The policies as they are.
    now: Policies,
    /// The policies as they will be, as far as is certain.
    then: Policies,
    /// What was taken away so recently that reads may not show it.
    spent: &'a BTreeSet<String>,
}

impl Loss<'_> {
    /// What the user has at stake.
    fn stake(&self, user: &UserDetail) -> Stake {
        let has = user_has(user, &self.policy.id, &self.policy.name);
        let stake = bystander(self.session, user, &self.then, None, self.spent);
        let stake = Stake { remains: stake.remains && !(self.denial && has), ..stake };
        if !self.administration && !self.denial {
            return Stake { loses: has, ..stake };
        }
        let administers = has && (self.administration || is_administrator(user, &self.now));
        // Whoever administers it all the same loses nothing.
        let stays = !self.denial && stays_administrator(user, &self.then, None, self.spent);
        let loses = administers && !stays;
        Stake { loses, administers, ..stake }
    }
}

/// What the write strips whom of.
///
/// # Errors
/// Those of the reads; then nobody knows.
pub(super) async fn strips<'a>(
    session: &'a SpotSession,
    harm: &'a Harm<'a, AccessPolicies>,
) -> Result<Stripped<'a, AccessPolicies>, VendorError> {
    if !session.supports(Capability::UserDetails) {
        // There, roles make administrators, and no call gives a policy to anybody.
        return Ok(Stripped::Nothing);
    }
    let now = session.policies(harm.since).await?;
    let policy = now.get(harm.id).unwrap_or(harm.live).clone();
    let after = after(harm, &policy);
    let administers = |policy: &Policy| policy.grants_everything_in_the_organization();
    let administration = may_administer(&policy) && !after.as_ref().is_some_and(administers);
    let denial = after.as_ref().and_then(|after| after.content.as_ref()).is_some_and(|content| {
        let everywhere = policy.kind.is_of_the_organization() || !policy.kind.is_known();
        everywhere && denies_more(policy.content.as_ref(), content)
    });
    let lessens = administration || denial;
    if !lessens && after.as_ref().is_some_and(|after| widens(&policy, after)) {
        return Ok(Stripped::Nothing);
    }
    let mut taken = harm.spent.clone();
    if administration {
        taken.insert(harm.id.to_owned());
    }
    let holder = if lessens { "a user who administers the organization by" } else { "a user who has" };
    let then = now.powerless(&taken);
    let loss = Loss { session, policy, administration, denial, now, then, spent: harm.spent };
    let stake = Box::new(move |user: &Rc<UserDetail>| loss.stake(user));
    Ok(Stripped::Shown(Shown { whom: Whom::Holders(holder, lessens), stake, others: true }))
}

/// Whether everything that was said still is, and nothing more is denied.
fn widens(before: &Policy, after: &Policy) -> bool {
    let (old, new) = (before.statements(), after.statements());
    if old.is_empty() {
        // Nothing is known of what it said, or it is in another form.
        return before.content.is_some() && before.content == after.content;
    }
    old.iter().all(|statement| new.contains(statement))
        && new.iter().all(|statement| statement.effect == PolicyEffect::Allow || old.contains(statement))
}

/// What the policy will be; `None` where it will not be.
fn after(harm: &Harm<'_, AccessPolicies>, policy: &Policy) -> Option<Policy> {
    let desired = harm.desired?;
    let written =
        |change: &crate::engine::decide::plan::Change| matches!(&*change.path, STATEMENTS | PERMISSIONS);
    let content = match &desired.content {
        Ok(content) if harm.changes.iter().any(written) => Some(content.clone()),
        _ => policy.content.clone(),
    };
    Some(Policy { content, ..policy.clone() })
}

/// Whether whoever has the policy may administer the organization: also where what it says, or where it
/// holds, is not known.
fn may_administer(policy: &Policy) -> bool {
    let may_hold_there = policy.kind.is_of_the_organization() || !policy.kind.is_known();
    let allows_all = |statement: &Statement| {
        statement.effect == PolicyEffect::Allow
            && statement.actions.iter().any(|action| matches!(action.as_str(), "*" | "*:*"))
    };
    may_hold_there
        && (policy.grants_everything_in_the_organization()
            || policy.content.is_none()
            || policy.statements().iter().any(allows_all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::spot::policy::model::{Permission, PolicyContent, PolicyKind};
    use PolicyEffect::{Allow, Deny};

    fn says(effect: PolicyEffect, action: &str, resource: &str) -> Statement {
        Statement { effect, actions: vec![action.into()], resources: vec![resource.into()], condition: None }
    }

    fn policy(kind: PolicyKind, content: Option<PolicyContent>) -> Policy {
        let description = None;
        let (id, name) = ("pol-1".into(), "a".into());
        Policy { id, name, description, kind, content }
    }

    fn of(statements: &[&Statement]) -> PolicyContent {
        PolicyContent::Statements(statements.iter().map(|&one| one.clone()).collect())
    }

    #[test]
    fn only_what_takes_nothing_away_and_denies_nothing_widens() {
        let (one, two) = (says(Allow, "a:b", "*"), says(Allow, "c:d", "*"));
        let deny = says(Deny, "a:b", "o-1");
        let permissions = |service: &str| {
            let actions = vec!["b".into()];
            Some(PolicyContent::Permissions(vec![Permission { service_id: service.into(), actions }]))
        };
        let table = [
            (Some(of(&[&one])), Some(of(&[&one])), true),
            (Some(of(&[&one])), Some(of(&[&two, &one])), true),
            (Some(of(&[&deny, &one])), Some(of(&[&one, &deny, &two])), true),
            (Some(of(&[&one, &two])), Some(of(&[&one])), false),
            (Some(of(&[&one])), Some(of(&[&two])), false),
            (Some(of(&[&one])), Some(of(&[&one, &deny])), false),
            // A denial that goes allows more, but nobody looks so closely.
            (Some(of(&[&one, &deny])), Some(of(&[&one])), false),
            (Some(of(&[&one])), None, false),
            (None, Some(of(&[&two])), false),
            (None, None, false),
            (permissions("a"), permissions("a"), true),
            (permissions("a"), permissions("b"), false),
            (permissions("a"), Some(of(&[&two])), false),
        ];
        for (before, after, expected) in table {
            let kind = PolicyKind::Organization;
            let found = widens(&policy(kind, before.clone()), &policy(kind, after.clone()));
            assert_eq!(found, expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn whoever_may_administer_by_a_policy_counts_also_where_little_is_known_of_it() {
        use PolicyKind::{Account, BuiltInAccount, BuiltInOrganization, Organization, Unknown};
        let all = || Some(of(&[&says(Allow, "*", "*")]));
        let in_part = || Some(of(&[&says(Allow, "*:*", "o-1"), &says(Deny, "ocean:*", "*")]));
        let less = || Some(of(&[&says(Allow, "ocean:*", "*"), &says(Deny, "*", "*")]));
        for kind in [Organization, BuiltInOrganization, Unknown] {
            for (content, expected) in [(all(), true), (in_part(), true), (None, true), (less(), false)] {
                let policy = policy(kind, content);
                assert_eq!(may_administer(&policy), expected, "{policy:?}");
            }
        }
        for kind in [Account, BuiltInAccount] {
            for content in [all(), in_part(), None, less()] {
                let policy = policy(kind, content);
                assert!(!may_administer(&policy), "{policy:?}");
            }
        }
    }
}
