//! The reasons that conditions and events give. The runbook has an entry for each, those of vendors included.

/// Why, in one word. The engine has its own, and a vendor may have more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(&'static str);

impl Reason {
    /// A vendor's own.
    pub const fn new(word: &'static str) -> Self {
        Self(word)
    }

    /// The word in status.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        #[allow(non_upper_case_globals, reason = "they are written as they stand in status")]
        impl Reason {
            $($(#[doc = $doc])+ pub const $name: Self = Self(stringify!($name));)+

            /// Every reason of the engine.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

reasons! {
    /// The vendor's state is as declared.
    InSync,
    /// The vendor's state differs, and policy leaves it so.
    Drifted,
    /// Another tool or cluster keeps changing a field back.
    DriftContested,
    /// The organization referred to is not there, or does not admit the reference.
    ReferenceNotFoundOrNotAllowed,
    /// The organization no longer admits the reference.
    NotAllowed,
    /// The reference leads to another organization than before.
    ParentChanged,
    /// The organization referred to is not ready.
    DependencyNotReady,
    /// A Secret that is referred to is not there.
    SecretNotFound,
    /// The Secret lacks the key.
    SecretKeyNotFound,
    /// The key holds nothing, or nothing that can be used.
    SecretInvalid,
    /// A name in the manifest cannot be sent.
    NameInvalid,
    /// Another object stands for the same thing at the vendor.
    ManagementConflict,
    /// Nothing is created, as a token shows that there is an organization already.
    OrganizationExists,
    /// Several things at the vendor could be meant.
    Ambiguous,
    /// The vendor gave what the object stands for another id, as it does when an invitation is accepted.
    IdChanged,
    /// What `adopt.id` names is not in the organization.
    AdoptionTargetNotFound,
    /// Nothing to adopt, and adoption is required; or nothing to observe.
    NotFound,
    /// Something has the name already, and adoption is refused.
    AlreadyExists,
    /// From another namespace, adoption needs the id and policy Required.
    AdoptionNeedsId,
    /// A credential expires within a month.
    CredentialExpiresSoon,
    /// A credential has expired.
    CredentialExpired,
    /// Others than declared users had what was deleted.
    MappedElsewhere,
    /// Something new took the place of what could not be changed.
    Replaced,
    /// A held id differs from the one that the manifest names.
    AdoptIdMismatch,
    /// A list lacks what was there: looked at again before it counts as gone.
    ConfirmingAbsence,
    /// It vanished at the vendor, and is not made again unasked.
    ExternallyDeleted,
    /// A create was sent, and nobody knows yet whether it was carried out.
    OutcomeUnknown,
    /// What creates of unknown outcome may have left at the vendor waits for a person's word.
    Leftovers,
    /// There are too many leftovers to make anything more that could leave one.
    TooManyLeftovers,
    /// Work is under way.
    Progressing,
    /// A request waits for room in a limit: the vendor's, or one that is kept here.
    Throttled,
    /// The vendor does not answer.
    VendorUnreachable,
    /// The vendor answers what cannot be understood.
    VendorUnreadable,
    /// The vendor refuses the token.
    TokenRefused,
    /// The vendor does not let the token do this.
    Forbidden,
    /// The vendor refuses the request.
    RefusedByVendor,
    /// The token belongs to another organization.
    WrongOrganization,
    /// Nothing that the vendor shows proves which organization the token belongs to.
    IdentityUnproven,
    /// The organization's token is needed, and cannot be had.
    TokenNeeded,
    /// The operator does not allow the endpoint.
    EndpointNotAllowed,
    /// The connection's settings cannot be used.
    ConnectionInvalid,
    /// More vanished at once than is believable.
    InventoryShrank,
    /// The contract cannot express it.
    NotSupportedByContract,
    /// The object, or its organization, is suspended.
    Suspended,
    /// Assumed at adoption, as it cannot be read back.
    AssumedAtAdoption,
    /// A reference leads to an object of another organization.
    ReferenceElsewhere,
    /// A reference leads to an object whose own thing was deleted at the vendor.
    ReferenceGone,
    /// What was changed can only be written when the vendor's object is created.
    ImmutableField,
    /// There is nothing to adopt, and a create needs more than the manifest says.
    MissingForCreate,
    /// The Secret to write a token to exists and is not ours.
    SecretConflict,
    /// The vendor created a machine user and answered without its token.
    TokenNotReturned,
    /// The token of an adopted machine user cannot be had.
    TokenUnavailable,
    /// The token that was created is lost, and the user was made again once already.
    TokenLost,
    /// The Secret with the token was deleted.
    TokenSecretMissing,
    /// The Secret with the token was changed by hand, and what it holds does not work.
    TokenSecretChanged,
    /// The machine user was made again, as its token was lost before it was stored.
    MadeAgain,
    /// A new token takes the place of the old one.
    Rotating,
    /// A new token has taken the place of the old one.
    Rotated,
    /// The new token does not work: the old one stays.
    RotationFailed,
    /// The write would lock out the operator, or the last administrator.
    WouldLockOut,
    /// Too many destructive writes within an hour: a person has to confirm the rest.
    TooDestructive,
    /// The vendor's audit log cannot be read.
    AuditUnavailable,
    /// Other objects still depend on it.
    HasDependents,
    /// The vendor refuses the deletion.
    DeletionRefused,
    /// The process may not write to the vendor.
    ReadOnly,
    /// The same write was answered as carried out several times, and shows no effect.
    WriteRepeated,
    /// The vendor's id is longer than status can hold.
    IdTooLong,
    /// There were too many different events of an object within an hour to tell each.
    ManyEvents,
    /// What a person wrote to answer a question answers none that is asked.
    AnswerUnknown,
    /// Kubernetes did not store what was to be stored.
    KubernetesUnavailable,
    /// Somebody else wrote an object's status.
    StatusOverwritten,
    /// The manifest of an object does not parse under this program.
    ManifestUnreadable,
    /// The vendor of an object is switched off.
    VendorOff,
    /// The code failed: a bug.
    InternalError,
    /// Created at the vendor.
    Created,
    /// Taken over as it was.
    Adopted,
    /// Written to the vendor after an edit.
    Updated,
    /// Put back after somebody else changed it.
    DriftCorrected,
    /// Deleted at the vendor.
    Deleted,
    /// Left at the vendor.
    Orphaned,
    /// The key of fingerprints was lost; values that cannot be read back were not written again.
    FingerprintsRebased,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
