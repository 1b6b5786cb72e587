//! Reads bodies and queries. Production refuses what it does not know; Published lets it pass.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::contract::Contract;
use super::refusal::Refusal;
use crate::sandbox::core::{DEEPEST, is_too_deep};

/// What a name may not contain (spot-wire §2.3–§2.5).
const NOT_IN_NAMES: &[char] = &['+', '=', '@'];

/// How many characters a name may have, an address, any other text, and a key: the sandbox's own
/// choice, as the vendor's pages name no length.
const NAME: usize = 255;
const ADDRESS: usize = 254;
const TEXT: usize = 2048;
const KEY: usize = 16 << 10;

/// Whether a text may have several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

/// An object in a body, with the path that errors name.
pub(super) struct Object {
    contract: Contract,
    path: String,
    members: Map<String, Value>,
}

impl Object {
    /// A body that is the object itself: `{"name": …}`.
    pub(super) fn flat(contract: Contract, body: &[u8], known: &[&str]) -> Result<Self, Refusal> {
        let object = Self::body(contract, body)?;
        object.only(known)?;
        Ok(object)
    }

    /// The object under `wrapper` in a body: `{"account": {…}}`.
    ///
    /// Published declares no member as required, so there a missing one reads as empty.
    pub(super) fn wrapped(
        contract: Contract,
        body: &[u8],
        wrapper: &str,
        known: &[&str],
    ) -> Result<Self, Refusal> {
        let outer = Self::flat(contract, body, &[wrapper])?;
        match outer.members.get(wrapper) {
            None if contract == Contract::Published => {
                Ok(Self { contract, path: format!("{wrapper}."), members: Map::new() })
            }
            None => Err(outer.required(wrapper)),
            Some(value) => outer.inner(wrapper, value, known),
        }
    }

