//! The page of the runbook that the message of a condition ends with. It is put there in one place, where conditions are
//! written; events, lines of log and what `kubectl get` shows go without.

use crate::api::conditions::MAX_MESSAGE;
use crate::api::text::cut;

/// Where the runbook is. Without a version: no upgrade writes each status because of it.
pub const RUNBOOK: &str = "https://github.com/orgkeeper/orgkeeper/blob/main/docs/runbook.md";
/// What stands between it and the text.
const BEFORE: &str = " Runbook: ";

/// The message with the link of its reason at the end, whether it had one or not. What is too long is cut before that.
pub fn linked(message: &str, reason: &str) -> String {
    let text = unlinked(message);
    let link = format!("{BEFORE}{RUNBOOK}#{}", reason.to_lowercase());
    format!("{}{link}", cut(text, MAX_MESSAGE - link.len()))
}

/// The message without its link.
pub fn unlinked(message: &str) -> &str {
    let text = message.rsplit_once(BEFORE).filter(|(_, link)| {
        let anchor = link.strip_prefix(RUNBOOK).and_then(|rest| rest.strip_prefix('#'));
        anchor.is_some_and(|anchor| anchor.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    });
    text.map_or(message, |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::reason::Reason;

    #[test]
    fn the_link_stands_at_the_end_once_and_comes_off_again() {
        for reason in Reason::ALL {
            let once = linked("It is so.", reason.as_str());
            assert_eq!(once, format!("It is so. Runbook: {RUNBOOK}#{}", reason.as_str().to_lowercase()));
            assert_eq!(linked(&once, reason.as_str()), once);
            assert_eq!(unlinked(&once), "It is so.");
        }
        let other = linked(&linked("It is so.", "InSync"), "Drifted");
        assert!(other.ends_with("#drifted") && !other.contains("#insync"), "{other}");
        for text in ["", "It is so.", "Read Runbook: nowhere.", &format!("a Runbook: {RUNBOOK}#insync b")] {
            assert_eq!(unlinked(text), text);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_the_link_is_whole() {
        let long = "é".repeat(MAX_MESSAGE);
        let cut = linked(&long, "InSync");
        assert!(cut.len() <= MAX_MESSAGE && cut.len() > MAX_MESSAGE - 2, "{}", cut.len());
        assert!(
            cut.ends_with(
                "é Runbook: https://github.com/orgkeeper/orgkeeper/blob/main/docs/runbook.md#insync"
            )
        );
    }
}
