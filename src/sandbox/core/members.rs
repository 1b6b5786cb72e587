//! Reads what a person wrote for the sandbox itself. Every complaint names the member that it is about.

use std::fmt::Display;
use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The members of an object that are still to be read.
pub(super) struct Members {
    /// Where the object stands in what was written: `faults[1].fault.`
    path: String,
    left: Map<String, Value>,
}

impl Members {
    /// The members of an object. `path` is empty for the whole of what was written.
    pub(super) fn of(path: &str, value: Value) -> Result<Self, String> {
        match value {
            Value::Object(left) if path.is_empty() => Ok(Self { path: String::new(), left }),
            Value::Object(left) => Ok(Self { path: format!("{path}."), left }),
            _ if path.is_empty() => Err("it must be an object".to_owned()),
            _ => Err(format!("{path}: must be an object")),
        }
    }

    /// What is wrong with a member.
    pub(super) fn wrong(&self, name: &str, complaint: impl Display) -> String {
        format!("{}: {complaint}", self.path_of(name))
    }

    /// Where a member stands.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// A member, if it is there. A null is none: whoever leaves a member out does not name it.
    pub(super) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, String> {
        match self.left.remove(name) {
            None => Ok(None),
            Some(Value::Null) => Err(self.wrong(name, "must not be null: leave it out")),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|error| self.wrong(name, error)),
        }
    }

    /// A member that has to be there.
    pub(super) fn need<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, String> {
        self.take(name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    /// A number within bounds, if it is there.
    pub(super) fn within<T>(&mut self, name: &str, bounds: RangeInclusive<T>) -> Result<Option<T>, String>
    where
        T: DeserializeOwned + Display + PartialOrd,
    {
        let number = self.take(name)?;
        if number.as_ref().is_some_and(|number| !bounds.contains(number)) {
            return Err(self.wrong(name, format!("must be from {} to {}", bounds.start(), bounds.end())));
        }
        Ok(number)
    }

    /// A time to wait, of no more than `longest`, if it is there.
    pub(super) fn wait(
        &mut self,
        name: &str,
        longest: SignedDuration,
    ) -> Result<Option<SignedDuration>, String> {
        let wait = self.take::<SignedDuration>(name)?;
        if wait.is_some_and(|wait| wait.is_negative() || wait > longest) {
            return Err(self.wrong(name, format!("must be from 0s to {longest:#}")));
        }
        Ok(wait)
    }

    /// Nothing more is to be read: what is left is not known.
    pub(super) fn end(self) -> Result<(), String> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(name, "is not known")),
        }
    }
}
