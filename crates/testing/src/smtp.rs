//! A mail server that does as it is told: takes mails, refuses them, says
//! nothing, or breaks off; in the clear or encrypted, with a password or without.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server does with one mail, or one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whim {
    /// Answers a command with this line instead of doing it: `RCPT` with
    /// `550 5.1.1 No such user`.
    Refuse(&'static str, &'static str),
    /// Says nothing any more from this command on: `CONNECT` is before the
    /// greeting, `.` behind a mail's text, which is taken.
    Stall(&'static str),
    /// Closes the connection at this command.
    Close(&'static str),
    /// Closes the connection in the middle of the mail's text: it is not taken.
    CloseWithin,
    /// Takes the whole mail and closes the connection without a word.
    DieAfterData,
    /// Refuses the mail after its text.
    RefuseText(&'static str),
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The receiver's address.
    pub to: String,
    /// The whole mail.
    pub raw: String,
}

impl Taken {
    /// A header's value, unfolded; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let found =
            head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_default()
    }
}

impl Whim {
    /// Whether it is about a connection, before any mail.
    fn is_of_connection(&self) -> bool {
        match self {
            Self::Refuse(at, _) | Self::Stall(at) | Self::Close(at) => {
                ["CONNECT", "EHLO", "STARTTLS", "AUTH"].contains(at)
            }
            _ => false,
        }
    }
}

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secured {
    /// From the first byte.
    Wrapped,
    /// When the client asks for it.
    StartTls,
}

/// What is usual at a server.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Whether connections are encrypted, with a certificate of the server's own.
    pub tls: Option<Secured>,
    /// The name and password that clients must show.
    pub login: Option<(&'static str, &'static str)>,
    /// How clients may show them: `PLAIN` unless this says otherwise.
    pub mechanism: Option<&'static str>,
}

#[derive(Debug, Default)]
struct State {
    /// What is done with the next mails, in turn; then everything is taken.
    whims: VecDeque<Whim>,
    taken: Vec<Taken>,
    connections: usize,
    open: usize,
    most_open: usize,
    /// What clients showed to be let in.
    shown: Vec<String>,
    /// Whether texts are kept, or receivers only.
    forgets: bool,
}

/// The server.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    state: Arc<Mutex<State>>,
    port: u16,
    manner: Manner,
    certificate: String,
}

impl SmtpServer {
    /// Starts a server on a free port. It ends with the runtime.
    pub async fn start() -> Self {
        Self::start_with(Manner::default()).await
    }

    /// The same with manners.
    pub async fn start_with(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (certificate, acceptor) = identity();
        let server = Self { state: Arc::default(), port, manner, certificate };
        let house = House { state: Arc::clone(&server.state), manner: server.manner.clone(), acceptor };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let house = house.clone();
                house.enter();
                tokio::spawn(async move {
                    let _ = house.receive(Box::new(stream)).await;
                    lock(&house.state).open -= 1;
                });
            }
        });
        server
    }

    /// Its address for settings, with what is to be shown.
    pub fn url(&self) -> String {
        let (name, password) = self.manner.login.unwrap_or_default();
        self.url_with(name, password)
    }

    /// The same with another name and password.
    pub fn url_with(&self, name: &str, password: &str) -> String {
        let scheme = match self.manner.tls {
            None => "smtp",
            Some(Secured::Wrapped) => "smtps",
            Some(Secured::StartTls) => "smtp+starttls",
        };
        let shown = if name.is_empty() { String::new() } else { format!("{name}:{password}@") };
        format!("{scheme}://{shown}127.0.0.1:{}", self.port)
    }

    /// Its certificate (PEM), which it signed itself.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// How many connections there were at the same time, at most.
    pub fn most_connections(&self) -> usize {
        lock(&self.state).most_open
    }

    /// What clients showed to be let in: names and passwords, with a space between.
    pub fn shown(&self) -> Vec<String> {
        lock(&self.state).shown.clone()
    }

    /// What it does with the next mail, behind what it was told before.
    pub fn will(&self, whim: Whim) {
        lock(&self.state).whims.push_back(whim);
    }

    /// Does nothing odd from now on, whatever it was told before.
    pub fn will_behave(&self) {
        lock(&self.state).whims.clear();
    }

    /// Forgets texts from now on, so that many mails take little room.
    pub fn forget_texts(&self) {
        lock(&self.state).forgets = true;
    }

    /// The mails that it took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state).taken.clone()
    }

    /// How often each mail was taken, by Message-ID.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for mail in self.taken() {
            *counts.entry(mail.header("Message-ID")).or_default() += 1;
        }
        counts
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A certificate for this machine, as PEM, and what shows it to clients.
fn identity() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]);
    let rcgen::CertifiedKey { cert, signing_key } = made.expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("the key is the certificate's");
    (cert.pem(), TlsAcceptor::from(Arc::new(config)))
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

type Stream = BufReader<Box<dyn Wire>>;

/// What all connections share.
#[derive(Clone)]
struct House {
    state: Arc<Mutex<State>>,
    manner: Manner,
    acceptor: TlsAcceptor,
}

impl House {
    fn enter(&self) {
        let mut state = lock(&self.state);
        state.connections += 1;
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
    }

    /// Speaks with one client until it goes, or until a whim ends it.
    async fn receive(&self, stream: Box<dyn Wire>) -> std::io::Result<()> {
        let whim = {
            let mut state = lock(&self.state);
            let is_now = state.whims.front().is_some_and(Whim::is_of_connection);
            if is_now { state.whims.pop_front() } else { None }
        };
        let mut stream = BufReader::new(stream);
        match &whim {
            Some(Whim::Refuse("CONNECT", answer)) => return say(&mut stream, answer).await,
            Some(Whim::Stall("CONNECT")) => return stall(&mut stream).await,
            Some(Whim::Close("CONNECT")) => return Ok(()),
            _ => {}
        }
        if self.manner.tls == Some(Secured::Wrapped) {
            stream = self.secure(stream).await?;
        }
        say(&mut stream, "220 test.example ESMTP").await?;
        self.serve(stream, whim).await
    }

