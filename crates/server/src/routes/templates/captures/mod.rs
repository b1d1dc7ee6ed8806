//! Form fields of a template's steps (`captures` in the API).

pub mod create;
pub mod delete;
pub mod move_out;
pub mod reorder;
pub mod update;
