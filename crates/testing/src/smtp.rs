//! A mail server that does as it is told: takes mails, refuses them, says
//! nothing, or breaks off.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one mail, or one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whim {
    /// Answers a command with this line instead of doing it: `RCPT` with
    /// `550 5.1.1 No such user`.
    Refuse(&'static str, &'static str),
    /// Says nothing any more from this command on.
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

#[derive(Debug, Default)]
struct State {
    /// What is done with the next mails, in turn; then everything is taken.
    whims: VecDeque<Whim>,
    taken: Vec<Taken>,
    connections: usize,
    /// Whether texts are kept, or receivers only.
    forgets: bool,
}

/// The server.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    state: Arc<Mutex<State>>,
    port: u16,
}

impl SmtpServer {
    /// Starts a server on a free port. It ends with the runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { state: Arc::default(), port };
        let state = Arc::clone(&server.state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&state).connections += 1;
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let _ = serve(stream, &state).await;
                });
            }
        });
        server
    }

    /// Its address for settings.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it does with the next mail, behind what it was told before.
    pub fn will(&self, whim: Whim) {
        lock(&self.state).whims.push_back(whim);
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

/// Speaks with one client until it goes, or until a whim ends it.
async fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut whim = None;
    let mut to = String::new();
    if let Some(Whim::Refuse("CONNECT", answer)) = front(state) {
        lock(state).whims.pop_front();
        return say(&mut stream, answer).await;
    }
    say(&mut stream, "220 test.example ESMTP").await?;
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
            Some(Whim::Stall(at)) if *at == verb => {
                tokio::time::sleep(Duration::from_hours(1)).await;
                return Ok(());
            }
            _ => {}
        }
        match verb {
            "EHLO" => {
                stream
                    .get_mut()
                    .write_all(b"250-test.example\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n")
                    .await?;
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                say(&mut stream, "250 2.1.5 OK").await?;
            }
            "DATA" => {
                say(&mut stream, "354 Go on").await?;
                if whim == Some(Whim::CloseWithin) {
                    let mut some = [0; 64];
                    let _ = stream.read(&mut some).await?;
                    return Ok(());
                }
                let raw = read_text(&mut stream).await?;
                if let Some(Whim::RefuseText(answer)) =
                    whim.take_if(|whim| matches!(whim, Whim::RefuseText(_)))
                {
                    say(&mut stream, answer).await?;
                    continue;
                }
                take(state, std::mem::take(&mut to), raw);
                if whim == Some(Whim::DieAfterData) {
                    return Ok(());
                }
                say(&mut stream, "250 2.0.0 Taken").await?;
            }
            "QUIT" => return say(&mut stream, "221 Bye").await,
            _ => say(&mut stream, "250 OK").await?,
        }
    }
}

fn front(state: &Mutex<State>) -> Option<Whim> {
    lock(state).whims.front().cloned()
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

async fn read_text(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
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

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}
