//! What the operator decided about mail.

use std::fmt;

use lettre::Address;
use lettre::transport::smtp::authentication::Credentials;

/// What becomes of mails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Way {
    /// They are handed to an SMTP server.
    Smtp(Server),
    /// They are kept in memory and shown at `/dev/mail`.
    Catch,
    /// They are dropped, and the history says so.
    #[default]
    Off,
}

/// How an SMTP server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtp://`: in the clear.
    None,
    /// `smtps://`: encrypted from the first byte.
    Wrapped,
    /// `smtp+starttls://`: encrypted before anything is said that matters.
    StartTls,
}

/// An SMTP server.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: Tls,
    /// What this server signs in with.
    pub credentials: Option<Credentials>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the credentials.
        write!(f, "Server({:?} {}:{})", self.tls, self.host, self.port)
    }
}

impl Server {
    /// Reads `smtp://user:password@host:port` and its relatives. The error is a
    /// part of a sentence, and does not repeat the text: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            "must be an address such as smtps://user:password@mail.example.com, with smtp, smtps or smtp+starttls"
                .to_owned()
        };
        let url = url::Url::parse(text).map_err(|_| wrong())?;
        let (tls, port) = match url.scheme() {
            "smtp" => (Tls::None, 25),
            "smtps" => (Tls::Wrapped, 465),
            "smtp+starttls" => (Tls::StartTls, 587),
            _ => return Err(wrong()),
        };
        let has_more = !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        let host = url.host_str().filter(|host| !host.is_empty() && !has_more).ok_or_else(wrong)?;
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).ok()
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                let user = decode(user).ok_or_else(wrong)?;
                let password = decode(password.unwrap_or_default()).ok_or_else(wrong)?;
                Some(Credentials::new(user, password))
            }
        };
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            credentials,
        })
    }
}

/// Settings of mail, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// What becomes of mails.
    pub way: Way,
    /// Who they come from.
    pub from: Address,
    /// Where answers go; to the sender, if nothing is set.
    pub reply_to: Option<Address>,
    /// What whoever reports about mails must show; without it nobody may.
    pub bounce_token: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("way", &self.way).field("from", &self.from).finish_non_exhaustive()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { way: Way::Off, from: default_sender(), reply_to: None, bounce_token: None }
    }
}

/// Who mails come from where nothing is set and nothing leaves the machine.
#[expect(clippy::unwrap_used, reason = "a fixed address, which a test reads")]
pub fn default_sender() -> Address {
    Address::new("hospes", "localhost.localdomain").unwrap()
}

/// Reads the address of a sender.
pub fn address(text: &str) -> Result<Address, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|address: &Address| address.as_ref() as &str == text.trim() && text.is_ascii())
        .ok_or_else(|| format!("must be an e-mail address such as tasks@example.com, not {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read() {
        let server = Server::parse("smtps://an%40x.example:p%2Fw@mail.example.com").unwrap();
        assert_eq!((server.host.as_str(), server.port, server.tls), ("mail.example.com", 465, Tls::Wrapped));
        let expected = Credentials::new("an@x.example".to_owned(), "p/w".to_owned());
        assert_eq!(server.credentials, Some(expected));
        assert!(!format!("{server:?}").contains("p/w"));
        let plain = Server::parse("smtp://127.0.0.1:2525").unwrap();
        assert_eq!((plain.port, plain.tls, plain.credentials), (2525, Tls::None, None));
        assert_eq!(Server::parse("smtp+starttls://[::1]").unwrap().host, "::1");
        for bad in [
            "",
            "mail.example.com",
            "http://x.example",
            "smtp://",
            "smtp://x.example/path",
            "smtp://x?tls=no",
        ] {
            assert!(Server::parse(bad).is_err(), "{bad}");
        }
        let error = Server::parse("smtpx://user:secret@host").unwrap_err();
        assert!(!error.contains("secret"));
    }

    #[test]
    fn senders_are_read() {
        assert!(address("tasks@example.com").is_ok());
        for bad in
            ["", "tasks", "Tasks <tasks@example.com>", "a@b.example\r\nBcc: c@d.example", "ä@x.example"]
        {
            assert!(address(bad).is_err(), "{bad:?}");
        }
        assert_eq!(default_sender().to_string(), "hospes@localhost.localdomain");
    }
}
