//! Lists that count as evidence (rule 2).

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::Value;

use crate::vendors::spot::client::field::Unreadable;
use crate::vendors::spot::client::reply::{Reply, whole_number};

/// Whether a list must say how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// A list without `count` does not count.
    Required,
    /// It is compared where it is present.
    Optional,
}

/// The items of a list, if it is whole: 200, parsed, not contradicted by its own envelope, as long
/// as it says. Anything else is an error, and never an empty list.
pub fn whole_list(reply: &Reply, count: Count) -> Result<&[Value], Unreadable> {
    if reply.status != StatusCode::OK {
        return Err(format!("a list with HTTP {}", reply.status.as_u16()));
    }
    reply.json().map_err(|why| why.describe().to_owned())?;
    if reply.is_vendor_error() || reply.code().is_some_and(|code| code != 200) {
        return Err("HTTP 200 with an error in its envelope".to_owned());
    }
    let items = reply.items().ok_or("no list of items")?;
    let stated = reply.response().and_then(|response| response.get("count"));
    match stated.filter(|count| !count.is_null()).map(whole_number) {
        None if count == Count::Required => Err("the list does not say how long it is".to_owned()),
        Some(None) => Err("the list's count is not a number".to_owned()),
        Some(Some(stated)) if usize::try_from(stated) != Ok(items.len()) => {
            Err(format!("the list has {} items and says {stated}", items.len()))
        }
        None | Some(Some(_)) => Ok(items),
    }
}

/// Reads every item, or none: each must be readable, and no id may come twice.
pub fn each<T>(
    items: &[Value],
    read: impl Fn(&Value) -> Result<T, Unreadable>,
    id: impl Fn(&T) -> &str,
) -> Result<Vec<T>, Unreadable> {
    let read = items.iter().map(read).collect::<Result<Vec<T>, _>>()?;
    let mut ids = BTreeSet::new();
    match read.iter().map(id).find(|id| !ids.insert(*id)) {
        Some(twice) => Err(format!("the list has {twice} twice")),
        None => Ok(read),
    }
}
