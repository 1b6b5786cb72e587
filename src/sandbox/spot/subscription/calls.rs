//! Event subscriptions (spot-wire §2.7, §6). The live service calls them deprecated and keeps them.

use super::rows;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::{Object, is_address, is_email};
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::subscription::state::SUBSCRIPTION;
use crate::sandbox::spot::{Protocol, Subscription, SubscriptionDetails};

const KIND: &str = "spotinst:subscription";
const WRAPPER: &str = "subscription";

/// `http` and `https` are deprecated, and clients still send them (spot-wire §6).
const PROTOCOLS: &[(&str, Protocol)] = &[
    ("http", Protocol::Http),
    ("https", Protocol::Https),
    ("email", Protocol::Email),
    ("email-json", Protocol::EmailJson),
    ("aws-sns", Protocol::AwsSns),
    ("web", Protocol::Web),
];

/// Not idempotent: the same again makes another.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let known = &["resourceId", "protocol", "endpoint", "eventType", "eventFormat"];
    let object = Object::wrapped(call.contract, call.body, WRAPPER, known)?;
    let resource_id = object.required_text("resourceId")?;
    let details = read_whole(call, &object, account, resource_id)?;
    let id = call.create_in_account(details)?;
    let (subscription, details) = call
        .world
        .in_accounts::<SubscriptionDetails>()
        .get(&id)
        .ok_or_else(|| Refusal::missing(SUBSCRIPTION, id))?;
    let row = rows::subscription(call.contract, call.world, subscription, details);
    Ok(Success::items(KIND, vec![row]))
}

/// One account's.
pub(super) fn list(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let items = call
        .world
        .in_accounts::<SubscriptionDetails>()
        .seen_in(call.list_sight(), call.organization, &account)
        .into_iter()
        .map(|(subscription, details)| rows::subscription(call.contract, call.world, subscription, details))
        .collect();
    Ok(Success::items(KIND, items))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let id = call.parameter("subscriptionId");
    let (subscription, details) = call
        .world
        .in_accounts::<SubscriptionDetails>()
        .seen(call.read_sight(), id)
        .filter(|(_, details)| details.account == account)
        .ok_or_else(|| Refusal::missing(SUBSCRIPTION, id))?;
    let row = rows::subscription(call.contract, call.world, subscription, details);
    Ok(Success::items(KIND, vec![row]))
}

