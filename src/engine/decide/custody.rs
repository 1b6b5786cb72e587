//! What a Secret with a one-time token is for an object, and what follows from it: pure decisions
//! (rule 5).

use crate::api::token::{
    ANSWER, ENDPOINT, ID, KIND, MANAGED_BY, OBJECT, ORGANIZATION, Rotation, TokenStatus,
};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::{ObjectRef, SecretData, SecretWrite};
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::{Fingerprints, Match};
use crate::engine::decide::ledger::Provenance;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// The path under which fingerprints of tokens are made.
pub const PATH: &str = "token";

/// For whom a Secret is. Never by a uid: a cluster that is built anew from backups goes on with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The vendor's endpoint.
    pub endpoint: String,
    /// The vendor's id of the organization.
    pub organization: String,
    /// The object.
    pub object: ObjectRef,
}

impl Owner {
    fn annotations(&self) -> [(&'static str, String); 4] {
        [
            (ENDPOINT, self.endpoint.clone()),
            (ORGANIZATION, self.organization.clone()),
            (KIND, self.object.kind.to_string()),
            (OBJECT, format!("{}/{}", self.object.namespace, self.object.name)),
        ]
    }

    /// The Secret `name` as the owner's, over the one of that resourceVersion if there is one.
    pub fn draft(&self, name: &str, over: Option<String>) -> SecretWrite {
        let (label, value) = MANAGED_BY;
        SecretWrite {
            namespace: self.object.namespace.clone(),
            name: name.to_owned(),
            over,
            labels: BTreeMap::from([(label.to_owned(), value.to_owned())]),
            annotations: self.annotations().map(|(name, value)| (name.to_owned(), value)).into(),
            values: BTreeMap::new(),
        }
    }
}

/// What a Secret is for an object.
#[derive(Clone, Debug)]
pub enum Custody {
    /// Not there.
    Missing,
    /// Being deleted.
    Going,
    /// Somebody else's: why, and what a person can do, as sentences.
    Foreign(String),
    /// The object's own.
    Ours {
        /// The vendor's id of the user that the token is of; none while it is only reserved.
        id: Option<String>,
        /// The token.
        token: Option<SecretString>,
    },
}

/// What `secret` is for `owner`, whose token is under `key`.
pub fn custody(secret: Option<&SecretData>, owner: &Owner, key: &str) -> Custody {
    let Some(secret) = secret else { return Custody::Missing };
    let (label, value) = MANAGED_BY;
    if forbids!(OwnSecretOnly, secret.labels.get(label).map(String::as_str) != Some(value)) {
        return Custody::Foreign(strange(&format!("it lacks the label {label}: {value}")));
    }
    for (name, value) in owner.annotations().into_iter().filter(|_| forbids!(OwnSecretOnly)) {
        match secret.annotations.get(name) {
            Some(known) if *known == value => {}
            Some(known) => return Custody::Foreign(others(secret, owner, name, known)),
            None => return Custody::Foreign(strange(&format!("it lacks the annotation {name}"))),
        }
    }
    if secret.deleting {
        return Custody::Going;
    }
    let id = secret.annotations.get(ID).filter(|id| !id.is_empty()).cloned();
    let token = secret.values.get(key).filter(|token| !token.expose_secret().is_empty()).cloned();
    Custody::Ours { id, token }
}

/// How the object has a Secret of its own, which takes nothing from whoever uses the other.
pub const OWN_SECRET: &str = "Delete this object, and create one with another Secret in writeTokenTo";

/// What is said of a Secret that another object's token is, or was, written to.
fn others(secret: &SecretData, owner: &Owner, name: &str, known: &str) -> String {
    let (kind, object) = (secret.annotations.get(KIND), secret.annotations.get(OBJECT));
    match (kind, object) {
        (Some(kind), Some(object))
            if *object != format!("{}/{}", owner.object.namespace, owner.object.name) =>
        {
            format!(
                "it is the one of {kind} {object}. Each needs a Secret of its own, so leave that one. {OWN_SECRET}."
            )
        }
        _ => strange(&format!("its annotation {name} is {known}")),
    }
}

/// What is said of a Secret that may be anybody's.
fn strange(why: &str) -> String {
    format!(
        "{why}. If it was made for this object, put that back. Otherwise {}; or delete the Secret, only if nobody uses what \
         it holds, and another is made.",
        OWN_SECRET.replacen('D', "d", 1)
    )
}

/// A create, as it was written down before it was sent: its moment, and the keyed hash of what it was of.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// When it was decided.
    pub since: &'a Time,
    /// The hash of its natural key.
    pub key: &'a str,
}

