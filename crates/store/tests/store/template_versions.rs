//! Versions of templates: never changed, dropped when nothing needs them, and
//! remembered only once they are committed.

use hospes_model::member::Actor;
use hospes_model::template::copy::FreshIds;
use hospes_store::templates::write::{self, Wish};
use hospes_store::{Tx, templates};

use crate::databases::{Failed, World, on_every_database};
use crate::templates::{change, create, id, new, wish};

/// Template, version, whether a process was made of it.
const VERSIONS: &str = "SELECT template_key % 1000000, key % 1000000, CAST(CASE WHEN launched THEN 1 ELSE 0 END AS BIGINT) \
     FROM template_version ORDER BY key";

/// The numbers of versions, and of the version that each template points at.
fn versions(world: &World) -> (Vec<i64>, Vec<i64>) {
    let mask = (1_i64 << 40) - 1;
    let read = |sql| world.numbers(sql).iter().map(|row| row[0] & mask).collect();
    (
        read("SELECT key FROM template_version ORDER BY key"),
        read("SELECT version_key FROM template ORDER BY key"),
    )
}

fn rename(world: &World, actor: Actor, number: u8, title: &str) {
    let title = title.to_owned();
    let changed = change(world, actor, id(number), move |_, blueprint| {
        blueprint.title.clone_from(&title);
        Ok(())
    });
    changed.unwrap();
}

fn title(world: &World, number: u8) -> String {
    let org = world.org;
    let template = world.read(move |tx| templates::find(tx, org, id(number))).unwrap();
    let said = template.blueprint().title.clone();
    // A handle that remembers nothing reads the same.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let fresh = runtime.block_on(world.open_again().read(move |tx| templates::find(tx, org, id(number))));
    assert_eq!(fresh.unwrap().unwrap(), template);
    said
}

fn mark_launched(world: &World) {
    let marked =
        world.write(|tx| Ok(tx.execute("UPDATE template_version SET launched = ?1", &[true.into()])?));
    marked.unwrap();
}

#[test]
fn a_change_makes_a_version_and_drops_the_one_that_no_process_needs() {
    on_every_database(|world| {
        let admin = world.actor(1);
        create(world, admin, &new(1, "First", world.members[0])).unwrap();
        assert_eq!(versions(world), (vec![1], vec![1]));
        rename(world, admin, 1, "Second");
        assert_eq!(versions(world), (vec![2], vec![2]));
        mark_launched(world);
        rename(world, admin, 1, "Third");
        assert_eq!(versions(world), (vec![2, 3], vec![3]), "a process may still need the second");
        // What processes do not depend on makes none, and what changes nothing does nothing.
        change(world, admin, id(1), |template, _| {
            template.starred = true;
            Ok(())
        })
        .unwrap();
        let (before, told) = (versions(world), world.feed());
        assert_eq!(before, (vec![2, 3], vec![3]));
        rename(world, admin, 1, "Third");
        assert_eq!((versions(world), world.feed()), (before, told));
        let (org, wish) = (world.org, wish(world, admin, id(1)));
        world
            .write(move |tx| {
                write::archive::<Failed>(tx, org, &wish)?;
                write::delete::<Failed>(tx, org, &wish)
            })
            .unwrap();
        assert_eq!(versions(world), (vec![2], vec![]), "its processes keep what it said");
        assert_eq!(world.table(3, VERSIONS).len(), 1);
    });
}

#[test]
fn a_version_that_was_taken_back_is_never_read_under_its_number() {
    on_every_database(|world| {
        let (admin, org) = (world.actor(1), world.org);
        let make = move |tx: &mut Tx<'_>, wish: &Wish, number: u8, title: &str| {
            let new = new(number, title, admin.id);
            let made = write::create::<Failed>(tx, org, new, admin, &wish.cause)?;
            let read = templates::find(tx, org, id(number))?.unwrap();
            assert_eq!(read, made, "read back in the transaction that made it");
            Ok::<_, Failed>(made)
        };
        // Taken back as a whole.
        let refused = wish(world, admin, id(1));
        let gone = world.write(move |tx| {
            make(tx, &refused, 1, "Refused")?;
            Err::<(), _>(hospes_model::Refusal::NotFound.into())
        });
        assert!(gone.unwrap_err().is_not_found());
        // Taken back in part, and the number given again in the same transaction.
        let parted = wish(world, admin, id(2));
        let kept = world.write(move |tx| {
            let part = tx.nested(|tx| {
                make(tx, &parted, 1, "Nested")?;
                Err::<(), Failed>(hospes_model::Refusal::NotFound.into())
            });
            assert!(part.unwrap_err().is_not_found());
            make(tx, &parted, 2, "Kept")
        });
        assert_eq!(kept.unwrap().version.sequence(), 1);
        assert_eq!(versions(world), (vec![1], vec![1]));
        assert_eq!(title(world, 2), "Kept");
    });
}

#[test]
fn neighbours_in_a_commit_do_not_mix_versions_up() {
    on_every_database(|world| {
        let (admin, org) = (world.actor(1), world.org);
        std::thread::scope(|scope| {
            for number in 1..=60_u8 {
                let wish = wish(world, admin, id(number));
                scope.spawn(move || {
                    let done = world.write(move |tx| {
                        let new = new(number, &format!("Template {number}"), admin.id);
                        write::create::<Failed>(tx, org, new, admin, &wish.cause)?;
                        templates::find(tx, org, id(number))?.unwrap();
                        match number % 3 {
                            0 => Err(hospes_model::Refusal::NotFound.into()),
                            1 if number % 2 == 0 => panic!("as intended"),
                            _ => Ok(()),
                        }
                    });
                    assert_eq!(done.is_ok(), number % 3 == 2 || (number % 3 == 1 && number % 2 == 1));
                });
            }
        });
        let mut kept = 0;
        for number in 1..=60_u8 {
            let found = world.read(move |tx| templates::find(tx, org, id(number)));
            if let Some(template) = found {
                assert_eq!(template.id, id(number));
                assert_eq!(template.blueprint().template, id(number));
                assert_eq!(title(world, number), format!("Template {number}"));
                kept += 1;
            }
        }
        assert_eq!(kept, 30);
        assert_eq!(versions(world).0.len(), 30);
    });
}

#[test]
fn a_copy_has_ids_of_its_own() {
    on_every_database(|world| {
        let (admin, standard, org) = (world.actor(1), world.actor(2), world.org);
        create(world, admin, &new(1, "Original", world.members[0])).unwrap();
        let wish = wish(world, standard, id(1));
        let copy = world.write(move |tx| {
            let ids = FreshIds::new(7, [7; 10]);
            write::clone::<Failed>(tx, org, &wish, None, id(2), ids)
        });
        let (copy, left_out) = copy.unwrap();
        assert_eq!(left_out, Vec::<String>::new());
        assert_eq!((copy.id, copy.owner, copy.created_by), (id(2), standard.id, standard.id));
        assert_eq!(copy.blueprint().template, id(2));
        assert_eq!(title(world, 2), "Copy of Original");
        assert_ne!(copy.blueprint().steps[0].id, new(1, "x", admin.id).snapshot.steps()[0].id);
        assert_eq!(
            world.feed().last().unwrap().1,
            "Template “Copy of Original” was created as a copy of “Original”."
        );
    });
}
