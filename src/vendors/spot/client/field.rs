//! The members of an object, in the forms in which they come.

use jiff::Timestamp;
use serde_json::Value;

/// Why something does not count, for people.
pub type Unreadable = String;

/// Ids longer than this are no ids. One that status cannot hold is told, and its list is a list all the same.
pub const MAX_ID: usize = 256;

/// The first of `keys` that holds an id: a string or a whole number.
pub fn id(item: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| as_id(item.get(key)?))
}

fn as_id(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::String(text) => Some(text.trim()).filter(|text| is_id(text)).map(str::to_owned),
        _ => None,
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What stands under `key`, if that is not null.
pub fn present<'a>(item: &'a Value, key: &str) -> Option<&'a Value> {
    item.get(key).filter(|value| !value.is_null())
}

/// A string that is not empty.
pub fn text(item: &Value, key: &str) -> Option<String> {
    item.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The first of `keys` that holds a string that is not empty.
pub fn first_text(item: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text(item, key))
}

/// A truth value, or one in a string: the vendor's examples have both.
pub fn flag(item: &Value, key: &str) -> Option<bool> {
    match item.get(key)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// A moment. Jiff reads both of the vendor's forms: RFC 3339, and an offset without a colon
/// (spot-wire §1). A number counts milliseconds.
pub fn moment(item: &Value, key: &str) -> Option<Timestamp> {
    match item.get(key)? {
        // A date alone is its first moment.
        Value::String(text) => text.parse().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok()),
        // One of the vendor's clients has -1 for none (spot-wire §11).
        Value::Number(number) => Timestamp::from_millisecond(number.as_i64().filter(|at| *at > 0)?).ok(),
        _ => None,
    }
}

/// All of an inner list, each element read. Absent or null is an empty list; one that cannot be
/// read is an error, as a list with a hole would look like less than there is.
pub fn many<T>(
    item: &Value,
    key: &str,
    read: impl Fn(&Value) -> Result<T, Unreadable>,
) -> Result<Vec<T>, Unreadable> {
    match item.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(read).collect(),
        Some(_) => Err(format!("{key} is no list")),
    }
}

/// All of an inner list of names.
pub fn names(item: &Value, key: &str) -> Result<Vec<String>, Unreadable> {
    many(item, key, |name| {
        name.as_str().map(str::to_owned).ok_or_else(|| format!("{key} has something that is no name"))
    })
}

/// All of an inner list of ids.
pub fn ids(item: &Value, key: &str) -> Result<Vec<String>, Unreadable> {
    many(item, key, |id| as_id(id).ok_or_else(|| format!("{key} has something that is no id")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_in_every_form() {
        let (noon, midnight) = ("2027-01-31T12:00:00Z", "2027-01-31T00:00:00Z");
        let table = [
            (json!("2027-01-31T12:00:00.000Z"), Some(noon)),
            (json!("2027-01-31T12:00:00Z"), Some(noon)),
            (json!("2027-01-31T12:00:00.000+0000"), Some(noon)),
            (json!("2027-01-31T14:00:00.000+0200"), Some(noon)),
            (json!("2027-01-31T14:00:00+02:00"), Some(noon)),
            (json!("2027-01-31"), Some(midnight)),
            (json!(1_801_396_800_000_i64), Some(noon)),
            (json!(-1), None),
            (json!(0), None),
            (json!(1.5), None),
            (json!(""), None),
            (json!("never"), None),
            (json!("2027-02-30"), None),
            (json!(null), None),
            (json!([]), None),
        ];
        for (said, expected) in table {
            let expected = expected.map(|at| at.parse().expect("a moment"));
            assert_eq!(moment(&json!({"at": said}), "at"), expected, "{said}");
        }
        assert_eq!(moment(&json!({}), "at"), None);
    }
}
