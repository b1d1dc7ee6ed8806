//! One run of the benchmark: for each size, the servers side by side, and a
//! report.

mod http;
mod mails;
mod process;
mod processes;
mod report;
mod rows;
mod seeded;
mod servers;
mod uploads;
mod workplace;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use process::machine;
use processes::Processes;
use report::{Of, Report, Size};
use rows::{Bench, Extra};
use workplace::Workplaces;

/// Everything that can be measured, in this order: what has a goal comes first.
const ROWS: [&str; 12] = [
    "first",
    "random",
    "last",
    "conditional",
    "busy",
    "create",
    "memory",
    "start",
    "postgres",
    "first20",
    "random20",
    "last20",
];
/// What is measured of processes, in this order: launches add processes.
const PROCESS_ROWS: [&str; 2] = ["complete", "launch"];
/// What is measured of guests' work.
const GUEST_ROWS: [&str; 5] = ["workplace", "workplace-busy", "workplace-anew", "mail", "upload"];
/// The workflow engine by itself.
const ENGINE: &str = "engine";
/// Rows that write to the databases, which they get copies of.
const WRITING: [&str; 3] = ["busy", "postgres", "create"];

/// What to measure, and where everything is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Guests of the measured organization: one size after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 100_000])]
    guests: Vec<u64>,
    /// Open processes of the measured organization: one size after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1000, 10_000, 100_000])]
    processes: Vec<u64>,
    /// Guests with work to do, whose task lists are looked at.
    #[arg(long, default_value_t = 1000)]
    workplaces: u64,
    /// Mails that wait for a server to start: one size after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 10_000])]
    mails: Vec<u64>,
    /// Megabytes of an uploaded file: one size after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100])]
    uploads: Vec<u64>,
    /// Rounds; each asks every server once.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Seconds of load on one server in one round.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Only these rows.
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(all_rows()))]
    only: Vec<String>,
    /// Write only up to so many guests: beyond, databases are not copied.
    #[arg(long, default_value_t = 100_000)]
    write_up_to: u64,
    /// An empty PostgreSQL database for each size, in the order of the sizes.
    #[arg(long, value_delimiter = ',')]
    postgres: Vec<String>,
    /// The release binary.
    #[arg(long)]
    server: PathBuf,
    /// The ceiling's program.
    #[arg(long)]
    ceiling: PathBuf,
    /// The program that measures the workflow engine.
    #[arg(long)]
    engine: PathBuf,
    /// The checkout: the peers and the load's scripts are in its `bench`.
    #[arg(long)]
    repository: PathBuf,
    /// Where filled databases are kept.
    #[arg(long)]
    cache: PathBuf,
    /// Where the report goes.
    #[arg(long)]
    out: PathBuf,
}

fn all_rows() -> impl Iterator<Item = &'static str> {
    ROWS.into_iter().chain(PROCESS_ROWS).chain(GUEST_ROWS).chain([ENGINE])
}

impl Options {
    /// The sizes that are measured with any of these rows.
    fn sizes<'a>(&self, sizes: &'a [u64], rows: &[&str]) -> &'a [u64] {
        if rows.iter().any(|row| self.wants(row)) { sizes } else { &[] }
    }

    fn wants(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == row)
    }
}

