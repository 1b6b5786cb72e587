//! Event subscriptions. The vendor lists them account by account, and has marked them as deprecated.

pub(super) mod address;
pub mod calls;
pub(super) mod decode;
pub mod model;
pub mod requests;

use crate::api::conditions::ConditionType;
use crate::api::policy::DeletionPolicy;
use crate::api::spot::kinds;
use crate::api::spot::{Contract, EventSubscription, KNOWN_EVENT_TYPES, Protocol, is_known_event_type};
use crate::engine::base::error::VendorError;
use crate::engine::base::given::Form;
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::plan::{Change, Field, Seen, Text};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::ability::{Creates, Deletes, Explains, Gets, Lists};
use crate::engine::provider::declared::Declared;
use crate::engine::provider::facts::{Facts, KeyAtVendor, Listing, Naming, Within};
use crate::engine::provider::inputs::{Inputs, Unresolved, unusable};
use crate::engine::provider::kind::{External, Kind};
use crate::engine::provider::registration::{End, Making, Registration};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::client::failure::resource_is_missing;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::known_names::with_meant;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use async_trait::async_trait;
use calls::SubscriptionCalls;
use kube::ResourceExt as _;
use model::{Endpoint, NewSubscription, Subscription, SubscriptionMember, SubscriptionUpdate};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

const RESOURCE: &str = "resourceId";
const PROTOCOL: &str = "protocol";
/// Wherever the manifest has it from.
const ENDPOINT: &str = "endpoint";
const EVENT_TYPE: &str = "eventType";
const EVENT_FORMAT: &str = "eventFormat";

/// The kind `EventSubscription`.
#[derive(Clone, Copy, Debug)]
pub struct Subscriptions;

/// A subscription as the vendor shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Observed {
    id: String,
    shown: NewSubscription,
    /// The natural key, which holds the endpoint.
    key: String,
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").field("id", &self.id).field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// What a manifest asks of a subscription.
#[derive(Debug)]
pub struct Desired {
    account: String,
    resource: String,
    protocol: Protocol,
    endpoint: Endpoint,
    event_type: String,
    /// Absent: not managed. Empty: none.
    event_format: Option<Map<String, Value>>,
}

impl Desired {
    fn new_subscription(&self) -> NewSubscription {
        let format = self.event_format.as_ref().filter(|format| !format.is_empty());
        NewSubscription {
            resource_id: self.resource.clone(),
            protocol: self.protocol.as_str().to_owned(),
            endpoint: self.endpoint.clone(),
            event_type: self.event_type.clone(),
            event_format: format.cloned().map(Value::Object),
        }
    }
}

impl Observed {
    fn new(account: &str, id: String, shown: NewSubscription) -> Self {
        let key = natural_key(account, &shown);
        Self { id, shown, key }
    }

    fn of(account: &str, row: Subscription) -> Self {
        let Subscription { id, resource_id, protocol, endpoint, event_type, event_format, .. } = row;
        Self::new(account, id, NewSubscription { resource_id, protocol, endpoint, event_type, event_format })
    }
}

/// Why the contract cannot express the kind at all.
fn unsupported(session: &SpotSession) -> Option<(Reason, &'static str)> {
    let text = "The public API document has no account in the calls for subscriptions, and a server that ignores \
                the account would use another one, so none of them is made. If this server minds it, set \
                spec.connection.accountScope of the organization to Query.";
    (!session.minds_accounts()).then_some((reasons::ACCOUNT_SCOPE_UNVERIFIED, text))
}

/// The kind with all that it can do.
pub fn registration() -> Registration<Subscriptions> {
    Registration::of(
        Subscriptions,
        Subscriptions,
        Making::repeatable(Subscriptions),
        End::deleted(Subscriptions),
    )
    .lacking(unsupported)
    .gets(Subscriptions)
    .explains(Subscriptions)
}

impl Kind for Subscriptions {
    type Vendor = Spot;
    type Resource = EventSubscription;
    type Desired = Desired;
    type Observed = Observed;

    const FACTS: Facts = Facts {
        container: Some(kinds::ACCOUNT),
        listing: Listing::PerContainer,
        key_fields: &[RESOURCE, PROTOCOL, ENDPOINT, EVENT_TYPE],
        // Who is told loses no access.
        deletion_takes_away: false,
        ..Facts::of("subscription", DeletionPolicy::Delete)
    };

    fn key(resource: &EventSubscription, within: &Within) -> String {
        let spec = &resource.spec;
        let endpoint = match (&spec.endpoint, &spec.endpoint_secret_ref) {
            (Some(endpoint), _) => {
                format!("= {}", digest([&*address::spelled(spec.protocol, endpoint.expose())]))
            }
            (None, Some(secret)) => {
                let namespace = resource.namespace().unwrap_or_default();
                format!("in {namespace}/{}/{}", secret.name, secret.key)
            }
            // The schema refuses it.
            (None, None) => String::new(),
        };
        joined(&within.key(), &spec.resource_id, &spec.event_type, spec.protocol.as_str(), &endpoint)
    }

