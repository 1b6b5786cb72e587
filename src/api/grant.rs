//! Who may point at an object, and how much power may go with it.

use crate::api::kind::KindRef;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::KubeSchema;
use kube::core::{Selector, SelectorExt};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much power a reference asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// None at all: the reference alone.
    #[default]
    None,
    /// As much as that of a role.
    Role(RankedRole),
    /// More than any role that a grant can name: nobody can say how much it is.
    Unbounded,
}

/// A role, with its place among all roles: kinds put theirs in order by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RankedRole {
    /// Its place: a higher one is more power.
    pub rank: u8,
    /// Its name, as in manifests.
    pub name: &'static str,
}

/// Who asks to refer to an object.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Its kind.
    pub kind: KindRef,
    /// Its namespace.
    pub namespace: &'a str,
    /// The labels of its namespace.
    pub labels: &'a BTreeMap<String, String>,
    /// The power that it asks for.
    pub power: Power,
}

/// How namespaces are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum NamespacesFrom {
    /// The namespace of the object itself.
    Same,
    /// Every namespace.
    All,
    /// The namespaces whose labels fit the selector.
    Selector,
}

/// A set of namespaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(self.from == 'Selector') == has(self.selector)")
    .message("namespaces.selector goes with namespaces.from Selector, and only with it: set from to Selector, or remove the selector"))]
pub struct Namespaces {
    /// Same is the namespace of this object, All is every namespace, Selector is those whose labels fit the selector.
    pub from: NamespacesFrom,
    /// A selector on the labels of namespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "label_selector")]
    pub selector: Option<LabelSelector>,
}

impl Namespaces {
    /// Whether `namespace`, with these labels, belongs to the set of an object in `own`.
    ///
    /// A selector that cannot be read admits nobody.
    pub fn contains(&self, own: &str, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        match self.from {
            NamespacesFrom::Same => namespace == own,
            NamespacesFrom::All => true,
            NamespacesFrom::Selector => self
                .selector
                .clone()
                .and_then(|selector| Selector::try_from(selector).ok())
                .is_some_and(|selector| selector.matches(labels)),
        }
    }
}

/// One entry of an object's `spec.allowed`.
pub trait Admission {
    /// The namespaces that it admits.
    fn namespaces(&self) -> &Namespaces;

    /// The most power with which it admits askers of this kind; `None` where it does not admit them at all.
    fn most(&self, kind: KindRef) -> Option<Power>;
}

/// The most power with which an object in `own` admits the asker, whatever that asks for: any to its own namespace where
/// it has no grants, else what one of them admits; `None` where it does not admit it at all.
pub fn most<A: Admission>(grants: Option<&[A]>, own: &str, asker: &Asker<'_>) -> Option<Power> {
    let Some(grants) = grants else { return (asker.namespace == own).then_some(Power::Unbounded) };
    let here = |grant: &&A| grant.namespaces().contains(own, asker.namespace, asker.labels);
    grants.iter().filter(here).filter_map(|grant| grant.most(asker.kind)).max()
}

/// Who may tie a user to a group, or give a policy: the kinds that can are given, and none asks for power by that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipGrant {
    /// The namespaces from which it may be referred to.
    pub namespaces: Namespaces,
}

impl Admission for MembershipGrant {
    fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    fn most(&self, _kind: KindRef) -> Option<Power> {
        Some(Power::Unbounded)
    }
}

/// The schema of a label selector with the bounds of labels, which the generated one lacks.
fn label_selector(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "matchLabels": {
                "type": "object",
                "description": "Labels that the namespace must have, with these values.",
                "maxProperties": 16,
                "additionalProperties": {"type": "string", "maxLength": 63},
            },
            "matchExpressions": {
                "type": "array",
                "description": "Conditions on labels, all of which must hold.",
                "maxItems": 16,
                "x-kubernetes-list-type": "atomic",
                "items": {
                    "type": "object",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": {"type": "string", "description": "The label.", "minLength": 1, "maxLength": 317},
                        "operator": {
                            "type": "string",
                            "description": "How the label's value relates to the values.",
                            "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
                        },
                        "values": {
                            "type": "array",
                            "description": "The values, for In and NotIn.",
                            "maxItems": 32,
                            "x-kubernetes-list-type": "atomic",
                            "items": {"type": "string", "maxLength": 63},
                        },
                    },
                    "x-kubernetes-validations": [{
                        "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
                        "message": "values goes with the operators In and NotIn, and only with them: add values, or use Exists or DoesNotExist without any",
                    }],
                },
            },
        },
        "x-kubernetes-validations": [{
            "rule": "(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)",
            "message": "selector is empty and would fit every namespace: add matchLabels or matchExpressions, or write from: All",
        }],
    })
}
