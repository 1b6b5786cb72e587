//! The forms of time.

use jiff::Timestamp;

/// The form of time in accounts and in the envelope: `2017-06-04T16:32:58.000Z` (spot-wire §1).
pub(in crate::sandbox::spot) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The form of time in policies and groups: an offset without a colon (spot-wire §1).
pub(in crate::sandbox::spot) fn offset_timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}
