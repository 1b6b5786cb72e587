//! Which installation is meant, and how to reach its cluster.

use crate::operator::watch::Scope;
use clap::Args;
use std::path::{Path, PathBuf};

/// Where the installation is.
#[derive(Args, Clone, Debug)]
pub struct Installation {
    /// The kubeconfig to use; without it the one of the environment, or the pod's service account
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The namespace of the installation: of the Lease, and of the Secret with the key of fingerprints
    #[arg(long, env = "POD_NAMESPACE", default_value = "orgkeeper-system")]
    pub namespace: String,
    /// The name of the Lease
    #[arg(long, default_value = "orgkeeper")]
    pub lease_name: String,
    /// Only these namespaces, separated by commas; without it, all
    #[arg(long, value_delimiter = ',', value_name = "NAMESPACES")]
    watch_namespaces: Vec<String>,
}

impl Installation {
    /// Which namespaces it keeps.
    pub fn scope(&self) -> Scope {
        match self.watch_namespaces.as_slice() {
            [] => Scope::All,
            names => Scope::Namespaces(names.to_vec()),
        }
    }

    /// A client of its API server.
    ///
    /// # Errors
    /// A kubeconfig that cannot be read, or none at all.
    pub async fn client(&self) -> Result<kube::Client, String> {
        kube::Client::try_from(self.config().await?).map_err(|error| no_way(&error))
    }

    /// How to reach its API server.
    ///
    /// # Errors
    /// A kubeconfig that cannot be read, or none at all.
    pub async fn config(&self) -> Result<kube::Config, String> {
        // kube takes what is installed first; it and the vendor's client are to use this one.
        if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
            tracing::debug!("a crypto provider was installed before");
        }
        let mut config = match &self.kubeconfig {
            Some(file) => from_file(file).await?,
            None => kube::Config::infer().await.map_err(|error| no_way(&error))?,
        };
        // Nothing is retried out of sight: the engine knows what may be repeated.
        config.default_retry = false;
        // The environment's proxy is for the vendor. kube would take it for the API server too, whatever NO_PROXY says,
        // where a kubeconfig names none.
        if config.proxy_url == proxy_of_environment() {
            config.proxy_url = None;
        }
        Ok(config)
    }
}

fn proxy_of_environment() -> Option<http::Uri> {
    let mut named = ["HTTPS_PROXY", "https_proxy"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.find(|proxy| !proxy.is_empty())?.parse().ok()
}

/// Says that Kubernetes cannot be reached, and why.
pub fn no_way(error: &dyn std::fmt::Display) -> String {
    format!("no way to Kubernetes: {error}")
}

async fn from_file(file: &Path) -> Result<kube::Config, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let kubeconfig = kube::config::Kubeconfig::read_from(file).map_err(|error| told(&error))?;
    let options = kube::config::KubeConfigOptions::default();
    kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| told(&error))
}
