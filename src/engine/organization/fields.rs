//! The fields that an organization has of its own, where its vendor's have any: read once a resync, and brought in line
//! with the manifest as those of what is below it are.

use super::memory::Read;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::audit::Audit;
use crate::engine::decide::lock_out::Objection;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::blast_radius::{Guard, Planned};
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::{Asked, Judged, Pass, Plans, Rate, Refusal, Weigh};
use crate::engine::provider::organization_ability::{Own, OwnFields};
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::commit::Updates;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::steps::Steps;
use crate::engine::runtime::stop::{Stop, said};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::update::{self, Subject, Writes, passes, refused};
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use secrecy::SecretString;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What bringing them in line comes to.
pub(super) enum Kept {
    /// There are none, or none is managed.
    Nothing,
    /// This is found; whatever it is, those below go on.
    Found(Verdict),
    /// A call failed, which means something for the whole organization.
    Failed(VendorError),
}

impl From<Verdict> for Kept {
    fn from(aligned: Verdict) -> Self {
        Self::Found(aligned)
    }
}

/// Keeps an organization's own fields.
pub(super) struct FieldKeeper<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> FieldKeeper<'_, V> {
    /// Brings them in line, as they are since `fresh`.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn keep(
        &self,
        work: &mut Work<V::Root>,
        organization: &Organization<V>,
        fresh: Tick,
    ) -> Result<Kept, ClusterError> {
        let kept = match self.0.organizations.registration.own_fields() {
            Some(fields) if work.object.meta().deletion_timestamp.is_none() => {
                said(self.steps(work, organization, fields, fresh).await)
            }
            _ => Ok(Kept::Nothing),
        };
        let settled = match &kept {
            Ok(Kept::Nothing) => true,
            Ok(Kept::Found(aligned)) => aligned.findings.settles(),
            Ok(Kept::Failed(_)) | Err(_) => false,
        };
        if settled {
            // Nothing of it waits for room.
            self.0.organizations.leave_guards(&organization.root);
        }
        kept
    }

    async fn steps(
        &self,
        work: &mut Work<V::Root>,
        organization: &Organization<V>,
        fields: &dyn OwnFields<V>,
        fresh: Tick,
    ) -> Result<Kept, Stop<Kept>> {
        let root = Rc::clone(&work.object);
        let mut secrets = Vec::new();
        for place in fields.secrets(root.as_ref()) {
            let secret = self.0.secrets.read(&reference(root.as_ref()).namespace, &place).await;
            // The watch of Secrets wakes it.
            secrets.push(secret.map_err(|stop| {
                stop.saying(|(reason, text)| self.slow(Findings::waiting(reason, text)).into())
            })?);
        }
        let own =
            OwnLine { reconciler: self.0, organization, root, secrets, ability: fields, fields: Vec::new() };
        let read = own.read(work.generation(), fresh).await;
        let read = read.map_err(|error| Stop::Said(self.failed(error)))?;
        if read.is_empty() && work.status.last_applied.is_empty() {
            return Ok(Kept::Nothing);
        }
        let mut own = OwnLine { fields: read, ..own };
        if !update::planned(&own, work).apply.is_empty() {
            // Whatever does for a look, a write is judged by what is there.
            let recent = fresh.max(self.0.context.now() - organization.fresh);
            let read = own.read(work.generation(), recent).await;
            own.fields = read.map_err(|error| Stop::Said(self.failed(error)))?;
        }
        let replace = async |_: &mut Work<V::Root>| {
            let text = "A field of the organization would take another organization in its place, and none is replaced: \
                        this is a bug. Please report it.";
            Ok(self.slow(Findings::stalled(Reason::InternalError, text)).into())
        };
        update::align(&own, work, replace).await
    }

    /// What only a change resolves: it is looked at again all the same, now and then.
    fn slow(&self, findings: Findings) -> Verdict {
        Verdict::new(findings, self.0.context.slowly())
    }

    fn failed(&self, error: VendorError) -> Kept {
        // The token has just proved whose it is: what refuses it here refuses this call.
        let said = match error.failure {
            Failure::Unauthorized => refused(&VendorError { failure: Failure::Forbidden, ..error.clone() }),
            _ => refused(&error),
        };
        match said {
            Some(findings) => self.slow(findings).into(),
            None => Kept::Failed(error),
        }
    }
}

/// An organization, and its own fields as they were read.
struct OwnLine<'a, V: Vendor> {
    reconciler: &'a OrganizationReconciler<V>,
    organization: &'a Organization<V>,
    /// The manifest that they were read for.
    root: Rc<V::Root>,
    secrets: Vec<SecretString>,
    ability: &'a dyn OwnFields<V>,
    fields: Vec<Field>,
}

