//! What the operator decides: read once at start from the command line, the
//! environment and a TOML file, in that order, and checked before anything is
//! done.
//!
//! A setting has one name in three spellings: `--public-url`,
//! `HOSPES_PUBLIC_URL` and the key `public_url`. Whatever is wrong with a value
//! is told with its name and where the value came from.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;

use crate::files::Files;
use crate::files::storage::Place as FilesPlace;
use crate::limits::Rates;
use crate::mail::settings as mail;
use crate::telemetry::LogFormat;

/// Settings of every command.
#[derive(Debug, Clone, clap::Args)]
pub struct CommonArgs {
    /// A TOML file with settings
    #[arg(long, env = "HOSPES_CONFIG", value_name = "FILE", global = true)]
    config: Option<String>,
    /// The data directory of the embedded database [default: ./hospes-data]
    #[arg(long, env = "HOSPES_DATA", value_name = "DIR", global = true)]
    data: Option<String>,
    /// A PostgreSQL database instead of the embedded one: postgres://user@host/name
    #[arg(long, env = "HOSPES_DATABASE", value_name = "URL", global = true, hide_env_values = true)]
    database: Option<String>,
    /// Connections to PostgreSQL, 1 to 500 [default: 8]
    #[arg(long, env = "HOSPES_POSTGRES_CONNECTIONS", value_name = "COUNT", global = true)]
    postgres_connections: Option<String>,
    /// The form of log lines: text or json [default: text]
    #[arg(long, env = "HOSPES_LOG_FORMAT", value_name = "FORMAT", global = true)]
    log_format: Option<String>,
    /// What is logged: error, warn, info, debug, trace, off, or target=level pairs [default: info]
    #[arg(long, env = "HOSPES_LOG_LEVEL", value_name = "LEVEL", global = true)]
    log_level: Option<String>,
}

/// Settings of the server alone.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "HOSPES_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where guests reach this server; the start of their links [default: http://ADDRESS:PORT]
    #[arg(long, env = "HOSPES_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Believe the X-Forwarded-* headers of the proxy in front of this server
    #[arg(long, env = "HOSPES_TRUST_PROXY", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    trust_proxy: Option<String>,
    /// Ask the name servers whether the domain of a new address takes mail
    #[arg(long, env = "HOSPES_CHECK_EMAIL_DOMAINS", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    check_email_domains: Option<String>,
    /// Requests a minute of one member; 0 for no limit [default: 600]
    #[arg(long, env = "HOSPES_REQUESTS_PER_MINUTE", value_name = "COUNT")]
    requests_per_minute: Option<String>,
    /// New guests an hour in one organization; 0 for no limit [default: 30]
    #[arg(long, env = "HOSPES_GUESTS_PER_HOUR", value_name = "COUNT")]
    guests_per_hour: Option<String>,
    /// New comments and issues an hour in one organization; 0 for no limit [default: 120]
    #[arg(long, env = "HOSPES_COMMENTS_PER_HOUR", value_name = "COUNT")]
    comments_per_hour: Option<String>,
    /// Tries a minute, from one network, to accept invitations; 0 for no limit [default: 10]
    #[arg(long, env = "HOSPES_ATTEMPTS_PER_MINUTE", value_name = "COUNT")]
    attempts_per_minute: Option<String>,
    /// A file in MaxMind's format that says in which country and city an address is
    #[arg(long, env = "HOSPES_GEO_DATABASE", value_name = "FILE")]
    geo_database: Option<String>,
    /// Keep the network address, country and city of guests [default: true]
    #[arg(long, env = "HOSPES_STORE_GUEST_PLACES", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    store_guest_places: Option<String>,
    /// What becomes of mails: smtp, catch (shown at /dev/mail) or off [default: smtp with smtp_url, else off]
    #[arg(long, env = "HOSPES_MAIL", value_name = "WAY")]
    mail: Option<String>,
    /// The mail server: smtps://user:password@host, with smtp, smtps or smtp+starttls
    #[arg(long, env = "HOSPES_SMTP_URL", value_name = "URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// A file with certificates (PEM) that the mail server's may be signed with, beside the system's
    #[arg(long, env = "HOSPES_SMTP_CA_FILE", value_name = "FILE")]
    smtp_ca_file: Option<String>,
    /// The address that mails come from
    #[arg(long, env = "HOSPES_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// The address that answers go to, unless a member asks [default: mail_from]
    #[arg(long, env = "HOSPES_MAIL_REPLY_TO", value_name = "ADDRESS")]
    mail_reply_to: Option<String>,
    /// What whoever reports about mails at /mail/bounces must show, 16 to 200 characters
    #[arg(long, env = "HOSPES_MAIL_BOUNCE_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    mail_bounce_token: Option<String>,
    /// Where uploaded files are kept: a directory, or s3://BUCKET/PREFIX with the usual AWS_* variables
    /// [default: files in the data directory]
    #[arg(long, env = "HOSPES_FILES", value_name = "DIR|URL")]
    files: Option<String>,
    /// The largest file that can be uploaded, in bytes [default: 104857600]
    #[arg(long, env = "HOSPES_FILE_SIZE_LIMIT", value_name = "BYTES")]
    file_size_limit: Option<String>,
    /// How long requests may take to end when the server stops [default: 30]
    #[arg(long, env = "HOSPES_SHUTDOWN_GRACE_SECONDS", value_name = "SECONDS")]
    shutdown_grace_seconds: Option<String>,
    /// Threads that answer requests [default: one a processor]
    #[arg(long, env = "HOSPES_WORKER_THREADS", value_name = "COUNT")]
    worker_threads: Option<String>,
}

