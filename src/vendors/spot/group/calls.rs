//! Groups of users.
//!
//! Each call fails with `NotSupported`, without being sent, where the contract lacks it.

use super::decode;
use super::model::{GroupDetail, GroupRow, NewGroup};
use crate::engine::base::error::VendorError;
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::access::model::PolicyMapping;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::created::created;

/// The calls about groups.
#[derive(Clone, Copy, Debug)]
pub struct GroupCalls<'a>(pub &'a SpotClient);

impl GroupCalls<'_> {
    /// All groups of the organization.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn list(self) -> Result<Vec<GroupRow>, VendorError> {
        self.0.list(&self.0.contract().groups()?.list(), decode::group_row, |group| &group.id).await
    }

    /// One group.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none.
    pub async fn get(self, id: &str) -> Result<GroupDetail, VendorError> {
        let request = self.0.contract().groups()?.get(id)?;
        self.0.one(&request, "group", decode::group_detail, |group| group.row.id == id).await
    }

    /// Makes a group.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4).
    pub async fn create(self, group: &NewGroup) -> Result<Created, VendorError> {
        let reply = self.0.write(&self.0.contract().groups()?.create(group), &[]).await?;
        Ok(created(&reply, &["id", "userGroupId"]))
    }

    /// Changes a group's name and description; sends nothing where there is nothing to change.
    pub async fn update(
        self,
        id: &str,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<(), VendorError> {
        let request = self.0.contract().groups()?.update(id, name, description)?;
        if name.is_none() && description.is_none() {
            return Ok(());
        }
        self.0.write(&request, &[]).await.map(drop)
    }

    /// Sets all members of a group, in place of those there.
    pub async fn set_members(self, id: &str, users: &[String]) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().groups()?.set_members(id, users)?, &[]).await.map(drop)
    }

    /// Sets all policies of a group, in place of those there. A mapping to no account is left out.
    pub async fn set_policies(self, id: &str, mappings: &[PolicyMapping]) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().groups()?.set_policies(id, mappings)?, &[]).await.map(drop)
    }

    /// Deletes a group; its members stay.
    pub async fn delete(self, id: &str) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().groups()?.delete(id)?, &[]).await.map(drop)
    }
}
