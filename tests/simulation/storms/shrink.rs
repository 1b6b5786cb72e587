//! The least of a storm that still breaks the same promise.

use super::plan::Storm;
use super::play::play;
use crate::support::journal::Broken;

/// Leaves out sources of trouble and steps as long as the same promise stays broken.
pub fn shrink(storm: &Storm, broken: &Broken) -> Storm {
    let same = |storm: &Storm| play(storm).broken.iter().any(|other| other.promise == broken.promise);
    let mut least = storm.clone();
    loop {
        let before = (least.sources.len(), least.steps.len());
        for source in least.sources.clone() {
            let without = least.without(source);
            if same(&without) {
                least = without;
            }
        }
        let mut size = least.steps.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < least.steps.len() {
                let mut without = least.clone();
                let end = (at + size).min(without.steps.len());
                without.steps.drain(at..end);
                if same(&without) {
                    least = without;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        if before == (least.sources.len(), least.steps.len()) {
            return least;
        }
    }
}
