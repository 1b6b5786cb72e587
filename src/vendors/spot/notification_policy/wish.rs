//! What a manifest asks of a policy, with references and Secrets resolved.

use super::content;
use super::model::{ComputeConfig, RegisteredUser, RegisteredUsers, Subscription};
use crate::api::spot::kinds;
use crate::api::spot::{NotificationPolicy, NotificationSubscription, PrivacyLevel, RegisteredUser as Asked};
use crate::engine::base::error::Failure;
use crate::engine::base::given::Form;
use crate::engine::base::reason::Reason;
use crate::engine::provider::inputs::{Inputs, Unresolved, Wait, unusable};
use crate::vendors::spot::access::lists::{GrantLists, List};
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use crate::vendors::spot::subscription::address;
use crate::vendors::spot::subscription::model::Endpoint;
use secrecy::ExposeSecret as _;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

pub(super) const REGISTERED_USERS: &str = "registeredUsers";
/// The most characters of an endpoint.
const MAX_ENDPOINT: usize = 500;

/// What a manifest asks of a policy.
#[derive(Debug)]
pub struct Desired {
    pub(super) account: String,
    pub(super) name: String,
    /// Absent: not managed, as the others.
    pub(super) description: Option<String>,
    pub(super) privacy_level: PrivacyLevel,
    pub(super) is_active: Option<bool>,
    pub(super) subscriptions: Option<Vec<Subscription>>,
    /// Or waited for.
    pub(super) registered_users: Option<RegisteredUsers>,
    pub(super) config: ComputeConfig,
    /// What is known of that list besides.
    pub(super) lists: GrantLists,
}

pub(super) async fn resolve(
    session: &SpotSession,
    resource: &NotificationPolicy,
    inputs: &Inputs<'_>,
) -> Result<Desired, Unresolved> {
    let spec = &resource.spec;
    let subscription = |one: &NotificationSubscription| subscription(one, inputs);
    let subscriptions = spec.subscriptions.as_ref().map(|all| all.iter().map(subscription).collect());
    let mut lists = GrantLists::default();
    let registered_users = match &spec.registered_users {
        Some(asked) => registered_users(session, asked, inputs, &mut lists).await?,
        None => None,
    };
    Ok(Desired {
        account: inputs.container.to_owned(),
        name: spec.name.clone(),
        description: spec.description.clone(),
        privacy_level: spec.privacy_level,
        is_active: spec.is_active,
        subscriptions: subscriptions.transpose()?,
        registered_users,
        config: content::config(&spec.compute_policy_config),
        lists,
    })
}

fn subscription(asked: &NotificationSubscription, inputs: &Inputs<'_>) -> Result<Subscription, Unresolved> {
    let channel = asked.channel.as_str();
    let endpoint = match (&asked.endpoint, &asked.endpoint_secret_ref) {
        (Some(endpoint), _) => Endpoint::from(endpoint.expose().to_owned()),
        (None, Some(secret)) => {
            let given = inputs.secret(secret, Form::Word)?;
            let (endpoint, protocol) = (given.expose_secret(), content::protocol(channel));
            let fits = protocol.is_none_or(|protocol| address::fits(protocol, endpoint));
            if !fits || endpoint.chars().count() > MAX_ENDPOINT {
                let needed = protocol.map_or("an address", address::form);
                let why = format!(
                    "does not hold {needed} of at most {MAX_ENDPOINT} characters, which type {channel} needs: write \
                     one there, or correct the type"
                );
                return Err(unusable(secret, why));
            }
            Endpoint::from(given)
        }
        (None, None) => {
            let text = "A subscription in the manifest names no endpoint; the schema should have refused it.";
            return Err(Unresolved::Person(Reason::InternalError, text.into()));
        }
    };
    Ok(Subscription { channel, endpoint })
}

async fn registered_users(
    session: &SpotSession,
    asked: &[Asked],
    inputs: &Inputs<'_>,
    lists: &mut GrantLists,
) -> Result<Option<RegisteredUsers>, Unresolved> {
    let (mut users, mut kept) = (RegisteredUsers::new(), RegisteredUsers::new());
    let mut list = List::new(REGISTERED_USERS, inputs);
    for one in asked {
        let types = one.subscription_types.iter().map(|kind| kind.as_str().to_owned()).collect();
        let Some(user) = &one.user_ref else {
            add(&mut users, one.email.as_deref().unwrap_or_default(), types);
            continue;
        };
        let place = (user.namespace.as_deref(), &*user.name);
        let Some(goal) = list.follow(kinds::USER, place, &user.name, None) else { continue };
        if goal.kept && inputs.gone.contains(&goal.id) {
            // Nobody is told who is gone.
            continue;
        }
        let object = inputs.named(kinds::USER, place.0, place.1);
        match session.address(&goal.id).await {
            Ok(Some(email)) => add(if goal.kept { &mut kept } else { &mut users }, &email, types),
            Ok(None) => {
                let text = format!(
                    "{object} has no address by which it could be told: a machine user has none. Take it out of \
                     {REGISTERED_USERS}."
                );
                return Err(Unresolved::Person(reasons::RECIPIENT_INVALID, text));
            }
            Err(error) if error.failure == Failure::NotFound && goal.kept => {}
            Err(error) if error.failure == Failure::NotFound => {
                let message = format!(
                    "The vendor does not show the user of {object} yet. This goes on by itself once it does: if that \
                     takes long, see the conditions of {object}."
                );
                list.block(Wait { reason: Reason::DependencyNotReady, message, stalled: false });
            }
            Err(error) => return Err(Unresolved::Vendor(error)),
        }
    }
    for (key, user) in kept {
        if let Entry::Vacant(vacant) = users.entry(key) {
            list.keep(vacant.key());
            vacant.insert(user);
        }
    }
    Ok(list.close(users, lists))
}

/// Who is named twice is told in each of the ways.
fn add(users: &mut RegisteredUsers, email: &str, types: BTreeSet<String>) {
    let new = || RegisteredUser { email: email.to_owned(), subscription_types: BTreeSet::new() };
    users.entry(email.to_lowercase()).or_insert_with(new).subscription_types.extend(types);
}
