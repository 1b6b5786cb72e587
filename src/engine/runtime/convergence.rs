//! How long it takes from a declaration until it is so.

use crate::engine::base::ports::{ObjectRef, Tick};
use std::collections::BTreeMap;

/// A version of a manifest: an object's uid and generation.
pub type Version = (String, i64);

/// The manifests that are not carried out yet, and since when they are known.
#[derive(Debug, Default)]
pub struct Convergence {
    declared: BTreeMap<ObjectRef, (Version, Tick)>,
}

impl Convergence {
    /// This version is to be carried out; the first word of it counts.
    pub fn declared(&mut self, object: &ObjectRef, version: Version, now: Tick) {
        match self.declared.get(object) {
            Some((known, _)) if *known == version => {}
            _ => {
                self.declared.insert(object.clone(), (version, now));
            }
        }
    }

    /// This version is carried out; since when it was known, the first time that this is said.
    pub fn reached(&mut self, object: &ObjectRef, version: &Version) -> Option<Tick> {
        let (known, since) = self.declared.get(object)?;
        let since = (known == version).then_some(*since)?;
        self.declared.remove(object);
        Some(since)
    }

    /// The object is gone, or going.
    pub fn forget(&mut self, object: &ObjectRef) {
        self.declared.remove(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kind::KindRef;
    use std::time::Duration;
    const THING: KindRef = KindRef::bare("example.dev", "Thing");

    #[test]
    fn a_version_counts_from_its_first_word_and_only_once() {
        let key = ObjectRef { kind: THING, namespace: "n".into(), name: "a".into() };
        let version = |uid: &str, generation| (uid.to_owned(), generation);
        let at = |second| Tick::new(Duration::from_secs(second));
        let mut convergence = Convergence::default();
        assert_eq!(convergence.reached(&key, &version("u", 1)), None, "nobody declared it");
        convergence.declared(&key, version("u", 1), at(1));
        convergence.declared(&key, version("u", 1), at(2));
        convergence.declared(&key, version("u", 2), at(3));
        convergence.declared(&key, version("u", 2), at(4));
        assert_eq!(convergence.reached(&key, &version("u", 1)), None, "another was declared since");
        assert_eq!(convergence.reached(&key, &version("u", 2)), Some(at(3)));
        assert_eq!(convergence.reached(&key, &version("u", 2)), None);
        convergence.declared(&key, version("u", 3), at(5));
        convergence.declared(&key, version("v", 3), at(6));
        assert_eq!(convergence.reached(&key, &version("v", 3)), Some(at(6)), "a new object of that name");
        convergence.declared(&key, version("v", 4), at(7));
        convergence.forget(&key);
        assert_eq!(convergence.reached(&key, &version("v", 4)), None);
    }
}
