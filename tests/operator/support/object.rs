//! One object as a person handles it: its row of the health table, edits, annotations, its end.

use kube::api::{DeleteParams, Patch, PatchParams};
use orgkeeper::api::annotation;
use serde_json::{Value, json};

use super::house::{House, Kind, condition};

/// How an object stands, by the rows of the health table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Ready, and nothing under way.
    Ready,
    /// Not ready, and it goes on by itself.
    Waiting,
    /// Not ready, and a person has to act.
    Stalled,
}

/// One object of a house.
#[derive(Clone)]
pub struct Object<'a> {
    house: &'a House,
    kind: Kind,
    namespace: String,
    name: String,
}

impl House {
    /// The organization of this name.
    pub fn the_organization(&self, name: &str) -> Object<'_> {
        self.object(Kind::Organization, self.namespace(), name)
    }

    /// The account of this name, beside the organization.
    pub fn the_account(&self, name: &str) -> Object<'_> {
        self.object(Kind::Account, self.namespace(), name)
    }

    /// The object of this kind and name.
    pub fn object(&self, kind: Kind, namespace: &str, name: &str) -> Object<'_> {
        Object { house: self, kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl Object<'_> {
    pub async fn get(&self) -> Value {
        let found = self.house.get(self.kind, &self.namespace, &self.name).await;
        found.unwrap_or_else(|| panic!("{} does not exist", self.name))
    }

    /// The vendor's id in its status.
    pub async fn id(&self) -> String {
        self.get().await["status"]["id"].as_str().expect("it has an id").to_owned()
    }

    pub async fn resource_version(&self) -> String {
        self.get().await["metadata"]["resourceVersion"].as_str().expect("every object has one").to_owned()
    }

    /// Waits until it is as the predicate says.
    pub async fn becomes(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.house.becomes(self.kind, &self.namespace, &self.name, what, is_so).await
    }

    /// Waits until it stands so, as it is now declared, for this reason; returns the message.
    pub async fn stands(&self, row: Row, reason: &str) -> String {
        self.stands_telling(row, reason, &[]).await
    }

    /// As [`Self::stands`], with a message that has all these parts.
    pub async fn stands_telling(&self, row: Row, reason: &str, parts: &[&str]) -> String {
        let tells = |ready: &Value| parts.iter().all(|part| message(ready).contains(part));
        let fits = |object: &Value| {
            row_of(object) == Some(row)
                && condition(object, "Ready").is_some_and(|ready| ready["reason"] == reason && tells(&ready))
        };
        let object = self.becomes(&format!("{row:?} because of {reason}, telling {parts:?}"), fits).await;
        message(&condition(&object, "Ready").expect("it was there"))
    }

    /// Waits until it is ready, and nothing restricts that.
    pub async fn ready(&self) {
        self.stands(Row::Ready, "InSync").await;
    }

    /// Waits until a condition is True for this reason; returns the message.
    pub async fn says(&self, condition_type: &str, reason: &str) -> String {
        let fits = |object: &Value| {
            condition(object, condition_type)
                .is_some_and(|found| found["status"] == "True" && found["reason"] == reason)
        };
        let object = self.becomes(&format!("{condition_type} because of {reason}"), fits).await;
        message(&condition(&object, condition_type).expect("it was there"))
    }

    /// Waits until it does not have the condition.
    pub async fn stops_saying(&self, condition_type: &str) {
        let fits = |object: &Value| condition(object, condition_type).is_none();
        self.becomes(&format!("without {condition_type}"), fits).await;
    }

    /// Whether it stands so now.
    pub async fn row(&self) -> Option<Row> {
        row_of(&self.get().await)
    }

    /// Changes the spec, by a JSON merge patch.
    pub async fn edit(&self, spec: &Value) {
        self.patch(&json!({"spec": spec})).await;
    }

    pub async fn annotate(&self, name: &str, value: &str) {
        self.patch(&json!({"metadata": {"annotations": {name: value}}})).await;
    }

    /// As [`Self::annotate`], by somebody who writes under this name.
    pub async fn annotate_as(&self, manager: &str, name: &str, value: &str) {
        let params = PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() };
        let change = json!({"metadata": {"annotations": {name: value}}});
        let api = self.house.api(self.kind, &self.namespace);
        api.patch(&self.name, &params, &Patch::Merge(change)).await.expect("it can be annotated");
    }

    /// Asks for a reconcile, and waits until it is done. Each needs a word of its own.
    pub async fn look_again(&self, word: &str) {
        self.annotate(annotation::RECONCILE_REQUESTED_AT, word).await;
        self.becomes("looked at again", |object| object["status"]["lastHandledReconcileAt"] == word).await;
    }

    /// Changes it by a JSON merge patch.
    pub async fn patch(&self, change: &Value) {
        self.house.patch(self.kind, &self.namespace, &self.name, change).await;
    }

    /// Deletes it, and does not wait.
    pub async fn delete(&self) {
        self.house.delete(self.kind, &self.namespace, &self.name).await;
    }

    /// What the API server says against its deletion, if it does.
    pub async fn refusal(&self) -> Option<String> {
        let api = self.house.api(self.kind, &self.namespace);
        match api.delete(&self.name, &DeleteParams::default().dry_run()).await {
            Ok(_) => None,
            Err(kube::Error::Api(status)) if status.code == 403 => Some(status.message),
            Err(error) => panic!("{}: {error}", self.name),
        }
    }

    /// Waits until it has gone.
    pub async fn gone(&self) {
        self.house.gone(self.kind, &self.namespace, &self.name).await;
    }
}

/// The row of the health table, if the status is of the spec as it is now.
fn row_of(object: &Value) -> Option<Row> {
    if object["status"]["observedGeneration"] != object["metadata"]["generation"] {
        return None;
    }
    let ready = condition(object, "Ready")?;
    let is = |type_| condition(object, type_).is_some_and(|found| found["status"] == "True");
    match (ready["status"].as_str()?, is("Reconciling"), is("Stalled")) {
        ("True", false, false) => Some(Row::Ready),
        ("False", true, false) => Some(Row::Waiting),
        ("False", false, true) => Some(Row::Stalled),
        _ => None,
    }
}

fn message(condition: &Value) -> String {
    condition["message"].as_str().unwrap_or_default().to_owned()
}

/// The digest that a message gives, for whoever confirms what it tells.
pub fn digest(message: &str) -> String {
    let (_, rest) = message.split_once("orgkeeper.dev/confirm: ").expect("the message has a digest");
    rest.split([' ', '.']).next().expect("there is a first part").to_owned()
}
