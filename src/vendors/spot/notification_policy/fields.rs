//! The wish beside what the vendor shows, and what a write sends of it.

use super::content;
use super::model::{PolicyMembers, RegisteredUsers};
use super::shown::Observed;
use super::wish::{Desired, REGISTERED_USERS};
use crate::api::spot::GrantsPolicy;
use crate::engine::decide::plan::{Change, Field, Seen, Text, entry, entry_of};
use crate::vendors::spot::access::grants;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "name";
const DESCRIPTION: &str = "description";
const PRIVACY_LEVEL: &str = "privacyLevel";
const IS_ACTIVE: &str = "isActive";
const SUBSCRIPTIONS: &str = "subscriptions";
const CONFIG: &str = "computePolicyConfig";

pub(super) fn of(desired: &Desired, live: &Observed, applied: &BTreeMap<String, String>) -> Vec<Field> {
    let plain = |text: &str| Text::Plain(text.to_owned());
    let shown = |text: Option<&str>| text.map_or(Seen::Unreadable, |text| Seen::Value(plain(text)));
    let mut fields = vec![Field::new(NAME, plain(&desired.name), shown(Some(&live.row.name)))];
    if let Some(description) = &desired.description {
        let seen = shown(Some(live.row.description.as_deref().unwrap_or_default()));
        fields.push(Field::new(DESCRIPTION, plain(description), seen));
    }
    if let Some(is_active) = desired.is_active {
        let seen = live.row.is_active.map(|active| active.to_string());
        fields.push(Field::new(IS_ACTIVE, Text::Plain(is_active.to_string()), shown(seen.as_deref())));
    }
    let (mut users, mut there) = (Vec::new(), BTreeSet::new());
    if let Some(detail) = &live.detail {
        let privacy_level = plain(desired.privacy_level.as_str());
        fields.push(Field::fixed(PRIVACY_LEVEL, privacy_level, shown(detail.privacy_level.as_deref())));
        if let Some(asked) = &desired.subscriptions {
            let seen = content::seen_places(asked, &detail.subscriptions);
            fields.push(Field::new(SUBSCRIPTIONS, content::places(asked), seen));
        }
        let config = content::config_of(detail, &desired.account).map(content::config_text);
        let asked = Text::Plain(content::config_text(&desired.config));
        fields.push(Field::new(CONFIG, asked, shown(Some(&config.unwrap_or_default()))));
        if let Some(asked) = &desired.registered_users {
            let (asked, seen) = (told(asked), told(&detail.registered_users));
            let all = GrantsPolicy::Exclusive;
            users = grants::fields(REGISTERED_USERS, &asked, &seen, all, applied);
        }
        there = detail.registered_users.keys().map(|key| entry(REGISTERED_USERS, key)).collect();
    }
    fields.extend(desired.lists.fields(users, &there, applied));
    fields
}

/// What changes, and of the registered users all who are to be told then.
pub(super) fn update(desired: &Desired, live: &Observed, changes: &[Change]) -> PolicyMembers {
    let changed = |path: &str| changes.iter().any(|change| change.path == path && !change.repeated);
    PolicyMembers {
        name: changed(NAME).then(|| desired.name.clone()),
        description: desired.description.clone().filter(|_| changed(DESCRIPTION)),
        is_active: desired.is_active.filter(|_| changed(IS_ACTIVE)),
        subscriptions: desired.subscriptions.clone().filter(|_| changed(SUBSCRIPTIONS)),
        registered_users: registered_after(desired, live, changes),
        config: changed(CONFIG).then(|| desired.config.clone()),
    }
}

fn registered_after(desired: &Desired, live: &Observed, changes: &[Change]) -> Option<RegisteredUsers> {
    let seen = live.detail.as_ref().map(|detail| &detail.registered_users)?;
    if !grants::concern(changes, REGISTERED_USERS) {
        return None;
    }
    let asked = desired.registered_users.clone().unwrap_or_default();
    let concerned = |key: &String| changes.iter().any(|change| change.path == entry(REGISTERED_USERS, key));
    let mut after: RegisteredUsers = seen
        .iter()
        .filter(|(key, _)| !concerned(key))
        .map(|(key, user)| (key.clone(), user.clone()))
        .collect();
    after.extend(asked.into_iter().filter(|(key, _)| concerned(key)));
    Some(after)
}

/// Whether a change has somebody told in fewer ways than before, or in none.
pub(super) fn takes_away(change: &Change) -> bool {
    let ways = |text: &Option<String>| -> BTreeSet<String> {
        let text = text.as_deref().unwrap_or_default();
        text.split(", ").filter(|way| !way.is_empty()).map(str::to_owned).collect()
    };
    let of_a_user = entry_of(REGISTERED_USERS, &change.path).is_some();
    of_a_user && !change.repeated && !ways(&change.actual).is_subset(&ways(&change.desired))
}

/// How each is told.
fn told(users: &RegisteredUsers) -> BTreeMap<String, String> {
    users.iter().map(|(key, user)| (key.clone(), content::told(user))).collect()
}
