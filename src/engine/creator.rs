//! A create is sent once: its intent is stored, it is sent at once or not at all, and its answer is read (rule 4).
//!
//! The only place in which a vendor is asked to create anything.

use crate::engine::crash::{self, Step};
use crate::engine::error::VendorError;
use crate::engine::kind::{Kind, Session};
use crate::engine::seams::ClusterError;
use crate::engine::vendor::{Created, Vendor};
use crate::engine::world::World;
use secrecy::SecretString;

/// Something that a vendor can be asked to create.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Create {
    /// Sends the request.
    async fn send(&self) -> Result<Created, VendorError>;
}

/// An object of a kind.
pub struct OfKind<'a, K: Kind> {
    /// The kind.
    pub kind: &'a K,
    /// What calls are made with.
    pub session: &'a Session<K>,
    /// What it is to be.
    pub desired: &'a K::Desired,
}

impl<K: Kind> Create for OfKind<'_, K> {
    async fn send(&self) -> Result<Created, VendorError> {
        self.kind.create(self.session, self.desired).await
    }
}

/// An organization.
pub struct OfOrganization<'a, V: Vendor> {
    /// The vendor.
    pub vendor: &'a V,
    /// What the call is made with.
    pub session: &'a V::Session,
    /// Its name.
    pub name: &'a str,
}

impl<V: Vendor> Create for OfOrganization<'_, V> {
    async fn send(&self) -> Result<Created, VendorError> {
        self.vendor.create_root(self.session, self.name).await
    }
}

/// What came of sending it.
pub enum Sent {
    /// It was not sent: storing the intent took so long that a call could outlive the time after which lists are
    /// believed.
    Late,
    /// The vendor answered that it made this, with a token if it shows one.
    Answered(String, Option<SecretString>),
    /// The vendor answered that it made one, and named no id.
    Accepted,
    /// It was certainly not carried out.
    Refused(VendorError),
    /// Nobody knows.
    Unknown(VendorError),
}

/// Stores the intent and sends the create; `steps` are those after the intent and after the answer.
///
/// # Errors
/// The intent is not stored, and nothing was sent.
pub async fn once(
    world: &World,
    steps: (Step, Step),
    intent: impl Future<Output = Result<(), ClusterError>>,
    create: &impl Create,
) -> Result<Sent, ClusterError> {
    let begun = world.now();
    intent.await?;
    crash::reached(steps.0);
    if world.now().since(begun) >= world.network.call_timeout() {
        return Ok(Sent::Late);
    }
    let answer = create.send().await;
    if answer.as_ref().err().is_none_or(VendorError::sent) {
        crash::reached(steps.1);
    }
    Ok(match answer {
        Ok(Created { id: Some(id), token }) => Sent::Answered(id, token),
        Ok(Created { id: None, .. }) => Sent::Accepted,
        Err(error) if error.without_effect => Sent::Refused(error),
        Err(error) => Sent::Unknown(error),
    })
}
