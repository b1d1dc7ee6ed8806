//! A whole server for tests: a real port, a real database, a clock in hand.
//!
//! [`both!`](crate::both) writes a test once and runs it on SQLite and on
//! PostgreSQL. Each test gets a [`TestApp`] of its own, with two organizations
//! and a member of every role; every answer that goes through a [`Client`] is
//! checked against the OpenAPI document.

mod app;
mod browser;
mod client;
mod database;
mod document;
mod properties;
mod smtp;

pub use app::{Options, Org, StoredEvent, TestApp, Written};
pub use browser::{Browser, Form, Page, SetCookie};
pub use client::{Answer, Client};
pub use database::{Backend, TestDatabase};
pub use document::{operations, query_parameters};
pub use properties::{for_all, for_all_on_both};
pub use serde_json::{Value, json};
pub use smtp::{Manner, Secured, SmtpServer, Taken, Whim};

/// Writes each test once and runs it on both databases:
///
/// ```text
/// both! {
///     async fn a_new_guest_is_listed(app) {
///         app.admin().post("/guests", &json!({"email": "a@b.example"})).await.expect(201);
///     }
/// }
/// ```
///
/// The PostgreSQL half wants `HOSPES_TEST_POSTGRES`, the address of a server on
/// which databases may be made; without it that half says so and passes, except
/// when `CI` is set, where it fails. `with options;` in front gives the servers
/// [`Options`] other than the usual ones.
#[macro_export]
macro_rules! both {
    (with $options:expr; $($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)*) => {
        $(mod $name {
            #[allow(unused_imports, reason = "the body decides what it needs")]
            use super::*;

            async fn run($app: &$crate::TestApp) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                $crate::TestApp::block_on_with($crate::Backend::Sqlite, &$options, async |app| run(app).await);
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                $crate::TestApp::block_on_with($crate::Backend::Postgres, &$options, async |app| run(app).await);
            }
        })*
    };
    ($($tests:tt)*) => {
        $crate::both! { with $crate::Options::default(); $($tests)* }
    };
}
