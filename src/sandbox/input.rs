//! Reads bodies and queries. Production refuses what it does not know; Published lets it pass.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::routes::Contract;

/// An object in a body, with the path that errors name.
pub(super) struct Object {
    contract: Contract,
    path: String,
    members: Map<String, Value>,
}

impl Object {
    /// The object under `wrapper` in a body: `{"account": {…}}`.
    ///
    /// Published declares no member as required, so there a missing one reads as empty.
    pub(super) fn wrapped(
        contract: Contract,
        body: &[u8],
        wrapper: &str,
        known: &[&str],
    ) -> Result<Self, Refusal> {
        let mut outer = Self::body(contract, body)?;
        outer.only(&[wrapper])?;
        let inner = match outer.members.remove(wrapper) {
            Some(Value::Object(members)) => members,
            None if contract == Contract::Published => Map::new(),
            None => return Err(outer.invalid(wrapper, "is required")),
            Some(_) => return Err(outer.invalid(wrapper, "must be of type object")),
        };
        let object = Self { contract, path: format!("{wrapper}."), members: inner };
        object.only(known)?;
        Ok(object)
    }

    fn body(contract: Contract, body: &[u8]) -> Result<Self, Refusal> {
        let members = if body.is_empty() {
            Map::new()
        } else {
            match serde_json::from_slice(body) {
                Ok(Value::Object(members)) => members,
                Ok(_) => return Err(Refusal::invalid("body", "\"body\" must be of type object")),
                Err(_) => return Err(Refusal::invalid("body", "\"body\" is not valid JSON")),
            }
        };
        Ok(Self { contract, path: String::new(), members })
    }

    fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        if self.contract == Contract::Published {
            return Ok(());
        }
        match self.members.keys().find(|key| !known.contains(&key.as_str())) {
            Some(unknown) => Err(self.invalid(unknown, "is not allowed")),
            None => Ok(()),
        }
    }

    fn invalid(&self, member: &str, complaint: &str) -> Refusal {
        Refusal::invalid(format!("body:{}{member}", self.path), format!("\"{member}\" {complaint}"))
    }

    /// A name that has to be there.
    pub(super) fn required_name(&self) -> Result<String, Refusal> {
        self.name()?.ok_or_else(|| self.invalid("name", "is required"))
    }

    /// A name, if there is one. It may be neither null nor empty, and in Production it needs a
    /// letter (spot-wire §2.1, §2.2).
    pub(super) fn name(&self) -> Result<Option<String>, Refusal> {
        let name = match self.members.get("name") {
            None => return Ok(None),
            Some(Value::String(name)) => name,
            Some(_) => return Err(self.invalid("name", "must be a string")),
        };
        if name.is_empty() {
            return Err(self.invalid("name", "is not allowed to be empty"));
        }
        let has_letter = name.chars().any(|char| char.is_ascii_alphabetic());
        if self.contract == Contract::Production && !has_letter {
            return Err(self.invalid("name", "must contain at least one letter"));
        }
        Ok(Some(name.clone()))
    }

    /// A list of addresses, if there is one. Clients send null for a list they leave alone
    /// (spot-wire §11).
    pub(super) fn addresses(&self, member: &str) -> Result<Option<Vec<String>>, Refusal> {
        let items = match self.members.get(member) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.invalid(member, "must be an array")),
        };
        let address = |(index, item): (usize, &Value)| {
            item.as_str()
                .filter(|text| is_address(text))
                .map(ToOwned::to_owned)
                .ok_or_else(|| self.invalid(&format!("{member}[{index}]"), "must be a valid uri"))
        };
        items.iter().enumerate().map(address).collect::<Result<_, _>>().map(Some)
    }
}

fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Refuses query keys that Production does not know. `accountId` is welcome on every call.
pub(super) fn check_query(
    contract: Contract,
    query: &[(String, String)],
    known: &[&str],
) -> Result<(), Refusal> {
    let unknown = |key: &str| key != "accountId" && !known.contains(&key);
    match query.iter().find(|(key, _)| unknown(key)) {
        Some((key, _)) if contract == Contract::Production => {
            Err(Refusal::invalid(format!("query.{key}"), format!("\"{key}\" is not allowed")))
        }
        _ => Ok(()),
    }
}
