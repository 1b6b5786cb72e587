//! The audit log.

mod calls;
pub(super) mod state;

use http::Method;
use serde_json::json;

use super::control::Control;
use super::kind::Kind;
use super::need::Given::Allowed;
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/audit/events";
const SEE: Need = Need::in_organization("setup:describeAllAuditEvents", Allowed);

static LIST: Operation = Operation::list("listAuditEvents", SEE, |call| calls::list(call));

pub(super) static KIND: Kind = Kind {
    production: &[route(Method::GET, ALL, &LIST).with_query(&["fromDate", "toDate", "responseStatus"])],
    published: &[route(Method::GET, ALL, &LIST).with_query(&["fromDate", "toDate"])],
    controls: &[Control::to_none(Method::GET, "audit", |sandbox, _, _| {
        Ok(json!({"events": sandbox.world().audit_events().collect::<Vec<_>>()}))
    })],
    ..Kind::NONE
};
