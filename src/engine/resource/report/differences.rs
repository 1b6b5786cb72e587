//! What fields are called to people.

use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::registration::Registration;

/// A field, with what an entry of a list stands for where its ids do not say.
pub fn legible<K: Kind>(
    kind: &Registration<K>,
    organization: &Organization<K::Vendor>,
    path: &str,
) -> String {
    match kind.meaning(&organization.session, path) {
        Some(meaning) => format!("{path} ({meaning})"),
        None => path.to_owned(),
    }
}

/// The same of several.
pub fn all_legible<'a, K: Kind>(
    kind: &Registration<K>,
    organization: &Organization<K::Vendor>,
    paths: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    paths.map(|path| legible(kind, organization, path)).collect()
}
