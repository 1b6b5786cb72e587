//! An object that is there and whose manifest cannot be read: a definition newer or older than the program let it in.
//!
//! Nothing of its spec is enforced. What others may not take from it meanwhile is read leniently: where it belongs,
//! what it refers to, and what it stands for.

use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::reference::OrganizationRef;
use crate::api::status::CommonStatus;
use crate::engine::base::checks::forbids;
use crate::engine::base::ports::ObjectRef;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::Value;
use std::collections::BTreeSet;

/// What there is of an object that does not parse.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    /// The object.
    pub object: ObjectRef,
    /// Its metadata.
    pub meta: ObjectMeta,
    /// The organization that it names.
    pub organization: Option<OrganizationRef>,
    /// Where an organization is reached, if it says so.
    pub endpoint: Option<String>,
    /// The name of an organization that is created for it.
    pub creates: Option<String>,
    /// The object that it is in, where that leads to its organization.
    pub container: Option<ObjectRef>,
    /// The id of what it is in, where that is given by its id.
    pub container_id: Option<String>,
    /// The objects that it refers to.
    pub pointers: BTreeSet<ObjectRef>,
    /// The Secrets that it reads or writes.
    pub secrets: BTreeSet<String>,
    /// Its status as the API server holds it.
    pub status: Value,
    /// The id that it stands for.
    pub id: Option<String>,
    /// Ids of what was in its place before and goes, or is to take it.
    pub former: BTreeSet<String>,
    /// Ids of what it left at the vendor.
    pub left: BTreeSet<String>,
    /// The hash of the natural key whose create is pending.
    pub pending: Option<String>,
    /// The hash of the natural key of what it has, where the id of that gives way to another.
    pub provisional: Option<String>,
    /// Whether its end will need the vendor, as far as the manifest and status tell.
    pub deletes: bool,
    /// Why it does not parse.
    pub error: String,
}

impl Unread {
    /// Reads what can be read of an object of kind `R`; `None` where not even its metadata can.
    pub fn of<R: Managed>(raw: &Value, error: String) -> Option<Self> {
        let mut meta = ObjectMeta::deserialize(raw.get("metadata")?).ok()?;
        meta.managed_fields = None;
        let namespace = meta.namespace.clone().unwrap_or_default();
        let object = ObjectRef {
            kind: R::KIND,
            namespace: namespace.clone(),
            name: meta.name.clone().unwrap_or_default(),
        };
        let (spec, status) = (&raw["spec"], &raw["status"]);
        let (mut pointers, mut secrets) = (BTreeSet::new(), BTreeSet::new());
        walk(spec, &mut |member, value| {
            let Some(name) = value["name"].as_str() else { return };
            if let Some((_, kind)) = R::REFERENCES.iter().find(|(known, _)| *known == member) {
                let namespace = value["namespace"].as_str().unwrap_or(&namespace).to_owned();
                pointers.insert(ObjectRef { kind: *kind, namespace, name: name.to_owned() });
            } else if value["key"].is_string() {
                secrets.insert(name.to_owned());
            }
        });
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let token = &status["token"];
        let made = ["rotation", "again"].map(|member| &token[member]);
        let users = made.iter().flat_map(|made| [&made["oldId"], &made["newId"]]);
        let former = users.chain([&token["lost"], &status["superseded"]]);
        let policy: Option<DeletionPolicy> =
            read(&spec["deletionPolicy"]).or_else(|| read(&status["deletionPolicy"]));
        Some(Self {
            organization: read(&spec["organizationRef"]),
            endpoint: text(&spec["connection"]["endpoint"]),
            creates: text(&spec["create"]["name"]),
            container: R::WITHIN.and_then(|member| {
                let (_, kind) = R::REFERENCES.iter().find(|(known, _)| *known == member)?;
                let found = &spec[member];
                let namespace = found["namespace"].as_str().unwrap_or(&namespace).to_owned();
                Some(ObjectRef { kind: *kind, namespace, name: text(&found["name"])? })
            }),
            container_id: R::WITHIN.and_then(|member| text(&spec[member]["id"])),
            id: text(&status["id"]),
            former: former.filter_map(text).collect(),
            left: status["leftovers"].as_array().into_iter().flatten().filter_map(text).collect(),
            provisional: text(&status["provisional"]),
            pending: status.get("pendingCreate").map(|pending| text(&pending["key"]).unwrap_or_default()),
            deletes: policy == Some(DeletionPolicy::Delete),
            status: status.clone(),
            object,
            meta,
            pointers,
            secrets,
            error,
        })
    }

    /// Whether it holds up the end of what contains or serves it.
    pub fn blocks(&self) -> bool {
        forbids!(UnreadHoldsUp, self.id.is_some() || self.pending.is_some() || self.deletes)
    }

    /// The last form of the object that could be read, as far as it is still so: with the metadata and the status of now.
    pub fn over<R: Managed>(&self, known: &R) -> R {
        let mut form = known.clone();
        *form.meta_mut() = self.meta.clone();
        let mut whole = serde_json::to_value(&form).unwrap_or_default();
        if CommonStatus::deserialize(&self.status).is_ok() {
            whole["status"] = self.status.clone();
            return serde_json::from_value(whole).unwrap_or(form);
        }
        form
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// Calls `each` with every object in `value`, by the name of the member that holds it or the list that it is in.
fn walk(value: &Value, each: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let one = std::slice::from_ref(member);
                for item in member.as_array().map_or(one, Vec::as_slice) {
                    if item.is_object() {
                        each(name, item);
                    }
                }
                walk(member, each);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, each)),
        _ => {}
    }
}

/// An object as the API server shows it, whether it parses or not.
#[derive(Clone, Debug)]
pub struct Shown<R>(pub Result<R, Box<Unread>>);

impl<'de, R: Managed> Deserialize<'de> for Shown<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Value::deserialize(deserializer)?;
        match R::deserialize(&raw) {
            Ok(object) => Ok(Self(Ok(object))),
            Err(error) => match Unread::of::<R>(&raw, error.to_string()) {
                Some(unread) => Ok(Self(Err(Box::new(unread)))),
                None => Err(D::Error::custom(error)),
            },
        }
    }
}

impl<R: Managed> kube::Resource for Shown<R> {
    type DynamicType = ();
    type Scope = R::Scope;

    fn kind((): &()) -> std::borrow::Cow<'_, str> {
        R::kind(&())
    }

    fn group((): &()) -> std::borrow::Cow<'_, str> {
        R::group(&())
    }

    fn version((): &()) -> std::borrow::Cow<'_, str> {
        R::version(&())
    }

    fn plural((): &()) -> std::borrow::Cow<'_, str> {
        R::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        match &self.0 {
            Ok(object) => object.meta(),
            Err(unread) => &unread.meta,
        }
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        match &mut self.0 {
            Ok(object) => object.meta_mut(),
            Err(unread) => &mut unread.meta,
        }
    }
}
