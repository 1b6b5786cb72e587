//! What a manifest asks of a user, with references and Secrets resolved.

use super::paths::{ACCOUNTS, POLICIES, ROLE, USER_GROUPS};
use crate::api::managed::Managed;
use crate::api::reference::SecretKeyRef;
use crate::api::spot::kinds;
use crate::api::spot::{
    AccountRole, GrantsPolicy, GroupMembership, Human, Programmatic, Role, SpotUser, Subject,
};
use crate::engine::base::given::Form;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan;
use crate::engine::provider::inputs::{Inputs, Unresolved, Wait, unusable};
use crate::vendors::spot::access::asked;
use crate::vendors::spot::access::grants::{Grant, Grants, Place};
use crate::vendors::spot::access::lists::{Goal, GrantLists, List};
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::names;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::{Policies, SpotSession};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};

/// The fewest characters of a password (spot-wire §5).
const MIN_PASSWORD: usize = 8;

/// What a manifest asks of a user.
#[derive(Debug)]
pub struct Desired {
    pub(super) who: Who,
    /// Absent: not managed, or waited for.
    pub(super) accounts: Option<BTreeMap<String, AccountRole>>,
    pub(super) policies: Option<Grants>,
    pub(super) groups: Option<BTreeSet<String>>,
    /// Groups whose own manifests say who is in them.
    pub(super) owned_groups: BTreeSet<String>,
    pub(super) exclusive: GrantsPolicy,
    /// Where the contract has policies.
    pub(super) catalogue: Option<Policies>,
    /// What comes with the role in the organization.
    pub(super) by_default: Grants,
    /// What is known of these lists besides.
    pub(super) lists: GrantLists,
    /// What we wrote ourselves, of what cannot be read back.
    pub(super) written: BTreeSet<&'static str>,
}

/// Who a user is.
#[derive(Debug)]
pub(super) enum Who {
    Person {
        email: String,
        first_name: Option<String>,
        last_name: Option<String>,
        role: Option<Role>,
        password: Option<SecretString>,
    },
    Machine {
        name: String,
        description: Option<String>,
    },
}

/// The address of a person, the name of a machine. No machine's name holds an @.
pub(super) fn key(resource: &SpotUser) -> String {
    match resource.spec.subject() {
        Some(Subject::Human(human)) => human.email.to_lowercase(),
        Some(Subject::Programmatic(machine)) => machine.name.clone(),
        None => String::new(),
    }
}

/// Why a name cannot be sent that a create sends.
pub(super) fn unsendable_name(resource: &SpotUser) -> Option<String> {
    match resource.spec.subject()? {
        Subject::Human(Human { email, first_name, last_name, .. }) => {
            let given = [("spec.human.firstName", first_name), ("spec.human.lastName", last_name)];
            let mut names = given.into_iter().filter_map(|(path, name)| names::plain(path, name.as_deref()?));
            names::clean("spec.human.email", email).or_else(|| names.next())
        }
        Subject::Programmatic(machine) => names::plain("spec.programmatic.name", &machine.name),
    }
}

