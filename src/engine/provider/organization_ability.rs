//! What the organizations of only some vendors can do: a trait each. What a vendor's organizations have not, it leaves out.

use crate::engine::base::error::VendorError;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::provider::vendor::{Created, TokenPlace, Vendor};
use async_trait::async_trait;
use secrecy::SecretString;

/// A call creates one.
#[async_trait(?Send)]
pub trait CreatesOrganizations<V: Vendor> {
    /// Creates an organization, with a session of a token that may. The answer's id is the organization's.
    async fn create(&self, session: &V::Session, name: &str) -> Result<Created, VendorError>;

    /// The organization that the token of a session belongs to which knows none, as far as the vendor shows it: before
    /// one is created. Not asked where [`FindsOrganizations`] answers.
    async fn belongs_to(&self, _session: &V::Session) -> Result<Option<String>, VendorError> {
        Ok(None)
    }
}

/// The token that creates one also shows which there are: then a name tells what came of a create, and that there is one.
#[async_trait(?Send)]
pub trait FindsOrganizations<V: Vendor> {
    /// Lists the organizations that have this name, or more of them; whole, or an error (rule 2).
    async fn find(
        &self,
        session: &V::Session,
        name: &str,
        wanted: Wanted<'_, Named>,
    ) -> Result<Listed<Named>, VendorError>;

    /// Whether that lists all that the token may see, whatever their names: only then it tells that one is gone.
    fn lists_all(&self) -> bool {
        false
    }
}

/// An organization, as a list of several shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A call deletes one.
#[async_trait(?Send)]
pub trait DeletesOrganizations<V: Vendor> {
    /// Deletes the organization.
    async fn delete(&self, session: &V::Session, organization: &str) -> Result<(), VendorError>;
}

/// An organization has fields of its own.
#[async_trait(?Send)]
pub trait OwnFields<V: Vendor> {
    /// Where the Secrets are that the manifest names for them.
    fn secrets(&self, _root: &V::Root) -> Vec<TokenPlace> {
        Vec::new()
    }

    /// Reads what the vendor shows of it: the fields that are managed, as declared and beside that. Each is written by
    /// updates, or by its create alone.
    async fn read(&self, session: &V::Session, own: &Own<'_, V>) -> Result<Vec<Field>, VendorError>;

    /// Whether writing these changes takes something away from somebody: such writes are counted, and stopped when there
    /// are too many (rule 12).
    fn takes_away(&self, changes: &[Change]) -> bool;

    /// How writing these changes may end our own way to the organization, as part of a sentence. What cannot be known
    /// counts as yes where it may be so.
    fn cuts_off(&self, session: &V::Session, own: &Own<'_, V>, changes: &[Change]) -> Option<String>;

    /// Writes the changed ones.
    async fn update(
        &self,
        session: &V::Session,
        own: &Own<'_, V>,
        changes: &[Change],
    ) -> Result<(), VendorError>;
}

/// The organization whose fields are meant.
pub struct Own<'a, V: Vendor> {
    /// Its id.
    pub id: &'a str,
    /// Its manifest.
    pub root: &'a V::Root,
    /// What the Secrets hold that [`OwnFields::secrets`] names, in that order.
    pub secrets: &'a [SecretString],
}
