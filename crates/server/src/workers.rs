//! What the server does beside answering: tidying up, on a timetable.

use std::sync::Arc;
use std::time::Duration;

use hospes_store::idempotency;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::app::App;
use crate::telemetry;

/// Kept answers to idempotency keys are dropped this often...
const SWEEP_ANSWERS: Duration = Duration::from_hours(1);
/// ...beginning this long after the start, so that a server that is restarted
/// often sweeps too.
const FIRST_SWEEP: Duration = Duration::from_mins(1);
/// Callers who have been quiet are forgotten this often.
const SWEEP_LIMITS: Duration = Duration::from_mins(1);

/// Measured times are put into their buckets this often; until then each takes
/// memory of its own.
const GATHER_METRICS: Duration = Duration::from_secs(1);

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
            tokio::spawn(sweep_answers(Arc::clone(app), stopped.clone())),
            tokio::spawn(sweep_limits(Arc::clone(app), stopped.clone())),
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
    }
}

async fn sweep_limits(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut turns = timetable(SWEEP_LIMITS, SWEEP_LIMITS);
    while next(&mut turns, &mut stopped).await {
        app.limits.sweep();
    }
}

async fn gather_metrics(mut stopped: watch::Receiver<bool>) {
    let Some(metrics) = telemetry::start_metrics() else { return };
    let mut turns = timetable(GATHER_METRICS, GATHER_METRICS);
    while next(&mut turns, &mut stopped).await {
        metrics.run_upkeep();
    }
}
