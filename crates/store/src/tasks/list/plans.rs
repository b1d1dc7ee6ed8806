//! Pages of tasks are read in the order of an index where there is one.

use hospes_model::GuestKey;

use super::*;
use crate::plans::{assert_looks_own_tasks_up_once, assert_walks_an_index, steps};

fn listing(scope: Scope, role: Role, sort: Sort, reversed: bool) -> Listing {
    let viewer = Actor { id: MemberId::new(1).unwrap(), role };
    Listing { scope, viewer, filter: Filter::default(), sort, reversed, now: Timestamp::UNIX_EPOCH }
}

fn rows(listing: &Listing) -> (String, String) {
    let mut query = Query::scoped(OrgNo::new(1).unwrap(), listing);
    query.restrict_to_visible(listing);
    query.conditions.and("t.archived_at IS NULL");
    let count = format!(
        "SELECT COUNT(*) FROM task t{} WHERE {}{}",
        query.join,
        query.counting_scope,
        query.conditions.text()
    );
    (query.rows(listing), count)
}

#[test]
fn the_common_sorts_walk_an_index_in_both_directions() {
    let (member, guest) = (Scope::Member(MemberId::new(1).unwrap()), Scope::Guest(GuestKey::from_stored(1)));
    for role in Role::ALL {
        for reversed in [false, true] {
            for (scope, sort, index) in [
                (Scope::Organization, Sort::Newest, "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
                (Scope::Organization, Sort::Deadline, "task_by_deadline (org=?)"),
                (member, Sort::Newest, "task_member_by_account (org=? AND account_id=?)"),
                (guest, Sort::Newest, "task_guest_by_guest (guest_key=?)"),
            ] {
                let (rows, count) = rows(&listing(scope, *role, sort, reversed));
                let steps = assert_walks_an_index(&rows);
                assert!(steps[0].contains(index), "{steps:#?}");
                assert_walks_an_index(&count);
            }
        }
    }
}

/// These sort what they list: there is no index for them, and no client that
/// pages deep into them.
#[test]
fn the_other_sorts_read_only_their_own_tasks() {
    let (member, guest) = (Scope::Member(MemberId::new(1).unwrap()), Scope::Guest(GuestKey::from_stored(1)));
    for (scope, sort) in [
        (Scope::Organization, Sort::CompletedNewest),
        (Scope::Organization, Sort::Position),
        (Scope::Organization, Sort::Problems),
        (member, Sort::Deadline),
        (member, Sort::CompletedNewest),
        (member, Sort::Position),
        (member, Sort::Problems),
        (guest, Sort::Deadline),
        (guest, Sort::CompletedNewest),
        (guest, Sort::Position),
        (guest, Sort::Problems),
    ] {
        let steps = steps(&rows(&listing(scope, Role::Standard, sort, false)).0);
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{steps:#?}");
        assert!(steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:#?}");
    }
}

#[test]
fn who_sees_few_processes_looks_their_tasks_up_once() {
    for role in [Role::Light, Role::Standard] {
        let (rows, count) = rows(&listing(Scope::Organization, role, Sort::Newest, false));
        for sql in [rows, count] {
            assert_looks_own_tasks_up_once(&sql);
        }
    }
}
