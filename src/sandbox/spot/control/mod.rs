//! What can be done by hand: a person in the console, and a support desk that issues tokens.

mod action;
mod input;
mod surface;

use http::Method;
use jiff::Timestamp;

use super::target::Sandbox;
use crate::sandbox::core::Request;
use crate::sandbox::core::control::Outcome;

pub(super) use action::{Action, Nothing, read_action};
pub(super) use input::{account, meant};

/// Something that can be done by hand.
#[derive(Debug)]
pub(super) struct Control {
    method: Method,
    /// Its path below `/_sandbox/`. `{id}` stands for the one that it is done to.
    path: &'static str,
    act: Act,
}

/// How it is done.
#[derive(Debug)]
enum Act {
    /// To none that is there.
    ToNone(fn(&mut Sandbox, Timestamp, &Request) -> Outcome),
    /// To the one with this id.
    ToOne(fn(&mut Sandbox, Timestamp, &str, &Request) -> Outcome),
}

impl Control {
    /// What names none that is there.
    pub(super) const fn to_none(
        method: Method,
        path: &'static str,
        act: fn(&mut Sandbox, Timestamp, &Request) -> Outcome,
    ) -> Self {
        Self { method, path, act: Act::ToNone(act) }
    }

    /// What is done to the one that its path names.
    pub(super) const fn to_one(
        method: Method,
        path: &'static str,
        act: fn(&mut Sandbox, Timestamp, &str, &Request) -> Outcome,
    ) -> Self {
        Self { method, path, act: Act::ToOne(act) }
    }

    /// The id in the path, if this is what is asked for; empty where it names none.
    fn named<'a>(&self, method: &Method, path: &[&'a str]) -> Option<&'a str> {
        let mut id = "";
        let fits = self.path.split('/').zip(path).all(|(expected, given)| {
            let is_id = expected == "{id}";
            if is_id {
                id = given;
            }
            is_id || expected == *given
        });
        (fits && self.method == *method && self.path.split('/').count() == path.len()).then_some(id)
    }

    /// Does it, if it is what is asked for.
    fn answer(
        &self,
        sandbox: &mut Sandbox,
        now: Timestamp,
        request: &Request,
        path: &[&str],
    ) -> Option<Outcome> {
        let id = self.named(&request.method, path)?;
        Some(match self.act {
            Act::ToNone(act) => act(sandbox, now, request),
            Act::ToOne(act) => act(sandbox, now, id, request),
        })
    }
}
