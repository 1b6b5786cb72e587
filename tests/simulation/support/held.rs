//! Patches that are stored at once and answered later: what is said in between.

use super::cluster::PatchFault;
use super::house::{House, mins};
use std::time::Duration;

impl House {
    /// From now on patches are stored at once, and answered a second later.
    pub fn hold_patches(&self) {
        for patch in 0..100 {
            self.way.patch_faults.add(patch, PatchFault::Held);
        }
    }

    /// Runs until it is stored, and no longer: its answer is still to come.
    #[track_caller]
    pub fn until_stored(&mut self, so: impl Fn(&Self) -> bool) {
        let end = self.now() + mins(20);
        while !so(self) {
            assert!(self.now() < end, "{}", self.describe());
            self.run(Duration::from_millis(50));
        }
    }
}
