//! Switches of an object on this process's own clock: since when it knows of them.

use crate::api::managed::Managed;
use crate::engine::decide::report::whole_seconds;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::work::Work;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The moment of a switch that is made now.
pub fn switches<R: Managed>(context: &Context, object: &R) -> Time {
    let now = context.moment();
    let since = whole_seconds(now.wall);
    context.first_seen.own(object, since, now.tick);
    Time(since)
}

/// The time by which an overlap is judged: a step of the wall clock neither ends it nor prolongs it.
pub fn overlap_time<R: Managed>(context: &Context, work: &Work<R>) -> Timestamp {
    let now = context.moment();
    let switched = work.token.rotation.as_ref().filter(|rotation| rotation.old_id.is_some());
    switched
        .map_or(now.wall, |rotation| context.first_seen.aged(work.object.as_ref(), rotation.switched(), now))
}