impl Written<'_> {
    fn answer(&self, id: &str, token: &SecretString) -> String {
        [&*self.since.0.to_string(), self.key, id, token.expose_secret()].join("\n")
    }

    /// What the Secret is annotated with when the vendor answered this create with that id and token.
    pub fn seal(&self, prints: &Fingerprints, id: &str, token: &SecretString) -> String {
        prints.of(ANSWER, &self.answer(id, token))
    }

    /// Whether the Secret, which holds that token of that id, says that they are the vendor's answer to this create.
    pub fn is_sealed(
        &self,
        prints: &Fingerprints,
        secret: &SecretData,
        id: &str,
        token: &SecretString,
    ) -> bool {
        let seal = secret.annotations.get(ANSWER);
        seal.is_some_and(|seal| prints.compare(seal, ANSWER, &self.answer(id, token)) == Match::Same)
    }
}

/// Whether the Secret says that the vendor answered the create of `intent` with that token of that id.
pub fn is_sealed(
    intent: &Rotation,
    prints: Option<&Fingerprints>,
    secret: Option<&SecretData>,
    id: &str,
    token: &SecretString,
) -> bool {
    let create = Written { since: &intent.since, key: &intent.key };
    prints.zip(secret).is_some_and(|(prints, secret)| create.is_sealed(prints, secret, id, token))
}

/// How the new user of `intent` came to be whose token the Secret holds: it is ours if status or the Secret says that the
/// vendor answered so.
pub fn provenance(
    intent: &Rotation,
    prints: Option<&Fingerprints>,
    secret: Option<&SecretData>,
    id: &str,
    token: &SecretString,
) -> Provenance {
    let sealed = is_sealed(intent, prints, secret, id, token);
    let answered = intent.new_id.as_deref() == Some(id);
    if holds!(SealedAnswer, sealed || answered) { Provenance::Answered } else { Provenance::Found }
}

/// An object that exists at the vendor, as far as its token is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The vendor's id.
    pub id: &'a str,
    /// How the object came to it.
    pub by: Option<Provenance>,
    /// The generation of its spec.
    pub generation: i64,
    /// What status says of the token.
    pub status: &'a TokenStatus,
}

/// What came of trying a token that a Secret holds: that it works tells nothing of whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trial {
    /// It does not work, or the vendor shows that it is not this user's.
    Fails,
    /// The vendor shows neither whether it works nor whose it is.
    Untold,
    /// It works for somebody.
    Works,
    /// It is this user's, as the vendor shows.
    Own,
}

impl Trial {
    /// By what the vendor shows of the user, and by whether it accepts the token.
    pub fn of(shown: Option<bool>, accepted: Option<bool>) -> Self {
        match (shown, accepted) {
            (Some(false), _) | (_, Some(false)) => Self::Fails,
            (Some(true), _) => Self::Own,
            (None, Some(true)) => Self::Works,
            (None, None) => Self::Untold,
        }
    }
}

/// What is to be made of a token.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// It is the one that is recorded.
    Known,
    /// It is ours, and its fingerprint is to be recorded.
    Record(SecretString),
    /// It counts if a trial of it comes to so much at least; else this is wrong.
    Try {
        /// What the Secret holds.
        token: SecretString,
        /// So much.
        least: Trial,
        /// What is wrong otherwise.
        otherwise: Reason,
    },
    /// It is nowhere, and never was stored: another user may be made for one.
    MakeAnother,
    /// Only a person can help.
    Wrong(Reason),
}

/// Whether the former user of a rotation is there beside the one whose token the Secret was given.
pub fn in_overlap(status: &TokenStatus) -> bool {
    status.rotation.as_ref().is_some_and(|rotation| rotation.old_id.is_some())
}

