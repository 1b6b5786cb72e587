//! Whom a request is for: the vendor, or the control surface beside it.

use jiff::Timestamp;

use super::control::{self, Controlled};
use super::message::{Answer, Reply, Request};
use super::refusal::Refusal;
use super::sandbox::Sandbox;

/// Answers a request, to the vendor or (below `/_sandbox/`) to the control surface.
///
/// The effect, if there is one, has happened when this returns; only the delivery waits.
pub fn handle<V: Controlled>(sandbox: &mut Sandbox<V>, now: Timestamp, request: &Request) -> Reply {
    if !control::is_for(request) {
        return sandbox.receive(now, request);
    }
    sandbox.carry_out_late(now);
    let before = sandbox.revision();
    let answer = control::answer(sandbox, now, request);
    Reply::whole(answer, sandbox.revision() != before)
}

/// Answers a request that did not arrive as a whole, in the form of whom it is for.
pub(super) fn turn_away<V: Controlled>(
    sandbox: &mut Sandbox<V>,
    now: Timestamp,
    request: &Request,
    why: &Refusal,
) -> Answer {
    if control::is_for(request) { control::refuse(why) } else { sandbox.turn_away(now, request, why) }
}

/// Answers a request whose effect cannot be kept.
pub(super) fn refuse<V: Controlled>(
    sandbox: &mut Sandbox<V>,
    now: Timestamp,
    request: &Request,
    why: &Refusal,
) -> Answer {
    if control::is_for(request) { control::refuse(why) } else { sandbox.refuse(now, request, why) }
}
