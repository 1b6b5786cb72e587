//! What must not happen twice, and what must not get lost, is called from one place each.

use super::{code, sources};

/// A call, and the files of the engine that make it.
const CALLED_FROM: [(&str, &[&str]); 13] = [
    // Objects: their status and our finalizer.
    ("cluster.patch(", &["engine/runtime/objects.rs"]),
    (".send(self.context.cluster", &["engine/runtime/commit/sending.rs"]),
    ("Part::Status", &["engine/base/simulation.rs", "engine/runtime/commit/sending.rs"]),
    // Secrets.
    (".write_secret(", &["engine/runtime/commit/secrets.rs"]),
    (".delete_secret(", &["engine/runtime/commit/secrets.rs"]),
    (".set_secret_finalizers(", &["engine/runtime/commit/secrets.rs"]),
    // What must not be sent again at the vendor, and what may be of it.
    ("kind.create(", &["engine/runtime/commit/permit.rs"]),
    ("registration.create_root(", &["engine/runtime/commit/permit.rs"]),
    ("kind.update(", &["engine/runtime/commit/permit.rs"]),
    ("registration.update_root(", &["engine/runtime/commit/permit.rs"]),
    ("kind.delete(", &["engine/resource/delete/remove.rs"]),
    ("registration.delete_root(", &["engine/organization/finalize.rs"]),
    ("Unrepeatable(())", &["engine/runtime/commit/permit.rs"]),
];

#[test]
fn what_is_stored_and_what_is_sent_once_is_called_from_one_place() {
    for (call, allowed) in CALLED_FROM {
        let mut from: Vec<String> = Vec::new();
        for (path, text) in sources("engine") {
            let text: String = code(&text).collect::<Vec<_>>().join("\n");
            let plain: String = text.split_whitespace().collect();
            let wanted: String = call.split_whitespace().collect();
            // The simulation is the other side of the ports.
            let own = call.starts_with('.') && path.ends_with("engine/base/simulation.rs");
            if plain.contains(&wanted) && !own {
                let path = path.display().to_string();
                from.push(path.split_once("/src/").map_or(path.clone(), |(_, inside)| inside.to_owned()));
            }
        }
        from.sort();
        assert_eq!(from, allowed, "{call} is called from there");
    }
}
