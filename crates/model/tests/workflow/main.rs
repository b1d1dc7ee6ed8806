//! The workflow engine as its callers see it: tables for each operator, field
//! type, deadline and decision, the acceptance walk, and properties over
//! random templates and commands.

#![expect(clippy::unwrap_used, reason = "a test that fails here fails as it should")]

mod checks;
mod conditions;
mod deadlines;
mod decisions;
mod generate;
mod launch;
mod named;
mod people;
mod properties;
mod rules;
mod support;
mod tasks;
mod variables;
mod walkthrough;
