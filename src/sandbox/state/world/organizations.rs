//! Makes organizations, each with its default account and its administrator, and removes them.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::Lag;
use crate::sandbox::state::grants;
use crate::sandbox::state::organizations::Organization;
use crate::sandbox::state::users::UserDetails;

impl World {
    /// The organizations, by id.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.values()
    }

    /// One organization.
    pub fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id)
    }

    /// The organization that was there first.
    pub fn oldest_organization(&self) -> Option<&Organization> {
        // The default account lives as long as its organization.
        let serial = |organization: &&Organization| {
            self.accounts.current(&organization.default_account).map(|(account, _)| account.serial)
        };
        self.organizations.values().min_by_key(serial)
    }

    /// Makes an organization with its default account and its administrator.
    pub fn create_organization(
        &mut self,
        now: Timestamp,
        id: Option<OrganizationId>,
        name: &str,
        creator: Option<OrganizationId>,
    ) -> OrganizationId {
        let id = id
            .filter(|id| !self.organizations.contains_key(id))
            .unwrap_or_else(|| self.unused_organization_id());
        // A list has to show the default account from the first moment: without it nothing proves
        // where a token belongs.
        let at_once = Lag::default();
        let administrator = UserDetails {
            grants: grants::administration(),
            ..UserDetails::person(&format!("admin@{id}.example.com"))
        };
        let administrator = self.create_user(now, at_once, id, administrator);
        let default_account = self.create_account(now, at_once, id, name);
        self.organizations.insert(
            id,
            Organization {
                id,
                name: name.to_owned(),
                default_account,
                administrator,
                creator,
                created_at: now,
            },
        );
        self.revision += 1;
        id
    }

    fn unused_organization_id(&mut self) -> OrganizationId {
        loop {
            let id = self.generator.organization_id();
            if !self.organizations.contains_key(&id) {
                return id;
            }
        }
    }

    /// Renames an organization, which only a person can. False: there is none.
    pub fn rename_organization(&mut self, id: OrganizationId, name: &str) -> bool {
        let Some(organization) = self.organizations.get_mut(&id) else {
            return false;
        };
        name.clone_into(&mut organization.name);
        self.revision += 1;
        true
    }

    /// Removes an organization with all that is in it. False: there is none.
    pub fn delete_organization(&mut self, id: OrganizationId) -> bool {
        if self.organizations.remove(&id).is_none() {
            return false;
        }
        self.accounts.forget(id);
        self.users.forget(id);
        self.groups.forget(id);
        self.policies.forget(id);
        self.subscriptions.forget(id);
        self.health_checks.forget(id);
        self.resources.retain(|_, resource| resource.organization_id != id);
        self.tokens.retain(|_, token| token.organization != id);
        self.audit.forget(id);
        self.revision += 1;
        true
    }
}
