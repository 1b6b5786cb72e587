//! Steps three to five for what is below an organization: what it is brought in line with, and what that has besides.

use crate::api::status::GrantRef;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::Health;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::audit::Audit;
use crate::engine::decide::plan::{Change, Field, Plan};
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::Pass;
use crate::engine::provider::ability::Phase;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::apply::lag::Lag;
use crate::engine::resource::apply::overtaken::overtaken;
use crate::engine::resource::observe::details::DetailReads;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::report::advice::Advice;
use crate::engine::resource::report::differences::legible;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::references::References;
use crate::engine::runtime::commit::Updates;
use crate::engine::runtime::steps::Steps;
use crate::engine::runtime::stop::said;
use crate::engine::runtime::update::{self, Subject, Writes};
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is there, and what it is to be brought in line with.
pub struct Line<'a, K: Kind> {
    pub id: &'a str,
    pub desired: &'a DeclaredOf<K>,
    /// What the vendor shows.
    pub live: K::Observed,
    /// Whether anything may be written.
    pub manage: bool,
}

/// Brings in line what differs.
pub struct Updater<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Updater<'_, K> {
    /// The plan for an object that exists, and of which everything may be written.
    pub fn plan(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
    ) -> Plan {
        let line = Line { id: "", desired, live: live.clone(), manage: true };
        update::planned(&Below { reconciler: self.0, organization, line }, work)
    }

    /// Plans and applies what differs; where a field cannot be changed, `replace` makes another in its place. What
    /// lists do not show is to be looked at again once what we wrote has settled.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn bring_in_line(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        line: Line<'_, K>,
        replace: impl AsyncFnOnce(&mut Work<K::Resource>) -> Result<Verdict, Stop>,
    ) -> Result<Verdict, ClusterError> {
        let (id, desired) = (line.id, line.desired);
        // It exists: what had to come before is done with.
        work.external_id = None;
        let detailed = self.0.kind.detail_calls(&organization.session, &line.live) > 0;
        let (wished, in_use) = (
            self.0.kind.expiry(&desired.state, &line.live, true),
            self.0.kind.expiry(&desired.state, &line.live, false),
        );
        let phase = self.0.kind.phase(&line.live);
        let cache = Lists(self.0).cache(organization, work.object.as_ref());
        let begun = cache.details.borrow().begun(id);
        let begun = begun.or_else(|| Some(cache.inventory.latest()?.begun)).unwrap_or_default();
        self.0.memory(work.object.as_ref(), |memory| memory.looks.views(&self.0.context, begun));
        let subject = Below { reconciler: self.0, organization, line };
        let mut verdict = said(update::align(&subject, work, replace).await)?;
        if let Health::Stalled(Reason::RefusedByVendor, said) = &verdict.findings.health
            && let Some(gone) = self.lost_target(organization, desired, said).await
        {
            verdict.findings.health = Health::Waiting(Reason::ConfirmingAbsence, gone);
        }
        let in_line = matches!(verdict.findings.health, Health::Ready(Reason::InSync, _));
        if let Phase::Pending(reason, text) = phase
            && in_line
        {
            verdict.findings.health = Health::Ready(reason, text);
        }
        let expires = if in_line { wished } else { in_use };
        Advice(self.0).advise(work, desired, expires, &mut verdict);
        verdict.next = verdict.next.sooner(DetailReads(self.0).owe(work, organization, id, detailed));
        Ok(verdict)
    }

    /// What the vendor refuses for what a reference leads to, and what a list lacks since: that ends by itself, and
    /// nothing in the manifest helps.
    async fn lost_target(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        desired: &DeclaredOf<K>,
        said: &str,
    ) -> Option<String> {
        for led in desired.resolved.iter().filter(|led| said.contains(&*led.id)) {
            let GrantRef { kind, namespace, name, .. } = &led.reference;
            let Some(namespace) = namespace else { continue };
            let Some(controller) = self.0.organizations.called(kind) else { continue };
            if controller.shows(organization, &led.id) {
                controller.refresh(organization, self.0.context.now()).await.ok()?;
            }
            if !controller.shows(organization, &led.id) {
                return Some(format!(
                    "The vendor says that what {kind} {namespace}/{name} stands for is not there, and a list lacks it; a \
                     later one has to show whether it is gone, and this goes on by itself then."
                ));
            }
        }
        None
    }
}

/// One object below an organization.
struct Below<'a, K: Kind> {
    reconciler: &'a ResourceReconciler<K>,
    organization: &'a Rc<Organization<K::Vendor>>,
    line: Line<'a, K>,
}

impl<K: Kind> Subject for Below<'_, K> {
    type Resource = K::Resource;
    type Verdict = Verdict;
    type Pass = Pass;

    fn steps(&self) -> &impl Steps<Object = K::Resource> {
        self.reconciler
    }

    fn writes<T>(&self, object: &K::Resource, use_it: impl FnOnce(&mut Writes) -> T) -> T {
        self.reconciler.memory(object, |memory| use_it(&mut memory.writes))
    }

    fn noun(&self) -> &'static str {
        K::FACTS.noun
    }

    fn id(&self) -> &str {
        self.line.id
    }

    fn fields(&self, applied: &BTreeMap<String, String>) -> Vec<Field> {
        let Line { desired, live, .. } = &self.line;
        self.reconciler.kind.core.fields(&self.organization.session, &desired.state, live, applied)
    }

    fn manage(&self) -> bool {
        self.line.manage
    }

    fn whole(&self) -> bool {
        K::FACTS.whole
    }

    fn takes_away(&self, changes: &[Change]) -> bool {
        self.reconciler.kind.takes_away(changes)
    }

    fn legible(&self, path: &str) -> String {
        legible(&self.reconciler.kind, self.organization, path)
    }

    fn instead(&self, paths: &[String]) -> Option<&'static str> {
        self.reconciler.kind.instead(paths)
    }

    fn inexpressible(&self) -> Option<(Reason, String)> {
        self.line.desired.inexpressible.clone()
    }

    fn log(&self) -> &RefCell<Audit> {
        &self.organization.audit
    }

    fn remember(&self, work: &mut Work<K::Resource>) {
        References::<K>::remember(work, self.line.desired);
    }

    async fn guard(&self, work: &mut Work<K::Resource>, changes: &[Change]) -> Result<Pass, Stop> {
        let Line { id, desired, live, .. } = &self.line;
        WriteGuard(self.reconciler).guard_update(work, self.organization, id, desired, live, changes).await
    }

    fn answered(&self, pass: Pass, outcome: Result<&(), &VendorError>) {
        pass.answered(outcome);
    }

    async fn send(
        &self,
        work: &Work<K::Resource>,
        updates: Updates<'_, K::Resource>,
        changes: &[Change],
    ) -> Result<(), VendorError> {
        let (Line { id, desired, live, .. }, session) = (&self.line, &self.organization.session);
        let overtaken = overtaken(self.reconciler, work, self.organization);
        let wanted = (&desired.state, live);
        updates.send(overtaken, &*self.reconciler.kind.core, session, id, wanted, changes).await
    }

    fn failed(&self, work: &Work<K::Resource>, error: &VendorError) -> Verdict {
        let mut verdict = Outcomes(self.reconciler).failed_write(work, self.organization, error);
        Lag(self.reconciler).give_time(work, self.line.desired, error, &mut verdict);
        verdict
    }
}
