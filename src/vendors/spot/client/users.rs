//! Users, people and machines.

use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::decode;
use crate::vendors::spot::model::{Created, NewMachine, NewPerson, UserDetail, UserRow};

impl SpotClient {
    /// All users of the organization.
    pub async fn list_users(&self, organization: &str) -> Result<Vec<UserRow>, VendorError> {
        self.list(&self.contract.list_users(organization)?, decode::user_row, |user| &user.id).await
    }

    /// One user.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none.
    pub async fn get_user(&self, id: &str) -> Result<UserDetail, VendorError> {
        self.one(&self.contract.get_user(id)?, "user", decode::user_detail, |user| user.id == id).await
    }

    /// Makes a person, without a token.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4). `NotSupported` for a
    /// password without [`Capability::PersonPassword`](crate::vendors::spot::contract::Capability::PersonPassword).
    pub async fn create_person(&self, person: &NewPerson) -> Result<Created, VendorError> {
        let secrets: Vec<_> = person.password.iter().collect();
        let reply = self.write(&self.contract.create_person(person)?, &secrets).await?;
        Ok(decode::created_user(&reply))
    }

    /// Makes a machine user. Not idempotent. The answer has the token, which no other call tells; an
    /// answer may lack it.
    ///
    /// # Errors
    /// As [`create_person`](Self::create_person); `NotSupported` for policies without
    /// [`Capability::UserMappings`](crate::vendors::spot::contract::Capability::UserMappings).
    pub async fn create_machine(&self, machine: &NewMachine) -> Result<Created, VendorError> {
        let reply = self.write(&self.contract.create_machine(machine)?, &[]).await?;
        Ok(decode::created_user(&reply))
    }

    /// Deletes a user, with its tokens.
    pub async fn delete_user(&self, id: &str) -> Result<(), VendorError> {
        self.write(&self.contract.delete_user(id)?, &[]).await.map(drop)
    }
}
