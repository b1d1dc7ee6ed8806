//! A mail server that takes everything and keeps nothing but counts.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::json;

/// How many mails to wait for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Sink {
    /// Mails after which it ends.
    #[arg(long)]
    mails: usize,
}

/// Without a mail for so long, it gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What connections tell.
enum News {
    Came,
    Went,
    Took { message_id: String, bytes: usize },
}

impl Sink {
    /// Listens on a free port, which it prints; at the end it prints one line
    /// of JSON. The time is that from the first mail to the last.
    pub(crate) fn run(&self) -> Result<(), String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
        println!("ready smtp://{}", listener.local_addr().map_err(|error| error.to_string())?);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tell = tell.clone();
                std::thread::spawn(move || {
                    let _ = tell.send(News::Came);
                    let _ = serve(&stream, &tell);
                    let _ = tell.send(News::Went);
                });
            }
        });
        let (mut ids, mut taken, mut size) = (HashSet::new(), 0_usize, 0);
        let (mut open, mut most_open) = (0_usize, 0);
        let mut times: Option<(Instant, Instant)> = None;
        while taken < self.mails {
            match told.recv_timeout(PATIENCE) {
                Ok(News::Came) => open += 1,
                Ok(News::Went) => open -= 1,
                Ok(News::Took { message_id, bytes }) => {
                    ids.insert(message_id);
                    taken += 1;
                    size += bytes;
                    let now = Instant::now();
                    times = Some((times.map_or(now, |(first, _)| first), now));
                }
                Err(_) => break,
            }
            most_open = most_open.max(open);
        }
        let seconds = times.map_or(0.0, |(first, last)| last.duration_since(first).as_secs_f64());
        println!(
            "{}",
            json!({"mails": taken, "distinct": ids.len(), "seconds": seconds, "bytes": size,
                   "most_connections": most_open})
        );
        Ok(())
    }
}

fn serve(stream: &TcpStream, tell: &mpsc::Sender<News>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream);
    let say = |text: &str| {
        let mut stream = stream;
        stream.write_all(text.as_bytes())
    };
    say("220 sink.example ESMTP\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => say("250-sink.example\r\n250 8BITMIME\r\n")?,
            "DATA" => {
                say("354 Go on\r\n")?;
                let (mut message_id, mut bytes) = (String::new(), 0);
                loop {
                    line.clear();
                    bytes += lines.read_line(&mut line)?;
                    if line == ".\r\n" || line.is_empty() {
                        break;
                    }
                    if let Some(id) = line.strip_prefix("Message-ID: ") {
                        id.trim_end().clone_into(&mut message_id);
                    }
                }
                let _ = tell.send(News::Took { message_id, bytes });
                say("250 2.0.0 Taken\r\n")?;
            }
            "QUIT" => return say("221 Bye\r\n"),
            _ => say("250 OK\r\n")?,
        }
    }
}
