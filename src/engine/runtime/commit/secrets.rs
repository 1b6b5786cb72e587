//! The writes of Secrets.

use crate::engine::base::ports::{ClusterError, SecretData, SecretWrite};
use crate::engine::runtime::context::Context;
use crate::engine::runtime::objects::Precondition;
use secrecy::ExposeSecret as _;

/// Writes Secrets, while this process has the Lease.
pub struct Secrets<'a>(&'a Context);

impl<'a> Secrets<'a> {
    /// With what all reconciles share.
    pub const fn new(context: &'a Context) -> Self {
        Self(context)
    }

    /// Creates a Secret, or writes over one.
    ///
    /// # Errors
    /// As the API server answers, and where that lacks something of what was sent.
    pub async fn write(&self, secret: SecretWrite) -> Result<SecretData, ClusterError> {
        self.0.may_store(Precondition::Unchanged)?;
        let sent = secret.clone();
        let stored = self.0.cluster.write_secret(secret).await?;
        match missing(&sent, &stored) {
            None => Ok(stored),
            // What else was sent is stored: this is no refusal.
            Some(what) => Err(ClusterError::Dropped(format!("{what} of Secret {}", sent.name))),
        }
    }

    /// Deletes the Secret that was read.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn delete(&self, namespace: &str, name: &str, read: &SecretData) -> Result<(), ClusterError> {
        self.0.may_store(Precondition::Unchanged)?;
        self.0.cluster.delete_secret(namespace, name, read).await
    }

    /// Replaces the finalizers of the Secret that was read.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn set_finalizers(
        &self,
        namespace: &str,
        name: &str,
        read: &SecretData,
        finalizers: Vec<String>,
    ) -> Result<(), ClusterError> {
        self.0.may_store(Precondition::Unchanged)?;
        let version = &read.resource_version;
        let stored =
            self.0.cluster.set_secret_finalizers(namespace, name, version, finalizers.clone()).await?;
        if finalizers.iter().any(|sent| !stored.contains(sent)) {
            tracing::warn!(
                namespace,
                name,
                "the finalizer of a token Secret was not kept: a webhook may drop it"
            );
        }
        Ok(())
    }
}

/// What the Secret lacks of what was sent.
fn missing(sent: &SecretWrite, stored: &SecretData) -> Option<String> {
    let label = sent.labels.iter().find(|(name, value)| stored.labels.get(*name) != Some(value));
    let annotation =
        sent.annotations.iter().find(|(name, value)| stored.annotations.get(*name) != Some(value));
    let value = sent.values.iter().find(|(key, value)| {
        stored.values.get(*key).map(secrecy::ExposeSecret::expose_secret) != Some(value.expose_secret())
    });
    None.or(label.map(|(name, _)| format!("the label {name}")))
        .or(annotation.map(|(name, _)| format!("the annotation {name}")))
        .or(value.map(|(key, _)| format!("the value of {key}")))
}
