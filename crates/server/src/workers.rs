//! What the server does beside answering: tidying up on a timetable, and what
//! processes wait for when its time has come.

use std::sync::Arc;
use std::time::Duration;

use hospes_model::activity::Cause;
use hospes_store::idempotency;
use hospes_store::kickoff;
use hospes_store::runs::timers;
use hospes_store::workplace;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::files;
use crate::mail::worker::{self, Sender};
use crate::telemetry;

/// When the server stops, a mail that is being handed over has so long. One that
/// takes longer is sent when its lease has run out, by whoever runs then.
const LAST_MAILS: Duration = Duration::from_secs(10);
/// Kept answers to idempotency keys are dropped this often...
const SWEEP_ANSWERS: Duration = Duration::from_hours(1);
/// ...beginning this long after the start, so that a server that is restarted
/// often sweeps too.
const FIRST_SWEEP: Duration = Duration::from_mins(1);
/// Files that nobody has any more are removed this often.
const SWEEP_FILES: Duration = Duration::from_mins(10);
/// Callers who have been quiet are forgotten this often.
const SWEEP_LIMITS: Duration = Duration::from_mins(1);

/// Measured times are put into their buckets this often; until then each takes
/// memory of its own.
const GATHER_METRICS: Duration = Duration::from_secs(1);

/// Processes whose moment has come are looked for this often. Deadlines are told
/// and tasks run out at most this much later.
const LOOK_FOR_TIMERS: Duration = Duration::from_millis(500);
/// So many processes are woken before the next look.
const WAKE_AT_ONCE: i64 = 100;

/// So many submissions of public forms are dropped at once.
const SWEPT_AT_ONCE: i64 = 500;

/// Mails that are due are looked for this often.
const LOOK_FOR_MAIL: Duration = Duration::from_millis(500);

/// A worker that a defect has ended starts again so much later.
const BETWEEN_DEFECTS: Duration = Duration::from_secs(5);

/// The running workers.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts all workers. Needs a runtime.
    pub fn start(app: &Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let tasks = vec![
            with_app(app, &stopped, sweep_answers),
            with_app(app, &stopped, sweep_files),
            with_app(app, &stopped, sweep_limits),
            with_app(app, &stopped, wake_processes),
            with_app(app, &stopped, send_mail),
            tokio::spawn(gather_metrics(stopped)),
        ];
        Self { stop, tasks }
    }

    /// Lets each worker end what it is doing, and waits for it.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker ended early");
            }
        }
    }
}

fn with_app<F>(
    app: &Arc<App>,
    stopped: &watch::Receiver<bool>,
    worker: fn(Arc<App>, watch::Receiver<bool>) -> F,
) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = Arc::clone(app);
    let worker = move |stopped| worker(Arc::clone(&app), stopped);
    tokio::spawn(keep_up(worker, BETWEEN_DEFECTS, stopped.clone()))
}

/// Runs a worker, and starts it again when a defect has ended it.
async fn keep_up<F>(
    worker: impl Fn(watch::Receiver<bool>) -> F,
    between: Duration,
    mut stopped: watch::Receiver<bool>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    while let Err(error) = tokio::spawn(worker(stopped.clone())).await {
        tracing::error!(%error, "a worker ended early");
        let stops = tokio::time::timeout(between, stopped.wait_for(|stopped| *stopped));
        if stops.await.is_ok() {
            return;
        }
    }
}

/// Waits for the next turn; `false` when the workers shall stop.
async fn next(turns: &mut tokio::time::Interval, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = turns.tick() => true,
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}

fn timetable(first: Duration, every: Duration) -> tokio::time::Interval {
    let mut turns = interval_at(Instant::now() + first, every);
    // After the machine slept, once is enough.
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}

async fn sweep_answers(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut turns = timetable(FIRST_SWEEP, SWEEP_ANSWERS);
    while next(&mut turns, &mut stopped).await {
        let now = app.clock.now();
        let swept: hospes_store::Result<u64> = app.store.write(move |tx| idempotency::sweep(tx, now)).await;
        match swept {
            Ok(dropped) => tracing::debug!(dropped, "old answers were dropped"),
            Err(error) => tracing::warn!(%error, "old answers could not be dropped"),
        }
        worker::sweep(&app).await;
        let swept: hospes_store::Result<u64> = app.store.write(move |tx| workplace::sweep(tx, now)).await;
        match swept {
            Ok(dropped) => tracing::debug!(dropped, "old sessions, secrets and codes were dropped"),
            Err(error) => tracing::warn!(%error, "old sessions, secrets and codes could not be dropped"),
        }
        sweep_submissions(&app).await;
    }
}