pub(super) async fn resolve(
    session: &SpotSession,
    resource: &SpotUser,
    inputs: &Inputs<'_>,
) -> Result<Desired, Unresolved> {
    let spec = &resource.spec;
    let who = match spec.subject() {
        Some(Subject::Human(human)) => person(human, inputs)?,
        Some(Subject::Programmatic(machine)) => self::machine(machine),
        None => {
            let text = "The user is neither human nor programmatic, which the schema refuses. Apply the definitions of this \
                        version."
                .to_owned();
            return Err(Unresolved::Person(Reason::InternalError, text));
        }
    };
    let mut desired = Desired {
        who,
        accounts: None,
        policies: None,
        groups: None,
        owned_groups: inputs.owned.cloned().unwrap_or_default(),
        exclusive: spec.grants,
        catalogue: None,
        by_default: Grants::new(),
        lists: GrantLists::new(session.supports(Capability::UserPermissions)),
        written: written(&resource.common_status().last_applied),
    };
    if !session.supports(Capability::PersonPassword) {
        desired.forgo_password(spec.human.as_ref());
    }
    if !session.supports(Capability::UserMappings) {
        if spec.policies.is_some() {
            desired.lists.unsupported.push(POLICIES.to_owned());
        }
        if spec.user_groups.is_some() {
            desired.lists.unsupported.push(USER_GROUPS.to_owned());
        }
        if spec.accounts.is_some() && spec.grants == GrantsPolicy::Additive {
            // The whole list is replaced, and nothing shows what somebody granted besides.
            desired.lists.unsupported.push(ACCOUNTS.to_owned());
            return Ok(desired);
        }
    }
    if let Some(accounts) = &spec.accounts {
        desired.accounts = asked::roles(accounts, inputs, &mut desired.lists)?;
    }
    if !session.supports(Capability::UserMappings) {
        return Ok(desired);
    }
    let policies = spec.policies.as_deref().unwrap_or_default();
    let catalogue = asked::catalogue(session, policies).await?;
    if spec.policies.is_some() {
        desired.policies = asked::grants(policies, &catalogue, inputs, &mut desired.lists)?;
    }
    if let Some(groups) = &spec.user_groups {
        desired.groups = memberships(groups, inputs, &mut desired.lists);
    }
    let editors = desired.accounts.iter().flatten().any(|(_, role)| *role == AccountRole::Editor);
    if matches!(desired.who, Who::Machine { .. }) && editors && catalogue.editor().is_none() {
        let text =
            "The organization lists no built-in policy Account Editor, by which a machine user is given that role. Give it \
             its rights by policies in place of accounts."
                .to_owned();
        return Err(Unresolved::Person(reasons::GRANT_INVALID, text));
    }
    if let Who::Person { role: Some(role), .. } = &desired.who {
        desired.by_default = by_default(session, *role, &catalogue);
    }
    desired.catalogue = Some(catalogue);
    Ok(desired)
}

/// What the vendor gives with a role in the organization: a Viewer is linked to the oldest account
/// (spot-wire §2.3), and who may do more administers by the vendor's own policy (same place, the SCIM note).
/// The link counts for the other roles too: an edit of the role changes nothing at the vendor, so it must
/// not take the link away.
fn by_default(session: &SpotSession, role: Role, policies: &Policies) -> Grants {
    let account = session.oldest_account().into_iter();
    let mut grants: Grants =
        account.map(|account| Grant::new(policies.viewer(), Place::Account(account))).collect();
    if role != Role::Viewer {
        let administration = policies.built_in_administration();
        grants.extend(administration.map(|policy| Grant::new(policy, Place::Organization)));
    }
    grants
}

/// Of what cannot be read back, what was written and not only assumed at adoption.
fn written(last_applied: &BTreeMap<String, String>) -> BTreeSet<&'static str> {
    let ours = |path: &&str| last_applied.get(*path).is_some_and(|print| !plan::is_assumed(print));
    [ROLE, ACCOUNTS].into_iter().filter(ours).collect()
}

fn person(human: &Human, inputs: &Inputs<'_>) -> Result<Who, Unresolved> {
    // Who is there needs it no more: then it is not among the values.
    let place = |secret: &&SecretKeyRef| (secret.name.clone(), secret.key.clone());
    let secret =
        human.password_secret_ref.as_ref().filter(|secret| inputs.secrets.contains_key(&place(secret)));
    let password = secret.map(|secret| inputs.secret(secret, Form::Phrase)).transpose()?;
    if let (Some(password), Some(secret)) = (&password, secret)
        && !is_password(password.expose_secret())
    {
        let why = format!(
            "holds no password that Spot takes: write one there of at least {MIN_PASSWORD} characters, among them a digit, \
             an upper-case and a lower-case letter and a special character"
        );
        return Err(unusable(secret, why));
    }
    Ok(Who::Person {
        email: human.email.clone(),
        first_name: human.first_name.clone(),
        last_name: human.last_name.clone(),
        role: human.role,
        password,
    })
}

/// As the vendor's users page has it (spot-wire §5).
fn is_password(text: &str) -> bool {
    text.chars().count() >= MIN_PASSWORD
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().any(char::is_uppercase)
        && text.chars().any(char::is_lowercase)
        && text.chars().any(|c| !c.is_alphanumeric())
}

