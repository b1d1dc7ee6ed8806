//! Lists of tasks: scopes, filters, sorts, pages, and who sees what.

use hospes_model::TaskId;
use hospes_model::member::Actor;
use hospes_model::task::change::TaskChange;
use hospes_model::task::lifecycle::Completing;
use hospes_store::guests::GuestRef;
use hospes_store::tasks::Listed;
use hospes_store::tasks::list::{self, Archived, Filter, Listing, Page, Scope, Sort, Span, State};

use crate::databases::{World, at, draft, on_every_database};

fn listing(viewer: Actor) -> Listing {
    Listing {
        scope: Scope::Organization,
        viewer,
        filter: Filter::default(),
        sort: Sort::Newest,
        reversed: false,
        now: at(100),
    }
}

fn page(world: &World, listing: &Listing, offset: i64, limit: i64) -> Page {
    let (org, listing) = (world.org, listing.clone());
    world.read(move |tx| list::page(tx, org, &listing, offset, limit))
}

fn ids(world: &World, listing: &Listing) -> Vec<TaskId> {
    let page = page(world, listing, 0, 1000);
    assert_eq!(page.total, page.tasks.len() as i64);
    page.tasks.iter().map(Listed::id).collect()
}

fn is_visible_to(task: &Listed, viewer: Actor) -> bool {
    match task {
        Listed::OneOff(task) => task.is_visible_to(viewer),
        Listed::OfRun(_) => panic!("there are no processes here"),
    }
}

/// Tasks of every kind; their ids in the order of creation.
fn populate(world: &World) -> Vec<TaskId> {
    let [one, two, three, four, _] = world.members;
    let admin = world.actor(1);
    let mut made = Vec::new();
    for (title, members, guests, secret, deadline, started) in [
        ("Ärger mit Rechnung", vec![one], vec!["ann@x.example"], false, 50, 0),
        ("Call", vec![two], vec![], true, 100 + 3600, 0),
        ("call back", vec![four, three], vec!["ann@x.example", "bob@x.example"], false, 100 + 90_000, 0),
        ("Write", vec![], vec![], false, 100 + 86_400, 5000),
        ("Later", vec![four], vec!["bob@x.example"], true, 200_000, 0),
        ("Gone", vec![one], vec![], false, 300_000, 0),
        ("Done", vec![two], vec!["ann@x.example"], false, 10, 0),
        ("Done too", vec![two], vec![], false, 20, 0),
    ] {
        let mut task = draft(&members, &guests);
        title.clone_into(&mut task.title);
        task.settings.top_secret = secret;
        task.deadline = at(deadline);
        task.started_at = Some(at(started));
        made.push(world.create(admin, &task).unwrap().task.id);
    }
    world.set_archived(admin, made[5], true).unwrap();
    world.complete(admin, made[7], &Completing::default()).unwrap();
    world.complete(admin, made[6], &Completing::default()).unwrap();
    made
}

#[test]
fn the_statements_and_the_model_agree_on_who_sees_what() {
    on_every_database(|world| {
        let made = populate(world);
        for starter in [2, 3] {
            let mut secret = draft(&[world.members[0]], &[]);
            secret.settings.top_secret = true;
            world.create(world.actor(starter), &secret).unwrap();
        }
        let everything = Filter { archived: Archived::Included, ..Filter::default() };
        let all =
            page(world, &Listing { filter: everything.clone(), ..listing(world.actor(1)) }, 0, 100).tasks;
        assert_eq!(all.len(), made.len() + 2);
        for number in 1..=4 {
            let viewer = world.actor(number);
            let seen = ids(world, &Listing { filter: everything.clone(), ..listing(viewer) });
            let expected: Vec<TaskId> =
                all.iter().filter(|task| is_visible_to(task, viewer)).map(Listed::id).collect();
            assert_eq!(seen, expected, "member {number}");
        }
    });
}

#[test]
fn filters_choose() {
    on_every_database(|world| {
        let made = populate(world);
        let admin = world.actor(1);
        let [one, two, three, ..] = world.members;
        let chosen = |filter: Filter| -> Vec<usize> {
            let oldest_first = Listing { filter, reversed: true, ..listing(admin) };
            let place = |id| made.iter().position(|other| *other == id).unwrap();
            ids(world, &oldest_first).into_iter().map(place).collect()
        };
        let guest = |text: &str| GuestRef::parse(text).unwrap();
        let states = |states: &[State]| Filter { states: states.to_vec(), ..Filter::default() };
        let code = world.guest("bob@x.example").unwrap().code.to_string();
        for (filter, expected) in [
            (Filter::default(), vec![0, 1, 2, 3, 4, 6, 7]),
            (states(&[State::Open]), vec![0, 1, 2, 3, 4]),
            (states(&[State::Completed]), vec![6, 7]),
            (states(&[State::InProgress]), vec![0, 1, 2, 4]),
            (states(&[State::NotStarted]), vec![3]),
            (states(&[State::Overdue]), vec![0]),
            (states(&[State::DueSoon]), vec![1, 3]),
            (states(&[State::HasProblem]), vec![]),
            (states(&[State::Overdue, State::DueSoon, State::HasProblem]), vec![0, 1, 3]),
            (Filter { search: Some("call".into()), ..Filter::default() }, vec![1, 2]),
            (Filter { search: Some("ärger".into()), ..Filter::default() }, vec![0]),
            (Filter { search: Some("%".into()), ..Filter::default() }, vec![]),
            (Filter { members: Some(vec![one, three]), ..Filter::default() }, vec![0, 2]),
            (Filter { members: Some(vec![]), ..Filter::default() }, vec![]),
            (Filter { guests: Some(vec![guest("ANN@x.example")]), ..Filter::default() }, vec![0, 2, 6]),
            (Filter { guests: Some(vec![guest(&code)]), ..Filter::default() }, vec![2, 4]),
            (Filter { guests: Some(vec![guest("nobody@x.example")]), ..Filter::default() }, vec![]),
            (
                Filter {
                    guests: Some(vec![guest("nobody@x.example"), guest("bob@x.example")]),
                    members: Some(vec![two, three]),
                    ..Filter::default()
                },
                vec![2],
            ),
            (Filter { unassigned: true, ..Filter::default() }, vec![3]),
            (Filter { archived: Archived::Only, ..Filter::default() }, vec![5]),
            (Filter { archived: Archived::Included, ..Filter::default() }, vec![0, 1, 2, 3, 4, 5, 6, 7]),
            (
                Filter { deadline: Span { from: Some(at(20)), before: Some(at(3700)) }, ..Filter::default() },
                vec![0, 7],
            ),
            (
                Filter { created: Span { from: Some(at(2)), before: Some(at(4)) }, ..Filter::default() },
                vec![1, 2],
            ),
            (Filter { nothing: true, ..Filter::default() }, vec![]),
        ] {
            assert_eq!(chosen(filter.clone()), expected, "{filter:?}");
        }
    });
}

