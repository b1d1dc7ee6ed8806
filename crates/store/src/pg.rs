//! PostgreSQL: closures run on pooled threads, each with its own connection.

mod standing;

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use postgres::types::ToSql;
use postgres::{Client, Config, IsolationLevel, NoTls};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::sql::{Conn, Context, PgClient, Retry, Statements, Tx};
use crate::tokens::{Hash, Standing};
use standing::Asker;

/// A closure is tried so often when the database asks for a repetition.
const TRIES: u32 = 8;

/// What a closure needs around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One statement, no transaction.
    Single,
    /// A read-only snapshot.
    Read,
    /// A transaction.
    Write,
}

type Task = Box<dyn FnOnce(&mut Worker) + Send>;

#[derive(Debug)]
pub(crate) struct Engine {
    tasks: Option<Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
    asker: Asker,
}

struct Worker {
    config: Config,
    client: Option<(Client, Statements)>,
    context: Arc<Context>,
}

impl Engine {
    pub(crate) fn open(url: &str, connections: usize, context: &Arc<Context>) -> Result<Self> {
        let mut config: Config = url
            .parse()
            .map_err(|error: postgres::Error| Error::Unavailable(format!("database address: {error}")))?;
        if config.get_ssl_mode() == postgres::config::SslMode::Require {
            return Err(Error::Unavailable(
                "sslmode=require is not supported yet; use a local socket or a private network".to_owned(),
            ));
        }
        config.application_name("hospes").connect_timeout(Duration::from_secs(10));
        let (tasks, queue) = channel::<Task>();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::new();
        for number in 0..connections.max(1) {
            let mut worker = Worker { config: config.clone(), client: None, context: Arc::clone(context) };
            if number == 0 {
                worker.connect()?;
            }
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new()
                .name(format!("hospes-pg-{number}"))
                .spawn(move || worker.serve(&queue))
                .map_err(|error| Error::Unavailable(error.to_string()))?;
            threads.push(thread);
        }
        let worker = Worker { config, client: None, context: Arc::clone(context) };
        Ok(Self { tasks: Some(tasks), threads, asker: Asker::start(worker)? })
    }

    pub(crate) async fn standing(&self, hash: Hash) -> Result<Option<Standing>> {
        self.asker.ask(hash).await
    }

    fn submit<T, E>(
        &self,
        mode: Mode,
        mut work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> oneshot::Receiver<std::result::Result<T, E>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(Box::new(move |worker| {
                let _ = reply.send(worker.run(mode, &mut work));
            }));
        }
        answer
    }

    pub(crate) async fn run<T, E>(
        &self,
        mode: Mode,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.submit(mode, work).await.unwrap_or_else(|_| Err(gone().into()))
    }

    pub(crate) fn run_blocking<T, E>(
        &self,
        mode: Mode,
        work: impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.submit(mode, work).blocking_recv().unwrap_or_else(|_| Err(gone().into()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.tasks = None;
        for thread in self.threads.drain(..) {
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

fn gone() -> Error {
    Error::Unavailable("the transaction did not come to an end".to_owned())
}

impl Worker {
    fn serve(mut self, queue: &Mutex<Receiver<Task>>) {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(task) = next else { return };
            let worker = &mut self;
            let survived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || task(worker)));
            if survived.is_err() {
                // The transaction was dropped half way; begin with a clean connection.
                self.client = None;
            }
        }
    }

    fn connect(&mut self) -> Result<&mut (Client, Statements)> {
        if self.client.as_ref().is_some_and(|(client, _)| client.is_closed()) {
            self.client = None;
        }
        if self.client.is_none() {
            let client = self.config.connect(NoTls).map_err(|error| Error::Unavailable(error.to_string()))?;
            self.client = Some((client, HashMap::new()));
        }
        self.client.as_mut().ok_or_else(gone)
    }

    fn run<T, E: From<Error>>(
        &mut self,
        mode: Mode,
        work: &mut impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (answer, retry) = self.attempt(mode, work);
            if retry == Retry::Elsewhere {
                self.client = None;
            }
            if retry == Retry::No || tries >= TRIES {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(1 << tries.min(6)));
        }
    }

    /// Runs the closure once; on an error, with what may mend it. What failed
    /// before its commit left nothing behind and is tried again. Whether a
    /// commit took place whose answer was lost is not known: no second try.
    fn attempt<T, E: From<Error>>(
        &mut self,
        mode: Mode,
        work: &mut impl FnMut(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> (std::result::Result<T, E>, Retry) {
        let context = Arc::clone(&self.context);
        let (client, statements) = match self.connect() {
            Ok(connection) => connection,
            Err(error) => return (Err(error.into()), Retry::No),
        };
        if mode == Mode::Single {
            let mut tx = Tx::new(Conn::Postgres { tx: client, statements, retry: Retry::No }, &context);
            let answer = work(&mut tx);
            let retry = if answer.is_err() { tx.retry() } else { Retry::No };
            context.versions.put_all(&tx.effects.versions);
            return (answer, retry);
        }
        let begun = client
            .build_transaction()
            .read_only(mode == Mode::Read)
            .isolation_level(match mode {
                Mode::Read => IsolationLevel::RepeatableRead,
                _ => IsolationLevel::ReadCommitted,
            })
            .start();
        let mut transaction = match begun {
            Ok(transaction) => transaction,
            // A connection that the server closed while idle is noticed here.
            Err(error) => {
                let retry = Retry::after(&error);
                return (Err(Error::from(error).into()), retry);
            }
        };
        let mut tx = Tx::new(Conn::Postgres { tx: &mut transaction, statements, retry: Retry::No }, &context);
        let answer = work(&mut tx);
        let retry = tx.retry();
        let versions = std::mem::take(&mut tx.effects.versions);
        drop(tx);
        let value = match answer {
            Ok(value) => value,
            // Dropping the transaction rolls it back.
            Err(error) => return (Err(error), retry),
        };
        match transaction.commit() {
            Ok(()) => {
                context.versions.put_all(&versions);
                (Ok(value), Retry::No)
            }
            Err(error) => {
                // A lost connection is noticed by the next call.
                let retry = if Retry::after(&error) == Retry::Here { Retry::Here } else { Retry::No };
                (Err(Error::from(error).into()), retry)
            }
        }
    }
}

impl PgClient for Client {
    fn prepare(&mut self, sql: &str) -> std::result::Result<postgres::Statement, postgres::Error> {
        Client::prepare(self, sql)
    }

    fn query(
        &mut self,
        statement: &postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> std::result::Result<Vec<postgres::Row>, postgres::Error> {
        Client::query(self, statement, params)
    }

    fn execute(
        &mut self,
        statement: &postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> std::result::Result<u64, postgres::Error> {
        Client::execute(self, statement, params)
    }

    fn batch(&mut self, sql: &str) -> std::result::Result<(), postgres::Error> {
        Client::batch_execute(self, sql)
    }
}
