//! The store's tests: each runs on the embedded database, and on PostgreSQL
//! too where `HOSPES_TEST_POSTGRES` names one.

#![expect(clippy::unwrap_used, reason = "a test that fails here fails as it should")]

mod activity;
mod commits;
mod databases;
mod guest_pages;
mod run_properties;
mod runs;
mod schema;
mod server_trouble;
mod task_lists;
mod task_statistics;
mod tasks;
mod template_versions;
mod templates;
