//! Intents and switches of an object on this process's own clock: since when it knows of them.

use crate::api::managed::Managed;
use crate::api::status::PendingCreate;
use crate::api::token::Rotation;
use crate::engine::first_seen::Purpose;
use crate::engine::ledger;
use crate::engine::report::whole_seconds;
use crate::engine::seams::Tick;
use crate::engine::work::Work;
use crate::engine::world::World;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// Takes in when the intent was meant that an object holds now.
pub(super) type Intended<R> = fn(&World, &R, Tick);

/// From when on lists can answer for a create.
pub(super) fn create_answered_by<R: Managed>(world: &World, object: &R, create: &PendingCreate) -> Tick {
    answered_by(world, object, Purpose::Create, create.since.0)
}

/// From when on lists can answer for the create of another user.
pub(super) fn user_answered_by<R: Managed>(world: &World, object: &R, intent: &Rotation) -> Tick {
    answered_by(world, object, Purpose::Rotation, intent.since.0)
}

/// The intent to create that is stored now was meant at `at`.
pub(super) fn intended<R: Managed>(world: &World, object: &R, at: Tick) {
    if let Some(pending) = &object.common_status().pending_create {
        world.first_seen.own(object, Purpose::Create, pending.since.0, at);
    }
}

/// The same of another user.
pub(super) fn user_intended<R: Managed>(world: &World, object: &R, at: Tick) {
    if let Some((_, intent)) = object.token_status().and_then(ledger::Purpose::under_way) {
        world.first_seen.own(object, Purpose::Rotation, intent.since.0, at);
    }
}

/// The moment of a switch that is made now.
pub(super) fn switches<R: Managed>(world: &World, object: &R) -> Time {
    let now = world.moment();
    let since = whole_seconds(now.wall);
    world.first_seen.own(object, Purpose::Switch, since, now.tick);
    Time(since)
}

/// The time by which an overlap is judged: a step of the wall clock neither ends it nor prolongs it.
pub(super) fn overlap_time<R: Managed>(world: &World, work: &Work<R>) -> Timestamp {
    let now = world.moment();
    let switched = work.token.rotation.as_ref().filter(|rotation| rotation.old_id.is_some());
    switched.map_or(now.wall, |rotation| {
        let object = work.object.as_ref();
        world.first_seen.aged(object, Purpose::Switch, rotation.switched(), now)
    })
}

/// From when on lists can answer for a create whose intent has this moment.
fn answered_by<R: Managed>(world: &World, object: &R, purpose: Purpose, since: Timestamp) -> Tick {
    let seen = world.first_seen.sight(object, purpose, since, world.moment());
    // The call is sent at most one time-out after the intent, and has ended one time-out later.
    seen.at + 2 * world.network.call_timeout() + world.settings.settle
}
