//! Handing mails to an SMTP server, one after another over a connection that is
//! kept.
//!
//! What a refusal means depends on where it comes: a server that does not take
//! our password, our sender or mail from us at all is set up wrongly and will be
//! asked again, one that does not take the receiver or the mail itself will never
//! take it.

use std::time::Duration;
use std::{fmt, io};

use data_encoding::BASE64;
use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::net::TcpStream;

use crate::text::visible;

use super::settings::{Login, Server, Tls};

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it means.
    pub kind: FailureKind,
    /// What was said, in one line.
    pub why: String,
}

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// There is no speaking with the server: the other mails cannot go either.
    NoServer,
    /// It may go well another time.
    NotNow,
    /// The server said nothing any more while it had the mail.
    Stalled,
    /// The server will never take this mail.
    Refused,
    /// The receiver's address does not work.
    BadAddress,
}

/// What the server was asked when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connect,
    Sender,
    Receiver,
    Content,
}

/// Why there is no connection.
enum NotOpen {
    Tcp(io::Error),
    Smtp(Error),
}

impl From<io::Error> for NotOpen {
    fn from(error: io::Error) -> Self {
        Self::Tcp(error)
    }
}

impl From<Error> for NotOpen {
    fn from(error: Error) -> Self {
        Self::Smtp(error)
    }
}

/// A line to an SMTP server: a connection that is kept for the next mail.
pub struct Line {
    server: Server,
    hello: ClientId,
    /// Made once: the system's certificates are many.
    tls: Option<TlsParameters>,
    connection: Option<AsyncSmtpConnection>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({:?}, connected: {})", self.server, self.connection.is_some())
    }
}

impl Line {
    /// Without a connection yet. `hello` is the name that this server gives.
    pub fn new(server: Server, hello: &str) -> Self {
        Self { server, hello: ClientId::Domain(hello.to_owned()), tls: None, connection: None }
    }

    /// Hands a mail over. When this returns `Ok`, the server has taken it.
    pub async fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<(), Failure> {
        let limit = self.limit();
        let sent = tokio::time::timeout(limit, self.try_send(envelope, message)).await;
        sent.unwrap_or_else(|_| {
            self.connection = None;
            Err(Failure { kind: FailureKind::Stalled, why: "the mail server took too long".to_owned() })
        })
    }

    /// A mail takes no longer than this, with connecting.
    pub fn limit(&self) -> Duration {
        self.server.patience * 4
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = tokio::time::timeout(Duration::from_secs(2), connection.command(Quit)).await;
        }
    }

    async fn try_send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<(), Failure> {
        // Servers close connections that are not used. That shows at the first
        // command, when nothing has been handed over yet.
        if let Some(mut kept) = self.connection.take()
            && kept.command(Rset).await.is_ok()
        {
            return self.hand_over(kept, envelope, message).await;
        }
        let fresh = self.connect().await?;
        self.hand_over(fresh, envelope, message).await
    }

    async fn connect(&mut self) -> Result<AsyncSmtpConnection, Failure> {
        let opened = tokio::time::timeout(self.server.patience, self.open()).await;
        match opened {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(NotOpen::Tcp(error))) => Err(no_server(error.to_string())),
            Ok(Err(NotOpen::Smtp(error))) => {
                let Failure { kind, why } = failure(Stage::Connect, &error);
                Err(Failure { kind, why: without_login(why, self.server.login.as_ref()) })
            }
            Err(_) => Err(no_server("the mail server does not answer".to_owned())),
        }
    }

    async fn open(&mut self) -> Result<AsyncSmtpConnection, NotOpen> {
        if self.tls.is_none() && self.server.tls != Tls::None {
            self.tls = Some(tls_of(&self.server)?);
        }
        let place = (self.server.host.as_str(), self.server.port);
        let mut connection = if self.server.tls == Tls::Wrapped {
            let patience = Some(self.server.patience);
            AsyncSmtpConnection::connect_tokio1(place, patience, &self.hello, self.tls.clone(), None).await?
        } else {
            let stream = TcpStream::connect(place).await?;
            // The end of a mail is written apart from the mail, and must not
            // wait until the server has acknowledged what stands before it.
            stream.set_nodelay(true)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await?
        };
        if let Some(tls) = self.tls.clone().filter(|_| self.server.tls == Tls::StartTls) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(Login { user, password }) = &self.server.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// Goes through the commands of one mail. The connection is kept unless it
    /// broke.
    async fn hand_over(
        &mut self,
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), Failure> {
        if !is_ascii(envelope) && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            self.connection = Some(connection);
            let why = "the mail server takes no addresses of other scripts".to_owned();
            return Err(Failure { kind: FailureKind::BadAddress, why });
        }
        let outcome = transaction(&mut connection, envelope, message).await;
        let is_usable = match &outcome {
            Ok(()) => true,
            // 421: the server closes the connection.
            Err((_, error)) => {
                let code = error.status().map(u16::from);
                code.is_some_and(|code| code != 421)
            }
        };
        if is_usable && !connection.has_broken() {
            self.connection = Some(connection);
        }
        outcome.map_err(|(stage, error)| failure(stage, &error))
    }
}

