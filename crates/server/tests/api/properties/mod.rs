//! Statements about every history and every question, tried with random ones.

mod cursors;
mod databases;
mod history;
mod isolation;
mod pages;
mod renderings;

/// Writes a property once and runs it on both databases: the cases to try, the
/// values to try it with, and what must hold for each in an organization of its
/// own.
macro_rules! property {
    ($($(#[$meta:meta])* async fn $name:ident($cases:literal of $values:expr; $app:ident, $org:ident, $value:ident: $type:ty) $body:block)*) => {
        $(mod $name {
            use super::*;

            async fn run($app: &hospes_testing::TestApp, $org: &hospes_testing::Org, $value: $type) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                hospes_testing::for_all(hospes_testing::Backend::Sqlite, $cases, &$values, &run);
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                hospes_testing::for_all(hospes_testing::Backend::Postgres, $cases, &$values, &run);
            }
        })*
    };
}
use property;
