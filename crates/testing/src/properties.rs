//! Properties: statements about every input, tried with random ones.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

use crate::app::{Options, Org, TestApp, runtime};
use crate::database::{Backend, TestDatabase};

/// Tries `property` with `cases` random values on one server. Each case has an
/// organization of its own, so that cases cannot disturb each other. A value
/// that fails is made as small as possible and shown.
///
/// # Panics
///
/// When the property does not hold.
pub fn for_all<S: Strategy>(
    backend: Backend,
    cases: u32,
    values: &S,
    property: &impl AsyncFn(&TestApp, &Org, S::Value),
) where
    S::Value: Debug,
{
    let Some(database) = TestDatabase::new(backend) else { return };
    let runtime = runtime();
    let mut app = runtime.block_on(TestApp::start(database, &Options::default()));
    let tried = try_all(cases, values, |number, value| {
        runtime.block_on(async {
            let org = app.found(&format!("Case{number}")).await;
            property(&app, &org, value).await;
        });
    });
    runtime.block_on(app.stop());
    if let Err(message) = tried {
        panic!("{message}");
    }
}

/// The same for properties that compare two servers, the first on SQLite and
/// the second on PostgreSQL; both do the same in the same order.
///
/// # Panics
///
/// When the property does not hold.
pub fn for_all_on_both<S: Strategy>(
    cases: u32,
    values: &S,
    property: &impl AsyncFn((&TestApp, &Org), (&TestApp, &Org), S::Value),
) where
    S::Value: Debug,
{
    let Some(postgres) = TestDatabase::new(Backend::Postgres) else { return };
    let Some(sqlite) = TestDatabase::new(Backend::Sqlite) else { return };
    let runtime = runtime();
    let mut one = runtime.block_on(TestApp::start(sqlite, &Options::default()));
    let mut two = runtime.block_on(TestApp::start(postgres, &Options::default()));
    let tried = try_all(cases, values, |number, value| {
        runtime.block_on(async {
            let name = format!("Case{number}");
            let (org_one, org_two) = (one.found(&name).await, two.found(&name).await);
            property((&one, &org_one), (&two, &org_two), value).await;
        });
    });
    runtime.block_on(async {
        one.stop().await;
        two.stop().await;
    });
    if let Err(message) = tried {
        panic!("{message}");
    }
}

fn try_all<S: Strategy>(cases: u32, values: &S, mut property: impl FnMut(u32, S::Value)) -> Result<(), String>
where
    S::Value: Debug,
{
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut number = 0;
    let property = std::cell::RefCell::new(|value| {
        number += 1;
        property(number, value);
    });
    TestRunner::new(config)
        .run(values, |value| {
            (property.borrow_mut())(value);
            Ok(())
        })
        .map_err(|error| error.to_string())
}
