//! Reading a JSON object field by field, with all faults named at once.

use std::collections::BTreeSet;

use hospes_model::guest::parse_weekday;
use hospes_model::{EmailAddress, FieldErrors, MemberId, Refusal};
use jiff::civil::Weekday;
use serde_json::{Map, Value};

/// A JSON object being read. Every reader notes its key, so that what nobody
/// asked for can be told at the end.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// The object's path in the body, with a dot at the end; empty for the body.
    at: String,
    known: BTreeSet<&'a str>,
    errors: FieldErrors,
    count: usize,
    warnings: Vec<String>,
}

/// Lists in requests have at most so many entries.
pub const LIST_LIMIT: usize = 1000;
/// So many faults are told, and no more: more help nobody.
pub const FAULT_LIMIT: usize = 1000;
/// So many warnings are told.
pub(crate) const WARNING_LIMIT: usize = 100;

impl<'a> Fields<'a> {
    /// Starts reading; anything but an object is refused.
    pub fn new(body: &'a Value) -> Result<Self, Refusal> {
        match body {
            Value::Object(map) => Ok(Self::of(map, String::new())),
            _ => Err(Refusal::field("body", "The body must be a JSON object.")),
        }
    }

    fn of(map: &'a Map<String, Value>, at: String) -> Self {
        let (known, errors, warnings) = Default::default();
        Self { map, at, known, errors, count: 0, warnings }
    }

    /// Starts reading an object inside this one, at a path that begins here.
    /// Anything but an object is a fault of this one. Give it back with
    /// [`Self::absorb`].
    pub fn inside(&mut self, path: &str, value: &'a Value) -> Option<Self> {
        if let Value::Object(map) = value {
            return Some(Self { count: self.count, ..Self::of(map, format!("{}{path}.", self.at)) });
        }
        self.fault(path, "Must be an object.");
        None
    }

    /// Takes over the faults of an object inside, and names what nobody asked
    /// for in it.
    pub fn absorb(&mut self, inside: &Self) {
        let room = WARNING_LIMIT.saturating_sub(self.warnings.len());
        self.warnings.extend(inside.unknown().into_iter().take(room));
        self.count = inside.count;
        for (path, messages) in inside.errors.iter() {
            for message in messages {
                self.errors.add(path, message);
            }
        }
    }

    /// Notes keys as known that say nothing here: what is only read.
    pub fn ignore(&mut self, keys: &[&'a str]) {
        self.known.extend(keys);
    }

    /// Whether so much is wrong that reading on is no use.
    pub fn is_full(&self) -> bool {
        self.count >= FAULT_LIMIT
    }

    /// Adds a warning about a key, or a path that begins here.
    pub fn warn(&mut self, key: &str, message: &str) {
        if self.warnings.len() < WARNING_LIMIT {
            self.warnings.push(format!("The field {}{} {message}", self.at, shortened(key)));
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

    /// Adds a fault of a key, or of a path that begins here. Behind
    /// [`FAULT_LIMIT`] faults it is only counted.
    pub fn fault(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.count += 1;
        if self.count <= FAULT_LIMIT {
            let key = key.into();
            self.errors.add(if self.at.is_empty() { key } else { format!("{}{key}", self.at) }, message);
        }
    }

    /// A truth value, also as 0, 1 and the words.
    pub fn flag(&mut self, key: &'a str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) if number.as_i64() == Some(0) => Some(false),
            Value::Number(number) if number.as_i64() == Some(1) => Some(true),
            Value::String(text) if matches!(text.as_str(), "true" | "1") => Some(true),
            Value::String(text) if matches!(text.as_str(), "false" | "0") => Some(false),
            _ => {
                self.fault(key, format!("The {key} must be true or false."));
                None
            }
        }
    }

    /// An integer, also as a string of digits; from `least` to 2,147,483,647.
    pub fn integer(&mut self, key: &'a str, least: i64) -> Option<i64> {
        let most = i64::from(i32::MAX);
        let number = integer(self.value(key)?).filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault(key, format!("The {key} must be an integer from {least} to {most}."));
        }
        number
    }

    /// Changes a truth value that may be left out; null leaves it as well.
    pub fn put_flag(&mut self, key: &'a str, place: &mut bool) {
        if let Some(flag) = self.flag(key) {
            *place = flag;
        }
    }

    /// Changes a text that may be left out; null and blank clear it.
    pub fn put_text(
        &mut self,
        key: &'a str,
        place: &mut Option<String>,
        check: impl FnOnce(&str) -> Result<Option<String>, String>,
    ) {
        if self.take(key).is_none() {
            return;
        }
        match self.text(key).map_or(Ok(None), check) {
            Ok(text) => *place = text,
            Err(fault) => self.fault(key, format!("The {key} {fault}.")),
        }
    }

    /// A list with at most `limit` entries, also inside `{data: […]}`, as
    /// answers have it. `None` when the key is absent; null is an empty list.
    pub fn list(&mut self, key: &'a str, limit: usize) -> Option<&'a [Value]> {
        let list = match self.take(key)? {
            Value::Object(wrapped) if wrapped.contains_key("data") => wrapped.get("data")?,
            list => list,
        };
        match list {
            Value::Null => Some(&[]),
            Value::Array(list) if list.len() <= limit => Some(list),
            Value::Array(_) => {
                self.fault(key, format!("The {key} may not have more than {limit} entries."));
                None
            }
            _ => {
                self.fault(key, format!("The {key} must be a list."));
                None
            }
        }
    }

    /// Week days by their English names, each once, in the order given.
    /// `None` when the key is absent; null is told apart from a list.
    pub fn week_days(&mut self, key: &'a str) -> Option<Option<Vec<Weekday>>> {
        let list = match self.take(key)? {
            Value::Null => return Some(None),
            Value::Array(list) if list.len() <= 7 => list,
            _ => {
                self.fault(key, format!("The {key} must be a list of at most 7 week days."));
                return None;
            }
        };
        let mut days = Vec::new();
        for (place, entry) in list.iter().enumerate() {
            match entry.as_str().and_then(parse_weekday) {
                Some(day) if days.contains(&day) => {}
                Some(day) => days.push(day),
                None => {
                    self.fault(format!("{key}.{place}"), "Must be an English week day such as monday.");
                }
            }
        }
        Some(Some(days))
    }

    /// One of some words.
    pub fn word<T>(
        &mut self,
        key: &'a str,
        words: &[&str],
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let found = self.value(key)?.as_str().and_then(|text| parse(text.trim()));
        if found.is_none() {
            self.fault(key, format!("The {key} must be one of: {}.", words.join(", ")));
        }
        found
    }

    /// The faults found so far.
    pub fn faults(&mut self) -> &mut FieldErrors {
        &mut self.errors
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
            .take(WARNING_LIMIT)
            .map(|key| format!("The field {}{} is not known here and was ignored.", self.at, shortened(key)))
            .chain(self.warnings.iter().cloned())
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

/// Reads an integer, also from a string of digits.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
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
pub fn shortened(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Tells of a value for a field that is not there.
pub(crate) fn unknown_field(what: &str, key: &str) -> String {
    format!("The {what} has no form field {}; its value was ignored.", shortened(key))
}
