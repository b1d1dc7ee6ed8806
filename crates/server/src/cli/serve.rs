//! `hospes serve`, and the running of a server, which `hospes demo` shares.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hospes_store::{Database, Store};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Failure, open_store, say};
use crate::app::{App, Settings};
use crate::config::{Config, Place, ServerArgs};
use crate::control::Control;
use crate::data_dir::{DataDir, Lock};
use crate::domains::DomainCheck;
use crate::files::Files;
use crate::files::storage::Storage;
use crate::limits::{Limits, Rates};
use crate::mail::{Mail, settings as mail};
use crate::places::Places;
use crate::time::Clock;
use crate::workers::Workers;
use crate::{http, telemetry};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(_: &Args, config: &Config) -> Result<(), Failure> {
    let server = Server::open(config)?;
    if config.public_url.is_none() && server.address.ip().is_unspecified() {
        tracing::warn!(
            public_url = format!("http://{}", server.address),
            "guests cannot follow links to this address: set public_url to where they reach this server"
        );
    }
    let address = server.address;
    server.run(|| say(&format!("Hospes listens on http://{address}")))
}

/// A server that has all it needs and does not answer yet.
pub(super) struct Server {
    listener: TcpListener,
    /// Where it listens, with the port that it really has.
    pub(super) address: SocketAddr,
    pub(super) store: Store,
    data: Option<(DataDir, Lock)>,
    settings: Settings,
    rates: Rates,
    places: Option<Places>,
    mail: mail::Settings,
    files: Files,
    check_email_domains: bool,
    grace: Duration,
    worker_threads: Option<usize>,
}

impl Server {
    /// Claims the address and the data, and opens the database.
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        telemetry::start_logging(config.log_format, &config.log_level).map_err(Failure::new)?;
        let (listener, address) = listen(config.listen)?;
        let (database, data) = match config.place() {
            Place::Directory(path) => {
                let data = DataDir::create(&path).map_err(Failure::new)?;
                let lock = data.lock().map_err(Failure::new)?;
                (Database::Sqlite(data.database()), Some((data, lock)))
            }
            Place::Postgres(url) => (Database::Postgres(url), None),
        };
        let store = open_store(database, config.postgres_connections)?;
        let places = config.geo_database.as_deref().map(Places::open).transpose().map_err(Failure::new)?;
        let storage = Storage::open(&config.files).map_err(Failure::new)?;
        let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        Ok(Self {
            listener,
            address,
            store,
            data,
            settings: Settings {
                public_url,
                trust_proxy: config.trust_proxy,
                store_guest_places: config.store_guest_places,
            },
            places,
            files: Files::new(storage, config.file_size_limit),
            rates: config.rates,
            mail: config.mail.clone(),
            check_email_domains: config.check_email_domains,
            grace: config.shutdown_grace,
            worker_threads: config.worker_threads,
        })
    }

    /// How this server is reached on this machine.
    pub(super) fn base(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{address}")
    }

    /// Answers requests until the process is told to stop. `ready` is called
    /// when the first request would be answered.
    pub(super) fn run(self, ready: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        if let Some(threads) = self.worker_threads {
            builder.worker_threads(threads);
        }
        let runtime = builder
            .enable_all()
            .build()
            .map_err(|error| Failure::new(format!("the server's threads cannot be started: {error}")))?;
        let ended = runtime.block_on(self.serve(ready));
        // What still runs has had its time; the database is closed in peace.
        runtime.shutdown_timeout(Duration::from_millis(100));
        ended
    }

    async fn serve(self, ready: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let (first, second) = stop_signals()?;
        let listener = tokio::net::TcpListener::from_std(self.listener)
            .map_err(|error| Failure::new(format!("the server cannot listen: {error}")))?;
        let domains = if self.check_email_domains {
            let check = DomainCheck::system().map_err(|error| {
                Failure::new(format!(
                    "check_email_domains is set, but there are no name servers to ask: {error}"
                ))
            })?;
            Some(check)
        } else {
            None
        };
        let control = match &self.data {
            Some((data, _)) => Some(Control::bind(data).map_err(|error| {
                Failure::new(format!(
                    "the control socket in {} cannot be made: {error}",
                    data.path().display()
                ))
            })?),
            None => None,
        };
        let control = control.map(|control| tokio::spawn(control.serve(self.store.clone())));
        let limits = Limits::new(self.rates);
        let app = App::new(self.store, Clock::system(), self.settings, limits, domains, self.files);
        let app = Arc::new(app.with_places(self.places).with_mail(Mail::new(self.mail)));
        let workers = Workers::start(&app);
        tracing::info!(listen = %self.address, "the server is ready");
        ready()?;

        let served = tokio::select! {
            () = http::serve(listener, app, first, self.grace) => Ok(()),
            () = second => Err(Failure::new("told to stop twice: requests that were being answered are cut off")),
        };
        if served.is_ok() {
            workers.stop().await;
            tracing::info!("the server has stopped");
        }
        if let Some(control) = control {
            control.abort();
            let _ = control.await;
        }
        served
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| {
        Failure::new(format!("cannot listen on {address}: {error} (choose another address with --listen)"))
    })
}

/// The first and the second wish that the process stop.
fn stop_signals()
-> Result<(impl Future<Output = ()> + Send + 'static, impl Future<Output = ()> + Send + 'static), Failure> {
    let failed = |error| Failure::new(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let (count, mut counted) = watch::channel(0_u32);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            count.send_modify(|count| *count += 1);
        }
    });
    let mut counted_again = counted.clone();
    let first = async move {
        let _ = counted.wait_for(|count| *count >= 1).await;
        tracing::info!("stopping: no new connections, requests that are being answered may end");
    };
    let second = async move {
        let _ = counted_again.wait_for(|count| *count >= 2).await;
    };
    Ok((first, second))
}