/// Measures everything that was asked for. The report is written anew after
/// every row: a run that is broken off leaves what it has.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    for folder in [&options.cache, &options.out] {
        std::fs::create_dir_all(folder).map_err(text)?;
    }
    let mut report = Report::new(
        &options.out,
        json!({"rounds": options.rounds, "seconds": options.seconds, "connections": servers::CONNECTIONS}),
        machine(&options.repository),
    );
    // Filling takes long and keeps the cores busy: all of it comes first.
    let guests = options.sizes(&options.guests, &ROWS);
    let processes = options.sizes(&options.processes, &PROCESS_ROWS);
    for guests in guests {
        seeded::hospes(&options.cache, *guests)?;
        seeded::fastify(&options.cache, &options.repository.join("bench/peers/fastify"), *guests)?;
    }
    for count in processes {
        seeded::processes(&options.cache, *count)?;
    }
    for (place, guests) in guests.iter().enumerate() {
        measure(options, *guests, options.postgres.get(place), &mut report)?;
    }
    for count in processes {
        measure_processes(options, *count, &mut report)?;
    }
    measure_guests(options, &mut report)?;
    if options.wants(ENGINE) {
        report.engine = processes::engine(options)?;
    }
    report.grow();
    report.write()?;
    println!("{}", report.markdown());
    Ok(())
}

fn measure(
    options: &Options,
    guests: u64,
    postgres: Option<&String>,
    report: &mut Report,
) -> Result<(), String> {
    println!("=== {guests} guests");
    report.sizes.push(Size::of(Of::Guests, guests));
    let writes = guests <= options.write_up_to && WRITING.iter().any(|row| options.wants(row));
    let bench = Bench::start(options, guests, writes)?;
    report.size().servers = bench.description();
    for row in ROWS {
        let skip = (WRITING.contains(&row) && !writes) || (row == "postgres" && postgres.is_none());
        if skip || !options.wants(row) {
            continue;
        }
        match (row, postgres) {
            ("memory" | "start", _) => report.size().facts.push(bench.fact(row)?),
            ("postgres", Some(url)) => report.size().postgres = bench.postgres(url)?,
            _ => {
                let row = bench.row(row)?;
                println!("{}", row.summary());
                report.size().rows.push(row);
            }
        }
        report.write()?;
    }
    report.size().memory = bench.memory();
    if let Some(Extra::Written(fact)) = bench.extra() {
        report.size().facts.push(fact);
    }
    report.write()
}

fn measure_processes(options: &Options, count: u64, report: &mut Report) -> Result<(), String> {
    println!("=== {count} processes");
    report.sizes.push(Size::of(Of::Processes, count));
    let processes = Processes::start(options, count)?;
    report.size().servers = processes.description();
    for key in PROCESS_ROWS.into_iter().filter(|row| options.wants(row)) {
        let row = processes.row(key)?;
        println!("{}", row.summary());
        if key == "complete" {
            report.size().facts.extend(processes::sustained(count, &row));
        }
        report.size().rows.push(row);
        report.write()?;
    }
    Ok(())
}

/// What guests wait for: pages, mails, uploads.
fn measure_guests(options: &Options, report: &mut Report) -> Result<(), String> {
    if GUEST_ROWS[..3].iter().any(|row| options.wants(row)) {
        println!("=== {} guests with work to do", options.workplaces);
        report.sizes.push(Size::of(Of::Workplaces, options.workplaces));
        let workplaces = Workplaces::start(options)?;
        report.size().servers = workplaces.description();
        for key in GUEST_ROWS[..3].iter().filter(|row| options.wants(row)) {
            let row = workplaces.row(key)?;
            println!("{}", row.summary());
            report.size().rows.push(row);
            report.write()?;
        }
        report.size().memory = vec![workplaces.memory()];
    }
    if options.wants("mail") {
        for found in mails::measure(options)? {
            report.sizes.push(Size::of(Of::Mails, found.count));
            report.size().facts = found.facts;
            report.write()?;
        }
    }
    if options.wants("upload") {
        for found in uploads::measure(options)? {
            report.sizes.push(Size::of(Of::Uploads, found.count));
            report.size().facts = found.facts;
            report.write()?;
        }
    }
    Ok(())
}

/// What was found of one number of mails or bytes.
struct Found {
    count: u64,
    facts: Vec<report::Fact>,
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A number of an answer.
fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or(0.0)
}

fn exists(path: &Path) -> Result<&Path, String> {
    if path.exists() { Ok(path) } else { Err(format!("{} does not exist", path.display())) }
}
