//! A vendor with what its organizations can do, as the engine asks for it.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::decide::plan::Change;
use crate::engine::provider::harm::Principals;
use crate::engine::provider::organization_ability::{
    CreatesOrganizations, DeletesOrganizations, FindsOrganizations, Own, OwnFields,
};
use crate::engine::provider::vendor::{Created, Vendor};
use std::rc::Rc;

/// A vendor as it is registered.
pub struct VendorRegistration<V: Vendor> {
    /// What every vendor has.
    pub core: Rc<V>,
    creates: Option<Box<dyn CreatesOrganizations<V>>>,
    finds: Option<Box<dyn FindsOrganizations<V>>>,
    deletes: Option<Box<dyn DeletesOrganizations<V>>>,
    fields: Option<Box<dyn OwnFields<V>>>,
    principals: Option<Box<dyn Principals<V>>>,
}

impl<V: Vendor> VendorRegistration<V> {
    /// A vendor whose organizations are there: nobody makes one here, or ends one.
    pub fn of(core: V) -> Self {
        let core = Rc::new(core);
        Self { core, creates: None, finds: None, deletes: None, fields: None, principals: None }
    }

    /// See [`CreatesOrganizations`].
    #[must_use]
    pub fn creates(self, creates: impl CreatesOrganizations<V> + 'static) -> Self {
        Self { creates: Some(Box::new(creates)), ..self }
    }

    /// See [`FindsOrganizations`].
    #[must_use]
    pub fn finds(self, finds: impl FindsOrganizations<V> + 'static) -> Self {
        Self { finds: Some(Box::new(finds)), ..self }
    }

    /// See [`DeletesOrganizations`].
    #[must_use]
    pub fn deletes(self, deletes: impl DeletesOrganizations<V> + 'static) -> Self {
        Self { deletes: Some(Box::new(deletes)), ..self }
    }

    /// See [`OwnFields`].
    #[must_use]
    pub fn fields(self, fields: impl OwnFields<V> + 'static) -> Self {
        Self { fields: Some(Box::new(fields)), ..self }
    }

    /// See [`Principals`].
    #[must_use]
    pub fn principals(self, principals: impl Principals<V> + 'static) -> Self {
        Self { principals: Some(Box::new(principals)), ..self }
    }

    /// Whether one can be created.
    pub const fn can_create(&self) -> bool {
        self.creates.is_some()
    }

    /// Whether one can be deleted.
    pub const fn can_delete(&self) -> bool {
        self.deletes.is_some()
    }

    /// How one is looked up by its name, where that is possible.
    pub fn finder(&self) -> Option<&dyn FindsOrganizations<V>> {
        self.finds.as_deref()
    }

    /// The fields that one has of its own, if any.
    pub fn own_fields(&self) -> Option<&dyn OwnFields<V>> {
        self.fields.as_deref()
    }

    /// How those are read who can act in one, if they can be.
    pub fn who_acts(&self) -> Option<&dyn Principals<V>> {
        self.principals.as_deref()
    }

    /// See [`CreatesOrganizations::belongs_to`].
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn belongs_to(&self, session: &V::Session) -> Result<Option<String>, VendorError> {
        match &self.creates {
            Some(creates) => creates.belongs_to(session).await,
            None => Ok(None),
        }
    }

    /// See [`CreatesOrganizations::create`].
    ///
    /// # Errors
    /// As the vendor answers, and where it cannot.
    pub async fn create_root(&self, session: &V::Session, name: &str) -> Result<Created, VendorError> {
        match &self.creates {
            Some(creates) => creates.create(session, name).await,
            None => Err(impossible("no call creates an organization")),
        }
    }

    /// See [`DeletesOrganizations::delete`].
    ///
    /// # Errors
    /// As the vendor answers, and where it cannot.
    pub async fn delete_root(&self, session: &V::Session, organization: &str) -> Result<(), VendorError> {
        match &self.deletes {
            Some(deletes) => deletes.delete(session, organization).await,
            None => Err(impossible("no call deletes an organization")),
        }
    }

    /// See [`OwnFields::update`].
    ///
    /// # Errors
    /// As the vendor answers, and where it cannot.
    pub async fn update_root(
        &self,
        session: &V::Session,
        own: &Own<'_, V>,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        match &self.fields {
            Some(fields) => fields.update(session, own, changes).await,
            None => Err(impossible("no call changes an organization")),
        }
    }
}

fn impossible(text: &str) -> VendorError {
    VendorError::without_effect(Failure::NotSupported, text)
}
