//! What was found, as a table for people and JSON with every figure.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::text;

mod figures;
mod row;

pub(super) use figures::median;
pub(super) use row::{Goal, Row, Slot};

use figures::{grouped, rate};
use row::ratio_cell;

/// A figure that is not a rate.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) title: String,
    pub(super) figure: String,
    pub(super) goal: String,
    pub(super) met: Option<bool>,
    pub(super) raw: Value,
}

/// What there are more and more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Guests,
    Processes,
    /// Guests with work to do.
    Workplaces,
    /// Mails that wait.
    Mails,
    /// Megabytes of an upload.
    Uploads,
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Processes => "processes",
            Self::Workplaces => "guests with work to do",
            Self::Mails => "mails",
            Self::Uploads => "MB uploaded",
        }
    }
}

/// What was found at one size.
#[derive(Debug)]
pub(super) struct Size {
    of: Of,
    count: u64,
    pub(super) servers: Value,
    pub(super) rows: Vec<Row>,
    pub(super) postgres: Vec<Row>,
    pub(super) facts: Vec<Fact>,
    pub(super) memory: Vec<Value>,
}

impl Size {
    pub(super) fn of(of: Of, count: u64) -> Self {
        Self {
            of,
            count,
            servers: Value::Null,
            rows: Vec::new(),
            postgres: Vec::new(),
            facts: Vec::new(),
            memory: Vec::new(),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", grouped(self.count), self.of.name())
    }

    fn row(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.key == key)
    }
}

/// Everything that was found.
pub(super) struct Report {
    out: PathBuf,
    options: Value,
    machine: Value,
    pub(super) sizes: Vec<Size>,
    growth: Vec<Fact>,
    pub(super) engine: Vec<Fact>,
}

impl Report {
    pub(super) fn new(out: &Path, options: Value, machine: Value) -> Self {
        let (sizes, growth, engine) = (Vec::new(), Vec::new(), Vec::new());
        Self { out: out.to_owned(), options, machine, sizes, growth, engine }
    }

    /// The size that is being measured.
    pub(super) fn size(&mut self) -> &mut Size {
        if self.sizes.is_empty() {
            self.sizes.push(Size::of(Of::Guests, 0));
        }
        let last = self.sizes.len() - 1;
        &mut self.sizes[last]
    }

    /// Compares the larger sizes with the smallest.
    pub(super) fn grow(&mut self) {
        for (of, keys, figures) in [
            (Of::Guests, ["first", "random", "last"].as_slice(), &FIGURES[..1]),
            (Of::Processes, ["complete", "launch"].as_slice(), &FIGURES),
        ] {
            let sizes = || self.sizes.iter().filter(|size| size.of == of);
            let Some(small) = sizes().min_by_key(|size| size.count) else { continue };
            let facts: Vec<Fact> = sizes()
                .filter(|size| size.count > small.count)
                .flat_map(|large| keys.iter().map(move |key| (key, large)))
                .flat_map(|(key, large)| {
                    figures.iter().filter_map(|figure| growth(small, large, key, figure))
                })
                .collect();
            self.growth.extend(facts);
        }
    }

    /// Writes `report.md` and `report.json`.
    pub(super) fn write(&self) -> Result<(), String> {
        fs::write(self.out.join("report.md"), self.markdown()).map_err(text)?;
        let sizes: Vec<Value> = self
            .sizes
            .iter()
            .map(|size| {
                json!({
                    "of": size.of.name(),
                    "count": size.count,
                    "servers": size.servers,
                    "rows": size.rows.iter().map(Row::json).collect::<Vec<_>>(),
                    "postgresql": size.postgres.iter().map(Row::json).collect::<Vec<_>>(),
                    "facts": size.facts.iter().map(fact_json).collect::<Vec<_>>(),
                    "memory_kib": size.memory,
                })
            })
            .collect();
        let growth: Vec<Value> = self.growth.iter().map(fact_json).collect();
        let engine: Vec<Value> = self.engine.iter().map(fact_json).collect();
        let all = json!({"options": self.options, "machine": self.machine, "sizes": sizes, "growth": growth,
                         "engine": engine});
        let all = serde_json::to_vec_pretty(&all).map_err(text)?;
        fs::write(self.out.join("report.json"), all).map_err(text)
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = String::new();
        for size in &self.sizes {
            let _ = writeln!(text, "### {}\n", size.name());
            if size.of == Of::Processes {
                process_rows(&mut text, &size.rows);
            } else if size.of == Of::Workplaces {
                workplace_rows(&mut text, &size.rows);
            } else if !size.rows.is_empty() {
                text += "| answers a second | Hospes | p50 / p99 ms | ceiling | Hospes : ceiling | plain Fastify | × plain | like for like | × like for like | goal | |\n";
                text += "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n";
                size.rows.iter().for_each(|row| text += &row_line(row));
                text.push('\n');
            }
            if !size.postgres.is_empty() {
                text += "| answers a second | PostgreSQL | p50 / p99 ms | SQLite | PostgreSQL : SQLite | goal | |\n";
                text += "|---|--:|--:|--:|--:|---|---|\n";
                for row in &size.postgres {
                    let (goal, verdict) = row.verdict();
                    let _ = writeln!(
                        text,
                        "| {} | {} | {} | {goal} | {verdict}{} |",
                        row.title,
                        speed(row, Slot::Postgres),
                        beside(row, Slot::Hospes, true),
                        row.errors(),
                    );
                }
                text.push('\n');
            }
            facts_table(&mut text, &size.facts);
        }
        if !self.growth.is_empty() {
            text += "### Growth\n\n";
            facts_table(&mut text, &self.growth);
        }
        if !self.engine.is_empty() {
            text += "### The engine alone\n\n";
            facts_table(&mut text, &self.engine);
        }
        text
    }
}