    async fn secure(&self, stream: Stream) -> std::io::Result<Stream> {
        let secured = self.acceptor.accept(stream.into_inner()).await?;
        Ok(BufReader::new(Box::new(secured)))
    }

    async fn serve(&self, mut stream: Stream, mut whim: Option<Whim>) -> std::io::Result<()> {
        let state = &self.state;
        let mut to = String::new();
        let mut is_in = self.manner.login.is_none();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let command = line.trim_end().to_uppercase();
            let verb = command.split([' ', ':']).next().unwrap_or_default();
            if verb == "MAIL" {
                whim = lock(state).whims.pop_front();
            }
            match &whim {
                Some(Whim::Refuse(at, answer)) if *at == verb => {
                    say(&mut stream, answer).await?;
                    whim = None;
                    continue;
                }
                Some(Whim::Close(at)) if *at == verb => return Ok(()),
                Some(Whim::Stall(at)) if *at == verb => return stall(&mut stream).await,
                _ => {}
            }
            match verb {
                "EHLO" => self.greet(&mut stream).await?,
                "STARTTLS" => {
                    say(&mut stream, "220 Go on").await?;
                    stream = self.secure(stream).await?;
                }
                "AUTH" => is_in = self.sign_in(&mut stream, line.trim_end()).await?,
                "MAIL" if !is_in => say(&mut stream, "530 5.7.0 Authentication required").await?,
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    say(&mut stream, "250 2.1.5 OK").await?;
                }
                "DATA" => {
                    if !take_text(state, &mut stream, &mut whim, std::mem::take(&mut to)).await? {
                        return Ok(());
                    }
                }
                "QUIT" => return say(&mut stream, "221 Bye").await,
                _ => say(&mut stream, "250 OK").await?,
            }
        }
    }

    async fn greet(&self, stream: &mut Stream) -> std::io::Result<()> {
        let mut lines = vec!["250-test.example".to_owned(), "250-8BITMIME".to_owned()];
        if self.manner.tls == Some(Secured::StartTls) {
            lines.push("250-STARTTLS".to_owned());
        }
        if self.manner.login.is_some() {
            lines.push(format!("250-AUTH {}", self.manner.mechanism.unwrap_or("PLAIN")));
        }
        lines.push("250 ENHANCEDSTATUSCODES".to_owned());
        say(stream, &lines.join("\r\n")).await
    }

    /// Reads a name and a password, and says whether they are the right ones.
    async fn sign_in(&self, stream: &mut Stream, line: &str) -> std::io::Result<bool> {
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_uppercase();
        let decoded = |text: &str| {
            let bytes = BASE64.decode(text.trim().as_bytes()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let shown = if mechanism == "PLAIN" {
            let text = decoded(words.next().unwrap_or_default());
            text.split('\0').skip(1).collect::<Vec<_>>().join(" ")
        } else {
            let mut answers = Vec::new();
            for question in ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"] {
                say(stream, &format!("334 {question}")).await?;
                let mut answer = String::new();
                stream.read_line(&mut answer).await?;
                answers.push(decoded(&answer));
            }
            answers.join(" ")
        };
        let wanted = self.manner.login.map(|(name, password)| format!("{name} {password}"));
        let is_right = wanted.as_ref() == Some(&shown);
        lock(&self.state).shown.push(shown.clone());
        // A server that repeats what it was shown: nobody should write that down.
        let answer = if is_right {
            "235 2.7.0 Welcome".to_owned()
        } else {
            format!("535 5.7.8 Not the right password: {}", shown.split(' ').next_back().unwrap_or_default())
        };
        say(stream, &answer).await?;
        Ok(is_right)
    }
}

/// Reads a mail's text and does with it as it should. False when that was the
/// end of the connection.
async fn take_text(
    state: &Mutex<State>,
    stream: &mut Stream,
    whim: &mut Option<Whim>,
    to: String,
) -> std::io::Result<bool> {
    say(stream, "354 Go on").await?;
    if *whim == Some(Whim::CloseWithin) {
        let mut some = [0; 64];
        let _ = stream.read(&mut some).await?;
        return Ok(false);
    }
    let raw = read_text(stream).await?;
    if let Some(Whim::RefuseText(answer)) = whim.take_if(|whim| matches!(whim, Whim::RefuseText(_))) {
        say(stream, answer).await?;
        return Ok(true);
    }
    take(state, to, raw);
    match whim {
        Some(Whim::DieAfterData) => Ok(false),
        Some(Whim::Stall(".")) => stall(stream).await.map(|()| false),
        _ => say(stream, "250 2.0.0 Taken").await.map(|()| true),
    }
}

/// Says nothing until the client has gone.
async fn stall(stream: &mut Stream) -> std::io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}

fn take(state: &Mutex<State>, to: String, raw: String) {
    let mut state = lock(state);
    let raw = if state.forgets {
        let id = raw.split("\r\n").find(|line| line.starts_with("Message-ID: ")).unwrap_or_default();
        format!("{id}\r\n\r\n")
    } else {
        raw
    };
    state.taken.push(Taken { to, raw });
}

async fn read_text(stream: &mut Stream) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(raw);
        }
        // A point at the beginning of a line was doubled.
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say(stream: &mut Stream, line: &str) -> std::io::Result<()> {
    let stream = stream.get_mut();
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}
