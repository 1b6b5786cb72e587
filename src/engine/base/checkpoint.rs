//! The named steps at which a process may die, and at which the tests kill it.

/// A step of creating, changing or deleting, right after which a crash must do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The finalizer is set; nothing is known at the vendor.
    FinalizerSet,
    /// The pending create is stored; nothing was sent.
    IntentStored,
    /// The vendor has answered the create; nothing of it is stored.
    CreateAnswered,
    /// The new id is stored.
    ResultStored,
    /// A difference was found; nothing was sent.
    UpdatePlanned,
    /// The vendor has answered the update; nothing of it is stored.
    UpdateAnswered,
    /// The update is stored.
    UpdateStored,
    /// A deletion was decided; nothing was sent.
    DeletePlanned,
    /// The vendor has answered the deletion; the finalizer is still set.
    DeleteAnswered,
    /// The finalizer is removed.
    FinalizerRemoved,
    /// The vendor has answered the deletion of what a new object took the place of; nothing of it is stored.
    SupersededDeleted,
    /// The Secret for a token is there, and empty; nothing was sent.
    TokenReserved,
    /// The Secret holds the token; nothing of the new id is stored in status.
    TokenStored,
    /// The user is gone from the vendor, and the Secret with its token too; the finalizer is still set.
    TokenDiscarded,
    /// The intent of a rotation is stored; nothing was sent.
    RotationIntended,
    /// The vendor has answered the create of the new user; its token is nowhere stored.
    RotationCreated,
    /// Status names the new user as the vendor answered it; nothing else was done with it.
    RotationAnswered,
    /// The new user is as declared, and its token works; the Secret still holds the old one.
    RotationEquipped,
    /// The Secret holds the token of the new user; status still names the old one.
    RotationSwitched,
    /// Status names the new user; the old one is still there.
    RotationStored,
    /// The vendor has answered the deletion of a new user whose token was lost; nothing of it is stored.
    RotationLostDeleted,
    /// The vendor has answered the deletion of the old user; nothing of it is stored.
    RotationOldDeleted,
    /// The end of the rotation is stored.
    RotationEnded,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 23] = [
        Self::FinalizerSet,
        Self::IntentStored,
        Self::CreateAnswered,
        Self::ResultStored,
        Self::UpdatePlanned,
        Self::UpdateAnswered,
        Self::UpdateStored,
        Self::DeletePlanned,
        Self::DeleteAnswered,
        Self::FinalizerRemoved,
        Self::SupersededDeleted,
        Self::TokenReserved,
        Self::TokenStored,
        Self::TokenDiscarded,
        Self::RotationIntended,
        Self::RotationCreated,
        Self::RotationAnswered,
        Self::RotationEquipped,
        Self::RotationSwitched,
        Self::RotationStored,
        Self::RotationLostDeleted,
        Self::RotationOldDeleted,
        Self::RotationEnded,
    ];
}

/// Marks that a step was reached. Does nothing in a release.
#[cfg(not(feature = "crash-points"))]
pub fn reached(_step: Step) {}

/// Marks that a step was reached: the process kills itself there if the environment variable
/// `ORGKEEPER_CRASH_AT` names the step.
#[cfg(feature = "crash-points")]
pub fn reached(step: Step) {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("ORGKEEPER_CRASH_AT").ok());
    if chosen.as_deref() == Some(format!("{step:?}").as_str()) {
        eprintln!("crash point {step:?}");
        // SIGKILL, so that nothing is tidied up, as when the machine takes the process away.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
