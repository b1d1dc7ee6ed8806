//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{compose, fold, is_hidden};

/// A syntactically valid e-mail address (RFC 5322 / 6531, at most 254 bytes),
/// as it was typed, in NFC (RFC 6532, 3.1). Two addresses are the same when their [`folded`] forms are.
///
/// [`folded`]: EmailAddress::folded
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    typed: String,
    folded: String,
}

/// The text is not an address that mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a valid email address")]
pub struct InvalidEmail;

impl EmailAddress {
    /// The longest address that can travel in a mail's envelope (RFC 5321).
    pub const MAX_BYTES: usize = 254;

    /// Reads an address; surrounding blanks are dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let typed = compose(text.trim_matches(' ').to_owned());
        let options = email_address::Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        if typed.len() > Self::MAX_BYTES
            || typed.chars().any(|c| is_hidden(c) || c.is_whitespace())
            || email_address::EmailAddress::parse_with_options(&typed, options).is_err()
        {
            return Err(InvalidEmail);
        }
        Ok(Self { folded: fold(&typed), typed })
    }

    /// Rebuilds an address that was valid when it was stored.
    pub fn from_stored(typed: String) -> Self {
        Self { folded: fold(&typed), typed }
    }

    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The form in which addresses are compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.typed.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether both name the same mailbox here.
    pub fn is_same(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.typed)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_mail_accepts() {
        for good in [
            "a@b.example",
            "guest+one@x.org",
            "o'brien@x.org",
            "UPPER@Example.Com",
            "pelé@exämple.com",
            "a/b@x.org",
            "\"quoted\"@x.org",
        ] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        let long = format!("{}@{}.example", "a".repeat(60), "b".repeat(250));
        let local = format!("{}@x.org", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b.example",
            "a@b",
            "a b@c.org",
            "a@b..org",
            "a@@b.org",
            "a@b.org\0",
            "a@b.org\n",
            "a\u{200B}@b.org",
            "a@[127.0.0.1]",
            "Ann <a@b.org>",
            "\"a b\"@c.org",
            &long,
            &local,
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(InvalidEmail), "{bad:?}");
        }
    }

    #[test]
    fn compares_folded_and_keeps_the_spelling() {
        let address = EmailAddress::parse(" Ann@Example.com ").unwrap();
        assert_eq!(address.as_str(), "Ann@Example.com");
        assert!(address.is_same(&EmailAddress::parse("ann@example.COM").unwrap()));
        assert_eq!(address.domain(), "Example.com");
        assert_eq!(EmailAddress::parse("rene\u{301}@x.org").unwrap().as_str(), "ren\u{e9}@x.org");
    }
}
