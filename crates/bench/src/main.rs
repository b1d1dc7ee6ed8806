//! The benchmark: `cargo xtask bench`. See `docs/benchmarks.md`.

mod run;
mod seed;
mod sink;

use clap::Parser;

/// Measures the server side by side with its peers.
#[derive(Debug, Parser)]
enum Command {
    /// Fills a database with organizations, guests and tasks.
    Seed(seed::Seed),
    /// Fills a database with processes.
    SeedProcesses(seed::processes::SeedProcesses),
    /// Fills a database with guests who have work to do.
    SeedWorkplace(seed::workplace::SeedWorkplace),
    /// Takes mails, counts them, and ends when there were so many.
    Sink(sink::Sink),
    /// Measures and reports; `cargo xtask bench` builds what it needs first.
    Run(Box<run::Options>),
}

fn main() -> Result<(), String> {
    match Command::parse() {
        Command::Seed(seed) => seed.run().map(|seeded| println!("{seeded}")),
        Command::SeedProcesses(seed) => seed.run().map(|seeded| println!("{seeded}")),
        Command::SeedWorkplace(seed) => seed.run().map(|seeded| println!("{seeded}")),
        Command::Sink(sink) => sink.run(),
        Command::Run(options) => run::run(&options),
    }
}
