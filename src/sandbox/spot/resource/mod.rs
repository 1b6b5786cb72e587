//! Resources, whose events are told. The sandbox has them, and no call makes them.

mod control;
pub(super) mod state;

use http::Method;

use super::control::Control;
use super::kind::Kind;
use crate::sandbox::core::control::found;

pub(super) static KIND: Kind = Kind {
    controls: &[
        Control::to_none(Method::POST, "resources", |sandbox, _, request| control::add(sandbox, request)),
        Control::to_one(Method::DELETE, "resources/{id}", |sandbox, _, id, _| {
            found(sandbox.world_mut().resources.remove(id), "resource")
        }),
    ],
    state: &[("resources", |world| {
        world.resources.all().map(|(id, resource)| control::row(id, resource)).collect()
    })],
    ..Kind::NONE
};