/// The certificate must be for the server's name, and signed with what the
/// system or the operator trusts.
fn tls_of(server: &Server) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(trusted) = &server.trusted {
        builder = builder.add_root_certificate(Certificate::from_pem(trusted.pem())?);
    }
    builder.build()
}

/// What a server said when we signed in, without what we signed in with: some
/// repeat it.
fn without_login(why: String, login: Option<&Login>) -> String {
    let Some(Login { user, password }) = login.filter(|login| !login.password.is_empty()) else {
        return why;
    };
    let plain = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
    [plain, BASE64.encode(password.as_bytes()), password.clone()]
        .iter()
        .fold(why, |why, secret| why.replace(secret, "…"))
}

async fn transaction(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), (Stage, Error)> {
    let mut options = Vec::new();
    if !is_ascii(envelope) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender: Option<Address> = envelope.from().cloned();
    connection.command(Mail::new(sender, options)).await.map_err(|error| (Stage::Sender, error))?;
    for receiver in envelope.to() {
        let asked = connection.command(Rcpt::new(receiver.clone(), Vec::new())).await;
        asked.map_err(|error| (Stage::Receiver, error))?;
    }
    connection.command(Data).await.map_err(|error| (Stage::Content, error))?;
    connection.message(message).await.map_err(|error| (Stage::Content, error))?;
    Ok(())
}

fn is_ascii(envelope: &Envelope) -> bool {
    envelope.to().iter().all(|address| AsRef::<str>::as_ref(address).is_ascii())
}

fn no_server(why: String) -> Failure {
    Failure { kind: FailureKind::NoServer, why }
}

fn failure(stage: Stage, error: &Error) -> Failure {
    let why = said(error);
    let code = error.status().map(u16::from);
    let kind = match (stage, code) {
        (Stage::Connect, _) => FailureKind::NoServer,
        // A server that relays nothing for us is set up wrongly too.
        (Stage::Receiver, Some(500..)) if is_policy(&why) => FailureKind::NotNow,
        (Stage::Receiver, Some(500..)) => FailureKind::BadAddress,
        (Stage::Content, Some(500..)) => FailureKind::Refused,
        _ => FailureKind::NotNow,
    };
    Failure { kind, why }
}

/// Whether a refusal is about who we are and not about the receiver
/// (RFC 3463: class 5.7, security or policy).
fn is_policy(why: &str) -> bool {
    why.contains("5.7.")
}

/// What an error says, in one line that can be shown.
fn said(error: &Error) -> String {
    const LONG: usize = 300;
    let mut text = visible(&error.to_string().replace(['\r', '\n', '\t'], " "));
    if let Some(source) = std::error::Error::source(error)
        && error.status().is_none()
    {
        text = visible(&format!("{text}: {source}").replace(['\r', '\n', '\t'], " "));
    }
    text.char_indices().nth(LONG).map_or(text.clone(), |(end, _)| format!("{}…", &text[..end]))
}
