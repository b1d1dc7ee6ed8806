//! A page that is read with one statement is the page that a transaction reads.

use hospes_store::guest_list::{self, From, Listing, Page, SortBy};

use crate::databases::{World, on_every_database};

fn plain(descending: bool) -> Listing {
    Listing { search: None, disabled: None, sort: SortBy::CreatedAt, descending }
}

fn in_transaction(world: &World, listing: Listing, offset: i64, limit: i64) -> (Vec<Vec<u8>>, Page) {
    let org = world.org;
    world.read(move |tx| {
        let mut rows = Vec::new();
        let from = From::Offset(offset);
        let page = guest_list::page(tx, org, &listing, &from, limit, |row| rows.push(row.to_vec()))?;
        Ok((rows, page))
    })
}

fn with_one_statement(
    world: &World,
    revision: i64,
    listing: Listing,
    from: From,
    limit: i64,
) -> Option<(Vec<Vec<u8>>, Page)> {
    let org = world.org;
    let read = world.store.read_single(move |tx| {
        let mut rows = Vec::new();
        let page =
            guest_list::page_at(tx, org, revision, &listing, &from, limit, |row| rows.push(row.to_vec()))?;
        Ok::<_, hospes_store::Error>(page.map(|page| (rows, page)))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(read).unwrap()
}

#[test]
fn both_ways_read_the_same_pages() {
    on_every_database(|world| {
        for number in 0..330 {
            world.make_guest(&format!("g{number}@x.example")).unwrap();
        }
        for gone in [7, 150, 151, 329] {
            world.remove_guest(&format!("g{gone}@x.example")).unwrap();
        }
        for descending in [false, true] {
            // Nothing is remembered before the first page that lies deep.
            let (_, first) = in_transaction(world, plain(descending), 200, 1);
            for offset in [0, 1, 99, 100, 101, 149, 150, 199, 200, 299, 325] {
                for limit in [1, 30, 100, 400] {
                    let expected = in_transaction(world, plain(descending), offset, limit);
                    let from = From::Offset(offset);
                    let found = with_one_statement(world, first.revision, plain(descending), from, limit);
                    assert_eq!(found, Some(expected), "{descending} {offset} {limit}");
                }
            }
        }
    });
}

#[test]
fn what_is_not_simple_or_not_current_is_left_to_the_transaction() {
    on_every_database(|world| {
        for number in 0..120 {
            world.make_guest(&format!("g{number}@x.example")).unwrap();
        }
        let ask = |revision, listing, from| with_one_statement(world, revision, listing, from, 5);
        let (_, page) = in_transaction(world, plain(false), 0, 5);
        let (revision, cursor) = (page.revision, page.next.unwrap());
        assert!(ask(revision, plain(false), From::Offset(0)).is_some());
        assert!(ask(revision, plain(false), From::Offset(110)).is_none(), "its place is not remembered");
        assert!(ask(revision, plain(false), From::Offset(120)).is_none(), "there is no row to tell by");
        assert!(ask(revision, plain(false), From::Cursor(cursor)).is_none());
        assert!(ask(revision, Listing { disabled: Some(false), ..plain(false) }, From::Offset(0)).is_none());
        assert!(ask(revision + 1, plain(false), From::Offset(0)).is_none(), "counters of another revision");
        // The list moves on between the question for the revision and the page.
        world.remove_guest("g3@x.example").unwrap();
        assert!(ask(revision, plain(false), From::Offset(0)).is_none());
        let (_, page) = in_transaction(world, plain(false), 110, 5);
        assert!(ask(page.revision, plain(false), From::Offset(110)).is_some());
    });
}
