//! Which names the vendor takes. The schema asks the same, where the API server asks the schema.

use crate::api::text::wrong_in_name;

/// Why a name cannot be sent: that of an account or an organization, which has a letter (spot-wire §2.1, §2.2).
pub(super) fn with_a_letter(path: &str, name: &str) -> Option<String> {
    let none = !name.contains(|char: char| char.is_ascii_alphabetic());
    unsendable(path, name, none.then_some("has no letter from a to z, and Spot refuses such a name"))
}

/// Why a name cannot be sent: that of a user, a group or a policy, which has none of three characters
/// (spot-wire §2.3 to §2.5, and the vendor's `createUserGroup.yaml`).
pub(super) fn plain(path: &str, name: &str) -> Option<String> {
    let marred = name.contains(['+', '=', '@']);
    unsendable(path, name, marred.then_some("has + = or @ in it, and Spot refuses such a name"))
}

/// Why a text cannot be sent that the vendor finds something by.
pub(super) fn clean(path: &str, name: &str) -> Option<String> {
    unsendable(path, name, None)
}

fn unsendable(path: &str, name: &str, refused: Option<&str>) -> Option<String> {
    let told = |why: &str| format!("{path} {why}. It is not sent to the vendor: correct it in the manifest.");
    if let Some(why) = wrong_in_name(name) {
        // The vendor may cut off what is at the ends: then no list shows the name that was sent.
        return Some(told(why));
    }
    refused.map(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_name_has_its_limits() {
        let table: [(&str, [bool; 3]); 6] = [
            ("payments", [true, true, true]),
            ("2026", [false, true, true]),
            ("R+D", [true, false, true]),
            ("a=b", [true, false, true]),
            ("jo@example.com", [true, false, true]),
            ("payments\n", [false, false, false]),
        ];
        for (name, fine) in table {
            let asked = [with_a_letter("p", name), plain("p", name), clean("p", name)];
            assert_eq!(asked.map(|why| why.is_none()), fine, "{name:?}");
        }
        assert!(
            with_a_letter("spec.name", "7").is_some_and(|text| text.starts_with("spec.name has no letter"))
        );
    }
}
