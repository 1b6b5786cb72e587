//! What must hold of all that is declared of Atoll, and of what is somebody else's there.

use super::api::{MEMBER, POLICY, QUOTA, TENANT};
use super::server::AtollServer;
use crate::support::house::House;
use crate::support::watched::kind_of;
use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is at the vendor, of the kinds of which things are made: kind and id, and what it is called.
type Things = BTreeMap<(KindRef, String), String>;

/// All of it. Who is invited is a member.
pub fn things(server: &AtollServer) -> Things {
    let policies = server.policies.iter().map(|(id, policy)| ((POLICY, id), &policy.name));
    let tenants = server.tenants.iter().map(|(id, tenant)| ((TENANT, id), &tenant.name));
    let members = server.members.iter().map(|(id, member)| ((MEMBER, id), &member.email));
    let invited = server.invitations.iter().map(|(id, invited)| ((MEMBER, id), &invited.member.email));
    let all = policies.chain(tenants).chain(members).chain(invited);
    all.map(|((kind, id), name)| ((kind, id.clone()), name.clone())).collect()
}

/// Who was mailed more often than this.
pub fn mailed(server: &AtollServer, most: impl Fn(&str) -> usize) -> Option<String> {
    let mut mails: BTreeMap<&str, usize> = BTreeMap::new();
    server.mails.iter().for_each(|mail| *mails.entry(mail).or_default() += 1);
    let over = mails.into_iter().find(|(mail, count)| *count > most(mail));
    over.map(|(mail, count)| format!("{mail} was mailed {count} times"))
}

/// What is not as declared at rest: all objects are Ready, each with one thing of its name, and besides there is what
/// `others` made.
pub fn differs(house: &House, others: &Things) -> Vec<String> {
    let mut there = things(&house.atoll());
    let mut differs = Vec::new();
    for object in house.way.cluster.all() {
        let (Some(kind), text) = (kind_of(&object), |path| object.pointer(path).and_then(Value::as_str))
        else {
            continue;
        };
        let called = match kind {
            TENANT => text("/spec/create/name"),
            POLICY => text("/spec/name"),
            MEMBER => text("/spec/email"),
            QUOTA => None,
            _ => continue,
        };
        let of = |path| text(path).unwrap_or_default().to_owned();
        let key = ObjectRef { kind, namespace: of("/metadata/namespace"), name: of("/metadata/name") };
        if !house.ready(&key) {
            differs.push(format!("{key} is not ready: {}", house.message(&key, "Ready")));
        }
        let id = of("/status/id");
        if called.is_some_and(|called| there.remove(&(kind, id.clone())).as_deref() != Some(called)) {
            differs.push(format!("{key} is {id:?}, which is not {called:?}"));
        }
    }
    there.retain(|thing, name| others.get(thing) != Some(name));
    differs.extend(there.into_iter().map(|thing| format!("nobody declares {thing:?}")));
    differs
}
