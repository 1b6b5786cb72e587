//! What this process remembers of what it wrote to an object, and saw of it, and nobody else.

use super::hidden::HiddenWrites;
use crate::engine::base::ports::Tick;
use crate::engine::decide::contention::Contention;
use crate::engine::decide::repeats::Repeats;
use std::collections::BTreeMap;

/// What this process remembers of its writes to an object.
#[derive(Default)]
pub struct Writes {
    /// The generation and the request that fights were counted for.
    pub round: (i64, Option<String>),
    /// When we last wrote it at the vendor, and what: the fingerprint of each path's value, of all writes
    /// with less than the settling time between them.
    pub touched: Tick,
    /// See there.
    pub wrote: BTreeMap<String, String>,
    /// What of that nobody heard the outcome of, until a write of the same path was heard.
    pub unheard: BTreeMap<String, String>,
    /// The corrections of its fields.
    pub fights: Contention,
    /// The write to it that is made again and again, if one is.
    pub repeats: Repeats,
    /// What was sent of each field that no read shows, and until when it may be carried out though nobody heard of it.
    pub hidden: HiddenWrites,
    /// What somebody else made otherwise, as it was last compared: digests of the values, by path.
    pub seen: Option<BTreeMap<String, String>>,
}