/// Drops what strangers submitted and nobody verified in time.
async fn sweep_submissions(app: &App) {
    let now = app.clock.now();
    loop {
        let swept: hospes_store::Result<u64> =
            app.store.write(move |tx| kickoff::sweep(tx, now, SWEPT_AT_ONCE)).await;
        match swept {
            Ok(dropped) if dropped < SWEPT_AT_ONCE.unsigned_abs() => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "old submissions could not be dropped");
                return;
            }
        }
    }
}

async fn sweep_files(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut turns = timetable(FIRST_SWEEP, SWEEP_FILES);
    while next(&mut turns, &mut stopped).await {
        // As long as some go, more may be waiting.
        while files::sweep::sweep(&app).await > 0 && !*stopped.borrow() {}
    }
}

async fn sweep_limits(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut turns = timetable(SWEEP_LIMITS, SWEEP_LIMITS);
    while next(&mut turns, &mut stopped).await {
        app.limits.sweep();
    }
}

async fn wake_processes(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut turns = timetable(LOOK_FOR_TIMERS, LOOK_FOR_TIMERS);
    while next(&mut turns, &mut stopped).await {
        // As long as there is a full hand of them, more may be waiting.
        while wake_some(&app).await >= WAKE_AT_ONCE && !*stopped.borrow() {}
    }
}

/// Wakes some of the processes whose moment has come, and says how many do not
/// wait any more. One that cannot be woken does not keep the others from it.
async fn wake_some(app: &App) -> i64 {
    let now = app.clock.now();
    let due = match app.store.read(move |tx| timers::due(tx, now, WAKE_AT_ONCE)).await {
        Ok(due) => due,
        Err(error) => {
            let error: hospes_store::Error = error;
            tracing::warn!(%error, "waiting processes could not be looked for");
            return 0;
        }
    };
    let mut done = 0;
    for due in due {
        let fired = app.store.write(move |tx| {
            let cause = Cause { actor: None, guest: None, at: now, ip: None, request_id: "timer".to_owned() };
            timers::fire::<Error>(tx, due, &mut entropy::guest_code, &cause)
        });
        if let Err(error) = fired.await {
            tracing::error!(?error, run.key = due.run.get(), "a process could not be woken");
            let postponed: Result<(), Error> =
                app.store.write(move |tx| Ok(timers::postpone(tx, due.run, now)?)).await;
            if let Err(error) = postponed {
                // The database does not write. The next look comes by the timetable.
                tracing::warn!(?error, run.key = due.run.get(), "nor could that be put off");
                return 0;
            }
        }
        done += 1;
    }
    done
}

async fn send_mail(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut sender = Sender::new(&app);
    let mut turns = timetable(LOOK_FOR_MAIL, LOOK_FOR_MAIL);
    let stop = stopped.clone();
    let is_over = || *stop.borrow();
    while next(&mut turns, &mut stopped).await {
        let mut told = stopped.clone();
        let too_late = async {
            let _ = told.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(LAST_MAILS).await;
        };
        tokio::select! {
            _ = sender.turn(&app, &is_over) => {}
            () = too_late => {
                tracing::warn!("the mail server was not waited for any longer");
                return;
            }
        }
    }
    sender.close().await;
}

async fn gather_metrics(mut stopped: watch::Receiver<bool>) {
    let Some(metrics) = telemetry::start_metrics() else { return };
    let mut turns = timetable(GATHER_METRICS, GATHER_METRICS);
    while next(&mut turns, &mut stopped).await {
        metrics.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_worker_that_a_defect_ends_begins_again_until_it_shall_stop() {
        let (stop, stopped) = watch::channel(false);
        let begun = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&begun);
        let worker = move |mut stopped: watch::Receiver<bool>| {
            let (nth, stop) = (count.fetch_add(1, Ordering::SeqCst), stop.clone());
            async move {
                assert!(nth >= 2, "a defect");
                let _ = stop.send(true);
                let _ = stopped.wait_for(|stopped| *stopped).await;
            }
        };
        keep_up(worker, Duration::from_millis(1), stopped).await;
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }
}