fn machine(machine: &Programmatic) -> Who {
    Who::Machine { name: machine.name.clone(), description: machine.description.clone() }
}

fn memberships(
    asked: &[GroupMembership],
    inputs: &Inputs<'_>,
    lists: &mut GrantLists,
) -> Option<BTreeSet<String>> {
    let (mut groups, mut remembered) = (BTreeSet::new(), BTreeSet::new());
    let mut list = List::new(USER_GROUPS, inputs);
    if inputs.owned.is_none() {
        // Without them, a group that lists its own members would look like one too many.
        list.block(Wait {
            reason: Reason::DependencyNotReady,
            message:
                "Not every SpotUserGroup is known to the operator yet, so userGroups waits, and goes on by itself then. If \
                 it stays so, see the operator's /readyz, which says why."
                    .to_owned(),
            stalled: false,
        });
    }
    for membership in asked {
        let goal = match (&membership.user_group_id, &membership.group_ref) {
            (Some(id), _) => Some(Goal { id: id.clone(), kept: false, role: None }),
            (None, Some(group)) => {
                list.follow(kinds::USER_GROUP, (group.namespace.as_deref(), &group.name), &group.name, None)
            }
            (None, None) => None,
        };
        let Some(Goal { id, kept, .. }) = goal else { continue };
        if inputs.owned.is_some_and(|owned| owned.contains(&id)) {
            let group = match &membership.group_ref {
                Some(group) => {
                    inputs.named(kinds::USER_GROUP, group.namespace.as_deref(), &group.name).to_string()
                }
                None => format!("group {id}"),
            };
            list.block(Wait {
                reason: Reason::ManagementConflict,
                message: format!(
                    "The manifest of {group} lists its members, so this user's userGroups cannot. Name the \
                     user there, or take members out of the group's manifest."
                ),
                stalled: true,
            });
        }
        if kept { &mut remembered } else { &mut groups }.insert(id);
    }
    let groups = list.united(groups, &remembered);
    list.close(groups, lists)
}

pub(super) fn missing_for_create(session: &SpotSession, desired: &Desired) -> Option<String> {
    match &desired.who {
        Who::Person { first_name, last_name, role, email, .. } => {
            let missing: Vec<&str> = [
                ("human.firstName", first_name.is_none()),
                ("human.lastName", last_name.is_none()),
                ("human.role", role.is_none()),
            ]
            .into_iter()
            .filter_map(|(name, missing)| missing.then_some(name))
            .collect();
            (!missing.is_empty()).then(|| {
                format!(
                    "Nobody has the address {email}, and to create a person needs {} too. Add that, or correct the \
                     address.",
                    missing.join(", ")
                )
            })
        }
        Who::Machine { name, .. } => {
            let given = desired.accounts.as_ref().is_some_and(|accounts| !accounts.is_empty())
                || desired.policies.as_ref().is_some_and(|policies| !policies.is_empty());
            (!given && session.supports(Capability::UserMappings)).then(|| {
                format!(
                    "There is no machine user named {name:?}, and the vendor creates none without accounts or \
                     policies: give it at least one."
                )
            })
        }
    }
}

impl Desired {
    fn forgo_password(&mut self, human: Option<&Human>) {
        if let Who::Person { password, .. } = &mut self.who {
            *password = None;
        }
        if human.is_some_and(|human| human.password_secret_ref.is_some()) {
            self.lists.unsupported.push("human.passwordSecretRef".to_owned());
        }
    }

    /// The grants by which a machine user has its roles.
    pub(super) fn role_grants(&self, policies: &Policies) -> Grants {
        let roles = self.accounts.iter().flatten();
        roles.filter_map(|(account, role)| role_grant(policies, account, *role)).collect()
    }
}

/// The grant by which a machine user has a role: of the vendor's own policy for it.
pub(super) fn role_grant(policies: &Policies, account: &str, role: AccountRole) -> Option<Grant> {
    let policy = match role {
        AccountRole::Viewer => policies.viewer(),
        AccountRole::Editor => policies.editor()?,
    };
    Some(Grant::new(policy, Place::Account(account.to_owned())))
}