#[test]
fn scopes_hold_their_own_tasks_and_only_what_the_viewer_may_see() {
    on_every_database(|world| {
        let made = populate(world);
        let bob = world.guest("bob@x.example").unwrap().key;
        let of = |scope, viewer: usize| {
            ids(world, &Listing { scope, reversed: true, ..listing(world.actor(viewer)) })
        };
        assert_eq!(of(Scope::Member(world.members[1]), 1), [made[1], made[6], made[7]]);
        assert_eq!(of(Scope::Member(world.members[1]), 3), [made[6], made[7]]);
        assert_eq!(of(Scope::Member(world.members[1]), 4), []);
        assert_eq!(of(Scope::Guest(bob), 1), [made[2], made[4]]);
        assert_eq!(of(Scope::Guest(bob), 3), [made[2]]);
        assert_eq!(of(Scope::Guest(bob), 4), [made[2], made[4]]);
    });
}

#[test]
fn sorts_order_and_turn_round() {
    on_every_database(|world| {
        let made = populate(world);
        let admin = world.actor(1);
        for (place, id) in made.iter().take(5).enumerate() {
            let position = [3, 1, 2, 5, 4][place];
            world
                .update(admin, *id, &TaskChange { position: Some(position), ..TaskChange::default() })
                .unwrap();
        }
        let sorted = |sort, reversed| -> Vec<usize> {
            let place = |id| made.iter().position(|other| *other == id).unwrap();
            ids(world, &Listing { sort, reversed, ..listing(admin) }).into_iter().map(place).collect()
        };
        for (sort, expected) in [
            (Sort::Newest, [7, 6, 4, 3, 2, 1, 0]),
            (Sort::Problems, [7, 6, 4, 3, 2, 1, 0]),
            (Sort::Deadline, [6, 7, 0, 1, 3, 2, 4]),
            (Sort::Position, [1, 2, 0, 4, 3, 6, 7]),
        ] {
            assert_eq!(sorted(sort, false), expected, "{sort:?}");
            let mut reversed = expected;
            reversed.reverse();
            assert_eq!(sorted(sort, true), reversed, "-{sort:?}");
        }
        assert_eq!(sorted(Sort::CompletedNewest, false)[..2], [6, 7]);
        assert_eq!(sorted(Sort::CompletedNewest, true)[..2], [7, 6]);
    });
}

#[test]
fn pages_are_a_partition_and_the_whole_is_read_in_pieces() {
    on_every_database(|world| {
        let made = populate(world);
        let admin = world.actor(1);
        let bob = world.guest("bob@x.example").unwrap().key;
        for scope in [Scope::Organization, Scope::Member(world.members[1]), Scope::Guest(bob)] {
            for sort in [Sort::Newest, Sort::Deadline, Sort::CompletedNewest, Sort::Position] {
                let list = Listing { scope, sort, ..listing(admin) };
                let whole = ids(world, &list);
                let mut pages = Vec::new();
                for offset in (0..whole.len() as i64 + 3).step_by(3) {
                    let page = page(world, &list, offset, 3);
                    assert_eq!(page.total, whole.len() as i64);
                    pages.extend(page.tasks.iter().map(Listed::id));
                }
                assert_eq!(pages, whole);
                let (org, list) = (world.org, list.clone());
                let all = world.write(move |tx| {
                    let keys = list::keys(tx, org, &list)?;
                    let tasks = list::by_keys(tx, &keys, list.viewer)?;
                    Ok(tasks.iter().map(Listed::id).collect::<Vec<_>>())
                });
                assert_eq!(all.unwrap(), whole);
            }
        }
        let (_, strangers) = world.neighbour();
        let stranger = Actor { id: strangers[0], role: hospes_model::member::Role::Admin };
        assert_eq!(made.len(), 8);
        let elsewhere = hospes_model::OrgNo::new(2).unwrap();
        let list = listing(stranger);
        let seen = world.read(move |tx| list::page(tx, elsewhere, &list, 0, 100));
        assert_eq!((seen.total, seen.tasks.len()), (0, 0));
    });
}
