//! What stands for a secret where the secret itself may not be.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The digest that stands for a secret: enough to compare, too short to search for.
pub fn digest(secret: &str) -> String {
    let mut digits = format!("{:x}", Sha256::digest(secret.as_bytes()));
    digits.truncate(16);
    digits
}

/// A secret that was written. Its value is not kept: only its digest, and what a read shows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// To compare by; see [`digest`].
    pub digest: String,
    /// What a read shows: `abc****`.
    pub shown: String,
}

impl Hidden {
    /// Hides a secret. Of a short one nothing is shown.
    pub fn of(secret: &str) -> Self {
        let start = if secret.chars().count() < 8 { 0 } else { 3 };
        let start: String = secret.chars().take(start).collect();
        Self { digest: digest(secret), shown: format!("{start}****") }
    }

    /// Whether this is what was written.
    pub fn is(&self, secret: &str) -> bool {
        self.digest == digest(secret)
    }
}
