//! What must hold of all that is declared of Atoll, and of what is somebody else's there.

use super::api::{GROUP, HOOK, MEMBER, POLICY, QUOTA, TENANT};
use super::manifests::tenant;
use super::server::AtollServer;
use crate::storms::promises::key_of;
use crate::support::house::House;
use crate::support::unkind::strangers::Thing;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// All that has a name there. Who is invited is a member.
pub fn things(server: &AtollServer) -> Vec<Thing> {
    let policies = server.policies.iter().map(|(id, policy)| (POLICY, id, &policy.name));
    let tenants = server.tenants.iter().map(|(id, tenant)| (TENANT, id, &tenant.name));
    let members = server.members.iter().map(|(id, member)| (MEMBER, id, &member.email));
    let invited = server.invitations.iter().map(|(id, invited)| (MEMBER, id, &invited.member.email));
    let quotas = server.quotas.iter().map(|(id, (name, _))| (QUOTA, id, name));
    let hooks = server.hooks.iter().map(|(id, hook)| (HOOK, id, &hook.name));
    let all = hooks.chain(policies).chain(tenants).chain(members).chain(invited).chain(quotas);
    all.map(|(kind, id, name)| Thing { kind, id: id.clone(), name: name.clone() }).collect()
}

/// What there is of which another one has its name.
pub fn twice(server: &AtollServer) -> Vec<Thing> {
    let (things, mut names) = (things(server), BTreeMap::new());
    for thing in &things {
        *names.entry((thing.kind, thing.name.clone())).or_insert(0) += 1;
    }
    things.into_iter().filter(|thing| names[&(thing.kind, thing.name.clone())] > 1).collect()
}

/// Who was mailed more often than this, or may have been as far as those can tell who called.
pub fn mailed(server: &AtollServer, most: impl Fn(&str) -> usize) -> Option<String> {
    let mut mails: BTreeMap<&str, usize> = BTreeMap::new();
    server.mails.iter().chain(&server.unsent).for_each(|mail| *mails.entry(mail).or_default() += 1);
    let over = mails.into_iter().find(|(mail, count)| *count > most(mail));
    over.map(|(mail, count)| format!("{mail} was mailed {count} times, for all that is known"))
}

/// What is not as declared at rest: all objects are Ready, each with one thing of its name, and besides there is what
/// others made.
pub fn differs(house: &House, others: &[Thing]) -> Vec<String> {
    let mut there = things(&house.atoll());
    let mut differs = Vec::new();
    for object in house.way.cluster.all() {
        let Some(key) = key_of(&object).filter(|key| key.kind.group() == GROUP) else { continue };
        if !house.ready(&key) {
            differs.push(format!("{key} is not ready: {}", house.message(&key, "Ready")));
        }
        let path = match key.kind {
            TENANT => "/spec/create/name",
            MEMBER => "/spec/email",
            _ => "/spec/name",
        };
        let called = object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let its = |thing: &Thing| {
            thing.kind == key.kind && thing.name == called && object["status"]["id"] == *thing.id
        };
        match there.iter().position(its) {
            Some(place) => drop(there.swap_remove(place)),
            None => differs.push(format!("{key} is {}, which is not {called:?}", object["status"]["id"])),
        }
    }
    there.retain(|thing| !others.contains(thing));
    differs.extend(there.into_iter().map(|thing| format!("nobody declares {thing:?}")));
    differs
}

/// The id of the tenant that was made, where a person is asked whether it is gone and has not said so.
pub fn asked_whether_it_is_gone(house: &House) -> Option<String> {
    let object = house.way.cluster.object(&tenant("made"))?;
    let said = &object["metadata"]["annotations"]["orgkeeper.dev/abandon"];
    let blocked = house.condition(&tenant("made"), "DeletionBlocked");
    let asked = said.is_null() && blocked.is_some_and(|(_, reason)| reason == "TokenNeeded");
    object["status"]["id"].as_str().filter(|_| asked).map(str::to_owned)
}

/// A person says that it is.
pub fn says_that_it_is_gone(house: &House, id: &str) {
    house.annotate(&tenant("made"), &json!({"orgkeeper.dev/abandon": id}));
}
