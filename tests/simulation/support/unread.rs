//! Objects that a definition lets in and the program cannot read, and watches that begin anew.

use super::house::House;
use futures::FutureExt;
use orgkeeper::engine::base::ports::{Cluster, ObjectRef, Part};
use serde_json::{Value, json};

/// A manifest that nobody can read, which refers to what `spec` refers to.
pub fn broken(spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["managementPolicy"] = json!("OfATimeToCome");
    spec
}

impl House {
    /// The watches of every process begin anew, as after a 410.
    pub fn relist(&mut self) {
        self.run(self.watch_lag);
        for process in &self.processes {
            process.list(&self.way.cluster.all(), Vec::new(), &self.way.unserved);
        }
    }

    /// Deletes an object with all its finalizers, as who has no other way does.
    pub fn force_delete(&self, key: &ObjectRef) {
        self.delete(key);
        let none = json!({"metadata": {"finalizers": []}});
        let patched = Cluster::patch(&*self.way.cluster, key, Part::Main, none).now_or_never();
        patched.expect("nothing waits there").expect("it is there");
    }
}
