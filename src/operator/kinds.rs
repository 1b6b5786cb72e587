//! The kinds that the operator keeps.

use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::api::spot::{
    AccessPolicy, CloudCredential, EventSubscription, SpotAccount, SpotOrganization, SpotUser, SpotUserGroup,
};
use kube::core::ApiResource;

/// Each kind, and where the API server serves it.
pub fn kinds() -> [(KindRef, ApiResource); 7] {
    [
        (SpotOrganization::KIND, ApiResource::erase::<SpotOrganization>(&())),
        (SpotAccount::KIND, ApiResource::erase::<SpotAccount>(&())),
        (SpotUser::KIND, ApiResource::erase::<SpotUser>(&())),
        (SpotUserGroup::KIND, ApiResource::erase::<SpotUserGroup>(&())),
        (AccessPolicy::KIND, ApiResource::erase::<AccessPolicy>(&())),
        (CloudCredential::KIND, ApiResource::erase::<CloudCredential>(&())),
        (EventSubscription::KIND, ApiResource::erase::<EventSubscription>(&())),
    ]
}
