//! Metrics: controller-runtime's and client-go's names where the meaning is the same, `orgkeeper_*` for the
//! rest.
//!
//! | module | holds |
//! |---|---|
//! | `controllers` | reconciles, the queue, the leader |
//! | `objects` | objects of our kinds |
//! | `organizations` | organizations, each by name |
//! | `vendor` | calls to the vendor, and its limits |
//! | `kubernetes` | calls to the API server, and watches |
//! | `process` | the process |
//! | `catalogue` | the registry, and the list of what is in it |
//! | `board` | gauges whose series come and go |
//! | `exemplar` | times that lead to a trace |
//!
//! Labels are bounded: kinds, reasons, route templates, codes. Of objects, organizations and what expires
//! alone are named.

mod board;
pub mod catalogue;
mod controllers;
mod exemplar;
mod kind;
mod kubernetes;
mod moment;
mod objects;
mod organizations;
mod process;
#[cfg(test)]
mod tests;
mod vendor;

use crate::api::kind::KindRef;
use crate::engine::base::ports::ObjectRef;
use crate::engine::decide::count::Count;
use crate::engine::external::caller::Meter;
use crate::engine::external::rate_limit::Signal;
use crate::engine::runtime::census::Census;
use crate::engine::runtime::context::Tally;
use catalogue::{Catalogue, Described};
use std::sync::Arc;

pub use kubernetes::{Counted, Counting};

/// Every metric of the process. Clones share one state.
#[derive(Clone)]
pub struct Metrics {
    page: Arc<Catalogue>,
    controllers: controllers::Controllers,
    objects: objects::Objects,
    organizations: organizations::Organizations,
    calls: vendor::Calls,
    kubernetes: kubernetes::Kubernetes,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut page = Catalogue::default();
        let controllers = controllers::Controllers::new(&mut page);
        let objects = objects::Objects::new(&mut page);
        let organizations = organizations::Organizations::new(&mut page);
        let calls = vendor::Calls::new(&mut page);
        let kubernetes = kubernetes::Kubernetes::new(&mut page);
        process::add(&mut page);
        Self { page: Arc::new(page), controllers, objects, organizations, calls, kubernetes }
    }

    /// The page, in `OpenMetrics`.
    ///
    /// # Errors
    /// None that is known: writing to a String cannot fail.
    pub fn page(&self) -> Result<String, std::fmt::Error> {
        self.page.page()
    }

    /// Every family that the page can have.
    pub fn families(&self) -> &[Described] {
        self.page.families()
    }

    /// What counts the calls of a client to this host.
    pub fn api_calls(&self, host: &str) -> Counting {
        self.kubernetes.layer(host)
    }

    /// So many more objects do not parse now, or fewer.
    pub fn unparsed(&self, kind: KindRef, more: i64) {
        self.objects.unparsed(kind, more);
    }

    /// A watch is begun.
    pub fn watch_begun(&self, watch: &str) {
        self.kubernetes.watch_begun(watch);
    }

    /// A watch failed.
    pub fn watch_failed(&self, watch: &str) {
        self.kubernetes.watch_failed(watch);
    }

    /// Whether this process holds the Lease of that name.
    pub fn lead(&self, lease: &str, leading: bool) {
        self.controllers.lead(lease, leading);
    }

    /// Shows all that is kept as it is now; so many objects may be worked on at once.
    pub fn show(&self, census: &Census, workers: usize) {
        self.controllers.show(census, workers);
        self.objects.show(census);
        self.organizations.show(census);
        self.calls.show(census);
    }
}

impl Meter for Metrics {
    fn called(&self, route: &'static str, method: &'static str, code: &str, seconds: f64) {
        self.calls.called(route, method, code, seconds);
    }

    fn deferred(&self, route: &'static str, method: &'static str) {
        self.calls.deferred(route, method);
    }

    fn allowed(&self, organization: &str, route: &'static str, method: &'static str, signal: Signal) {
        self.calls.allowed(organization, route, method, signal);
    }

    fn paused(&self, organization: &str, route: &'static str, method: &'static str, until: jiff::Timestamp) {
        self.calls.paused(organization, route, method, until);
    }
}

impl Tally for Metrics {
    fn taken(&self, kind: KindRef, seconds: f64) {
        self.controllers.taken(kind, seconds);
    }

    fn reconciled(&self, kind: KindRef, result: &'static str, seconds: f64) {
        self.controllers.reconciled(kind, result, seconds);
    }

    fn stalled(&self, kind: KindRef) {
        self.controllers.stalled(kind);
    }

    fn panicked(&self, kind: KindRef) {
        self.controllers.panicked(kind);
    }

    fn status(&self, kind: KindRef, written: bool) {
        self.objects.status(kind, written);
    }

    fn created(&self, kind: KindRef, outcome: &'static str) {
        self.objects.created(kind, outcome);
    }

    fn drift(&self, kind: KindRef, corrected: bool) {
        self.objects.drift(kind, corrected);
    }

    fn converged(&self, kind: KindRef, seconds: f64) {
        self.objects.converged(kind, seconds);
    }

    fn detail(&self, kind: KindRef, cause: &'static str) {
        self.objects.detail(kind, cause);
    }

    fn expires(&self, object: &ObjectRef, at: Option<jiff::Timestamp>) {
        self.objects.expires(object, at);
    }

    fn dropped(&self, kind: KindRef) {
        self.objects.dropped(kind);
    }

    fn guarded(&self, kind: KindRef, outcome: &'static str) {
        self.objects.guarded(kind, outcome);
    }

    fn inventoried(&self, root: &ObjectRef, at: jiff::Timestamp) {
        self.organizations.inventoried(root, at);
    }

    fn unseen(&self, kind: KindRef, root: &ObjectRef, seconds: Option<f64>) {
        self.organizations.unseen(kind, root, seconds);
    }

    fn vendor_objects(&self, kind: KindRef, root: &ObjectRef, count: Option<Count>) {
        self.organizations.vendor_objects(kind, root, count);
    }
}
