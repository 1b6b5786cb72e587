//! Secret values that must be seen nowhere, and the search for them.

use std::collections::BTreeSet;

use k8s_openapi::ByteString;
use serde_json::{Value, json};

/// What is shorter may be a part of a word.
const SHORTEST: usize = 8;
/// As many hexadecimal digits as a token of the sandbox has.
const TOKEN_DIGITS: usize = 64;
/// How much before a find is shown.
const CONTEXT: usize = 60;

/// Secret values, in the forms in which they might get out.
#[derive(Clone, Debug, Default)]
pub struct Canaries {
    needles: BTreeSet<String>,
    digests: BTreeSet<String>,
}

impl Canaries {
    /// Adds a value: as it is, as JSON has it, in base64, and in hexadecimal digits. Of a key file, the
    /// private key by itself as well, and each of its lines.
    pub fn add(&mut self, value: &[u8]) {
        let file: Option<Value> = serde_json::from_slice(value).ok();
        if let Some(key) = file.as_ref().and_then(|file| file["private_key"].as_str()) {
            self.add_one(key.as_bytes());
            key.lines()
                .filter(|line| !line.starts_with("-----"))
                .for_each(|line| self.add_one(line.as_bytes()));
        }
        self.add_one(value);
    }

    fn add_one(&mut self, value: &[u8]) {
        let mut forms = vec![hexadecimal(value)];
        forms.extend(json!(ByteString(value.to_vec())).as_str().map(str::to_owned));
        if let Ok(text) = std::str::from_utf8(value) {
            let text = text.trim();
            forms.push(text.to_owned());
            forms.push(json!(text).to_string().trim_matches('"').to_owned());
        }
        let usable = |form: &String| value.len() >= SHORTEST && !form.contains('\n');
        self.needles.extend(forms.into_iter().filter(usable));
    }

    /// Adds a token of the sandbox of which only the digest is known.
    pub fn add_digest(&mut self, digest: &str) {
        self.digests.insert(digest.to_owned());
    }

    /// The values in all their forms, for whoever keeps them.
    #[allow(dead_code, reason = "not every kind of test does")]
    pub fn needles(&self) -> impl Iterator<Item = &str> {
        self.needles.iter().map(String::as_str)
    }

    /// What of it is in the text: where it stands, without the value.
    pub fn found_in(&self, text: &str) -> Option<String> {
        let known = self.needles.iter().find_map(|needle| text.find(needle.as_str()));
        known.or_else(|| self.token_in(text)).map(|at| {
            let mut start = at.saturating_sub(CONTEXT);
            while !text.is_char_boundary(start) {
                start += 1;
            }
            format!("a secret value after {:?}", &text[start..at])
        })
    }

    /// Where something stands that has the digest of a token.
    fn token_in(&self, text: &str) -> Option<usize> {
        if self.digests.is_empty() {
            return None;
        }
        let bytes = text.as_bytes();
        let mut start = 0;
        while start < bytes.len() {
            let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            if length == TOKEN_DIGITS {
                let token = &text[start..start + length];
                if self.digests.contains(&orgkeeper::sandbox::digest(token)) {
                    return Some(start);
                }
            }
            start += length + 1;
        }
        None
    }
}

fn hexadecimal(value: &[u8]) -> String {
    value.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
