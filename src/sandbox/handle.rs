//! Whom a request is for: the vendor, or the control surface beside it.

use jiff::Timestamp;

use super::control;
use super::core::Sandbox;
use super::message::{Reply, Request};

/// Answers a request, to the vendor or (below `/_sandbox/`) to the control surface.
///
/// The effect, if there is one, has happened when this returns; only the delivery waits.
pub fn handle(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Reply {
    if !control::is_for(request) {
        return sandbox.receive(now, request);
    }
    sandbox.carry_out_late(now);
    let before = sandbox.revision();
    let answer = control::answer(sandbox, now, request);
    Reply::whole(answer, sandbox.revision() != before)
}