/// A figure of a row, and how it is compared: the name in a round's JSON, what
/// it is to readers, by how much it is divided for them, and whether more is
/// better.
type Figure = (&'static str, &'static str, f64, bool);
const FIGURES: [Figure; 4] = [
    ("rate", "a second", 1.0, true),
    ("worked_per_request", "µs of the core each", 1.0, false),
    ("p99_us", "ms (99 of 100)", 1000.0, false),
    ("written_per_request", "KiB written each", 1024.0, false),
];

fn growth(small: &Size, large: &Size, key: &str, figure: &Figure) -> Option<Fact> {
    let (name, unit, divisor, more_is_better) = *figure;
    let middle = |size: &Size| Some(size.row(key)?.middle(Slot::Hospes, name)? / divisor);
    let (before, after) = (middle(small)?, middle(large)?);
    let (good, bad) = if more_is_better { (after, before) } else { (before, after) };
    let factor = bad / good.max(f64::MIN_POSITIVE);
    let (what, at_most) = match small.of {
        Of::Guests => (format!("{key} page of 100"), 1.3),
        _ => (key.to_owned(), 2.0),
    };
    let show = |figure: f64| if more_is_better { rate(Some(figure)) } else { format!("{figure:.1}") };
    Some(Fact {
        title: format!("{what}: {} → {}", small.name(), large.name()),
        figure: format!("{} → {} {unit}: a factor of {factor:.2}", show(before), show(after)),
        goal: format!("within {at_most} ×"),
        met: Some(factor <= at_most),
        raw: json!({"row": key, small.of.name(): large.count, "figure": name, "factor": factor}),
    })
}

/// Rates of operations on processes, which no peer has.
fn process_rows(text: &mut String, rows: &[Row]) {
    *text += "| operations a second | Hospes | p50 / p99 ms | µs of the core each | KiB written each | ceiling | Hospes : ceiling |\n";
    *text += "|---|--:|--:|--:|--:|--:|--:|\n";
    for row in rows {
        let worked = row.middle(Slot::Hospes, "worked_per_request").unwrap_or(0.0);
        let written = row.middle(Slot::Hospes, "written_per_request").unwrap_or(0.0) / 1024.0;
        let _ = writeln!(
            text,
            "| {} | {} | {worked:.0} | {written:.1} | {}{} |",
            row.title,
            speed(row, Slot::Hospes),
            beside(row, Slot::Ceiling, true),
            row.errors(),
        );
    }
    text.push('\n');
}

/// Rates of pages, beside those of a server that sends such a page from memory.
fn workplace_rows(text: &mut String, rows: &[Row]) {
    *text += "| answers a second | Hospes | p50 / p99 ms | µs of the core each | bytes | ceiling | Hospes : ceiling | goal | |\n";
    *text += "|---|--:|--:|--:|--:|--:|--:|---|---|\n";
    for row in rows {
        let (goal, verdict) = row.verdict();
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {:.0} | {} | {goal} | {verdict}{} |",
            row.title,
            speed(row, Slot::Hospes),
            row.middle(Slot::Hospes, "worked_per_request").unwrap_or(0.0),
            row.middle(Slot::Hospes, "bytes_per_request").unwrap_or(0.0),
            beside(row, Slot::Ceiling, true),
            row.errors(),
        );
    }
    text.push('\n');
}

/// Two cells: how many a second, and how long each took.
fn speed(row: &Row, slot: Slot) -> String {
    format!("{} | {}", rate(row.middle(slot, "rate")), row.latency(slot))
}

/// Two cells: how many another server answers, and how we compare.
fn beside(row: &Row, slot: Slot, is_share: bool) -> String {
    format!("{} | {}", rate(row.middle(slot, "rate")), ratio_cell(row, slot, is_share))
}

fn row_line(row: &Row) -> String {
    let (goal, verdict) = row.verdict();
    let mut title = row.title.clone();
    if let Some(writes) = row.middle(Slot::Hospes, "writes_per_second").filter(|writes| *writes > 0.0) {
        let _ = write!(title, "; {writes:.0} writes/s taken");
    }
    // A commit count is above 100 %.
    let share = row.key != "create";
    format!(
        "| {title} | {} | {} | {} | {} | {goal} | {verdict}{} |\n",
        speed(row, Slot::Hospes),
        beside(row, Slot::Ceiling, share),
        beside(row, Slot::Plain, false),
        beside(row, Slot::Counters, false),
        row.errors(),
    )
}

fn facts_table(text: &mut String, facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    *text += "| figure | found | goal | |\n|---|---|---|---|\n";
    for fact in facts {
        let met = match fact.met {
            Some(true) => "MET",
            Some(false) => "**NOT MET**",
            None => "—",
        };
        let _ = writeln!(text, "| {} | {} | {} | {met} |", fact.title, fact.figure, fact.goal);
    }
    text.push('\n');
}

fn fact_json(fact: &Fact) -> Value {
    json!({"title": fact.title, "figure": fact.figure, "goal": fact.goal, "met": fact.met, "raw": fact.raw})
}
