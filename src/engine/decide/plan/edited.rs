//! Whether a wish is another than what was last written, whatever the vendor shows.

use super::declared::bare;
use super::{Field, Seen};
use crate::api::status::Origin;
use crate::engine::decide::fingerprint::{Fingerprints, Match};
use std::collections::{BTreeMap, BTreeSet};

/// Whether something else is asked for than what was last written, something more, or something no
/// longer.
pub fn edited(
    fields: &[Field],
    last: &BTreeMap<String, String>,
    prints: &Fingerprints,
    origin: Origin,
) -> bool {
    let other =
        |stored: &str, path: &str, desired: &str| prints.compare(bare(stored), path, desired) == Match::Other;
    let changed = |field: &Field| match last.get(&field.path) {
        Some(stored) => other(stored, &field.path, field.desired.expose()),
        None => {
            let supported = !matches!(field.seen, Seen::Unsupported);
            supported && origin == Origin::Created && !field.desired.expose().is_empty()
        }
    };
    let asked: BTreeSet<&str> = fields.iter().map(|field| field.path.as_str()).collect();
    let dropped = |path: &str, stored: &str| !asked.contains(path) && other(stored, path, "");
    let mut known = fields.iter().filter(|field| !matches!(field.seen, Seen::Unknown));
    known.any(changed) || last.iter().any(|(path, stored)| dropped(path, stored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decide::plan::Text;

    #[test]
    fn a_wish_is_compared_with_what_was_last_written_whatever_is_there() {
        use Origin::{Adopted, Created};
        let prints = Fingerprints::new(&"key".to_owned().into());
        let old = Fingerprints::new(&"former key".to_owned().into());
        let last = |print: String| BTreeMap::from([("name".to_owned(), print)]);
        let applied = |value: &str| last(prints.of("name", value));
        let seen = || Seen::Value(Text::Plain("whatever".into()));
        let wish = |value: &str| vec![Field::new("name", Text::Plain(value.into()), seen())];
        // (case, wish, last, origin, edited)
        let table = [
            ("the same", wish("a"), applied("a"), Created, false),
            ("another", wish("a"), applied("b"), Created, true),
            (
                "assumed, and the same",
                wish("a"),
                last(format!("~{}", prints.of("name", "a"))),
                Adopted,
                false,
            ),
            ("of a lost key: nobody knows", wish("a"), last(old.of("name", "b")), Created, false),
            ("more, of what we made", wish("a"), BTreeMap::new(), Created, true),
            ("only differed when it was adopted", wish("a"), BTreeMap::new(), Adopted, false),
            ("nothing, and nothing was", wish(""), BTreeMap::new(), Created, false),
            ("no longer", Vec::new(), applied("a"), Created, true),
            ("no longer, as before", Vec::new(), applied(""), Created, false),
        ];
        for (case, fields, last, origin, expected) in table {
            assert_eq!(edited(&fields, &last, &prints, origin), expected, "{case}");
        }
    }
}