    fn naming(resource: &EventSubscription) -> Naming {
        let spec = &resource.spec;
        Naming {
            title: format!("{} of {} by {}", spec.event_type, spec.resource_id, spec.protocol.as_str()),
            // It has none.
            unsendable: None,
            differ: "give it another resourceId, eventType, protocol or endpoint",
            at_vendor: KeyAtVendor::MayRepeat,
        }
    }

    async fn resolve(
        &self,
        _session: &SpotSession,
        resource: &EventSubscription,
        inputs: &Inputs<'_>,
    ) -> Result<Declared<Desired>, Unresolved> {
        let spec = &resource.spec;
        let endpoint = match &spec.endpoint {
            Some(endpoint) => Endpoint::from(endpoint.expose().to_owned()),
            None => endpoint_in_secret(resource, inputs)?,
        };
        let state = Desired {
            account: inputs.container.to_owned(),
            resource: spec.resource_id.clone(),
            protocol: spec.protocol,
            endpoint,
            event_type: spec.event_type.clone(),
            event_format: spec.event_format.clone(),
        };
        Ok(Declared {
            key: Some(natural_key(&state.account, &state.new_subscription())),
            advice: advice_of(&state),
            ..Declared::of(state)
        })
    }

    fn identify(live: &Observed) -> External<'_> {
        External { id: &live.id, key: &live.key, organization: None, adoptable: true }
    }

    fn has_key(live: &Observed, key: &str) -> bool {
        is_same_key(&live.key, key)
    }

    fn fields(
        &self,
        session: &SpotSession,
        desired: &Desired,
        live: &Observed,
        _applied: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let plain = |text: &str| Text::Plain(text.to_owned());
        let shown = |text: &str| Seen::Value(plain(text));
        // The document has every member in the body of a change; the live service names the endpoint alone, and
        // refuses another resource (spot-wire §2.7).
        let resource = match session.client.contract().name() {
            Contract::Production => Field::replacing,
            Contract::Published => Field::new,
        };
        let mut fields = vec![
            resource(RESOURCE, plain(&desired.resource), shown(&live.shown.resource_id)),
            Field::new(PROTOCOL, plain(desired.protocol.as_str()), shown(&live.shown.protocol)),
            Field::new(ENDPOINT, Text::Secret(desired.endpoint.secret().clone()), {
                let (wanted, shown) = (&desired.endpoint, &live.shown.endpoint);
                let same = address::is_same(desired.protocol.as_str(), wanted.expose(), shown.expose());
                Seen::Value(Text::Secret(if same { wanted } else { shown }.secret().clone()))
            }),
            Field::new(EVENT_TYPE, plain(&desired.event_type), shown(&live.shown.event_type)),
        ];
        if let Some(format) = &desired.event_format {
            let seen = if session.supports(Capability::EventFormat) {
                shown(&canonical(live.shown.event_format.as_ref()))
            } else {
                Seen::Unsupported
            };
            let format = Value::Object(format.clone());
            fields.push(Field::new(EVENT_FORMAT, Text::Plain(canonical(Some(&format))), seen));
        }
        fields
    }

    fn created(&self, desired: &Desired, id: &str) -> Observed {
        Observed::new(&desired.account, id.to_owned(), desired.new_subscription())
    }

    async fn update(
        &self,
        session: &SpotSession,
        id: &str,
        desired: &Desired,
        live: &Observed,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let mut update = update(desired, live, changes);
        update.whole.event_format =
            update.whole.event_format.filter(|_| session.supports(Capability::EventFormat));
        SubscriptionCalls(&session.client).update(&desired.account, id, &update).await
    }
}

#[async_trait(?Send)]
impl Lists<Self> for Subscriptions {
    async fn list(
        &self,
        session: &SpotSession,
        wanted: Wanted<'_, Observed>,
    ) -> Result<Listed<Observed>, VendorError> {
        let rows = SubscriptionCalls(&session.client).list(wanted.container).await?;
        let rows = rows.into_iter().map(|row| Observed::of(wanted.container, row)).collect();
        Ok(Listed { begun: wanted.now, rows })
    }
}

#[async_trait(?Send)]
impl Creates<Self> for Subscriptions {
    async fn create(&self, session: &SpotSession, desired: &Desired) -> Result<Created, VendorError> {
        let mut new = desired.new_subscription();
        new.event_format = new.event_format.filter(|_| session.supports(Capability::EventFormat));
        SubscriptionCalls(&session.client).create(&desired.account, &new).await
    }
}

#[async_trait(?Send)]
impl Gets<Self> for Subscriptions {
    async fn get(
        &self,
        session: &SpotSession,
        container: &str,
        id: &str,
    ) -> Option<Result<Observed, VendorError>> {
        Some(
            SubscriptionCalls(&session.client)
                .get(container, id)
                .await
                .map(|row| Observed::of(container, row)),
        )
    }
}

