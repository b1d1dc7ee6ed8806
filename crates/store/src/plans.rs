//! How SQLite goes about a statement: what the lists' own tests look at.

use std::path::Path;

use rusqlite::OpenFlags;

use crate::{migrations, sqlite};

/// The steps of a statement's plan, on a database without rows or statistics:
/// the server collects none, so the plan is the one that it runs with.
pub(crate) fn steps(sql: &str) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let conn = sqlite::connect(Path::new(":memory:"), flags).unwrap();
    for migration in migrations::ALL {
        conn.execute_batch(migration.sqlite).unwrap();
    }
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let places = statement.parameter_count();
    let nothing = vec![rusqlite::types::Null; places];
    let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"));
    steps.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Fails when a statement sorts, or reads a whole table or index.
pub(crate) fn assert_walks_an_index(sql: &str) -> Vec<String> {
    let steps = steps(sql);
    assert!(!steps.is_empty(), "{sql}");
    for step in &steps {
        assert!(!step.contains("TEMP B-TREE") && !step.starts_with("SCAN"), "{sql}\n{steps:#?}");
    }
    steps
}

/// Fails when a statement looks through the tasks of each process for whether a
/// member is on one of them, instead of once through the member's.
pub(crate) fn assert_looks_own_tasks_up_once(sql: &str) {
    let steps = steps(sql);
    let of_member = "SEARCH v USING COVERING INDEX task_member_by_account (org=? AND account_id=?)";
    let place =
        steps.iter().position(|step| step == of_member).unwrap_or_else(|| panic!("{sql}\n{steps:#?}"));
    assert!(steps[place - 1].starts_with("LIST SUBQUERY"), "{sql}\n{steps:#?}");
    assert!(!steps.iter().any(|step| step.contains("task_by_run")), "{sql}\n{steps:#?}");
}
