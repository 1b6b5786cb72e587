//! The annotations that a person sets on an object to ask for something once.

macro_rules! annotations {
    ($($(#[doc = $doc:literal])+ $name:ident = $key:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $key;)+

        /// Every one. Of another one with our domain, whoever applies it is warned (`config/admission/annotations.yaml`).
        pub const ALL: &[&str] = &[$($name),+];
    };
}

annotations! {
    /// Any new value asks for a reconcile now; the value handled last is in `status.lastHandledReconcileAt`.
    RECONCILE_REQUESTED_AT = "orgkeeper.dev/reconcile-requested-at";
    /// Lets go of the object at the vendor: a deletion then makes no vendor call.
    ABANDON = "orgkeeper.dev/abandon";
    /// Lets through exactly what a condition asks about, once; the value is the digest in its message.
    CONFIRM = "orgkeeper.dev/confirm";
    /// Leaves at the vendor exactly what a condition asks about, and asks no more; the value is the digest in its
    /// message.
    KEEP = "orgkeeper.dev/keep";
    /// Any new value asks for another token of a machine user; the value handled last is in
    /// `status.token.lastHandledRotateAt`.
    ROTATE_REQUESTED_AT = "orgkeeper.dev/rotate-requested-at";
    /// Allows the deletion of an organization or account at the vendor; the value is the object's name.
    CONFIRM_DELETE = "orgkeeper.dev/confirm-delete";
}
