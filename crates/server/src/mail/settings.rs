//! What the operator decided about mail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

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

/// A mail server that says nothing for so long has stalled.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

/// Certificates that are trusted beside the system's, as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Trusted(Arc<[u8]>);

impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trusted(..)")
    }
}

impl Trusted {
    /// Reads PEM; there must be a certificate in it.
    pub fn parse(pem: &[u8]) -> Result<Self, String> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        if read.is_ok_and(|found| !found.is_empty()) {
            return Ok(Self(pem.into()));
        }
        Err("holds no certificate in PEM".to_owned())
    }

    /// The certificates as PEM.
    pub fn pem(&self) -> &[u8] {
        &self.0
    }
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
    pub login: Option<Login>,
    /// What its certificate may be signed with, beside what the system trusts.
    pub trusted: Option<Trusted>,
    /// How long it may take to answer a connection or the greetings; a whole
    /// mail may take four times as long, which must be less than a lease.
    pub patience: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the login.
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
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                let user = decode(user).ok_or_else(wrong)?;
                let password = decode(password.unwrap_or_default()).ok_or_else(wrong)?;
                Some(Login { user, password })
            }
        };
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            login,
            trusted: None,
            patience: PATIENCE,
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
        let expected = Login { user: "an@x.example".to_owned(), password: "p/w".to_owned() };
        assert!(!format!("{expected:?}").contains("p/w"));
        assert_eq!(server.login, Some(expected));
        assert!(!format!("{server:?}").contains("p/w"));
        let plain = Server::parse("smtp://127.0.0.1:2525").unwrap();
        assert_eq!((plain.port, plain.tls, plain.login), (2525, Tls::None, None));
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
    fn what_is_trusted_is_certificates() {
        for bad in ["", "mail.example.com", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert!(Trusted::parse(bad.as_bytes()).is_err(), "{bad}");
        }
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
