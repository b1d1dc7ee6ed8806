//! Reading a JSON object field by field, with all faults named at once.

use std::collections::BTreeSet;

use hospes_model::{EmailAddress, FieldErrors, MemberId, Refusal};
use serde_json::{Map, Value};

/// A JSON object being read. Every reader notes its key, so that what nobody
/// asked for can be told at the end.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    known: BTreeSet<&'a str>,
    errors: FieldErrors,
}

/// Lists in requests have at most so many entries.
pub const LIST_LIMIT: usize = 1000;

impl<'a> Fields<'a> {
    /// Starts reading; anything but an object is refused.
    pub fn new(body: &'a Value) -> Result<Self, Refusal> {
        match body {
            Value::Object(map) => Ok(Self { map, known: BTreeSet::new(), errors: FieldErrors::default() }),
            _ => Err(Refusal::field("body", "The body must be a JSON object.")),
        }
    }

    /// The value of a key, noted as known. Null counts as present.
    pub fn take(&mut self, key: &'a str) -> Option<&'a Value> {
        self.known.insert(key);
        self.map.get(key)
    }

    /// The value of a key; null counts as absent.
    pub fn value(&mut self, key: &'a str) -> Option<&'a Value> {
        self.take(key).filter(|value| !value.is_null())
    }

    /// Adds a fault.
    pub fn fault(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.errors.add(key, message);
    }

    /// Text, if present. Other types are a fault.
    pub fn text(&mut self, key: &'a str) -> Option<&'a str> {
        let text = self.value(key)?.as_str();
        if text.is_none() {
            self.fault(key, format!("The {key} must be a string."));
        }
        text
    }

    /// Text that must be present and not blank.
    pub fn required_text(&mut self, key: &'a str) -> Option<&'a str> {
        match self.value(key) {
            None => {
                self.fault(key, format!("The {key} field is required."));
                None
            }
            Some(Value::String(text)) if text.trim().is_empty() => {
                self.fault(key, format!("The {key} field is required."));
                None
            }
            Some(_) => self.text(key),
        }
    }

    /// What a check made of a field; a fault reads `The {key} {fault}.`
    pub fn checked<T>(&mut self, key: &str, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|fault| self.fault(key, format!("The {key} {fault}."))).ok()
    }

    /// A list of member ids, as integers or as strings of digits, each with its
    /// place. `None` when the key is absent; null is an empty list.
    pub fn member_ids(&mut self, key: &'a str) -> Option<Vec<(usize, MemberId)>> {
        self.entries(key, "Must be the id of a member, a positive integer.", member_id)
    }

    /// A list of e-mail addresses, each with its place. `None` when the key is
    /// absent; null is an empty list.
    pub fn emails(&mut self, key: &'a str) -> Option<Vec<(usize, EmailAddress)>> {
        let email = |entry: &Value| EmailAddress::parse(entry.as_str()?).ok();
        self.entries(key, "Must be a valid email address.", email)
    }

    fn entries<T>(
        &mut self,
        key: &'a str,
        fault: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Vec<(usize, T)>> {
        let list = match self.take(key)? {
            Value::Null => return Some(Vec::new()),
            Value::Array(list) if list.len() <= LIST_LIMIT => list,
            Value::Array(_) => {
                self.fault(key, format!("The {key} may not have more than {LIST_LIMIT} entries."));
                return None;
            }
            _ => {
                self.fault(key, format!("The {key} must be a list."));
                return None;
            }
        };
        let mut entries = Vec::with_capacity(list.len());
        for (place, entry) in list.iter().enumerate() {
            match read(entry) {
                Some(entry) => entries.push((place, entry)),
                None => self.fault(format!("{key}.{place}"), fault),
            }
        }
        Some(entries)
    }

    /// Keys that nobody asked for, as sentences.
    pub fn unknown(&self) -> Vec<String> {
        self.map
            .keys()
            .filter(|key| !self.known.contains(key.as_str()))
            .map(|key| format!("The field {} is not known here and was ignored.", shortened(key)))
            .collect()
    }

    /// The faults that were found.
    pub fn into_faults(self) -> FieldErrors {
        self.errors
    }

    /// `Ok` when no fault was found.
    pub fn finish(self) -> Result<(), Refusal> {
        self.errors.into_result()
    }
}

/// Reads a member id from an integer or a string of digits.
pub fn member_id(value: &Value) -> Option<MemberId> {
    match value {
        Value::Number(number) => number.as_i64().and_then(MemberId::new),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A caller's key, short enough to be said back.
fn shortened(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(64).collect()
}
