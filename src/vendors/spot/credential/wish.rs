//! What a manifest asks for, with Secrets resolved.

use super::model::{AzureCredentials, GcpKey, NewAzureCredentials};
use crate::api::policy::AdoptPolicy;
use crate::api::spot::{AzureCredential, Cloud, CloudCredential};
use crate::engine::base::given::Form;
use crate::engine::base::reason::Reason;
use crate::engine::provider::inputs::{Inputs, Unresolved, unusable};
use crate::vendors::spot::account::model::CloudProvider;
use jiff::Timestamp;

/// What a manifest asks of an account's credential.
#[derive(Debug)]
pub struct Desired {
    account: String,
    wish: Wish,
    takes_over: bool,
}

/// For which cloud, and what of it.
#[derive(Debug)]
pub(super) enum Wish {
    /// This role; without one, the external id that it has to trust.
    Aws(Option<String>),
    /// This application.
    Azure(NewAzureCredentials),
    /// This service account.
    Gcp(GcpKey),
}

impl Desired {
    pub(super) fn account(&self) -> &str {
        &self.account
    }

    pub(super) fn wish(&self) -> &Wish {
        &self.wish
    }

    pub(super) fn cloud(&self) -> CloudProvider {
        match &self.wish {
            Wish::Aws(_) => CloudProvider::Aws,
            Wish::Azure(_) => CloudProvider::Azure,
            Wish::Gcp(_) => CloudProvider::Gcp,
        }
    }

    /// Whether what is there may be taken over without another word.
    pub(super) fn takes_over(&self) -> bool {
        self.takes_over
    }

    /// Whether somebody has to make a role before anything can be set.
    pub(super) fn awaits_role(&self) -> bool {
        matches!(self.wish, Wish::Aws(None))
    }

    /// Whether a role is to be set.
    pub(super) fn has_role(&self) -> bool {
        matches!(self.wish, Wish::Aws(Some(_)))
    }

    /// When the secret expires, as the manifest says.
    pub(super) fn expiration(&self) -> Option<Timestamp> {
        match &self.wish {
            Wish::Azure(azure) => azure.public.expiration,
            Wish::Aws(_) | Wish::Gcp(_) => None,
        }
    }
}

/// Resolves what a manifest asks for.
pub(super) fn resolve(resource: &CloudCredential, inputs: &Inputs<'_>) -> Result<Desired, Unresolved> {
    let wish = match resource.spec.cloud() {
        Some(Cloud::Aws(aws)) => Wish::Aws(aws.iam_role.clone()),
        Some(Cloud::Azure(azure)) => Wish::Azure(application(azure, inputs)?),
        Some(Cloud::Gcp(gcp)) => {
            let reference = &gcp.service_account_key_ref;
            let file = inputs.secret(reference, Form::File)?;
            let key = GcpKey::parse(&file).map_err(|why| {
                let why = format!("is no key file of a service account as Google gives it out: {why}. Put the file there as it was downloaded");
                unusable(reference, why)
            })?;
            Wish::Gcp(key)
        }
        None => {
            let text = "The object is for none of aws, azure and gcp, or for several, which the schema refuses. Apply the \
                        definitions of this version.";
            return Err(Unresolved::Person(Reason::InternalError, text.into()));
        }
    };
    let policy = resource.spec.common.adopt.policy;
    let takes_over = policy == AdoptPolicy::Required || inputs.at_home && policy != AdoptPolicy::Never;
    Ok(Desired { account: inputs.container.to_owned(), wish, takes_over })
}

fn application(azure: &AzureCredential, inputs: &Inputs<'_>) -> Result<NewAzureCredentials, Unresolved> {
    let reference = &azure.client_secret_ref;
    let client_secret = inputs.secret(reference, Form::Word)?;
    // UUIDs mean the same in either case.
    let uuid = |text: &str| text.to_ascii_lowercase();
    let public = AzureCredentials {
        client_id: uuid(&azure.client_id),
        tenant_id: uuid(&azure.tenant_id),
        subscription_id: uuid(&azure.subscription_id),
        // As exact as it is sent.
        expiration: azure.expires_at().and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok()),
    };
    Ok(NewAzureCredentials { public, client_secret })
}
