//! Chance from a seed: the same seed gives the same ids, tokens and faults.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A small seeded generator (`SplitMix64`). Its whole state is one number, so it is saved with the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generator(u64);

impl Generator {
    /// A generator that repeats the same sequence for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True with the given probability: never at 0, always at 1.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        let drawn = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(drawn) < probability * (f64::from(u32::MAX) + 1.0)
    }

    /// `length` hexadecimal digits.
    pub fn hex(&mut self, length: usize) -> String {
        let mut digits = String::with_capacity(length + 16);
        while digits.len() < length {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{:016x}", self.next());
        }
        digits.truncate(length);
        digits
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// The id of a request, in the form of a UUID.
    pub(super) fn request_id(&mut self) -> String {
        let digits = self.hex(32);
        format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    }
}
