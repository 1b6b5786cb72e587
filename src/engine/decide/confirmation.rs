//! What a person is asked to confirm: an answer is good for what was asked then, and once (rules 2 and 12).
//!
//! The digest that a message gives is of what would be done and of the moment since which that is asked,
//! which stands in status. An annotation that is left behind therefore answers nothing when the same is
//! asked anew: that has another moment.

use crate::api::annotation;
use crate::api::status::{Asked, MAX_ASKED};
use crate::engine::base::checks::holds;
use crate::engine::base::sentences;
use crate::engine::decide::fingerprint;
use crate::engine::decide::report::whole_seconds;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeSet;

/// What a person writes to confirm it.
pub fn answer(asked: &Asked) -> String {
    fingerprint::digest([&*asked.of, &*asked.since.0.to_string()])
}

/// Whether `of` is asked, and `written` is the answer.
pub fn confirmed(asked: &[Asked], of: &str, written: Option<&str>) -> bool {
    let question = asked.iter().find(|question| question.of == of);
    question.is_some_and(|question| written == Some(&*answer(question)))
}

/// Asks it, or goes on asking; the answer that is waited for.
pub fn ask(asked: &mut Vec<Asked>, of: &str, now: Timestamp) -> String {
    if let Some(known) = asked.iter().find(|question| question.of == of) {
        return answer(known);
    }
    if asked.len() >= MAX_ASKED {
        asked.remove(0);
    }
    let question = Asked { of: of.to_owned(), since: Time(whole_seconds(now)) };
    let answer = answer(&question);
    asked.push(question);
    answer
}

/// The answers that are waited for, where `written` is none of them; nothing where nothing is asked.
fn awaited(asked: &[Asked], written: &str) -> Option<Vec<String>> {
    let answers: Vec<String> = asked.iter().map(answer).collect();
    (!answers.is_empty() && !answers.iter().any(|answer| answer == written)).then_some(answers)
}

/// What a question about what creates of unknown outcome may have left is about: the one kind that `keep` answers.
pub fn of_leftovers(uid: &str, left: &[String]) -> String {
    fingerprint::digest(["leftovers", uid].into_iter().chain(left.iter().map(String::as_str)))
}

/// What somebody wrote to answer.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// The annotation.
    pub name: &'a str,
    /// What it says.
    pub answer: &'a str,
    /// Whether it was written since this process looks at the object: what stood there before may have been answered.
    pub since: bool,
    /// Whether what the object waits for is asked by its organization.
    pub asked_above: bool,
}

/// What is said of an answer that answers nothing; `keeps` is what a question is about that `keep` answers, too.
pub fn misread(asked: &[Asked], keeps: &str, written: Written<'_>) -> Option<String> {
    let Written { name, answer: given, since, asked_above } = written;
    let takes = |question: &&Asked| name != annotation::KEEP || question.of == keeps;
    let taken: Vec<Asked> = asked.iter().filter(takes).cloned().collect();
    if taken.iter().any(|question| answer(question) == given) {
        return None;
    }
    let said = format!("{name}: {given:?}");
    if asked.iter().any(|question| answer(question) == given) {
        return Some(format!(
            "{said} answers nothing: what is asked with that digest knows no other answer than {}: {given}. Set that where it \
             is meant, and take this one out.",
            annotation::CONFIRM
        ));
    }
    if let Some(awaited) = awaited(asked, given) {
        return Some(format!(
            "{said} answers nothing that is asked of this object now. Read its conditions again: what they ask is answered \
             by {}.",
            sentences::listed(&awaited)
        ));
    }
    let next = match asked_above {
        true => {
            "What it waits for is asked by its organization: set the annotation there, as its conditions say"
        }
        false => "Take it out; what is asked of another object, as of its organization, is answered there",
    };
    since.then(|| format!("{said} answers nothing: nothing is asked of this object. {next}."))
}

/// The questions that are asked in one look at an object. What a look that settles everything did not ask
/// is asked no more.
#[derive(Clone, Debug, Default)]
pub struct Heard(BTreeSet<String>);

impl Heard {
    /// It was asked.
    pub fn note(&mut self, of: &str) {
        self.0.insert(of.to_owned());
    }

    /// Drops what was not asked.
    pub fn only(&self, asked: &mut Vec<Asked>) {
        asked.retain(|question| holds!(AnswerOnce, self.0.contains(&question.of)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_answer_is_good_for_what_was_asked_then() {
        let mut asked = Vec::new();
        let first = ask(&mut asked, "plan", at(1));
        assert!(confirmed(&asked, "plan", Some(&first)));
        assert!(!confirmed(&asked, "plan", None) && !confirmed(&asked, "plan", Some("plan")));
        assert!(!confirmed(&asked, "other", Some(&first)));
        assert!(!confirmed(&[], "plan", Some(&first)), "what is not asked cannot be answered");
        assert_eq!(ask(&mut asked, "plan", at(9)), first, "it stands still as long as it is asked");
        Heard::default().only(&mut asked);
        assert_ne!(ask(&mut asked, "plan", at(9)), first);
        assert!(!confirmed(&asked, "plan", Some(&first)), "asked anew, it is another question");
    }

    #[test]
    fn what_was_not_heard_is_dropped_and_there_are_never_too_many() {
        let mut asked = Vec::new();
        let mut heard = Heard::default();
        for number in 0..2 * MAX_ASKED {
            ask(&mut asked, &number.to_string(), at(1));
        }
        assert_eq!(asked.len(), MAX_ASKED);
        let last = asked[MAX_ASKED - 1].of.clone();
        heard.note(&last);
        heard.only(&mut asked);
        assert!(asked.len() == 1 && asked[0].of == last);
    }
}
