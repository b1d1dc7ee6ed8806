//! Pages of processes are read in the order of an index where there is one.

use super::*;
use crate::plans::{assert_looks_own_tasks_up_once, assert_walks_an_index, steps};

fn query(role: Role, filter: Filter, sort: Sort, reversed: bool) -> (String, String) {
    let viewer = Actor { id: MemberId::new(1).unwrap(), role };
    let listing = Listing { viewer, filter, sort, reversed, now: Timestamp::UNIX_EPOCH };
    let query = Query::new(OrgNo::new(1).unwrap(), &listing);
    let count =
        format!("SELECT COUNT(*) FROM run r WHERE {}{}", query.counting_scope, query.conditions.text());
    (format!("{} ORDER BY {}", query.rows(), order(&listing)), count)
}

fn in_state(states: &[State]) -> Filter {
    Filter { states: states.to_vec(), ..Filter::default() }
}

#[test]
fn the_newest_first_walks_an_index_in_both_directions() {
    for role in Role::ALL {
        for reversed in [false, true] {
            for (filter, index) in [
                (Filter::default(), "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
                (in_state(&[State::Active]), "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
                (in_state(&[State::Complete]), "run_by_status (org=? AND status=?)"),
                (in_state(&[State::Archived]), "run_by_status (org=? AND status=?)"),
                (
                    Filter { archived: Archived::Only, ..Filter::default() },
                    "run_by_status (org=? AND status=?)",
                ),
            ] {
                let (rows, _) = query(*role, filter, Sort::Newest, reversed);
                let steps = assert_walks_an_index(&rows);
                assert!(steps[0].contains(index), "{steps:#?}");
            }
        }
    }
}

#[test]
fn administrators_count_without_reading_processes() {
    for filter in [Filter::default(), in_state(&[State::Active]), in_state(&[State::Complete])] {
        let (_, count) = query(Role::Admin, filter, Sort::Newest, false);
        let steps = steps(&count);
        assert!(steps[0].contains("COVERING INDEX run_by_status"), "{steps:#?}");
    }
}

#[test]
fn processes_of_a_template_are_found_by_it() {
    let filter = Filter { template: Some(TemplateId::new(1, [1; 10])), ..Filter::default() };
    let (rows, count) = query(Role::Admin, filter, Sort::Newest, false);
    for sql in [rows, count] {
        let steps = steps(&sql);
        assert!(steps[0].contains("run_by_template (template_key=?"), "{steps:#?}");
    }
}

#[test]
fn who_works_in_a_process_is_looked_up_once() {
    let owners = Filter { owners: Some(vec![MemberId::new(2).unwrap()]), ..Filter::default() };
    for (role, filter) in
        [(Role::Light, Filter::default()), (Role::Standard, Filter::default()), (Role::Admin, owners)]
    {
        let (rows, count) = query(role, filter, Sort::Newest, false);
        for sql in [rows, count] {
            assert_looks_own_tasks_up_once(&sql);
        }
    }
    let groups = Filter { groups: Some(vec![GroupId::new(1, [1; 10])]), ..Filter::default() };
    let (rows, count) = query(Role::Admin, groups, Sort::Newest, false);
    for sql in [rows, count] {
        let steps = steps(&sql);
        let found = |part: &str| steps.iter().any(|step| step.contains(part));
        assert!(found("task_group_by_group (group_key=?)") && !found("task_by_run"), "{steps:#?}");
    }
}
