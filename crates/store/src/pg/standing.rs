//! Tokens are looked up for many requests at once.
//!
//! Other nodes revoke tokens and change guests, so each request asks the
//! database anew. Requests that come while an answer is under way wait for the
//! next one, which is asked for all of them together: under load a question is
//! shared by many, and without load nobody waits for company.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{Mode, Worker};
use crate::error::{Error, Result};
use crate::tokens::{self, Hash, Standing};

/// Requests answered together at most.
const TOGETHER: usize = 256;

type Waiting = (Hash, oneshot::Sender<Result<Option<Standing>>>);

/// The thread that asks.
#[derive(Debug)]
pub(super) struct Asker {
    requests: Option<Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Asker {
    pub(super) fn start(mut worker: Worker) -> Result<Self> {
        let (requests, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("hospes-pg-tokens".to_owned())
            .spawn(move || serve(&mut worker, &queue))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    /// What [`Store::standing`](crate::Store::standing) says.
    pub(super) async fn ask(&self, hash: Hash) -> Result<Option<Standing>> {
        let (reply, answer) = oneshot::channel();
        if let Some(requests) = &self.requests {
            // When the thread is gone the request is dropped, and told so below.
            let _ = requests.send((hash, reply));
        }
        answer.await.unwrap_or_else(|_| Err(super::gone()))
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn serve(worker: &mut Worker, queue: &Receiver<Waiting>) {
    while let Ok(first) = queue.recv() {
        let mut waiting = vec![first];
        waiting.extend(queue.try_iter().take(TOGETHER - 1));
        let mut hashes: Vec<Hash> = waiting.iter().map(|(hash, _)| *hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let found = catch_unwind(AssertUnwindSafe(|| {
            worker.run(Mode::Single, &mut |tx| tokens::find_all(tx, &hashes))
        }));
        let found: Result<HashMap<Hash, Standing>> = found.unwrap_or_else(|_| {
            worker.client = None;
            Err(super::gone())
        });
        for (hash, reply) in waiting {
            let answer = match &found {
                Ok(found) => Ok(found.get(&hash).cloned()),
                Err(error) => Err(error.clone()),
            };
            // A caller who has gone away does not want the answer.
            let _ = reply.send(answer);
        }
    }
}