/// The live service merges what is sent, and its resource stays; the document sends it whole.
pub(super) fn update(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let (subscription, before) = named(call, &account)?;
    let (id, mut after) = (subscription.id.clone(), before.clone());
    match call.contract {
        Contract::Production => {
            let known = &["protocol", "endpoint", "eventType", "eventFormat"];
            let object = Object::wrapped(call.contract, call.body, WRAPPER, known)?;
            merge(&object, &mut after)?;
        }
        Contract::Published => {
            let object = Object::wrapped(call.contract, call.body, WRAPPER, &[])?;
            let resource_id = object.required_text("resourceId")?;
            let whole = read_whole(call, &object, account, resource_id)?;
            after = SubscriptionDetails { updated_at: after.updated_at, ..whole };
        }
    }
    call.world
        .in_accounts_mut::<SubscriptionDetails>()
        .change(call.now, call.lag, &id, |details| *details = after);
    call.subjects.push(id);
    Ok(Success::Affected(1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = call.scope()?;
    let id = named(call, &account)?.0.id.clone();
    call.world.in_accounts_mut::<SubscriptionDetails>().remove(call.now, call.lag, &id);
    Ok(call.done_to(id))
}

/// The subscription that the path names. One of another account is as good as missing.
fn named<'a>(
    call: &'a Call<'_>,
    account: &str,
) -> Result<(&'a Subscription, &'a SubscriptionDetails), Refusal> {
    let id = call.parameter("subscriptionId");
    call.world
        .in_accounts::<SubscriptionDetails>()
        .get(id)
        .filter(|(_, details)| details.account == account)
        .ok_or_else(|| Refusal::missing(SUBSCRIPTION, id))
}

fn read_whole(
    call: &Call<'_>,
    object: &Object,
    account: String,
    resource_id: String,
) -> Result<SubscriptionDetails, Refusal> {
    let protocol = object.choice("protocol", PROTOCOLS)?.ok_or_else(|| object.required("protocol"))?;
    let endpoint = object.required_text("endpoint")?;
    must_fit(object, protocol, &endpoint)?;
    let event_type = event_type(object)?.ok_or_else(|| object.required("eventType"))?;
    let event_format = match call.contract {
        Contract::Production => object.any_object("eventFormat")?,
        Contract::Published => None,
    };
    must_be_there(call, &account, &resource_id)?;
    let updated_at = call.now;
    Ok(SubscriptionDetails { account, resource_id, protocol, endpoint, event_type, event_format, updated_at })
}

/// An `eventFormat` of null takes it away; other nulls count as left out.
fn merge(object: &Object, details: &mut SubscriptionDetails) -> Result<(), Refusal> {
    if let Some(protocol) = object.choice("protocol", PROTOCOLS)? {
        details.protocol = protocol;
    }
    if let Some(endpoint) = object.some_text("endpoint")? {
        details.endpoint = endpoint;
    }
    must_fit(object, details.protocol, &details.endpoint)?;
    if let Some(event_type) = event_type(object)? {
        details.event_type = event_type;
    }
    if object.is_null("eventFormat") {
        details.event_format = None;
    } else if let Some(event_format) = object.any_object("eventFormat")? {
        details.event_format = Some(event_format);
    }
    Ok(())
}

/// The vendor's list of events grows: the form is checked, the word is not.
fn event_type(object: &Object) -> Result<Option<String>, Refusal> {
    let event_type = object.some_text("eventType")?;
    let fits = |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
    if event_type.as_ref().is_some_and(|text| !text.chars().all(fits)) {
        return Err(object.invalid("eventType", "must be in upper case"));
    }
    Ok(event_type)
}

/// Whether the endpoint is of the protocol's form.
fn must_fit(object: &Object, protocol: Protocol, endpoint: &str) -> Result<(), Refusal> {
    let (fits, complaint) = match protocol {
        Protocol::Http | Protocol::Https | Protocol::Web => (is_address(endpoint), "must be a valid uri"),
        Protocol::Email | Protocol::EmailJson => (is_email(endpoint), "must be a valid email"),
        Protocol::AwsSns => (is_topic(endpoint), "must be the ARN of a topic"),
    };
    if fits { Ok(()) } else { Err(object.invalid("endpoint", complaint)) }
}

/// `arn:aws:sns:us-east-1:123456789012:topic`
fn is_topic(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    let [arn, partition, service, region, account, topic] = parts.as_slice() else {
        return false;
    };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "sns"
        && !region.is_empty()
        && account.len() == 12
        && account.chars().all(|char| char.is_ascii_digit())
        && !topic.is_empty()
}

/// The resource has to be in the account: in another's it is as good as missing (spot-wire §2.7).
fn must_be_there(call: &Call<'_>, account: &str, id: &str) -> Result<(), Refusal> {
    let there = match call.world.resource(id) {
        Some(resource) => resource.account_id == account,
        None => call.any_resource && is_resource_id(id),
    };
    if there {
        return Ok(());
    }
    Err(Refusal::conflict("CANT_CREATE_SUBSCRIPTION", format!("Resource '{id}' doesn't exist")))
}

/// `sig-1a2b3c4d`, `o-1a2b3c4d`: a kind, a hyphen, and letters and digits.
fn is_resource_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(kind, rest)| {
        !kind.is_empty()
            && kind.chars().all(|char| char.is_ascii_lowercase())
            && !rest.is_empty()
            && rest.chars().all(|char| char.is_ascii_alphanumeric())
    })
}