    fn body(contract: Contract, body: &[u8]) -> Result<Self, Refusal> {
        if is_too_deep(body) {
            let complaint = format!("\"body\" must not be nested deeper than {DEEPEST} levels");
            return Err(Refusal::invalid("body", complaint));
        }
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

    fn inner(&self, member: &str, value: &Value, known: &[&str]) -> Result<Self, Refusal> {
        let Value::Object(members) = value else {
            return Err(self.invalid(member, "must be of type object"));
        };
        let path = format!("{}{member}.", self.path);
        let object = Self { contract: self.contract, path, members: members.clone() };
        object.only(known)?;
        Ok(object)
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

    /// The refusal of a member.
    pub(super) fn invalid(&self, member: &str, complaint: &str) -> Refusal {
        Refusal::invalid(format!("body:{}{member}", self.path), format!("\"{member}\" {complaint}"))
    }

    /// The refusal for want of a member.
    pub(super) fn required(&self, member: &str) -> Refusal {
        self.invalid(member, "is required")
    }

    /// A member that is there. Clients send null for what they leave out (spot-wire §11).
    fn member(&self, member: &str) -> Option<&Value> {
        self.members.get(member).filter(|value| !value.is_null())
    }

    /// Whether there is such a member.
    pub(super) fn has(&self, member: &str) -> bool {
        self.member(member).is_some()
    }

    /// The name of an account or an organization, which has to be there.
    pub(super) fn required_name(&self) -> Result<String, Refusal> {
        self.name()?.ok_or_else(|| self.required("name"))
    }

    /// The name of an account or an organization, if there is one. It may be neither null nor
    /// empty, and in Production it needs a letter (spot-wire §2.1, §2.2).
    pub(super) fn name(&self) -> Result<Option<String>, Refusal> {
        let name = match self.members.get("name") {
            None => return Ok(None),
            Some(Value::String(name)) => name,
            Some(_) => return Err(self.invalid("name", "must be a string")),
        };
        self.check("name", name, NAME, Lines::One)?;
        if name.is_empty() {
            return Err(self.invalid("name", "is not allowed to be empty"));
        }
        let has_letter = name.chars().any(|char| char.is_ascii_alphabetic());
        if self.contract == Contract::Production && !has_letter {
            return Err(self.invalid("name", "must contain at least one letter"));
        }
        Ok(Some(name.clone()))
    }

    /// Whether the member is there, and null.
    pub(super) fn is_null(&self, member: &str) -> bool {
        self.members.get(member).is_some_and(Value::is_null)
    }

    /// A truth value, if there is one.
    pub(super) fn flag(&self, member: &str) -> Result<Option<bool>, Refusal> {
        match self.member(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.invalid(member, "must be a boolean")),
        }
    }

    /// A text or a number, if there is one, as it was sent.
    pub(super) fn text_or_number(&self, member: &str) -> Result<Option<Value>, Refusal> {
        match self.member(member) {
            None => Ok(None),
            Some(value @ (Value::String(_) | Value::Number(_))) => Ok(Some(value.clone())),
            Some(_) => Err(self.invalid(member, "must be a string or a number")),
        }
    }

    /// Refuses a text that is too long, or has in it what nobody can see.
    fn check(&self, member: &str, text: &str, longest: usize, lines: Lines) -> Result<(), Refusal> {
        if text.chars().count() > longest {
            return Err(self.invalid(member, &format!("must be at most {longest} characters long")));
        }
        let breaks = |char: char| lines == Lines::Many && matches!(char, '\n' | '\r' | '\t');
        if text.chars().any(|char| char.is_control() && !breaks(char)) {
            return Err(self.invalid(member, "must not contain control characters"));
        }
        Ok(())
    }

    fn checked(&self, member: &str, longest: usize, lines: Lines) -> Result<Option<String>, Refusal> {
        match self.member(member) {
            None => Ok(None),
            Some(Value::String(text)) => {
                self.check(member, text, longest, lines)?;
                Ok(Some(text.clone()))
            }
            Some(_) => Err(self.invalid(member, "must be a string")),
        }
    }

    /// A text of one line, if there is one. It may be empty.
    pub(super) fn text(&self, member: &str) -> Result<Option<String>, Refusal> {
        self.checked(member, TEXT, Lines::One)
    }

    /// A text for people, if there is one. It may be empty, and have several lines.
    pub(super) fn prose(&self, member: &str) -> Result<Option<String>, Refusal> {
        self.checked(member, TEXT, Lines::Many)
    }

    /// A key in its own lines, which has to be there.
    pub(super) fn required_key(&self, member: &str) -> Result<String, Refusal> {
        let key = self.checked(member, KEY, Lines::Many)?.ok_or_else(|| self.required(member))?;
        if key.is_empty() { Err(self.invalid(member, "is not allowed to be empty")) } else { Ok(key) }
    }

    /// An address, which has to be there.
    pub(super) fn required_email(&self, member: &str) -> Result<String, Refusal> {
        let email = self.required_text(member)?;
        if is_email(&email) { Ok(email) } else { Err(self.invalid(member, "must be a valid email")) }
    }

    /// A date-time, if there is one, as it was sent.
    pub(super) fn date_time(&self, member: &str) -> Result<Option<String>, Refusal> {
        let text = self.some_text(member)?;
        if text.as_ref().is_some_and(|text| text.parse::<Timestamp>().is_err()) {
            return Err(self.invalid(member, "must be a date-time"));
        }
        Ok(text)
    }

    /// A text that is not empty, if there is one.
    pub(super) fn some_text(&self, member: &str) -> Result<Option<String>, Refusal> {
        match self.text(member)? {
            Some(text) if text.is_empty() => Err(self.invalid(member, "is not allowed to be empty")),
            text => Ok(text),
        }
    }

    /// A text that has to be there.
    pub(super) fn required_text(&self, member: &str) -> Result<String, Refusal> {
        self.some_text(member)?.ok_or_else(|| self.required(member))
    }

    /// A text that is not empty and, in Production, has none of `+ = @` in it.
    pub(super) fn plain_text(&self, member: &str) -> Result<Option<String>, Refusal> {
        let text = self.checked(member, NAME, Lines::One)?;
        if text.as_ref().is_some_and(String::is_empty) {
            return Err(self.invalid(member, "is not allowed to be empty"));
        }
        let marred = text.as_ref().is_some_and(|text| text.contains(NOT_IN_NAMES));
        if self.contract == Contract::Production && marred {
            return Err(self.invalid(member, "must not contain any of + = @"));
        }
        Ok(text)
    }

    /// The same, and it has to be there.
    pub(super) fn required_plain_text(&self, member: &str) -> Result<String, Refusal> {
        self.plain_text(member)?.ok_or_else(|| self.required(member))
    }

    /// One of a few words, if there is one.
    pub(super) fn choice<T: Copy>(&self, member: &str, choices: &[(&str, T)]) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(member)? else {
            return Ok(None);
        };
        let chosen = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        chosen.map(Some).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.invalid(member, &format!("must be one of [{}]", names.join(", ")))
        })
    }

    fn array(&self, member: &str) -> Result<Option<&Vec<Value>>, Refusal> {
        match self.member(member) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.invalid(member, "must be an array")),
        }
    }

    /// A list of texts, if there is one.
    pub(super) fn texts(&self, member: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(items) = self.array(member)? else {
            return Ok(None);
        };
        let text = |(index, item): (usize, &Value)| {
            let member = format!("{member}[{index}]");
            let text = item.as_str().filter(|text| !text.is_empty());
            let text = text.ok_or_else(|| self.invalid(&member, "must be a string"))?;
            self.check(&member, text, TEXT, Lines::One)?;
            Ok(text.to_owned())
        };
        items.iter().enumerate().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// A list of texts that has to be there.
    pub(super) fn required_texts(&self, member: &str) -> Result<Vec<String>, Refusal> {
        self.texts(member)?.ok_or_else(|| self.required(member))
    }

    /// A list of texts that has to be there and is not empty.
    pub(super) fn some_texts(&self, member: &str) -> Result<Vec<String>, Refusal> {
        let texts = self.required_texts(member)?;
        if texts.is_empty() {
            return Err(self.invalid(member, "must contain at least 1 items"));
        }
        Ok(texts)
    }

    /// A list of objects, if there is one.
    pub(super) fn objects(&self, member: &str, known: &[&str]) -> Result<Option<Vec<Self>>, Refusal> {
        let Some(items) = self.array(member)? else {
            return Ok(None);
        };
        let object = |(index, item): (usize, &Value)| self.inner(&format!("{member}[{index}]"), item, known);
        items.iter().enumerate().map(object).collect::<Result<_, _>>().map(Some)
    }

    /// A list of objects that has to be there.
    pub(super) fn required_objects(&self, member: &str, known: &[&str]) -> Result<Vec<Self>, Refusal> {
        self.objects(member, known)?.ok_or_else(|| self.required(member))
    }

    /// An object, if there is one.
    pub(super) fn object(&self, member: &str, known: &[&str]) -> Result<Option<Self>, Refusal> {
        self.member(member).map(|value| self.inner(member, value, known)).transpose()
    }

    /// An object of any members, if there is one.
    pub(super) fn any_object(&self, member: &str) -> Result<Option<Value>, Refusal> {
        match self.member(member) {
            None => Ok(None),
            Some(value @ Value::Object(_)) => Ok(Some(value.clone())),
            Some(_) => Err(self.invalid(member, "must be of type object")),
        }
    }

    /// A list of addresses on the web, if there is one. Clients send null for a list they leave
    /// alone (spot-wire §11).
    pub(super) fn addresses(&self, member: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(addresses) = self.texts(member)? else {
            return Ok(None);
        };
        match addresses.iter().position(|address| !is_address(address)) {
            None => Ok(Some(addresses)),
            Some(index) => Err(self.invalid(&format!("{member}[{index}]"), "must be a valid uri")),
        }
    }
}

/// Whether it has the form of a mail address.
pub(super) fn is_email(text: &str) -> bool {
    let mut parts = text.split('@');
    let named = |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && !part.contains(' '));
    let formed = named(parts.next()) && named(parts.next()) && parts.next().is_none();
    formed && text.chars().count() <= ADDRESS
}

/// Whether it is an address on the web.
pub(super) fn is_address(text: &str) -> bool {
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
