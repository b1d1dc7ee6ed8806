//! The measuring instruments that need to be fast themselves: what this machine
//! could answer at most (`serve`), what its disk could commit at most one by
//! one (`commits`), a writer that keeps a steady pace (`steady`), and one that
//! goes through a list (`drive`).

mod commits;
mod drive;
mod serve;
mod steady;

use clap::{Parser, Subcommand};

/// Whatever went wrong, for the person at the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about = "Measuring instruments of the benchmark")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer one body from memory at /static, and an empty 304 at /empty
    Serve(serve::Options),
    /// Insert guests one commit each, and print how many a second that makes
    Commits(commits::Options),
    /// Send a list of writes, each once, as fast as they are answered
    Drive(drive::Options),
    /// Send writes at a steady rate, and print what came back and how late
    Steady(steady::Options),
}

fn main() -> Result<(), Failure> {
    match Arguments::parse().command {
        Command::Serve(options) => serve::run(options),
        Command::Commits(options) => commits::run(&options),
        Command::Drive(options) => drive::run(options),
        Command::Steady(options) => steady::run(options),
    }
}

/// The latency below which the given share of the samples lie, in the samples'
/// unit; 0 without samples.
fn percentile(sorted: &[u64], share: f64) -> u64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0;
    };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sample counts are far below 2^52, and the share is between 0 and 1"
    )]
    let index = (last as f64 * share).round() as usize;
    sorted[index]
}
