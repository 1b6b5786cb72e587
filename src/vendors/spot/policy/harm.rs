//! Who would be locked out by a write to a policy, or by its deletion (rule 12).

use super::content::denies_more;
use super::holders::user_has;
use super::model::{Policy, PolicyEffect, Statement};
use super::wish::{AccessPolicies, PERMISSIONS, STATEMENTS};
use crate::engine::base::error::VendorError;
use crate::engine::provider::ability::Harm;
use crate::vendors::spot::access::admins::{OWN, is_administrator, named, stays_administrator};
use crate::vendors::spot::access::search::Search;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::session::{Policies, SpotSession};
use crate::vendors::spot::user::model::{UserDetail, UserKind};
use std::collections::BTreeSet;

/// What a write does to those who have the policy.
struct Loss<'a> {
    policy: &'a Policy,
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
    /// Whether the user certainly administers the organization after the write.
    fn stays(&self, user: &UserDetail) -> bool {
        let denied = self.denial && user_has(user, &self.policy.id, &self.policy.name);
        !denied && stays_administrator(user, &self.then, None, self.spent)
    }

    /// Whether the user may administer the organization, and may not do so any more.
    fn concerns(&self, user: &UserDetail) -> bool {
        let has = user_has(user, &self.policy.id, &self.policy.name);
        let administers = is_administrator(user, &self.now) || self.administration && has;
        administers && has && !self.stays(user)
    }
}

/// Why the write must not be made unasked, if it must not.
///
/// # Errors
/// Those of the reads; then nobody knows.
pub(super) async fn lock_out(
    session: &SpotSession,
    harm: &Harm<'_, AccessPolicies>,
) -> Result<Option<String>, VendorError> {
    if !session.supports(Capability::UserDetails) {
        // There, roles make administrators, and no call gives a policy to anybody.
        return Ok(None);
    }
    let now = session.policies(harm.since).await?;
    let policy = now.get(harm.id).unwrap_or(harm.live);
    let after = after(harm, policy);
    let administers = |policy: &Policy| policy.grants_everything_in_the_organization();
    let administration = may_administer(policy) && !after.as_ref().is_some_and(administers);
    let denial = after.as_ref().and_then(|after| after.content.as_ref()).is_some_and(|content| {
        let everywhere = policy.kind.is_of_the_organization() || !policy.kind.is_known();
        everywhere && denies_more(policy.content.as_ref(), content)
    });
    if !administration && !denial {
        let widens = after.as_ref().is_some_and(|after| widens(policy, after));
        return if widens { Ok(None) } else { reduces_own(session, harm, policy, &now).await };
    }
    let mut taken = harm.spent.clone();
    if administration {
        taken.insert(harm.id.to_owned());
    }
    let loss = Loss {
        policy,
        administration,
        denial,
        then: now.powerless(&taken),
        now: now.clone(),
        spent: harm.spent,
    };
    weigh(session, harm, &loss).await
}

/// Whether the operator's own user has the policy, and so may lose what it needs.
async fn reduces_own(
    session: &SpotSession,
    harm: &Harm<'_, AccessPolicies>,
    policy: &Policy,
    now: &Policies,
) -> Result<Option<String>, VendorError> {
    let (object, search) = (harm.resource, Search::new(session, now, is_administrator, harm.since));
    let mut rows = search.rows().await?;
    rows.sort_by_key(|row| (!session.was_own(&row.id), row.id.clone()));
    let mut why = None;
    for row in rows {
        let Some(mut user) = search.user(&row.id).await? else { continue };
        let own = session.is_own(&row.id, Some(&user));
        if own == Some(true) {
            let Some(now) = search.user_now(&row.id).await? else { continue };
            user = now;
        }
        if own != Some(false) && user_has(&user, &policy.id, &policy.name) {
            why = Some(format!(
                "a user who has policy {}{} is, or may be, {OWN}",
                policy.id,
                named(object, std::slice::from_ref(&row.id))
            ));
        }
        if own == Some(true) || why.is_some() {
            break;
        }
    }
    search.answered();
    Ok(why)
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

/// Goes through the users until it is certain that the operator's own user loses nothing, and that somebody
/// remains.
async fn weigh(
    session: &SpotSession,
    harm: &Harm<'_, AccessPolicies>,
    loss: &Loss<'_>,
) -> Result<Option<String>, VendorError> {
    let (object, search) = (harm.resource, Search::new(session, &loss.now, is_administrator, harm.since));
    let mut rows = search.rows().await?;
    // The operator's own first, then those who were administrators when last read.
    rows.sort_by_key(|row| (!session.was_own(&row.id), !session.was_administrator(&row.id), row.id.clone()));
    let (mut own, mut remains, mut loses) = (false, false, BTreeSet::new());
    for row in rows {
        if own && remains {
            break;
        }
        let Some(mut user) = search.user(&row.id).await? else { continue };
        let is_own = session.is_own(&row.id, Some(&user));
        // Nobody can log in as the operator's own machine user.
        let counts = user.kind == Some(UserKind::Person) || is_own == Some(false);
        if is_own == Some(true) || !remains && counts && loss.stays(&user) {
            let Some(now) = search.user_now(&row.id).await? else { continue };
            user = now;
        }
        if loss.concerns(&user) {
            if is_own != Some(false) {
                search.answered();
                return Ok(Some(format!(
                    "a user who administers the organization by policy {}{} is, or may be, the one whose token \
                     orgkeeper uses",
                    loss.policy.id,
                    named(object, std::slice::from_ref(&row.id))
                )));
            }
            loses.insert(row.id);
            continue;
        }
        own |= is_own == Some(true);
        remains |= counts && loss.stays(&user);
    }
    search.answered();
    Ok((!remains && !loses.is_empty()).then(|| {
        let who = named(object, &loses.into_iter().collect::<Vec<_>>());
        format!("the last administrators of the organization{who} are so by policy {}", loss.policy.id)
    }))
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
        let (description, created_at, updated_at) = (None, None, None);
        let (id, name) = ("pol-1".into(), "a".into());
        Policy { id, name, description, kind, content, created_at, updated_at }
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
