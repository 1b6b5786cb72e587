//! Actions in the console.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Complaint, read, wrong};
use crate::sandbox::spot::console::Console;
use crate::sandbox::spot::target::Sandbox;

/// An action in the console: what is to be done, who does it, and whether the audit log tells.
pub(in crate::sandbox::spot) struct Action<T> {
    pub(in crate::sandbox::spot) what: T,
    actor: Option<String>,
    audited: bool,
}

impl<T> Action<T> {
    /// The console with this person before it, and what is to be done there.
    pub(in crate::sandbox::spot) fn begin(self, sandbox: &mut Sandbox, now: Timestamp) -> (Console<'_>, T) {
        let mut console = sandbox.console(now);
        if let Some(actor) = self.actor {
            console = console.by(actor);
        }
        if !self.audited {
            console = console.unaudited();
        }
        (console, self.what)
    }
}

/// The body of an action that asks for nothing more than who acts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox::spot) struct Nothing {}

/// An action's body: `actor` and `audited` go with every other member.
pub(in crate::sandbox::spot) fn read_action<T: DeserializeOwned>(
    request: &Request,
) -> Result<Action<T>, Complaint> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Frame {
        actor: Option<String>,
        audited: Option<bool>,
    }
    let not_read = |error: serde_json::Error| wrong(error.to_string());
    let mut members: Map<String, Value> = read(request)?;
    let frame: Map<String, Value> =
        ["actor", "audited"].into_iter().filter_map(|name| members.remove_entry(name)).collect();
    let frame: Frame = serde_json::from_value(Value::Object(frame)).map_err(not_read)?;
    let what = serde_json::from_value(Value::Object(members)).map_err(not_read)?;
    Ok(Action { what, actor: frame.actor, audited: frame.audited.unwrap_or(true) })
}
