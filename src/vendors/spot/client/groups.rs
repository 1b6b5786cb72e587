//! Groups of users.
//!
//! Each call fails with `NotSupported`, without being sent, where the contract lacks it.

use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::decode;
use crate::vendors::spot::model::{Created, GroupDetail, GroupRow, NewGroup, PolicyMapping};

impl SpotClient {
    /// All groups of the organization.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn list_groups(&self) -> Result<Vec<GroupRow>, VendorError> {
        self.list(&self.contract.groups()?.list(), decode::group_row, |group| &group.id).await
    }

    /// One group.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none.
    pub async fn get_group(&self, id: &str) -> Result<GroupDetail, VendorError> {
        let request = self.contract.groups()?.get(id)?;
        self.one(&request, "group", decode::group_detail, |group| group.row.id == id).await
    }

    /// Makes a group.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4).
    pub async fn create_group(&self, group: &NewGroup) -> Result<Created, VendorError> {
        let reply = self.write(&self.contract.groups()?.create(group), &[]).await?;
        Ok(decode::created_group(&reply))
    }

    /// Changes a group's name and description; sends nothing where there is nothing to change.
    pub async fn update_group(
        &self,
        id: &str,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<(), VendorError> {
        let request = self.contract.groups()?.update(id, name, description)?;
        if name.is_none() && description.is_none() {
            return Ok(());
        }
        self.write(&request, &[]).await.map(drop)
    }

    /// Sets all members of a group, in place of those there.
    pub async fn set_group_members(&self, id: &str, users: &[String]) -> Result<(), VendorError> {
        self.write(&self.contract.groups()?.set_members(id, users)?, &[]).await.map(drop)
    }

    /// Sets all policies of a group, in place of those there. A mapping to no account is left out.
    pub async fn set_group_policies(&self, id: &str, mappings: &[PolicyMapping]) -> Result<(), VendorError> {
        self.write(&self.contract.groups()?.set_policies(id, mappings)?, &[]).await.map(drop)
    }

    /// Deletes a group; its members stay.
    pub async fn delete_group(&self, id: &str) -> Result<(), VendorError> {
        self.write(&self.contract.groups()?.delete(id)?, &[]).await.map(drop)
    }
}
