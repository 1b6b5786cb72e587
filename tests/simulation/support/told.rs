//! Every run ends with a search for secrets in what it told (rule 9), and a look at whether that helps anybody.

use super::canaries::Canaries;
use super::house::House;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

impl House {
    /// The values of Secrets, and the tokens that the vendor issued.
    fn canaries(&self) -> Canaries {
        let mut canaries = Canaries::default();
        for secret in self.way.cluster.secrets().values() {
            secret.values.values().for_each(|value| canaries.add(value.expose_secret().as_bytes()));
            // Of a key file each line of the key, as somebody may repeat it alone.
            let files = secret.values.values().filter_map(|value| key_in(value.expose_secret()));
            files.for_each(|key| key.lines().for_each(|line| canaries.add(line.as_bytes())));
        }
        let vendor = self.vendor();
        let live = vendor.world().tokens().map(|(digest, _)| digest);
        let used = vendor.requests().entries().filter_map(|entry| entry.token.as_ref());
        live.chain(used).for_each(|digest| canaries.add_digest(digest));
        canaries
    }

    /// What of the secrets is in objects, patches, events, or the vendor's log.
    pub fn told_secrets(&self) -> Vec<String> {
        let canaries = self.canaries();
        let search = |place: &str, text: &str| canaries.found_in(text).map(|what| format!("{place}: {what}"));
        let cluster = &self.way.cluster;
        let objects = cluster.all().into_iter().map(|object| search("an object", &object.to_string()));
        let writes = cluster.writes().into_iter().map(|(key, patch)| {
            let text = patch.to_string();
            search(&format!("a patch of {key}"), &text)
        });
        let events = cluster.events().into_iter().map(|event| search("an event", &format!("{event:?}")));
        let vendor = self.vendor();
        let requests =
            vendor.requests().entries().map(|entry| search("a request", &json!(entry).to_string()));
        let all = objects.chain(writes).chain(events).chain(requests);
        all.flatten().collect()
    }
}

/// The private key in a key file.
fn key_in(text: &str) -> Option<String> {
    let file: Value = serde_json::from_str(text).ok()?;
    Some(file.get("private_key")?.as_str()?.to_owned())
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let told = self.told_secrets();
        assert!(told.is_empty(), "secrets were told:\n{}", told.join("\n"));
        let helpless = Vec::from_iter(self.helpless());
        assert!(helpless.is_empty(), "nobody is told what to do:\n{}", helpless.join("\n"));
    }
}
