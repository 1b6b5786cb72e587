//! Organizations, each by its name: there are few of them. What is gone is shown no more.

use super::board::Board;
use super::catalogue::Catalogue;
use super::controllers::to_f64;
use super::moment::seconds;
use crate::api::kind::KindRef;
use crate::engine::base::ports::ObjectRef;
use crate::engine::decide::count::Count;
use crate::engine::runtime::census::{Census, Root};
use prometheus_client::encoding::EncodeLabelSet;
use std::collections::BTreeSet;

/// Labels that several families have.
const ORGANIZATION: &[&str] = &["organization"];

/// An organization's object, as `namespace/name`: a label `namespace` would clash with the one that a
/// scrape adds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Organization {
    organization: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Identity {
    organization: String,
    organization_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct Condition {
    organization: String,
    condition: String,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct OfKind {
    organization: String,
    kind: KindRef,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct AtVendor {
    organization: String,
    kind: KindRef,
    managed: &'static str,
}

/// Organizations.
#[derive(Clone)]
pub struct Organizations {
    info: Board<Identity>,
    conditions: Board<Condition>,
    resync: Board<Organization>,
    read: Board<Organization>,
    waiting: Board<Organization>,
    unseen: Board<OfKind>,
    at_vendor: Board<AtVendor>,
}

impl Organizations {
    /// Adds them to the page.
    pub fn new(page: &mut Catalogue) -> Self {
        Self {
            info: page.keep(
                "orgkeeper_organization",
                &["organization", "organization_id"],
                "An organization's object, as namespace/name, and the vendor's id of it",
                Board::of_info(),
            ),
            conditions: page.keep(
                "orgkeeper_organization_condition",
                &["organization", "condition", "reason"],
                "The conditions of an organization: 1 while True; all but Ready stand here only while they \
                 are",
                Board::default(),
            ),
            resync: page.keep(
                "orgkeeper_organization_resync_seconds",
                ORGANIZATION,
                "How often the organization's lists are to be read",
                Board::default(),
            ),
            read: page.keep(
                "orgkeeper_inventory_read_timestamp_seconds",
                ORGANIZATION,
                "When the last reading of all lists of the organization began, since 1970",
                Board::default(),
            ),
            waiting: page.keep(
                "orgkeeper_destructive_writes_waiting",
                ORGANIZATION,
                "Writes that take something away and wait for a person, or for time",
                Board::default(),
            ),
            unseen: page.keep(
                "orgkeeper_oldest_unseen_seconds",
                &["organization", "kind"],
                "How long what no list shows was unseen at most; since the start for what was not read yet",
                Board::default(),
            ),
            at_vendor: page.keep(
                "orgkeeper_vendor_objects",
                &["organization", "kind", "managed"],
                "Objects at the vendor, by whether an admitted manifest stands for them",
                Board::default(),
            ),
        }
    }

    /// Shows organizations as they are, and those alone.
    pub fn show(&self, census: &Census) {
        let roots: Vec<(String, &Root)> =
            census.roots.iter().map(|root| (path(&root.object), root)).collect();
        let each = |value: fn(&Root) -> f64| {
            let row = move |(organization, root): &(String, &Root)| {
                (Organization { organization: organization.clone() }, value(root))
            };
            roots.iter().map(row).collect::<Vec<_>>()
        };
        self.resync.show(each(|root| root.resync.as_secs_f64()));
        self.waiting.show(each(|root| to_f64(root.waiting)));
        self.info.show(roots.iter().filter_map(|(organization, root)| {
            let organization_id = root.id.clone()?;
            Some((Identity { organization: organization.clone(), organization_id }, 1.0))
        }));
        self.conditions.show(roots.iter().flat_map(|(organization, root)| {
            root.conditions.iter().map(|known| {
                let (condition, reason) = (known.condition.clone(), known.reason.clone());
                let labels = Condition { organization: organization.clone(), condition, reason };
                (labels, f64::from(u8::from(known.holds)))
            })
        }));
        let known: BTreeSet<&str> = roots.iter().map(|(organization, _)| organization.as_str()).collect();
        self.read.keep(|labels| known.contains(labels.organization.as_str()));
        self.unseen.keep(|labels| known.contains(labels.organization.as_str()));
        self.at_vendor.keep(|labels| known.contains(labels.organization.as_str()));
    }

    /// All its lists have been read.
    pub fn inventoried(&self, root: &ObjectRef, at: jiff::Timestamp) {
        self.read.set(Organization { organization: path(root) }, seconds(at));
    }

    /// How long details of a kind have been unseen.
    pub fn unseen(&self, kind: KindRef, root: &ObjectRef, seconds: Option<f64>) {
        let labels = OfKind { organization: path(root), kind };
        match seconds {
            Some(seconds) => self.unseen.set(labels, seconds),
            None => self.unseen.remove(&labels),
        }
    }

    /// How much of a kind there is at the vendor.
    pub fn vendor_objects(&self, kind: KindRef, root: &ObjectRef, count: Option<Count>) {
        let labels = |managed| AtVendor { organization: path(root), kind, managed };
        match count {
            Some(Count { total, unmanaged }) => {
                self.at_vendor.set(labels("true"), to_f64(total.saturating_sub(unmanaged)));
                self.at_vendor.set(labels("false"), to_f64(unmanaged));
            }
            None => ["true", "false"].into_iter().for_each(|managed| self.at_vendor.remove(&labels(managed))),
        }
    }
}

/// The organization's label: its place, and of other vendors than the first its kind, as two may have the same place.
fn path(root: &ObjectRef) -> String {
    let place = format!("{}/{}", root.namespace, root.name);
    if root.kind.is_bare() { place } else { format!("{}/{place}", root.kind) }
}