/// The file. Its values are read as texts and checked like all others, so that
/// every source is held to one rule and told in one way.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlFile {
    data: Option<Scalar>,
    database: Option<Scalar>,
    postgres_connections: Option<Scalar>,
    log_format: Option<Scalar>,
    log_level: Option<Scalar>,
    listen: Option<Scalar>,
    public_url: Option<Scalar>,
    trust_proxy: Option<Scalar>,
    check_email_domains: Option<Scalar>,
    requests_per_minute: Option<Scalar>,
    guests_per_hour: Option<Scalar>,
    comments_per_hour: Option<Scalar>,
    attempts_per_minute: Option<Scalar>,
    geo_database: Option<Scalar>,
    store_guest_places: Option<Scalar>,
    mail: Option<Scalar>,
    smtp_url: Option<Scalar>,
    smtp_ca_file: Option<Scalar>,
    mail_from: Option<Scalar>,
    mail_reply_to: Option<Scalar>,
    mail_bounce_token: Option<Scalar>,
    files: Option<Scalar>,
    file_size_limit: Option<Scalar>,
    shutdown_grace_seconds: Option<Scalar>,
    worker_threads: Option<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a setting is a text, a whole number, true or false")]
enum Scalar {
    Text(String),
    Number(i64),
    Bool(bool),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Bool(bool) => bool.fmt(f),
        }
    }
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory with the embedded database.
    Directory(PathBuf),
    /// The address of a PostgreSQL database. May hold a password.
    Postgres(String),
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "Directory({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

/// All settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `data` or `database`, when one of them was given.
    pub place: Option<Place>,
    /// `postgres_connections`.
    pub postgres_connections: usize,
    /// `log_format`.
    pub log_format: LogFormat,
    /// `log_level`, an env-filter expression.
    pub log_level: String,
    /// `listen`.
    pub listen: SocketAddr,
    /// `public_url`, without a slash at its end.
    pub public_url: Option<String>,
    /// `trust_proxy`.
    pub trust_proxy: bool,
    /// `check_email_domains`.
    pub check_email_domains: bool,
    /// `requests_per_minute`, `guests_per_hour`, `comments_per_hour` and `attempts_per_minute`.
    pub rates: Rates,
    /// `geo_database`.
    pub geo_database: Option<PathBuf>,
    /// `store_guest_places`.
    pub store_guest_places: bool,
    /// `mail`, `smtp_url`, `smtp_ca_file`, `mail_from`, `mail_reply_to` and `mail_bounce_token`.
    pub mail: mail::Settings,
    /// `files`.
    pub files: FilesPlace,
    /// `file_size_limit`.
    pub file_size_limit: u64,
    /// `shutdown_grace_seconds`.
    pub shutdown_grace: Duration,
    /// `worker_threads`.
    pub worker_threads: Option<usize>,
}

/// Where values may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Flags, environment and file.
    All,
    /// Flags alone: a sandbox must not touch what the environment points at.
    Flags,
}

impl Sources {
    /// A sandbox's terminal is for what it says itself.
    fn default_log_level(self) -> &'static str {
        if self == Self::All { "info" } else { "warn" }
    }
}

/// Where listening starts when nothing is said.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

const DEFAULT_DATA: &str = "hospes-data";

