//! Intents and switches of an object on this process's own clock: since when it knows of them.

use crate::api::managed::Managed;
use crate::engine::report::whole_seconds;
use crate::engine::seams::Tick;
use crate::engine::work::Work;
use crate::engine::world::World;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// From when on lists can answer for a create whose intent has this moment.
pub(super) fn answered_by<R: Managed>(world: &World, object: &R, since: Timestamp) -> Tick {
    let seen = world.first_seen.sight(object, since, world.moment());
    // The call is sent at most one time-out after the intent, and has ended one time-out later.
    seen.at + 2 * world.network.call_timeout() + world.settings.settle
}

/// The moment of a switch that is made now.
pub(super) fn switches<R: Managed>(world: &World, object: &R) -> Time {
    let now = world.moment();
    let since = whole_seconds(now.wall);
    world.first_seen.own(object, since, now.tick);
    Time(since)
}

/// The time by which an overlap is judged: a step of the wall clock neither ends it nor prolongs it.
pub(super) fn overlap_time<R: Managed>(world: &World, work: &Work<R>) -> Timestamp {
    let now = world.moment();
    let switched = work.token.rotation.as_ref().filter(|rotation| rotation.old_id.is_some());
    switched
        .map_or(now.wall, |rotation| world.first_seen.aged(work.object.as_ref(), rotation.switched(), now))
}
