//! Keyed hashes: what may stand in status for a value that may not (rule 9).

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Makes fingerprints with the key of the installation. Values cannot be guessed from them without
/// the key, and those of another key are told apart from those of another value.
#[derive(Clone)]
pub struct Fingerprints {
    mac: Hmac<Sha256>,
    key_id: String,
}

/// How a stored fingerprint compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It is of this value.
    Same,
    /// It is of another value.
    Other,
    /// It was made with a key that is lost: it says nothing.
    LostKey,
}

impl Fingerprints {
    /// With this key.
    pub fn new(key: &SecretString) -> Self {
        // The construction of HMAC for a key of one block: a hash of the key, padded with zeros.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block[..32].copy_from_slice(&Sha256::digest(key.expose_secret().as_bytes()));
        let mac = Hmac::<Sha256>::new(&block);
        let key_id = hex(&Sha256::digest(key.expose_secret().as_bytes())[..4]);
        Self { mac, key_id }
    }

    /// The fingerprint of `value` as the value of `path`.
    pub fn of(&self, path: &str, value: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(path.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        format!("{}:{}", self.key_id, hex(&mac.finalize().into_bytes()[..16]))
    }

    /// Compares a stored fingerprint with a value.
    pub fn compare(&self, stored: &str, path: &str, value: &str) -> Match {
        if stored.split_once(':').is_none_or(|(key_id, _)| key_id != self.key_id) {
            Match::LostKey
        } else if stored == self.of(path, value) {
            Match::Same
        } else {
            Match::Other
        }
    }
}

/// A short digest of a set of words, for a person to copy: of what waits for a confirmation.
pub fn digest<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut sha = Sha256::new();
    for word in words {
        sha.update((word.len() as u64).to_le_bytes());
        sha.update(word.as_bytes());
    }
    hex(&sha.finalize()[..6])
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_values_paths_and_keys_apart() {
        let one = Fingerprints::new(&"one".to_owned().into());
        let two = Fingerprints::new(&"two".to_owned().into());
        let stored = one.of("a", "x");
        assert_eq!(one.compare(&stored, "a", "x"), Match::Same);
        assert_eq!(one.compare(&stored, "a", "y"), Match::Other);
        assert_eq!(one.compare(&stored, "b", "x"), Match::Other);
        assert_eq!(two.compare(&stored, "a", "x"), Match::LostKey);
        assert_eq!(two.compare("rubbish", "a", "x"), Match::LostKey);
        assert!(!stored.contains('x') && stored.len() <= 128);
    }

    #[test]
    fn a_digest_depends_on_where_words_end() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest(["ab", "c"]), digest(["ab", "c"]));
    }
}
