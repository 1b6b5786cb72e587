//! A kind with the abilities that it has, as the engine asks for them.

use crate::api::external_id::ExternalId;
use crate::api::kind::KindRef;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::Change;
use crate::engine::provider::ability::{
    ById, Bystanders, Creates, Deletes, Details, Expires, Explains, Gets, Guarded, Lists, OneTimeToken,
    Phase, Phased, Prepared, Prerequisite,
};
use crate::engine::provider::harm::{Harm, Stripped};
use crate::engine::provider::kind::{Kind, Session};
use crate::engine::provider::vendor::Created;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Why a session's contract cannot express a kind at all.
type Lacking<K> = fn(&Session<K>) -> Option<(Reason, &'static str)>;

/// Whether one is made at the vendor.
pub enum Making<K: Kind> {
    /// It is; where lists show that a create was not carried out, it is sent again.
    Repeatable(Box<dyn Creates<K>>),
    /// It is, and a create reaches somebody, as a mail does, or lists need not show what it made: where nobody heard what
    /// came of one, another is for a person to ask for.
    Once(Box<dyn Creates<K>>),
    /// None is, and why, as part of a sentence: what is there can be taken over.
    Never(&'static str),
}

impl<K: Kind> Making<K> {
    /// See [`Making::Repeatable`].
    pub fn repeatable(creates: impl Creates<K> + 'static) -> Self {
        Self::Repeatable(Box::new(creates))
    }

    /// See [`Making::Once`].
    pub fn once(creates: impl Creates<K> + 'static) -> Self {
        Self::Once(Box::new(creates))
    }

    fn creates(&self) -> Result<&dyn Creates<K>, &'static str> {
        match self {
            Self::Repeatable(creates) | Self::Once(creates) => Ok(&**creates),
            Self::Never(why) => Err(why),
        }
    }
}

/// How what a kind stands for ends at the vendor.
pub enum End<K: Kind> {
    /// One can be deleted.
    Deleted(Box<dyn Deletes<K>>),
    /// The vendor cannot delete one, and why: every object is let go of.
    Stays(&'static str),
}

impl<K: Kind> End<K> {
    /// See [`End::Deleted`].
    pub fn deleted(deletes: impl Deletes<K> + 'static) -> Self {
        Self::Deleted(Box::new(deletes))
    }
}

/// A kind as it is registered: how one is known, made and ended, and what else the kind can do.
pub struct Registration<K: Kind> {
    /// What every kind has.
    pub core: Rc<K>,
    lists: Rc<dyn Lists<K>>,
    making: Making<K>,
    end: End<K>,
    lacking: Option<Lacking<K>>,
    gets: Option<Rc<dyn Gets<K>>>,
    details: Option<Box<dyn Details<K>>>,
    guard: Option<Box<dyn Guarded<K>>>,
    tokens: Option<Box<dyn OneTimeToken<K>>>,
    prerequisite: Option<Box<dyn Prerequisite<K>>>,
    expires: Option<Box<dyn Expires<K>>>,
    phases: Option<Box<dyn Phased<K>>>,
    explains: Option<Box<dyn Explains<K>>>,
}

impl<K: Kind> Registration<K> {
    /// A kind: its list, whether one is made, and how one ends.
    pub fn of(core: K, lists: impl Lists<K> + 'static, making: Making<K>, end: End<K>) -> Self {
        const { assert!(!K::FACTS.by_id(), "its facts say that there is no list") };
        Self::known_by(core, Rc::new(lists), making, end)
    }

    /// The same of one without a list, which is in the organization itself: the call that shows one.
    pub fn unlisted(core: K, gets: impl Gets<K> + 'static, making: Making<K>, end: End<K>) -> Self {
        const { assert!(K::FACTS.by_id() && K::FACTS.container.is_none()) };
        let gets: Rc<dyn Gets<K>> = Rc::new(gets);
        let lists = Rc::new(ById(Rc::clone(&gets)));
        Self { gets: Some(gets), ..Self::known_by(core, lists, making, end) }
    }

    fn known_by(core: K, lists: Rc<dyn Lists<K>>, making: Making<K>, end: End<K>) -> Self {
        Self {
            core: Rc::new(core),
            lists,
            making,
            end,
            lacking: None,
            gets: None,
            details: None,
            guard: None,
            tokens: None,
            prerequisite: None,
            expires: None,
            phases: None,
            explains: None,
        }
    }

    /// A kind that not every contract has: why one that lacks it cannot express it at all.
    #[must_use]
    pub fn lacking(self, lacking: Lacking<K>) -> Self {
        Self { lacking: Some(lacking), ..self }
    }

    /// See [`Gets`].
    #[must_use]
    pub fn gets(self, gets: impl Gets<K> + 'static) -> Self {
        Self { gets: Some(Rc::new(gets)), ..self }
    }

    /// See [`Details`].
    #[must_use]
    pub fn details(self, details: impl Details<K> + 'static) -> Self {
        Self { details: Some(Box::new(details)), ..self }
    }

    /// See [`Guarded`].
    #[must_use]
    pub fn guard(self, guard: impl Guarded<K> + 'static) -> Self {
        Self { guard: Some(Box::new(guard)), ..self }
    }

    /// See [`OneTimeToken`].
    #[must_use]
    pub fn tokens(self, tokens: impl OneTimeToken<K> + 'static) -> Self {
        const { assert!(!K::FACTS.by_id(), "whose token was lost only a list shows") };
        Self { tokens: Some(Box::new(tokens)), ..self }
    }

    /// See [`Prerequisite`].
    #[must_use]
    pub fn prerequisite(self, prerequisite: impl Prerequisite<K> + 'static) -> Self {
        Self { prerequisite: Some(Box::new(prerequisite)), ..self }
    }

    /// See [`Expires`].
    #[must_use]
    pub fn expires(self, expires: impl Expires<K> + 'static) -> Self {
        Self { expires: Some(Box::new(expires)), ..self }
    }

    /// See [`Phased`].
    #[must_use]
    pub fn phases(self, phases: impl Phased<K> + 'static) -> Self {
        Self { phases: Some(Box::new(phases)), ..self }
    }

    /// See [`Explains`].
    #[must_use]
    pub fn explains(self, explains: impl Explains<K> + 'static) -> Self {
        Self { explains: Some(Box::new(explains)), ..self }
    }

    /// Why the session's contract cannot express the kind at all.
    pub fn unsupported(&self, session: &Session<K>) -> Option<(Reason, &'static str)> {
        self.lacking.and_then(|lacking| lacking(session))
    }

    /// See [`Lists`]; of one without a list, what a read by its id shows.
    pub fn lists(&self) -> Rc<dyn Lists<K>> {
        Rc::clone(&self.lists)
    }

    /// Whether a create is sent once, and another is for a person to ask for.
    pub const fn is_made_once(&self) -> bool {
        matches!(self.making, Making::Once(_)) || K::FACTS.by_id()
    }

    /// Why none is made.
    pub const fn unmade(&self) -> Option<&'static str> {
        match self.making {
            Making::Repeatable(_) | Making::Once(_) => None,
            Making::Never(why) => Some(why),
        }
    }

    /// See [`Creates::create`].
    ///
    /// # Errors
    /// As the vendor answers, and where none is made.
    pub async fn create(&self, session: &Session<K>, desired: &K::Desired) -> Result<Created, VendorError> {
        match self.making.creates() {
            Ok(creates) => creates.create(session, desired).await,
            Err(why) => Err(VendorError::without_effect(Failure::NotSupported, why)),
        }
    }

    /// See [`Creates::carries`].
    pub fn carries(&self, session: &Session<K>, desired: &K::Desired, path: &str) -> bool {
        self.making.creates().is_ok_and(|creates| creates.carries(session, desired, path))
    }

    /// Why the vendor cannot delete one.
    pub const fn stays(&self) -> Option<&'static str> {
        match self.end {
            End::Deleted(_) => None,
            End::Stays(why) => Some(why),
        }
    }

    /// See [`Deletes::delete`].
    ///
    /// # Errors
    /// As the vendor answers, and where it cannot.
    pub async fn delete(&self, session: &Session<K>, container: &str, id: &str) -> Result<(), VendorError> {
        match &self.end {
            End::Deleted(deletes) => deletes.delete(session, container, id).await,
            End::Stays(why) => Err(VendorError::without_effect(Failure::NotSupported, *why)),
        }
    }

    /// See [`Deletes::bystanders`].
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn bystanders(
        &self,
        session: &Session<K>,
        id: &str,
        ours: &BTreeSet<String>,
    ) -> Result<Bystanders, VendorError> {
        match &self.end {
            End::Deleted(deletes) => deletes.bystanders(session, id, ours).await,
            End::Stays(_) => Ok(Bystanders::default()),
        }
    }

    /// See [`Gets::get`].
    pub async fn get(
        &self,
        session: &Session<K>,
        container: &str,
        id: &str,
    ) -> Option<Result<K::Observed, VendorError>> {
        self.gets.as_ref()?.get(session, container, id).await
    }

    /// See [`Details::calls`].
    pub fn detail_calls(&self, session: &Session<K>, row: &K::Observed) -> u32 {
        self.details.as_ref().map_or(0, |details| details.calls(session, row))
    }

    /// See [`Details::read`].
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn detail(
        &self,
        session: &Session<K>,
        row: K::Observed,
        since: Tick,
    ) -> Result<K::Observed, VendorError> {
        match &self.details {
            Some(details) => details.read(session, row, since).await,
            None => Ok(row),
        }
    }

    /// See [`Details::uses`].
    pub fn uses(&self, known: &K::Observed, kind: KindRef, id: &str) -> bool {
        self.details.as_ref().is_some_and(|details| details.uses(known, kind, id))
    }

    /// See [`Guarded::takes_away`].
    pub fn takes_away(&self, changes: &[Change]) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.takes_away(changes))
    }

    /// See [`Guarded::strips`].
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn strips<'a>(
        &self,
        session: &'a Session<K>,
        harm: &'a Harm<'a, K>,
    ) -> Result<Stripped<'a, K>, VendorError> {
        match &self.guard {
            Some(guard) => guard.strips(session, harm).await,
            None => Ok(Stripped::Nothing),
        }
    }

    /// See [`Guarded::cuts_off`].
    pub fn cuts_off(&self, session: &Session<K>, harm: &Harm<'_, K>) -> Option<String> {
        self.guard.as_ref()?.cuts_off(session, harm)
    }

    /// See [`OneTimeToken::has_token`].
    pub fn has_token(&self, live: &K::Observed, token: &SecretString) -> Option<bool> {
        self.tokens.as_ref()?.has_token(live, token)
    }

    /// See [`Prerequisite::prepare`].
    ///
    /// # Errors
    /// As the vendor answers.
    pub async fn prepare(
        &self,
        session: &Session<K>,
        desired: &K::Desired,
        known: Option<&ExternalId>,
        now: jiff::Timestamp,
    ) -> Result<Prepared, VendorError> {
        match &self.prerequisite {
            Some(prerequisite) => prerequisite.prepare(session, desired, known, now).await,
            None => Ok(Prepared::Ready),
        }
    }

    /// See [`Expires::expires`].
    pub fn expiry(&self, desired: &K::Desired, live: &K::Observed, written: bool) -> Option<jiff::Timestamp> {
        self.expires.as_ref()?.expires(desired, live, written)
    }

    /// What is said of what expires.
    pub fn expires_how(&self) -> Option<&dyn Expires<K>> {
        self.expires.as_deref()
    }

    /// See [`Phased::phase`].
    pub fn phase(&self, live: &K::Observed) -> Phase {
        self.phases.as_ref().map_or(Phase::Active, |phases| phases.phase(live))
    }

    /// See [`Phased::is_provisional`].
    pub fn is_provisional(&self, live: &K::Observed) -> bool {
        self.phases.as_ref().is_some_and(|phases| phases.is_provisional(live))
    }

    /// See [`Explains::meaning`].
    pub fn meaning(&self, session: &Session<K>, path: &str) -> Option<String> {
        self.explains.as_ref()?.meaning(session, path)
    }

    /// See [`Explains::instead`].
    pub fn instead(&self, paths: &[String]) -> Option<&'static str> {
        self.explains.as_ref()?.instead(paths)
    }

    /// See [`Explains::refused`].
    pub fn refused(&self, error: &VendorError) -> Option<(Reason, String)> {
        self.explains.as_ref()?.refused(error)
    }
}