impl<V: Vendor> OwnLine<'_, V> {
    fn own(&self) -> Own<'_, V> {
        Own { id: &self.organization.id, root: self.root.as_ref(), secrets: &self.secrets }
    }

    /// Reads them, unless what was read will do.
    async fn read(&self, generation: i64, fresh: Tick) -> Result<Vec<Field>, VendorError> {
        let of = (generation, self.organization.number);
        let (memories, context) = (&self.reconciler.memories, &self.reconciler.context);
        let known = memories.of(self.root.as_ref(), |memory| memory.read.clone());
        let known = known.filter(|known| known.of == of && known.begun >= fresh);
        let read = match known {
            Some(known) => known,
            None => {
                let begun = context.now();
                let fields = self.ability.read(&self.organization.session, &self.own()).await?;
                Read { of, begun, fields }
            }
        };
        memories.of(self.root.as_ref(), |memory| {
            memory.read = Some(read.clone());
            memory.looks.views(context, read.begun);
        });
        Ok(read.fields)
    }

    /// Why what was decided is not sent any more: somebody said something else since.
    fn overtaken(&self, work: &Work<V::Root>) -> Option<VendorError> {
        let organizations = &self.reconciler.organizations;
        let now = organizations.objects.get(&self.organization.root);
        let stands = work.words.stand(now.as_deref())
            && now.is_some_and(|now| {
                organizations.holder(now.as_ref()).is_none() && self.may_write(now.as_ref())
            });
        let text = "the manifest was changed while this was about to be written";
        forbids!(WordsStand, !stands).then(|| VendorError::without_effect(Failure::Fenced, text))
    }
}

impl<V: Vendor> Subject for OwnLine<'_, V> {
    type Resource = V::Root;
    type Verdict = Kept;
    type Pass = Pass;

    fn steps(&self) -> &impl Steps<Object = V::Root> {
        self.reconciler
    }

    fn writes<T>(&self, object: &V::Root, use_it: impl FnOnce(&mut Writes) -> T) -> T {
        self.reconciler.memories.of(object, |memory| use_it(&mut memory.writes))
    }

    fn noun(&self) -> &'static str {
        "organization"
    }

    fn id(&self) -> &str {
        &self.organization.id
    }

    fn fields(&self, _applied: &BTreeMap<String, String>) -> Vec<Field> {
        self.fields.clone()
    }

    fn manage(&self) -> bool {
        self.may_write(self.root.as_ref())
    }

    fn takes_away(&self, changes: &[Change]) -> bool {
        self.ability.takes_away(changes)
    }

    fn log(&self) -> &RefCell<Audit> {
        &self.organization.audit
    }

    fn wrote(&self) {
        let (id, wall) = (&self.organization.id, self.reconciler.context.clock.wall());
        self.organization.audit.borrow_mut().wrote(id, wall);
        // It shows what was there before.
        self.reconciler.memories.of(self.root.as_ref(), |memory| memory.read = None);
    }

    async fn guard(&self, work: &mut Work<V::Root>, changes: &[Change]) -> Result<Pass, Stop<Kept>> {
        let cuts_off = self.ability.cuts_off(&self.organization.session, &self.own(), changes);
        if !self.ability.takes_away(changes) && cuts_off.is_none() {
            return Ok(Pass::HARMLESS);
        }
        let OwnLine { reconciler, organization, .. } = self;
        let due = changes.iter().filter(|change| !change.repeated).map(|change| &*change.path);
        let (root, id) = (&organization.root, &organization.id);
        let text = format!("change {} of {root} ({id})", due.collect::<Vec<_>>().join(", "));
        let asked = Asked { id, plan: Planned::Update(changes), text, rate: Rate::Counted };
        let (context, organizations) = (&reconciler.context, &*reconciler.organizations);
        let weigh = Weigh { context, organizations, organization };
        let said = |findings, next| Stop::Said(Verdict::new(findings, next).into());
        weigh.weigh(&OwnWrite { reconciler, cuts_off }, work, asked).await.map_err(|refusal| match refusal {
            Refusal::Full(text, next) => said(Findings::waiting(Reason::TooDestructive, text), next),
            Refusal::LockOut(text) => {
                said(Findings::stalled(Reason::WouldLockOut, text), reconciler.context.slowly())
            }
            Refusal::Failed(error) => Stop::Said(self.failed(work, &error)),
            Refusal::Unstored(error) => error.into(),
        })
    }

    fn answered(&self, pass: Pass, outcome: Result<&(), &VendorError>) {
        pass.answered(outcome);
    }

    async fn send(
        &self,
        work: &Work<V::Root>,
        updates: Updates<'_, V::Root>,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let (registration, session) =
            (&self.reconciler.organizations.registration, &self.organization.session);
        updates.send_root(self.overtaken(work), registration, session, &self.own(), changes).await
    }

    fn failed(&self, _work: &Work<V::Root>, error: &VendorError) -> Kept {
        let context = &self.reconciler.context;
        match passes(context, &error.failure) {
            Some(next) => Verdict::new(Findings::of(error.passing()), next).into(),
            None => FieldKeeper(self.reconciler).failed(error.clone()),
        }
    }
}

/// A write of these fields that is judged.
struct OwnWrite<'a, V: Vendor> {
    reconciler: &'a OrganizationReconciler<V>,
    cuts_off: Option<String>,
}

impl<V: Vendor> Judged for OwnWrite<'_, V> {
    type Vendor = V;
    type Resource = V::Root;

    fn plans<T>(&self, object: &V::Root, use_it: impl FnOnce(&mut Plans) -> T) -> T {
        self.reconciler.memories.of(object, |memory| use_it(&mut memory.plans))
    }

    async fn store(&self, work: &mut Work<V::Root>) -> Result<(), ClusterError> {
        Store(self.reconciler).store(work, Precondition::Unchanged).await
    }

    async fn objection(&self, _: &Work<V::Root>, _: &Guard, _: Tick) -> Result<Objection, VendorError> {
        Ok(Objection { cuts_off: self.cuts_off.clone(), locks_out: None })
    }
}
