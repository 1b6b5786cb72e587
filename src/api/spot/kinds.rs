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

/// Those of the templates of `make kind`, which tests compile.
#[cfg(test)]
pub const PLAIN_KIND: KindRef = KindRef::bare(GROUP, "PlainKind");
/// See [`PLAIN_KIND`].
#[cfg(test)]
pub const SCOPED_KIND: KindRef = KindRef::bare(GROUP, "ScopedKind");

/// Those in an organization itself.
pub const IN_ORGANIZATIONS: &[KindRef] = &[ACCOUNT, USER, USER_GROUP, POLICY];
/// Those in an account. Each holds up its end.
pub const IN_ACCOUNTS: &[KindRef] = &[CREDENTIAL, SUBSCRIPTION, NOTIFICATION_POLICY];
/// Those that may do something in accounts: they refer to them, and are in none.
pub const ACTING_IN_ACCOUNTS: &[KindRef] = &[USER, USER_GROUP];
/// Those that refer to users.
pub const NAMING_USERS: &[KindRef] = &[USER_GROUP, NOTIFICATION_POLICY];
