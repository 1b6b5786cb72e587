//! The kinds for Spot, by which its objects name each other.

use crate::api::GROUP;
use crate::api::kind::KindRef;

/// `SpotOrganization`.
pub const ORGANIZATION: KindRef = KindRef::bare(GROUP, "SpotOrganization");
/// `SpotAccount`.
pub const ACCOUNT: KindRef = KindRef::bare(GROUP, "SpotAccount");
/// `SpotUser`.
pub const USER: KindRef = KindRef::bare(GROUP, "SpotUser");
/// `SpotUserGroup`.
pub const USER_GROUP: KindRef = KindRef::bare(GROUP, "SpotUserGroup");
/// `AccessPolicy`.
pub const POLICY: KindRef = KindRef::bare(GROUP, "AccessPolicy");
/// `CloudCredential`.
pub const CREDENTIAL: KindRef = KindRef::bare(GROUP, "CloudCredential");
/// `EventSubscription`.
pub const SUBSCRIPTION: KindRef = KindRef::bare(GROUP, "EventSubscription");
/// `NotificationPolicy`.
pub const NOTIFICATION_POLICY: KindRef = KindRef::bare(GROUP, "NotificationPolicy");
