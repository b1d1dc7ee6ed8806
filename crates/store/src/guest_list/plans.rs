//! Pages of guests are read in the order of an index, however they are asked for.

use super::*;
use crate::plans::assert_walks_an_index;

fn start(sort: SortBy) -> Place {
    let value = match sort {
        SortBy::CreatedAt => SortValue::Key,
        sort if sort.is_number() => SortValue::Int(1),
        _ => SortValue::Text("x".into()),
    };
    Place { value, key: 1 }
}

#[test]
fn every_sort_walks_an_index_in_both_directions() {
    let org = OrgNo::new(1).unwrap();
    for sort in SortBy::ALL {
        let index = match sort {
            SortBy::CreatedAt => "INTEGER PRIMARY KEY",
            SortBy::Email => "sqlite_autoindex_guest_1",
            SortBy::FirstName => "guest_by_first_name",
            SortBy::LastName => "guest_by_last_name",
            SortBy::LastAccessedAt => "guest_by_last_access",
            SortBy::ActiveTasks => "guest_by_active_tasks",
        };
        for descending in [false, true] {
            for disabled in [None, Some(false), Some(true)] {
                for search in [None, Some("x".to_owned())] {
                    let listing = Listing { search, disabled, sort: *sort, descending };
                    for from in [None, Some(start(*sort))] {
                        let few = *sort == SortBy::CreatedAt && disabled == Some(true);
                        let index = if few { "guest_disabled" } else { index };
                        let rows = Query::rows(org, &listing, from.as_ref(), true);
                        let steps = assert_walks_an_index(&rows.sql);
                        let mut steps = steps.iter().filter(|step| step.contains(index));
                        let first = steps.next().unwrap_or_else(|| panic!("{listing:?} {}", rows.sql));
                        // A page in the middle begins in the middle of the index,
                        // also among rows that share the value.
                        let behind = if descending { "<" } else { ">" };
                        match (sort.column(), from.is_some()) {
                            (None, _) => {
                                let key = if few { "(key>? AND key<?)" } else { "(rowid>? AND rowid<?)" };
                                assert!(first.ends_with(key), "{first}");
                            }
                            (Some(_), false) => assert!(first.ends_with("(org=?)"), "{first}"),
                            (Some(column), true) => {
                                let second = steps.next().unwrap();
                                // In the index of a uniqueness rule the key is the row's own.
                                let key = if *sort == SortBy::Email { "rowid" } else { "key" };
                                let place = format!("(org=? AND {column}=? AND {key}{behind}?)");
                                assert!(first.ends_with(&place), "{first}");
                                assert!(
                                    second.ends_with(&format!("(org=? AND {column}{behind}?)")),
                                    "{second}"
                                );
                            }
                        }
                        let ascending = Listing { descending: false, ..listing.clone() };
                        assert_walks_an_index(&Query::places(org, &ascending, from.as_ref()).sql);
                    }
                }
            }
        }
    }
}

#[test]
fn the_plain_list_is_one_walk() {
    for sql in [plain::ASCENDING, plain::DESCENDING] {
        let steps = assert_walks_an_index(sql);
        assert!(steps[0].contains("INTEGER PRIMARY KEY (rowid>? AND rowid<?)"), "{steps:#?}");
    }
}