impl Explains<Self> for Subscriptions {
    fn refused(&self, error: &VendorError) -> Option<(Reason, String)> {
        let text = || {
            format!(
                "The account has no such resource: {}. Correct spec.resourceId, or have it made: it is looked for \
                 again slowly, and when the annotation orgkeeper.dev/reconcile-requested-at is set. If accountRef is wrong, \
                 which cannot be changed, delete this object, and create one for the right account.",
                error.message
            )
        };
        resource_is_missing(error).then(|| (reasons::RESOURCE_NOT_FOUND, text()))
    }
}

#[async_trait(?Send)]
impl Deletes<Self> for Subscriptions {
    async fn delete(&self, session: &SpotSession, container: &str, id: &str) -> Result<(), VendorError> {
        SubscriptionCalls(&session.client).delete(container, id).await
    }
}

/// The same in both contracts: it is one vendor that has deprecated the service.
fn advice_of(desired: &Desired) -> Vec<(ConditionType, Reason, String)> {
    let mut text =
        "The vendor has deprecated event subscriptions for its Notification Center, whose policies NotificationPolicy \
         declares where the endpoint is the live service. They still work: plan to move."
            .to_owned();
    if matches!(desired.protocol, Protocol::Http | Protocol::Https) {
        text += " Of the protocols it has deprecated http and https for web.";
    }
    let mut advice = vec![(ConditionType::Deprecated, reasons::SERVICE_DEPRECATED, text)];
    if !is_known_event_type(&desired.event_type) {
        let text = format!(
            "{} is none of the event types that the vendor is known for. It is sent all the same. Correct it if it is \
             misspelt: such a one never fires.",
            with_meant(&[&desired.event_type], &KNOWN_EVENT_TYPES.iter().copied())
        );
        advice.push((ConditionType::Unrecognized, reasons::UNKNOWN_EVENT_TYPE, text));
    }
    advice
}

fn endpoint_in_secret(resource: &EventSubscription, inputs: &Inputs<'_>) -> Result<Endpoint, Unresolved> {
    let protocol = resource.spec.protocol;
    let Some(secret) = &resource.spec.endpoint_secret_ref else {
        let text = "The manifest names nobody who is told; the schema should have refused it.";
        return Err(Unresolved::Person(Reason::InternalError, text.into()));
    };
    let address = inputs.secret(secret, Form::Word)?;
    if address::fits(protocol, address.expose_secret()) {
        return Ok(Endpoint::from(address.expose_secret().to_owned()));
    }
    let needed = address::form(protocol);
    Err(unusable(
        secret,
        format!(
            "does not hold {needed}, which protocol {} needs: write one there, or correct the protocol",
            protocol.as_str()
        ),
    ))
}

/// What is shown, with the changes. Fields that others changed and that policy leaves stay as they are, also
/// where all of it is sent.
fn update(desired: &Desired, live: &Observed, changes: &[Change]) -> SubscriptionUpdate {
    let new = desired.new_subscription();
    let mut update = SubscriptionUpdate { whole: live.shown.clone(), changed: [].into() };
    for change in changes {
        let whole = &mut update.whole;
        let member = match change.path.as_str() {
            RESOURCE => {
                whole.resource_id.clone_from(&new.resource_id);
                SubscriptionMember::Resource
            }
            PROTOCOL => {
                whole.protocol.clone_from(&new.protocol);
                SubscriptionMember::Protocol
            }
            ENDPOINT => {
                whole.endpoint = new.endpoint.clone();
                SubscriptionMember::Endpoint
            }
            EVENT_TYPE => {
                whole.event_type.clone_from(&new.event_type);
                SubscriptionMember::EventType
            }
            EVENT_FORMAT => {
                whole.event_format.clone_from(&new.event_format);
                SubscriptionMember::EventFormat
            }
            _ => continue,
        };
        if !change.repeated {
            update.changed.insert(member);
        }
    }
    update
}

/// No account has two of one natural key that could be told apart.
fn natural_key(account: &str, subscription: &NewSubscription) -> String {
    let NewSubscription { resource_id, protocol, endpoint, event_type, .. } = subscription;
    joined(account, resource_id, event_type, protocol, endpoint.expose())
}

/// Whether the keys differ in nothing but how an address is spelled.
fn is_same_key(one: &str, other: &str) -> bool {
    if !one.eq_ignore_ascii_case(other) {
        return false;
    }
    let parts = [one, other].map(|key| key.splitn(5, '\n').collect::<Vec<_>>());
    let [[before @ .., protocol, one], [other_before @ .., other_protocol, other]] =
        parts.each_ref().map(|part| &part[..])
    else {
        return false;
    };
    before == other_before && protocol == other_protocol && address::is_same(protocol, one, other)
}

/// The endpoint comes last: of the others none has a line break.
fn joined(account: &str, resource: &str, event_type: &str, protocol: &str, endpoint: &str) -> String {
    [account, resource, event_type, protocol, endpoint].join("\n")
}

/// The one form of a format; empty where there is none. A map of JSON keeps its keys in order.
fn canonical(format: Option<&Value>) -> String {
    match format {
        None | Some(Value::Null) => String::new(),
        Some(Value::Object(members)) if members.is_empty() => String::new(),
        Some(format) => format.to_string(),
    }
}

#[cfg(test)]
mod tests;
