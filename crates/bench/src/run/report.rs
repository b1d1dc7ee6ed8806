//! What was found, as a table for people and JSON with every figure.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{number, text};

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Hospes,
    Ceiling,
    Plain,
    Counters,
    Postgres,
}

impl Slot {
    fn name(self) -> &'static str {
        match self {
            Self::Hospes => "hospes",
            Self::Ceiling => "ceiling",
            Self::Plain => "fastify_plain",
            Self::Counters => "fastify_like_for_like",
            Self::Postgres => "hospes_postgresql",
        }
    }
}

/// A ratio that must be reached.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) slot: Slot,
    pub(super) at_least: f64,
}

/// Rates side by side. The first of `runs` is the one whose goals these are.
#[derive(Debug, Clone)]
pub(super) struct Row {
    key: String,
    title: String,
    goals: Vec<Goal>,
    pub(super) runs: Vec<(Slot, Vec<Value>)>,
}

/// A ratio of medians, and the least and the most of the rounds' own.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    middle: f64,
    least: f64,
    most: f64,
}

impl Row {
    pub(super) fn new(key: &str, title: &str, slots: impl Iterator<Item = Slot>, goals: Vec<Goal>) -> Self {
        let runs = slots.map(|slot| (slot, Vec::new())).collect();
        Self { key: key.to_owned(), title: title.to_owned(), goals, runs }
    }

    /// The rounds of one of them.
    pub(super) fn of(&self, slot: Slot) -> &[Value] {
        self.runs.iter().find(|(who, _)| *who == slot).map_or(&[], |(_, runs)| runs)
    }

    /// The median of the rounds' figures of this name.
    pub(super) fn middle(&self, slot: Slot, name: &str) -> Option<f64> {
        let found: Vec<f64> = self.of(slot).iter().map(|run| number(run, name)).collect();
        (!found.is_empty()).then(|| median(&found))
    }

    fn subject(&self) -> Slot {
        self.runs.first().map_or(Slot::Hospes, |(slot, _)| *slot)
    }

    fn ratio(&self, slot: Slot) -> Option<Ratio> {
        let (ours, theirs) = (self.of(self.subject()), self.of(slot));
        let each: Vec<f64> = ours
            .iter()
            .zip(theirs)
            .map(|(ours, theirs)| number(ours, "rate") / number(theirs, "rate").max(f64::MIN_POSITIVE))
            .collect();
        let middle = self.middle(self.subject(), "rate")? / self.middle(slot, "rate")?;
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let most = each.iter().copied().fold(0.0, f64::max);
        Some(Ratio { middle, least, most })
    }

    /// Answers that were errors or never came, by everybody.
    fn errors(&self) -> String {
        let mut told = String::new();
        for (slot, runs) in &self.runs {
            let errors: f64 = runs
                .iter()
                .filter_map(|run| run["errors"].as_object())
                .flat_map(|errors| errors.values().filter_map(Value::as_f64))
                .sum();
            if errors > 0.0 {
                let _ = write!(told, " **{errors} errors: {}**", slot.name());
            }
        }
        told
    }

    /// `MET`, or by what it was missed.
    fn verdict(&self) -> (String, String) {
        let (mut wanted, mut got) = (Vec::new(), Vec::new());
        for goal in &self.goals {
            let share = matches!(goal.slot, Slot::Ceiling | Slot::Hospes) && goal.at_least < 1.0;
            let show = |ratio: f64| if share { percent(ratio) } else { times(ratio) };
            let of = match goal.slot {
                Slot::Ceiling => "ceiling",
                Slot::Hospes => "SQLite",
                _ => "plain Fastify",
            };
            wanted.push(format!("{} {of}", show(goal.at_least)));
            let ratio = self.ratio(goal.slot).map_or(0.0, |ratio| ratio.middle);
            if ratio >= goal.at_least {
                got.push("MET".to_owned());
            } else {
                got.push(format!("**NOT MET** ({} of {})", show(ratio), show(goal.at_least)));
            }
        }
        if wanted.is_empty() {
            ("—".to_owned(), "—".to_owned())
        } else {
            (wanted.join("; "), got.join("; "))
        }
    }

    /// One line for whoever watches.
    pub(super) fn summary(&self) -> String {
        let mut line = format!("{:<12}", self.key);
        for (slot, _) in &self.runs {
            let _ = write!(line, " {} {}", slot.name(), rate(self.middle(*slot, "rate")));
            if let Some(ratio) = self.ratio(*slot).filter(|_| *slot != self.subject()) {
                let _ = write!(line, " ({:.3})", ratio.middle);
            }
        }
        format!("{line} {}{}", self.verdict().1, self.errors())
    }

