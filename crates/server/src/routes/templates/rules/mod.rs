//! Rules of a template (`automated-actions` in the API).

pub mod create;
pub mod delete;
pub mod list;
pub mod update;