impl Config {
    /// Reads and checks all settings that the command knows. The error is a
    /// sentence for the operator.
    pub fn load(matches: &ArgMatches, sources: Sources) -> Result<Self, String> {
        let mut reader = Reader { matches, sources, file: None };
        let mut file = TomlFile::default();
        if let Some(path) = reader.read("config", None, path)? {
            file = read_file(&path)?;
            reader.file = Some(path);
        }
        let reader = reader;
        let defaults = Rates::default();
        let database = reader.read("database", file.database, database)?;
        let data = reader.read("data", file.data, path)?;
        let beside = data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA)).join("files");
        Ok(Self {
            place: database.map(Place::Postgres).or(data.map(Place::Directory)),
            postgres_connections: reader
                .read("postgres_connections", file.postgres_connections, |text| whole(text, 1, 500))?
                .unwrap_or(8),
            log_format: reader.read("log_format", file.log_format, log_format)?.unwrap_or(LogFormat::Text),
            log_level: reader
                .read("log_level", file.log_level, log_level)?
                .unwrap_or_else(|| sources.default_log_level().to_owned()),
            listen: reader.read("listen", file.listen, listen)?.unwrap_or(DEFAULT_LISTEN),
            public_url: reader.read("public_url", file.public_url, public_url)?,
            trust_proxy: reader.read("trust_proxy", file.trust_proxy, truth)?.unwrap_or(false),
            check_email_domains: reader
                .read("check_email_domains", file.check_email_domains, truth)?
                .unwrap_or(false),
            rates: Rates {
                requests_per_minute: reader
                    .read("requests_per_minute", file.requests_per_minute, |text| {
                        whole(text, 0, 1_000_000_000)
                    })?
                    .unwrap_or(defaults.requests_per_minute),
                guests_per_hour: reader
                    .read("guests_per_hour", file.guests_per_hour, |text| whole(text, 0, 1_000_000_000))?
                    .unwrap_or(defaults.guests_per_hour),
                comments_per_hour: reader
                    .read("comments_per_hour", file.comments_per_hour, |text| whole(text, 0, 1_000_000_000))?
                    .unwrap_or(defaults.comments_per_hour),
                attempts_per_minute: reader
                    .read("attempts_per_minute", file.attempts_per_minute, |text| {
                        whole(text, 0, 1_000_000_000)
                    })?
                    .unwrap_or(defaults.attempts_per_minute),
            },
            geo_database: reader.read("geo_database", file.geo_database, path)?,
            store_guest_places: reader
                .read("store_guest_places", file.store_guest_places, truth)?
                .unwrap_or(true),
            mail: read_mail(
                &reader,
                [
                    file.mail,
                    file.smtp_url,
                    file.smtp_ca_file,
                    file.mail_from,
                    file.mail_reply_to,
                    file.mail_bounce_token,
                ],
            )?,
            files: reader.read("files", file.files, files)?.unwrap_or(FilesPlace::Directory(beside)),
            file_size_limit: reader
                .read("file_size_limit", file.file_size_limit, |text| whole(text, 1, MOST_OF_A_FILE))?
                .unwrap_or(Files::LIMIT),
            shutdown_grace: Duration::from_secs(
                reader
                    .read("shutdown_grace_seconds", file.shutdown_grace_seconds, |text| whole(text, 0, 3600))?
                    .unwrap_or(30),
            ),
            worker_threads: reader
                .read("worker_threads", file.worker_threads, |text| whole(text, 1, 1024))?,
        })
    }

    /// Where the data is.
    pub fn place(&self) -> Place {
        self.place.clone().unwrap_or_else(|| Place::Directory(PathBuf::from(DEFAULT_DATA)))
    }
}

