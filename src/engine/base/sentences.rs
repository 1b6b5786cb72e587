//! Sentences that messages of several places share, and who is told whose name.

use crate::api::grant::Power;
use crate::engine::base::ports::ObjectRef;

/// What another object is called where its name may not be told.
pub const ELSEWHERE: &str = "an object in another namespace";

/// That a deletion waits in a process that only reads.
pub const ONLY_READS: &str = "This operator only reads, and the deletion waits for one that may write: run one without \
                              --read-only. To leave at the vendor what is there, set the annotation orgkeeper.dev/abandon.";

/// The most edits between two names that may be meant for one another.
const NEAR: usize = 2;

/// How many of many are named in a message.
const NAMED: usize = 5;

/// The first of many names, and how many more there are.
pub fn listed(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The text with a full stop at its end, so that another sentence can follow: texts of the vendor have one or not.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// What is said of what waits for a cause that passes.
pub fn waits(why: &str) -> String {
    format!("Waits: {} It goes on by itself.", sentence(why))
}

/// That the object admits another one, and not with as much power as it asks for.
pub fn bounded(key: &ObjectRef, most: Power, asked: Power) -> String {
    let role = |power| match power {
        Power::Role(role) => Some(role.name),
        Power::None | Power::Unbounded => None,
    };
    let most = role(most).unwrap_or("none");
    match role(asked) {
        Some(asked) => format!(
            "{key} admits this object with the role {most} at most (maxRole), and it asks for {asked}. Ask for {most}, or \
             have maxRole raised in spec.allowed there."
        ),
        None => format!(
            "{key} admits this object with the role {most} at most (maxRole), and it asks for what no role bounds: a \
             policy, a group, or by spec.adopt.id what exists. Do without that, or have maxRole taken out of \
             spec.allowed there."
        ),
    }
}

/// That another object stands for the same thing, and what can be done. `differ` says how this one would stand for
/// something else, if it can be told to; `stays`, that the vendor deletes no such thing; `at_home`, that this one may
/// take over what exists.
pub fn taken(holder: &str, noun: &str, differ: Option<&str>, (stays, at_home): (bool, bool)) -> String {
    let differ = differ.map(|how| format!(", or {how}")).unwrap_or_default();
    let end = match stays {
        true => format!("which leaves the {noun} as it is, too"),
        false => format!("which takes the {noun} along if its status.deletionPolicy is Delete"),
    };
    let then = match at_home {
        true => "and this one takes its place",
        false => {
            "and this one can take its place by spec.adopt with policy Required and the id, for which to ask whoever \
             keeps the organization"
        }
    };
    format!(
        "The same {noun} is kept by {holder} already; nothing is written. Delete this object, which touches nothing at the \
         vendor{differ}. Or have the other one deleted, {end}, {then}."
    )
}

/// That the vendor knows nothing of this id, which its lists have to confirm.
pub fn confirming(noun: &str, id: &str, lists: &str) -> String {
    format!("The vendor has no {noun} {id}; two {lists} have to confirm that, and it goes on by itself then.")
}

/// That lists lack more of the organization than is believed.
pub fn shrank(root: &ObjectRef) -> String {
    format!(
        "More vanished from the organization at once than is believed; nothing is created or deleted until it is back, or a \
         person confirms it on the organization: see the condition InventoryShrank of {root}, which says how."
    )
}

/// The moment, rounded up to a minute, so that one that moves by seconds writes nothing.
pub fn minute(at: jiff::Timestamp) -> jiff::Timestamp {
    let end = at.as_second() + 59;
    jiff::Timestamp::from_second(end - end % 60).unwrap_or(at)
}

/// Those of the names that may have been meant by one that is none of them, the nearest first.
pub fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|known| {
            let other = known.to_lowercase();
            let within = !wanted.is_empty() && (other.contains(&wanted) || wanted.contains(&other));
            let edits = edits(&wanted, &other);
            (edits <= NEAR || within).then_some((edits, known))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(_, known)| known).collect()
}

/// How many characters are put in, taken out or changed from one text to the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, one) in from.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], line + 1);
        for (place, other) in to.iter().enumerate() {
            let changed = corner + usize::from(one != *other);
            corner = row[place + 1];
            row[place + 1] = changed.min(corner + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found_and_nothing_else() {
        let names = ["Account Viewer", "Account Editor", "Ocean Full Access", "Admin"];
        let near = |name| near(name, names.into_iter());
        assert_eq!(near("account viewer"), ["Account Viewer"]);
        assert_eq!(near("Acount Editer"), ["Account Editor"]);
        assert_eq!(near("Administrator"), ["Admin"]);
        assert_eq!(near("Ocean"), ["Ocean Full Access"]);
        assert_eq!(near("Deployer"), [""; 0]);
        assert_eq!(near(""), [""; 0]);
    }

    #[test]
    fn a_moment_is_told_by_the_minute_that_it_is_over_by() {
        let at = |second| minute(jiff::Timestamp::from_second(second).unwrap()).as_second();
        assert_eq!((at(60), at(61), at(119), at(120)), (60, 120, 120, 120));
    }
}
