//! Several calls that make up one write.

use crate::engine::base::error::VendorError;

/// The calls made so far for one write.
#[derive(Debug, Default)]
pub struct Calls {
    /// Whether one of them had, or may have had, an effect.
    effect: bool,
}

impl Calls {
    /// The outcome of a call, as that of the whole: after one that had an effect, no failure is without.
    ///
    /// # Errors
    /// Those of the call.
    pub fn made<T>(&mut self, outcome: Result<T, VendorError>) -> Result<T, VendorError> {
        let outcome = outcome.map_err(|mut error| {
            error.without_effect &= !self.effect;
            error
        });
        self.effect |= !matches!(&outcome, Err(error) if error.without_effect);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::error::Failure;

    #[test]
    fn after_a_call_with_an_effect_no_failure_is_without() {
        let refused = || Err::<(), _>(VendorError::without_effect(Failure::Refused, "no"));
        let mut calls = Calls::default();
        assert!(calls.made(refused()).is_err_and(|error| error.without_effect));
        assert!(calls.made(Ok(())).is_ok());
        assert!(calls.made(refused()).is_err_and(|error| !error.without_effect));
    }
}