    fn latency(&self, slot: Slot) -> String {
        let milliseconds = |name| self.middle(slot, name).map_or(0.0, |micros| micros / 1000.0);
        format!("{:.1} / {:.1}", milliseconds("p50_us"), milliseconds("p99_us"))
    }

    fn json(&self) -> Value {
        let runs: serde_json::Map<_, _> =
            self.runs.iter().map(|(slot, runs)| (slot.name().to_owned(), runs.clone().into())).collect();
        let ratios: serde_json::Map<_, _> = self
            .runs
            .iter()
            .skip(1)
            .filter_map(|(slot, _)| {
                let Ratio { middle, least, most } = self.ratio(*slot)?;
                let ratio = json!({"of_medians": middle, "least": least, "most": most});
                Some((slot.name().to_owned(), ratio))
            })
            .collect();
        let (goal, verdict) = self.verdict();
        json!({"row": self.key, "title": self.title, "runs": runs, "ratios": ratios,
               "goal": goal, "verdict": verdict})
    }
}

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
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Processes => "processes",
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
                        "| {} | {} | {} | {} | {} | {goal} | {verdict}{} |",
                        row.title,
                        rate(row.middle(Slot::Postgres, "rate")),
                        row.latency(Slot::Postgres),
                        rate(row.middle(Slot::Hospes, "rate")),
                        ratio_cell(row, Slot::Hospes, true),
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
        Of::Processes => (key.to_owned(), 2.0),
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
            "| {} | {} | {} | {worked:.0} | {written:.1} | {} | {}{} |",
            row.title,
            rate(row.middle(Slot::Hospes, "rate")),
            row.latency(Slot::Hospes),
            rate(row.middle(Slot::Ceiling, "rate")),
            ratio_cell(row, Slot::Ceiling, true),
            row.errors(),
        );
    }
    text.push('\n');
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
        "| {title} | {} | {} | {} | {} | {} | {} | {} | {} | {goal} | {verdict}{} |\n",
        rate(row.middle(Slot::Hospes, "rate")),
        row.latency(Slot::Hospes),
        rate(row.middle(Slot::Ceiling, "rate")),
        ratio_cell(row, Slot::Ceiling, share),
        rate(row.middle(Slot::Plain, "rate")),
        ratio_cell(row, Slot::Plain, false),
        rate(row.middle(Slot::Counters, "rate")),
        ratio_cell(row, Slot::Counters, false),
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

fn ratio_cell(row: &Row, slot: Slot, share: bool) -> String {
    let show = |ratio: f64| if share { percent(ratio) } else { times(ratio) };
    row.ratio(slot).map_or_else(
        || "—".to_owned(),
        |ratio| format!("{} ({}–{})", show(ratio.middle), show(ratio.least), show(ratio.most)),
    )
}

fn percent(ratio: f64) -> String {
    format!("{:.0} %", ratio * 100.0)
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1} ×") } else { format!("{ratio:.0} ×") }
}

fn rate(number: Option<f64>) -> String {
    number.map_or_else(|| "—".to_owned(), |number| grouped(number.round()))
}

/// A whole number with its thousands apart.
fn grouped(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The middle one; of an even number the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.as_slice() {
        [] => 0.0,
        sorted if sorted.len() % 2 == 1 => sorted[middle],
        sorted => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: &[f64], theirs: &[f64], at_least: f64) -> Row {
        let goals = vec![Goal { slot: Slot::Ceiling, at_least }];
        let mut row = Row::new("first", "first page", [Slot::Hospes, Slot::Ceiling].into_iter(), goals);
        for (place, rates) in [ours, theirs].into_iter().enumerate() {
            row.runs[place].1 = rates.iter().map(|rate| json!({"rate": rate})).collect();
        }
        row
    }

    #[test]
    fn ratios_are_those_of_medians() {
        let ratio = row(&[80.0, 60.0, 70.0], &[100.0, 100.0, 140.0], 0.7).ratio(Slot::Ceiling).unwrap();
        assert!((ratio.middle - 0.7).abs() < 1e-9);
        assert!((ratio.least - 0.5).abs() < 1e-9 && (ratio.most - 0.8).abs() < 1e-9);
    }

    #[test]
    fn a_miss_is_told_with_its_figures() {
        assert_eq!(row(&[70.0], &[100.0], 0.7).verdict().1, "MET");
        assert_eq!(row(&[50.0], &[100.0], 0.7).verdict().1, "**NOT MET** (50 % of 70 %)");
    }

    #[test]
    fn numbers_are_set_for_reading() {
        assert_eq!(rate(Some(1_234_567.0)), "1,234,567");
        assert_eq!(rate(Some(999.6)), "1,000");
        assert_eq!(
            (times(2.345), times(51.2), percent(0.704)),
            ("2.3 ×".into(), "51 ×".into(), "70 %".into())
        );
        assert!((median(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-9);
    }
}
