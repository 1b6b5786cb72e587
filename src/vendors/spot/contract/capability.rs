//! Where the contracts differ in what they can do.

use crate::api::spot::Contract as ContractName;
use crate::engine::base::error::{Failure, VendorError};

/// What only one of the contracts can do. A plan asks before it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// One account can be read by its id.
    GetAccount,
    /// An account's Slack channels can be set.
    AccountSlackChannels,
    /// A list of users tells their organization, and so proves where a token belongs.
    UsersTellOrganization,
    /// The organization to delete is named in the call. Without it, the token's is deleted: such a
    /// call may only follow a proof of identity with the same token (rule 11).
    DeleteNamesOrganization,
    /// A user's detail shows groups, policies, tokens and a machine's description.
    UserDetails,
    /// A user's policies and groups are set as whole lists, and policies may be given to a machine
    /// at its creation.
    UserMappings,
    /// There are groups of users.
    UserGroups,
    /// A person's roles in accounts are read, and set one by one.
    AccountRoles,
    /// A user's role and account roles are set in one call, and read by none.
    UserPermissions,
    /// A person can be made with a password.
    PersonPassword,
    /// A list of policies tells what kind each is and what it says.
    PolicyContent,
    /// A policy is made of statements, and is made for accounts or for the organization. Without
    /// it, a policy is made of permissions.
    PolicyStatements,
    /// What statements can allow is listed.
    PolicyActions,
    /// A subscription says what is told of an event.
    EventFormat,
    /// Cloud credentials can be read, their secrets apart.
    CredentialReads,
    /// Azure and GCP credentials can be tried without being set.
    CredentialValidation,
    /// External ids for AWS roles are made and read.
    ExternalIds,
    /// Azure credentials say when they expire.
    AzureExpiration,
}

impl Capability {
    /// The only contract that can do that.
    pub const fn contract(self) -> ContractName {
        match self {
            Self::UsersTellOrganization | Self::UserPermissions => ContractName::Published,
            Self::GetAccount
            | Self::AccountSlackChannels
            | Self::DeleteNamesOrganization
            | Self::UserDetails
            | Self::UserMappings
            | Self::UserGroups
            | Self::AccountRoles
            | Self::PersonPassword
            | Self::PolicyContent
            | Self::PolicyStatements
            | Self::PolicyActions
            | Self::EventFormat
            | Self::CredentialReads
            | Self::CredentialValidation
            | Self::ExternalIds
            | Self::AzureExpiration => ContractName::Production,
        }
    }
}

/// The answer of a contract that has no such call.
pub(super) fn not_supported(contract: ContractName, what: &str) -> VendorError {
    VendorError::without_effect(Failure::NotSupported, format!("the {contract:?} contract {what}"))
}
