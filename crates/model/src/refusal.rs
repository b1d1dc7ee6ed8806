//! What a rule answers when it says no.

use std::collections::BTreeMap;

/// A rule of the domain refused a request. Nothing has been changed.
///
/// The texts are shown to callers. Those of [`Refusal::Forbidden`] must never
/// contain the words token, expired or login: one client signs its user out
/// when they do (`clients.md` 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One or more fields are not acceptable: all of them, at once.
    #[error("the given data was invalid")]
    Invalid(FieldErrors),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// This object may not be treated so, whoever asks (400 on the wire).
    #[error("{0}")]
    Protected(&'static str),
    /// The object does not exist, or the caller may not know that it does.
    #[error("not found")]
    NotFound,
    /// The caller's `If-Match` names an older state of the object.
    #[error("the object was changed meanwhile")]
    Stale,
}

impl Refusal {
    /// A refusal of a single field.
    pub fn field(name: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = FieldErrors::default();
        errors.add(name, message);
        Self::Invalid(errors)
    }
}

/// Messages by field name; nested fields are named with dots
/// (`owners.guests.0`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// Adds a message to a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(message.into());
    }

    /// Adds all messages of another.
    pub fn extend(&mut self, others: Self) {
        for (field, messages) in others.0 {
            self.0.entry(field).or_default().extend(messages);
        }
    }

    /// Whether nothing has been refused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages by field, in the order of the field names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(field, messages)| (field.as_str(), messages.as_slice()))
    }

    /// `Ok` when nothing has been refused.
    pub fn into_result(self) -> Result<(), Refusal> {
        if self.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self)) }
    }
}