/// Judges the token of an object that exists.
pub fn judge(custody: &Custody, known: Known<'_>, prints: &Fingerprints) -> Judgement {
    let Known { id, by, generation, status } = known;
    // What was found is what a create of ours was to make, whoever made it.
    let created = matches!(by, Some(Provenance::Answered | Provenance::Found));
    let delivered = status.fingerprint.is_some();
    // Another user's token works, too: of two users, only whose it is counts.
    let overlap = forbids!(OwnInOverlap, in_overlap(status));
    let or_own = |least: Trial| if overlap { Trial::Own } else { least };
    let lost = || match () {
        () if !created => Judgement::Wrong(Reason::TokenUnavailable),
        () if status.not_returned => Judgement::Wrong(Reason::TokenNotReturned),
        () if forbids!(OnceForGeneration, status.made_again_for == Some(generation)) => {
            Judgement::Wrong(Reason::TokenLost)
        }
        () => Judgement::MakeAnother,
    };
    let otherwise = match () {
        () if delivered => Reason::TokenSecretChanged,
        () if created && status.not_returned => Reason::TokenNotReturned,
        () => Reason::TokenUnavailable,
    };
    match custody {
        Custody::Foreign(_) if created || delivered => Judgement::Wrong(Reason::SecretConflict),
        Custody::Foreign(_) => Judgement::Wrong(Reason::TokenUnavailable),
        Custody::Missing | Custody::Going if delivered => Judgement::Wrong(Reason::TokenSecretMissing),
        Custody::Ours { id: named, token: Some(token) } if named.as_deref() == Some(id) => {
            let stored = status.fingerprint.as_deref();
            match stored.map(|stored| prints.compare(stored, PATH, token.expose_secret())) {
                Some(Match::Same) => Judgement::Known,
                Some(Match::LostKey) => {
                    Judgement::Try { token: token.clone(), least: or_own(Trial::Untold), otherwise }
                }
                // Token and id were written at once, and status was not.
                None if by == Some(Provenance::Answered) && !status.not_returned && !overlap => {
                    Judgement::Record(token.clone())
                }
                Some(Match::Other) | None => {
                    Judgement::Try { token: token.clone(), least: or_own(Trial::Works), otherwise }
                }
            }
        }
        Custody::Ours { token: Some(token), .. } if delivered || status.not_returned || !created => {
            Judgement::Try { token: token.clone(), least: Trial::Own, otherwise }
        }
        Custody::Ours { token: None, .. } if delivered => Judgement::Wrong(Reason::TokenSecretChanged),
        // The token was there with the id, and somebody took it out.
        Custody::Ours { id: Some(named), token: None } if created && named == id => {
            Judgement::Wrong(Reason::TokenSecretChanged)
        }
        Custody::Missing | Custody::Going | Custody::Ours { .. } => lost(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::kinds;

    const NAME: &str = "ci-token";
    const OTHER_KEY: &str = "someone-elses";

    fn owner() -> Owner {
        Owner {
            endpoint: "https://vendor.example".into(),
            organization: "606".into(),
            object: ObjectRef { kind: kinds::USER, namespace: "n".into(), name: "ci".into() },
        }
    }

    /// A Secret of ours, as a write makes it.
    fn secret(id: Option<&str>, token: Option<&str>) -> SecretData {
        let draft = owner().draft(NAME, None);
        let mut annotations = draft.annotations;
        annotations.extend(id.map(|id| (ID.to_owned(), id.to_owned())));
        let values = token.map(|token| ("token".to_owned(), SecretString::from(token.to_owned())));
        SecretData {
            labels: draft.labels,
            annotations,
            values: values.into_iter().collect(),
            ..SecretData::default()
        }
    }

    fn held(secret: &SecretData) -> Custody {
        custody(Some(secret), &owner(), "token")
    }

    #[test]
    fn ours_is_what_names_the_same_object_of_the_same_organization_at_the_same_endpoint() {
        assert!(matches!(custody(None, &owner(), "token"), Custody::Missing));
        assert!(matches!(held(&secret(None, None)), Custody::Ours { id: None, token: None }));
        assert!(matches!(held(&secret(Some(""), Some(""))), Custody::Ours { id: None, token: None }));
        let Custody::Ours { id: Some(id), token: Some(token) } = held(&secret(Some("pu-1"), Some("t")))
        else {
            panic!("it is ours");
        };
        assert_eq!((&*id, token.expose_secret()), ("pu-1", "t"));
        let going = SecretData { deleting: true, ..secret(None, None) };
        assert!(matches!(held(&going), Custody::Going));
        let uid = SecretData { uid: "another".into(), ..secret(None, None) };
        assert!(matches!(held(&uid), Custody::Ours { .. }), "a restored Secret has another uid");
    }

    #[test]
    fn whatever_differs_makes_it_somebody_elses() {
        let foreign = |change: fn(&mut SecretData)| {
            let mut secret = secret(Some("pu-1"), Some("t"));
            change(&mut secret);
            matches!(held(&secret), Custody::Foreign(_))
        };
        assert!(foreign(|secret| secret.labels.clear()));
        assert!(foreign(|secret| {
            secret.labels.insert(MANAGED_BY.0.into(), "helm".into());
        }));
        for name in [ENDPOINT, ORGANIZATION, KIND, OBJECT] {
            let mut secret = secret(Some("pu-1"), Some("t"));
            secret.annotations.insert(name.into(), "other".into());
            assert!(matches!(held(&secret), Custody::Foreign(_)), "{name}");
            secret.annotations.remove(name);
            assert!(matches!(held(&secret), Custody::Foreign(_)), "{name}");
        }
    }

    fn prints() -> Fingerprints {
        Fingerprints::new(&"key".to_owned().into())
    }

    fn delivered() -> TokenStatus {
        TokenStatus { fingerprint: Some(prints().of(PATH, "t")), ..TokenStatus::default() }
    }

    /// The judgement in a word.
    fn judged(custody: &Custody, by: Provenance, status: &TokenStatus) -> String {
        let known = Known { id: "pu-1", by: Some(by), generation: 2, status };
        match judge(custody, known, &prints()) {
            Judgement::Known => "known".into(),
            Judgement::Record(token) => format!("record {}", token.expose_secret()),
            Judgement::Try { least, otherwise, .. } => format!("try {least:?} {otherwise}"),
            Judgement::MakeAnother => "make another".into(),
            Judgement::Wrong(reason) => reason.to_string(),
        }
    }

    #[test]
    fn what_is_made_of_each_secret() {
        use Provenance::{Adopted, Answered as Created, Found};
        let (nothing, delivered) = (TokenStatus::default(), delivered());
        let without = TokenStatus { not_returned: true, ..nothing.clone() };
        let again = TokenStatus { made_again_for: Some(2), ..nothing.clone() };
        let before = TokenStatus { made_again_for: Some(1), ..nothing.clone() };
        let lost_key = Fingerprints::new(&OTHER_KEY.to_owned().into()).of(PATH, "t");
        let rekeyed = TokenStatus { fingerprint: Some(lost_key), ..nothing.clone() };
        let foreign = || Custody::Foreign("it lacks a label".into());
        let ours = |id: Option<&str>, token: Option<&str>| held(&secret(id, token));
        let table: Vec<(Custody, Provenance, &TokenStatus, &str)> = vec![
            (ours(Some("pu-1"), Some("t")), Created, &delivered, "known"),
            (ours(Some("pu-1"), Some("t")), Adopted, &delivered, "known"),
            (ours(Some("pu-1"), Some("t")), Created, &nothing, "record t"),
            (ours(Some("pu-1"), Some("t")), Created, &rekeyed, "try Untold TokenSecretChanged"),
            (ours(Some("pu-1"), Some("t")), Adopted, &nothing, "try Works TokenUnavailable"),
            (ours(Some("pu-1"), Some("t")), Created, &without, "try Works TokenNotReturned"),
            (ours(Some("pu-1"), Some("x")), Created, &delivered, "try Works TokenSecretChanged"),
            (ours(None, Some("x")), Created, &delivered, "try Own TokenSecretChanged"),
            (ours(Some("pu-9"), Some("x")), Adopted, &nothing, "try Own TokenUnavailable"),
            (ours(Some("pu-1"), None), Created, &delivered, "TokenSecretChanged"),
            (ours(Some("pu-1"), None), Created, &nothing, "TokenSecretChanged"),
            (ours(None, None), Created, &delivered, "TokenSecretChanged"),
            (ours(None, None), Created, &nothing, "make another"),
            (ours(None, None), Created, &before, "make another"),
            (ours(None, None), Created, &again, "TokenLost"),
            (ours(Some("pu-9"), Some("t")), Created, &nothing, "make another"),
            (ours(None, None), Created, &without, "TokenNotReturned"),
            (ours(None, None), Adopted, &nothing, "TokenUnavailable"),
            (Custody::Missing, Created, &delivered, "TokenSecretMissing"),
            (Custody::Going, Adopted, &delivered, "TokenSecretMissing"),
            (Custody::Missing, Created, &nothing, "make another"),
            (Custody::Missing, Created, &without, "TokenNotReturned"),
            (Custody::Missing, Adopted, &nothing, "TokenUnavailable"),
            (foreign(), Created, &nothing, "SecretConflict"),
            (foreign(), Adopted, &delivered, "SecretConflict"),
            (foreign(), Adopted, &nothing, "TokenUnavailable"),
            (ours(None, None), Found, &nothing, "make another"),
            (ours(None, None), Found, &again, "TokenLost"),
            (ours(Some("pu-1"), Some("t")), Found, &nothing, "try Works TokenUnavailable"),
            (ours(Some("pu-1"), Some("t")), Found, &delivered, "known"),
            (Custody::Missing, Found, &nothing, "make another"),
            (foreign(), Found, &nothing, "SecretConflict"),
        ];
        for (custody, by, status, expected) in table {
            assert_eq!(judged(&custody, by, status), expected, "{custody:?} {by:?} {status:?}");
        }
    }

    #[test]
    fn while_two_users_are_there_only_whose_a_token_is_counts() {
        use Provenance::{Answered, Found};
        let rotation = serde_json::from_value(serde_json::json!({
            "requested": "one", "since": "2026-01-01T00:00:00Z", "key": "k", "oldId": "pu-0",
        }));
        let overlap = TokenStatus { rotation: Some(rotation.unwrap()), ..delivered() };
        let nothing = TokenStatus { fingerprint: None, ..overlap.clone() };
        let lost_key = Fingerprints::new(&OTHER_KEY.to_owned().into()).of(PATH, "t");
        let rekeyed = TokenStatus { fingerprint: Some(lost_key), ..overlap.clone() };
        for by in [Answered, Found] {
            for (status, token, expected) in [
                (&overlap, "t", "known"),
                (&overlap, "x", "try Own TokenSecretChanged"),
                (&rekeyed, "t", "try Own TokenSecretChanged"),
                (&nothing, "t", "try Own TokenUnavailable"),
            ] {
                assert_eq!(
                    judged(&held(&secret(Some("pu-1"), Some(token))), by, status),
                    expected,
                    "{token}"
                );
            }
        }
    }

    #[test]
    fn a_token_that_works_is_not_its_own_for_that() {
        for (shown, accepted, expected) in [
            (None, None, Trial::Untold),
            (None, Some(true), Trial::Works),
            (None, Some(false), Trial::Fails),
            (Some(true), None, Trial::Own),
            (Some(true), Some(true), Trial::Own),
            (Some(true), Some(false), Trial::Fails),
            (Some(false), Some(true), Trial::Fails),
            (Some(false), None, Trial::Fails),
        ] {
            assert_eq!(Trial::of(shown, accepted), expected, "{shown:?} {accepted:?}");
        }
        assert!(Trial::Fails < Trial::Untold && Trial::Untold < Trial::Works && Trial::Works < Trial::Own);
    }

    #[test]
    fn a_secret_tells_the_answer_to_one_create_from_every_other() {
        let time = |second| Time(jiff::Timestamp::from_second(second).unwrap());
        let (since, later) = (time(1), time(2));
        let create = Written { since: &since, key: "k" };
        let token = |token: &str| SecretString::from(token.to_owned());
        let mut stored = secret(Some("pu-1"), Some("t"));
        assert!(!create.is_sealed(&prints(), &stored, "pu-1", &token("t")), "what an earlier version wrote");
        stored.annotations.insert(ANSWER.into(), create.seal(&prints(), "pu-1", &token("t")));
        assert!(create.is_sealed(&prints(), &stored, "pu-1", &token("t")));
        assert!(!create.is_sealed(&prints(), &stored, "pu-2", &token("t")));
        assert!(!create.is_sealed(&prints(), &stored, "pu-1", &token("x")), "another token was put there");
        let other = Written { since: &later, key: "k" };
        assert!(!other.is_sealed(&prints(), &stored, "pu-1", &token("t")), "another create");
        let other = Written { since: &since, key: "l" };
        assert!(!other.is_sealed(&prints(), &stored, "pu-1", &token("t")), "of something else");
    }

    #[test]
    fn a_write_does_not_show_what_it_writes() {
        let mut draft = owner().draft(NAME, None);
        draft.values.insert("token".into(), SecretString::from("very-secret".to_owned()));
        assert!(!format!("{draft:?}").contains("very-secret"));
        let custody = held(&secret(Some("pu-1"), Some("very-secret")));
        assert!(!format!("{custody:?}").contains("very-secret"));
    }
}
