//! What the control surface has for Spot alone, put together from all kinds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::core::control::{Outcome, missing};
use crate::sandbox::core::{Controlled, Request};
use crate::sandbox::spot::KINDS;
use crate::sandbox::spot::target::{Sandbox, Spot};

impl Controlled for Spot {
    fn control(sandbox: &mut Sandbox, now: Timestamp, request: &Request, path: &[&str]) -> Outcome {
        match (request.method.as_str(), path) {
            ("GET", ["health"]) => Ok(json!({"contract": sandbox.start().contract})),
            ("GET", ["state"]) => Ok(state(sandbox)),
            _ => {
                let mut controls = KINDS.iter().flat_map(|kind| kind.controls);
                let answer = controls.find_map(|control| control.answer(sandbox, now, request, path));
                answer.unwrap_or_else(|| Err(missing("control; see docs/sandbox.md")))
            }
        }
    }
}

/// The truth behind lists and masks. Of tokens and secrets it has only the digests.
fn state(sandbox: &Sandbox) -> Value {
    let all = KINDS.iter().flat_map(|kind| kind.state);
    let all: BTreeMap<&str, Vec<Value>> = all.map(|(name, of)| (*name, of(sandbox.world()))).collect();
    let mut state = json!(all);
    state["contract"] = json!(sandbox.start().contract);
    state
}
