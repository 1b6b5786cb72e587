//! What a rotation does next: a pure decision (rule 5).
//!
//! The vendor shows a token only once, so another token is another user. It takes the place of the old
//! one in recorded steps, and the old one works until the Secret has held the new token for a while.

use crate::api::token::{Rotation, TokenStatus};
use crate::engine::base::checks::forbids;
use crate::engine::decide::custody::Custody;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::time::Duration;

/// How far a rotation is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage<'a> {
    /// None was asked for, and none is under way.
    None,
    /// This value of the annotation asks for one.
    Asked(&'a str),
    /// There is, or may be, a new user; the Secret held the old token when that was last looked at.
    Making(&'a Rotation),
    /// The new user has taken over; the old one goes after so long.
    Overlap(Duration),
    /// The old user goes now.
    Retire(&'a str),
}

/// What becomes of the old user of a rotation that is ended early, once the new one has taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// It is deleted.
    Goes,
    /// It is left.
    Stays,
}

/// How far the rotation of an object is; `asked` is the annotation's value.
pub fn stage<'a>(
    status: &'a TokenStatus,
    asked: Option<&'a str>,
    now: Timestamp,
    overlap: Duration,
) -> Stage<'a> {
    let Some(rotation) = &status.rotation else {
        return match asked {
            Some(asked) if status.last_handled_rotate_at.as_deref() != Some(asked) => Stage::Asked(asked),
            _ => Stage::None,
        };
    };
    let Some(old) = &rotation.old_id else { return Stage::Making(rotation) };
    let switched = rotation.switched();
    let left = SignedDuration::try_from(overlap)
        .unwrap_or(SignedDuration::MAX)
        .saturating_sub(now.duration_since(switched));
    match Duration::try_from(left) {
        Ok(left) if forbids!(OverlapKept, !left.is_zero()) => Stage::Overlap(left),
        _ => Stage::Retire(old),
    }
}

/// Whether the annotation's value asks for another one than the rotation that is under way.
pub fn asks_for_another(status: &TokenStatus, asked: Option<&str>) -> bool {
    let requested = status.rotation.as_ref().map(|rotation| rotation.requested.as_str());
    asked.is_some() && requested.is_some() && asked != requested
}

/// Until when the former token works, for people.
pub fn ends(status: &TokenStatus, overlap: Duration) -> Timestamp {
    let switched = status.rotation.as_ref().map(Rotation::switched).unwrap_or_default();
    let overlap = SignedDuration::try_from(overlap).unwrap_or(SignedDuration::MAX);
    switched.saturating_add(overlap).unwrap_or(Timestamp::MAX)
}

/// Another user whose token the Secret holds though status does not name it: the process died in
/// between. `held` is the user that status names. Whoever may write Secrets there can name anybody so: where no seal
/// says that the vendor answered it, it is believed of none but what the create may have made.
pub fn switched<'a>(
    rotation: &Rotation,
    custody: &'a Custody,
    held: &str,
) -> Option<(&'a str, &'a SecretString)> {
    match custody {
        Custody::Ours { id: Some(id), token: Some(token) }
            if rotation.old_id.is_none()
                && id != held
                && !rotation.seen.contains(id)
                && rotation.new_id.as_ref().is_none_or(|new| new == id) =>
        {
            Some((id, token))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::status::UnnamedAnswer;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn making() -> Rotation {
        Rotation {
            requested: "one".into(),
            since: Time(at(0)),
            key: "k".into(),
            seen: vec!["old".into(), "stranger".into()],
            again: false,
            new_id: None,
            answer: UnnamedAnswer::default(),
            old_id: None,
            switched_at: None,
        }
    }

    fn over() -> Rotation {
        Rotation { old_id: Some("old".into()), switched_at: Some(Time(at(100))), ..making() }
    }

    fn status(rotation: Option<Rotation>) -> TokenStatus {
        TokenStatus { last_handled_rotate_at: Some("zero".into()), rotation, ..TokenStatus::default() }
    }

    #[test]
    fn it_begins_when_the_annotation_has_a_new_value() {
        let status = status(None);
        assert_eq!(stage(&status, None, at(0), HOUR), Stage::None);
        assert_eq!(stage(&status, Some("zero"), at(0), HOUR), Stage::None, "handled before");
        assert_eq!(stage(&status, Some("one"), at(0), HOUR), Stage::Asked("one"));
    }

    #[test]
    fn what_is_under_way_ends_before_another_begins() {
        let making = status(Some(making()));
        assert!(matches!(stage(&making, Some("two"), at(0), HOUR), Stage::Making(_)));
        assert!(
            matches!(stage(&making, None, at(0), HOUR), Stage::Making(_)),
            "nor does it end without a word"
        );
    }

    #[test]
    fn the_old_one_goes_after_the_overlap() {
        let status = status(Some(over()));
        let left = |second| stage(&status, Some("one"), at(second), HOUR);
        assert_eq!(left(100), Stage::Overlap(HOUR));
        assert_eq!(left(3699), Stage::Overlap(Duration::from_secs(1)));
        assert_eq!(left(3700), Stage::Retire("old"));
        assert_eq!(stage(&status, None, at(100), Duration::ZERO), Stage::Retire("old"));
        assert_eq!(left(0), Stage::Overlap(HOUR + Duration::from_secs(100)), "a clock that went back");
    }

    #[test]
    fn a_secret_that_names_the_new_user_was_switched() {
        let token = || Some(SecretString::from("t".to_owned()));
        let names = |rotation: &Rotation, custody: &Custody| {
            switched(rotation, custody, "old").map(|(id, _)| id.to_owned())
        };
        let ours = |id: &str| Custody::Ours { id: Some(id.into()), token: token() };
        assert_eq!(names(&making(), &ours("new")), Some("new".into()));
        assert_eq!(names(&making(), &ours("old")), None);
        assert_eq!(names(&making(), &ours("stranger")), None, "it was there before");
        assert_eq!(names(&making(), &Custody::Ours { id: Some("new".into()), token: None }), None);
        assert_eq!(names(&making(), &Custody::Foreign(String::new())), None);
        assert_eq!(names(&over(), &ours("new")), None, "recorded before");
        let answered = Rotation { new_id: Some("new".into()), ..making() };
        assert_eq!(names(&answered, &ours("new")), Some("new".into()));
        assert_eq!(names(&answered, &ours("anybody")), None, "the vendor answered with another id");
    }
}
