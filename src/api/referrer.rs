//! The kinds that an object can admit: a closed list, which the schema has as an enum.

use crate::api::kind::KindRef;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::marker::PhantomData;

/// What kinds may refer to.
pub trait Referred {
    /// What the schema says of such a kind.
    const DESCRIPTION: &'static str;

    /// The kinds that may.
    fn by() -> Vec<KindRef>;
}

/// A kind that may refer to a `To`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Referrer<To>(KindRef, PhantomData<To>);

impl<To> Referrer<To> {
    /// The kind.
    pub const fn kind(&self) -> KindRef {
        self.0
    }
}

impl<To> Serialize for Referrer<To> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de, To: Referred> Deserialize<'de> for Referrer<To> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let kinds = To::by();
        match kinds.iter().find(|kind| kind.name() == name) {
            Some(kind) => Ok(Self(*kind, PhantomData)),
            None => {
                let known: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
                let known = known.join(", ");
                Err(D::Error::custom(format!("unknown variant `{name}`, expected one of {known}")))
            }
        }
    }
}

impl<To: Referred> JsonSchema for Referrer<To> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Referrer")
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<_> = To::by().into_iter().map(KindRef::name).collect();
        json_schema!({"description": To::DESCRIPTION, "type": "string", "enum": names})
    }
}
