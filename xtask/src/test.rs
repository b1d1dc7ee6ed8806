//! `cargo xtask test`: the one command that runs all tests.
//!
//! It runs every step whatever became of the others, so that one run shows all that is wrong, and fails
//! if any step failed. A step whose tools can be neither found nor installed is skipped; with `CI=true`
//! that is a failure too.

mod browser;
mod conformance;
mod dependencies;
mod rust;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{USAGE, USAGE_EXIT_CODE};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// One thing to test.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace) -> Result<Coverage, Failure>,
}

/// How much of its work a step did that found nothing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Coverage {
    Full,
    /// A part was left out, and why.
    Part(String),
}

/// In the order in which they run: what is quick to fail comes first.
const STEPS: [Step; 8] = [
    Step { name: "fmt", about: "the formatting of all Rust code", run: rust::fmt },
    Step { name: "clippy", about: "lints, with warnings as errors", run: rust::clippy },
    Step { name: "deny", about: "licences and sources of all dependencies", run: dependencies::deny },
    Step { name: "machete", about: "dependencies that nothing uses", run: dependencies::machete },
    Step { name: "doc", about: "the documentation builds, its links lead somewhere", run: rust::doc },
    Step { name: "unit+integration", about: "all Rust tests, on SQLite and PostgreSQL", run: rust::tests },
    Step { name: "conformance", about: "the server as its clients see it", run: conformance::run },
    Step { name: "browser", about: "guests' pages in Chromium, with real mail", run: browser::run },
];

/// What became of a step.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Incomplete(String),
    Skipped(String),
    Failed(String),
}

impl Verdict {
    fn of(result: Result<Coverage, Failure>, ci: bool) -> Self {
        match result {
            Ok(Coverage::Full) => Self::Passed,
            Ok(Coverage::Part(reason)) | Err(Failure::Missing(reason)) if ci => Self::Failed(reason),
            Ok(Coverage::Part(reason)) => Self::Incomplete(reason),
            Err(Failure::Missing(reason)) => Self::Skipped(reason),
            Err(Failure::Failed(reason)) => Self::Failed(reason),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Incomplete(_) => "passed in part",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "FAILED",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Incomplete(reason) | Self::Skipped(reason) | Self::Failed(reason) => Some(reason),
        }
    }
}

/// Runs the command with the arguments that follow its name.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    match chosen(arguments) {
        Ok(Choice::List) => {
            for step in &STEPS {
                println!("{:<17} {}", step.name, step.about);
            }
            ExitCode::SUCCESS
        }
        Ok(Choice::Run(steps)) => match Workspace::discover() {
            Ok(workspace) => run(&workspace, &steps),
            Err(failure) => {
                eprintln!("{failure}");
                ExitCode::FAILURE
            }
        },
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            ExitCode::from(USAGE_EXIT_CODE)
        }
    }
}

/// What the command line asks for.
enum Choice {
    List,
    Run(Vec<&'static Step>),
}

fn chosen(arguments: &[String]) -> Result<Choice, String> {
    let mut names = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => return Ok(Choice::List),
            "--only" => names.extend(arguments.next().ok_or("--only needs a step")?.split(',')),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    if let Some(unknown) = names.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        return Err(format!("there is no step {unknown}: see --list"));
    }
    Ok(Choice::Run(STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name)).collect()))
}

fn run(workspace: &Workspace, steps: &[&Step]) -> ExitCode {
    let start = Instant::now();
    let mut results = Vec::new();
    for step in steps {
        println!("\n=== {}: {}", step.name, step.about);
        let start = Instant::now();
        let verdict = Verdict::of((step.run)(workspace), workspace.ci);
        let took = start.elapsed();
        println!("=== {}: {} after {}", step.name, verdict.word(), seconds(took));
        if let Some(reason) = verdict.reason() {
            println!("{reason}");
        }
        results.push((step.name, verdict, took));
    }
    summarize(&results, start.elapsed());
    let failed = results.iter().any(|(_, verdict, _)| matches!(verdict, Verdict::Failed(_)));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn summarize(results: &[(&str, Verdict, Duration)], total: Duration) {
    println!("\n=== summary");
    for (name, verdict, took) in results {
        // Of a long reason, which was shown above, the first line will do.
        let reason = verdict.reason().and_then(|reason| reason.lines().next()).unwrap_or_default();
        println!(
            "{}",
            format!("{name:<17} {:>8}  {:<14}  {reason}", seconds(*took), verdict.word()).trim_end()
        );
    }
    println!("{:<17} {:>8}", "total", seconds(total));
    let count =
        |wanted: fn(&Verdict) -> bool| results.iter().filter(|(_, verdict, _)| wanted(verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed | Verdict::Incomplete(_)));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    println!("steps: {passed} passed, {failed} failed, {skipped} skipped");
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Result<Vec<&'static str>, String> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        match chosen(&arguments)? {
            Choice::List => Ok(vec![]),
            Choice::Run(steps) => Ok(steps.iter().map(|step| step.name).collect()),
        }
    }

    #[test]
    fn all_steps_run_unless_some_are_named() {
        assert_eq!(names(&[]).unwrap().len(), STEPS.len());
        assert_eq!(names(&["--only", "deny,fmt"]).unwrap(), ["fmt", "deny"]);
        assert_eq!(names(&["--only", "fmt", "--only", "clippy"]).unwrap(), ["fmt", "clippy"]);
    }

    #[test]
    fn mistakes_on_the_command_line_are_told() {
        assert_eq!(names(&["--only", "fmt,lint"]).unwrap_err(), "there is no step lint: see --list");
        assert_eq!(names(&["--only"]).unwrap_err(), "--only needs a step");
        assert_eq!(names(&["fmt"]).unwrap_err(), "unknown argument fmt");
    }

    #[test]
    fn nothing_is_skipped_in_ci() {
        let reason = || "no database".to_owned();
        for (result, here, in_ci) in [
            (Ok(Coverage::Full), Verdict::Passed, Verdict::Passed),
            (Ok(Coverage::Part(reason())), Verdict::Incomplete(reason()), Verdict::Failed(reason())),
            (Err(Failure::Missing(reason())), Verdict::Skipped(reason()), Verdict::Failed(reason())),
            (Err(Failure::Failed(reason())), Verdict::Failed(reason()), Verdict::Failed(reason())),
        ] {
            assert_eq!(Verdict::of(result.clone(), false), here);
            assert_eq!(Verdict::of(result, true), in_ci);
        }
    }
}
