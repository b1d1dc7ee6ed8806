//! The activity feed: numbered without a gap, and shown to whom it may be shown.

use hospes_model::activity::{EntityKind, Entry};
use hospes_model::member::{Actor, Role};
use hospes_model::task::change::TaskChange;
use hospes_model::task::lifecycle::Completing;
use hospes_store::activity::{self, Filter, Listing, Page};
use hospes_store::tasks;

use crate::databases::{World, draft, on_every_database, wanted};

fn page(world: &World, listing: &Listing, offset: i64, limit: i64) -> Page {
    let (org, listing) = (world.org, listing.clone());
    world.read(move |tx| activity::page(tx, org, &listing, offset, limit))
}

fn listing(viewer: Actor, descending: bool) -> Listing {
    Listing { viewer, filter: Filter::default(), descending }
}

/// Guests and tasks with everything done to them that can be done.
fn populate(world: &World) {
    let [one, two, three, four, _] = world.members;
    let (admin, second, third) = (world.actor(1), world.actor(2), world.actor(3));
    world.make_guest("ann@x.example").unwrap();
    world.make_guest("gone@x.example").unwrap();
    world.remove_guest("gone@x.example").unwrap();
    world.disable_guest("ann@x.example").unwrap();
    let mut made = Vec::new();
    for starter in [admin, second, third] {
        for members in [vec![], vec![one], vec![two, four], vec![three]] {
            for secret in [false, true] {
                let mut task =
                    draft(&members, if secret { &[] } else { &["bob@x.example", "eve@x.example"] });
                task.settings.top_secret = secret;
                made.push((starter, world.create(starter, &task).unwrap().task.id));
            }
        }
    }
    for (number, (starter, id)) in made.into_iter().enumerate() {
        let title = TaskChange { title: Some(format!("Task {number}")), ..TaskChange::default() };
        world.update(starter, id, &title).unwrap();
        match number % 6 {
            0 => drop(world.complete(admin, id, &Completing::default()).unwrap()),
            1 => drop(world.set_archived(starter, id, true).unwrap()),
            2 => drop(world.delete(starter, id).unwrap()),
            3 => {
                let owners =
                    TaskChange { owners: Some(wanted(&[two], &["new@x.example"])), ..TaskChange::default() };
                world.update(admin, id, &owners).unwrap();
            }
            4 => {
                let secret = TaskChange { top_secret: Some(true), ..TaskChange::default() };
                world.update(admin, id, &secret).unwrap();
            }
            _ => {
                world.complete(admin, id, &Completing::default()).unwrap();
                world.reopen(admin, id).unwrap();
            }
        }
    }
}

#[test]
fn rows_are_numbered_without_a_gap() {
    on_every_database(|world| {
        populate(world);
        let (other, _) = world.neighbour();
        let all = page(world, &listing(world.actor(1), false), 0, 1000);
        let numbers: Vec<i64> = all.entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(numbers, (1..=all.total).collect::<Vec<i64>>());
        assert!(all.total > 60);
        assert_eq!(world.numbers("SELECT activity_sequence FROM org ORDER BY no"), [[all.total], [0]]);
        let listing = listing(world.actor(1), false);
        let elsewhere = world.read(move |tx| activity::page(tx, other, &listing, 0, 1000));
        assert_eq!((elsewhere.total, elsewhere.entries.len()), (0, 0));
    });
}

#[test]
fn the_statements_and_the_model_agree_on_who_sees_what() {
    on_every_database(|world| {
        populate(world);
        let all = page(world, &listing(world.actor(1), false), 0, 1000).entries;
        let org = world.org;
        let seen = |viewer: Actor| -> Vec<i64> {
            let mut expected = Vec::new();
            for entry in &all {
                let id = (entry.entity == EntityKind::Task).then(|| entry.entity_id.parse().unwrap());
                let task = id.and_then(|id| world.read(move |tx| tasks::find(tx, org, id)));
                if entry.is_visible_to(viewer, task.as_ref().is_some_and(|task| task.is_visible_to(viewer))) {
                    expected.push(entry.sequence);
                }
            }
            expected
        };
        let mut sizes = Vec::new();
        for number in 1..=5 {
            for role in Role::ALL {
                let viewer = Actor { role: *role, ..world.actor(number) };
                let shown = page(world, &listing(viewer, false), 0, 1000);
                let numbers: Vec<i64> = shown.entries.iter().map(|entry| entry.sequence).collect();
                assert_eq!(numbers, seen(viewer), "{viewer:?}");
                assert_eq!(shown.total, numbers.len() as i64);
                sizes.push(numbers.len());
                // What a row names is shown only to those who may see it.
                for entry in shown.entries.iter().filter(|entry| entry.entity == EntityKind::Task) {
                    let id = entry.entity_id.parse().unwrap();
                    let task = world.read(move |tx| tasks::find(tx, org, id));
                    let visible = task.is_some_and(|task| task.is_visible_to(viewer));
                    assert_eq!(entry.subject.is_some(), visible, "{entry:?}");
                }
            }
        }
        sizes.sort_unstable();
        sizes.dedup();
        assert!(sizes.len() > 6, "{sizes:?}");
    });
}

#[test]
fn pages_are_a_partition_whatever_was_remembered() {
    on_every_database(|world| {
        let viewers = [world.actor(1), world.actor(2), world.actor(4)];
        let walk = |listing: &Listing| {
            let whole = page(world, listing, 0, 10_000);
            assert_eq!(whole.total, whole.entries.len() as i64);
            for limit in [33, 100, 250] {
                let mut pages: Vec<Entry> = Vec::new();
                for offset in (0..whole.total + limit).step_by(usize::try_from(limit).unwrap()) {
                    let part = page(world, listing, offset, limit);
                    assert_eq!(part.total, whole.total);
                    pages.extend(part.entries);
                }
                assert_eq!(pages, whole.entries, "{listing:?} {limit}");
            }
            whole.total
        };
        let mut totals = Vec::new();
        for part in 0..3 {
            for number in 0..90 {
                world.make_guest(&format!("g{part}-{number}@x.example")).unwrap();
            }
            if part == 1 {
                populate(world);
            }
            for viewer in viewers {
                for descending in [false, true] {
                    totals.push(walk(&listing(viewer, descending)));
                    let guests = Filter { entities: Some(vec![EntityKind::Guest]), ..Filter::default() };
                    totals.push(walk(&Listing { filter: guests, ..listing(viewer, descending) }));
                }
            }
        }
        assert!(totals.iter().any(|total| *total > 300), "{totals:?}");
    });
}
