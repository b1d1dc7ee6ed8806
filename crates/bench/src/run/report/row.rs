//! A row of the report: rates side by side, their ratios, and what must be
//! reached.

use std::fmt::Write;

use serde_json::{Value, json};

use super::super::number;
use super::figures::{median, percent, rate, times};

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Slot {
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
pub(in crate::run) struct Goal {
    pub(in crate::run) slot: Slot,
    pub(in crate::run) at_least: f64,
}

/// Rates side by side. The first of `runs` is the one whose goals these are.
#[derive(Debug, Clone)]
pub(in crate::run) struct Row {
    pub(super) key: String,
    pub(super) title: String,
    goals: Vec<Goal>,
    pub(in crate::run) runs: Vec<(Slot, Vec<Value>)>,
}

/// A ratio of medians, and the least and the most of the rounds' own.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    middle: f64,
    least: f64,
    most: f64,
}

impl Row {
    pub(in crate::run) fn new(
        key: &str,
        title: &str,
        slots: impl Iterator<Item = Slot>,
        goals: Vec<Goal>,
    ) -> Self {
        let runs = slots.map(|slot| (slot, Vec::new())).collect();
        Self { key: key.to_owned(), title: title.to_owned(), goals, runs }
    }

    /// The rounds of one of them.
    pub(in crate::run) fn of(&self, slot: Slot) -> &[Value] {
        self.runs.iter().find(|(who, _)| *who == slot).map_or(&[], |(_, runs)| runs)
    }

    /// The median of the rounds' figures of this name.
    pub(in crate::run) fn middle(&self, slot: Slot, name: &str) -> Option<f64> {
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
    pub(super) fn errors(&self) -> String {
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
    pub(super) fn verdict(&self) -> (String, String) {
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
    pub(in crate::run) fn summary(&self) -> String {
        let mut line = format!("{:<12}", self.key);
        for (slot, _) in &self.runs {
            let _ = write!(line, " {} {}", slot.name(), rate(self.middle(*slot, "rate")));
            if let Some(ratio) = self.ratio(*slot).filter(|_| *slot != self.subject()) {
                let _ = write!(line, " ({:.3})", ratio.middle);
            }
        }
        format!("{line} {}{}", self.verdict().1, self.errors())
    }

    pub(super) fn latency(&self, slot: Slot) -> String {
        let milliseconds = |name| self.middle(slot, name).map_or(0.0, |micros| micros / 1000.0);
        format!("{:.1} / {:.1}", milliseconds("p50_us"), milliseconds("p99_us"))
    }

    pub(super) fn json(&self) -> Value {
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

/// A ratio as a cell of a table, with the least and the most of the rounds.
pub(super) fn ratio_cell(row: &Row, slot: Slot, share: bool) -> String {
    let show = |ratio: f64| if share { percent(ratio) } else { times(ratio) };
    row.ratio(slot).map_or_else(
        || "—".to_owned(),
        |ratio| format!("{} ({}–{})", show(ratio.middle), show(ratio.least), show(ratio.most)),
    )
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
}
