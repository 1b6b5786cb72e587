//! Mappings to policies, which users and groups have alike.

pub(super) mod control;
pub(super) mod grants;
pub(super) mod roles;
pub(super) mod rows;
pub(super) mod sent;