/// Reads the settings of mail, which depend on each other.
fn read_mail(reader: &Reader<'_>, file: [Option<Scalar>; 6]) -> Result<mail::Settings, String> {
    let [way, url, trusted, from, reply_to, token] = file;
    let way = reader.read("mail", way, |text| match text {
        "smtp" | "catch" | "off" => Ok(text.to_owned()),
        _ => Err(format!("must be smtp, catch or off, not {text:?}")),
    })?;
    let trusted = reader.read("smtp_ca_file", trusted, certificates)?;
    let server = reader.read("smtp_url", url, mail::Server::parse)?;
    let server = server.map(|server| mail::Server { trusted, ..server });
    let from = reader.read("mail_from", from, mail::address)?;
    let reply_to = reader.read("mail_reply_to", reply_to, mail::address)?;
    let bounce_token = reader.read("mail_bounce_token", token, |text| {
        let is_long = (16..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        // The text is not repeated: it is a secret.
        is_long
            .then(|| text.to_owned())
            .ok_or_else(|| "must be 16 to 200 visible ASCII characters".to_owned())
    })?;
    let way = match (way.as_deref(), server) {
        (Some("smtp"), None) => {
            return Err("the setting smtp_url is missing, which mail = smtp needs".to_owned());
        }
        (None | Some("smtp"), Some(server)) => mail::Way::Smtp(server),
        (Some("catch"), _) => mail::Way::Catch,
        _ => mail::Way::Off,
    };
    if from.is_none() && matches!(way, mail::Way::Smtp(_)) {
        return Err("the setting mail_from is missing: it says which address mails come from".to_owned());
    }
    Ok(mail::Settings { way, from: from.unwrap_or_else(mail::default_sender), reply_to, bounce_token })
}

/// Reads a file of certificates.
fn certificates(file: &str) -> Result<mail::Trusted, String> {
    let wanted = "must be a file with certificates in PEM";
    let pem = std::fs::read(path(file)?).map_err(|error| format!("{wanted}: {file}: {error}"))?;
    mail::Trusted::parse(&pem).map_err(|problem| format!("{wanted}: {file} {problem}"))
}

fn read_file(path: &Path) -> Result<TomlFile, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the configuration file {} cannot be read: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        // The error's own form repeats the line, which may hold a password.
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map(|before| 1 + before.matches('\n').count());
        let place = line.map(|line| format!(" in line {line}")).unwrap_or_default();
        format!("the configuration file {} is not valid{place}: {}", path.display(), error.message())
    })
}

/// Finds the text of a setting, and remembers where it came from.
struct Reader<'a> {
    matches: &'a ArgMatches,
    sources: Sources,
    file: Option<PathBuf>,
}

impl Reader<'_> {
    fn read<T>(
        &self,
        name: &str,
        in_file: Option<Scalar>,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let (text, source) = match (self.given(name), in_file, &self.file) {
            (Some(given), _, _) => given,
            (None, Some(value), Some(file)) => (value.to_string(), file.display().to_string()),
            _ => return Ok(None),
        };
        check(&text).map(Some).map_err(|problem| format!("the setting {name} (from {source}) {problem}"))
    }

    /// The value of a flag or of the environment, where the command has it. An
    /// empty environment variable counts as absent, which is how it is usually
    /// meant.
    fn given(&self, name: &str) -> Option<(String, String)> {
        let text = self.matches.try_get_one::<String>(name).ok()??;
        let source = match self.matches.value_source(name)? {
            ValueSource::EnvVariable if self.sources == Sources::Flags || text.is_empty() => return None,
            ValueSource::EnvVariable => format!("the environment variable HOSPES_{}", name.to_uppercase()),
            _ => format!("--{}", name.replace('_', "-")),
        };
        Some((text.clone(), source))
    }
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(PathBuf::from(text)) }
}

/// S3 takes no more of one file in parts of the size that is used.
const MOST_OF_A_FILE: u64 = 50_000_000_000;

fn files(text: &str) -> Result<FilesPlace, String> {
    match text.split_once("://") {
        None => path(text).map(FilesPlace::Directory),
        Some(("s3", rest)) if rest.split('/').next().is_some_and(|bucket| !bucket.is_empty()) => {
            Ok(FilesPlace::S3(text.to_owned()))
        }
        Some(_) => Err(format!("must be a directory or an address such as s3://bucket/prefix, not {text:?}")),
    }
}

fn database(text: &str) -> Result<String, String> {
    // The text is not repeated: it may hold a password.
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(text.to_owned());
    }
    Err("must be an address such as postgres://user@host/name; for the embedded database set `data` alone"
        .to_owned())
}

fn whole<T: TryFrom<u64>>(text: &str, least: u64, most: u64) -> Result<T, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("must be a whole number from {least} to {most}, not {text:?}"))
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("must be true or false, not {text:?}"))
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("must be an IP address and a port such as 127.0.0.1:8080 or [::]:8080, not {text:?}")
    })
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    clap::ValueEnum::from_str(text, false).map_err(|_| format!("must be text or json, not {text:?}"))
}

fn log_level(text: &str) -> Result<String, String> {
    let is_level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"].contains(&word.to_lowercase().as_str())
    };
    // A misspelt level would otherwise be read as the name of a target.
    let is_sound = text.split(',').all(|part| part.contains(['=', '[']) || is_level(part.trim()));
    if is_sound && tracing_subscriber::EnvFilter::try_new(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err(format!(
        "must be off, error, warn, info, debug or trace, or target=level pairs separated by commas, not {text:?}"
    ))
}

fn public_url(text: &str) -> Result<String, String> {
    let is_sound = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if is_sound {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("must be a full web address such as https://guests.example.com, not {text:?}"))
}
