//! The fields that an organization has of its own, where its vendor's have any: read once a resync, and brought in line
//! with the manifest as those of what is below it are.

use super::memory::Read;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::audit::Audit;
use crate::engine::decide::plan::{Change, Field};
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::organization_ability::{Own, OwnFields};
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::commit::Updates;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::steps::Steps;
use crate::engine::runtime::stop::{Stop, said};
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
        match self.0.organizations.registration.own_fields() {
            Some(fields) if work.object.meta().deletion_timestamp.is_none() => {
                said(self.steps(work, organization, fields, fresh).await)
            }
            _ => Ok(Kept::Nothing),
        }
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
        let own = OwnLine { reconciler: self.0, organization, root, secrets, fields: Vec::new() };
        let read = own.read(work.generation(), fields, fresh).await;
        let read = read.map_err(|error| Stop::Said(self.failed(error)))?;
        if read.is_empty() && work.status.last_applied.is_empty() {
            return Ok(Kept::Nothing);
        }
        let own = OwnLine { fields: read, ..own };
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
        match refused(&error) {
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
    fields: Vec<Field>,
}

impl<V: Vendor> OwnLine<'_, V> {
    fn own(&self) -> Own<'_, V> {
        Own { id: &self.organization.id, root: self.root.as_ref(), secrets: &self.secrets }
    }

    /// Reads them, unless what was read will do.
    async fn read(
        &self,
        generation: i64,
        fields: &dyn OwnFields<V>,
        fresh: Tick,
    ) -> Result<Vec<Field>, VendorError> {
        let of = (generation, self.organization.number);
        let (memories, context) = (&self.reconciler.memories, &self.reconciler.context);
        let known = memories.of(self.root.as_ref(), |memory| memory.read.clone());
        let known = known.filter(|known| known.of == of && known.begun >= fresh);
        let read = match known {
            Some(known) => known,
            None => {
                let begun = context.now();
                Read { of, begun, fields: fields.read(&self.organization.session, &self.own()).await? }
            }
        };
        memories.of(self.root.as_ref(), |memory| {
            memory.read = Some(read.clone());
            memory.looks.views(context, read.begun);
        });
        Ok(read.fields)
    }
}

impl<V: Vendor> Subject for OwnLine<'_, V> {
    type Resource = V::Root;
    type Verdict = Kept;
    type Pass = ();

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

    fn log(&self) -> &RefCell<Audit> {
        &self.organization.audit
    }

    fn wrote(&self) {
        let (id, wall) = (&self.organization.id, self.reconciler.context.clock.wall());
        self.organization.audit.borrow_mut().wrote(id, wall);
        // It shows what was there before.
        self.reconciler.memories.of(self.root.as_ref(), |memory| memory.read = None);
    }

    /// What an organization's own fields take away from whom is not counted.
    async fn guard(&self, _work: &mut Work<V::Root>, _changes: &[Change]) -> Result<(), Stop<Kept>> {
        Ok(())
    }

    fn answered(&self, (): (), _outcome: Result<&(), &VendorError>) {}

    fn overtaken(&self, work: &Work<V::Root>) -> Option<VendorError> {
        let organizations = &self.reconciler.organizations;
        let now = organizations.objects.get(&self.organization.root);
        let stands = work.words.stand(now.as_deref())
            && now.is_some_and(|now| {
                organizations.holder(now.as_ref()).is_none() && self.may_write(now.as_ref())
            });
        let text = "the manifest was changed while this was about to be written";
        (!stands).then(|| VendorError::without_effect(Failure::Fenced, text))
    }

    async fn send(&self, updates: Updates<'_, V::Root>, changes: &[Change]) -> Result<(), VendorError> {
        let registration = &self.reconciler.organizations.registration;
        updates.send_root(registration, &self.organization.session, &self.own(), changes).await
    }

    fn failed(&self, _work: &Work<V::Root>, error: &VendorError) -> Kept {
        let context = &self.reconciler.context;
        match passes(context, &error.failure) {
            Some(next) => Verdict::new(Findings::of(error.passing()), next).into(),
            None => FieldKeeper(self.reconciler).failed(error.clone()),
        }
    }
}
