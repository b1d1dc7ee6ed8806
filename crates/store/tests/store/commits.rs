//! What a write promises: all of it or nothing, for itself and not for its
//! neighbours in a shared commit, and for good once it was acknowledged.

use std::sync::mpsc::channel;
use std::time::Duration;

use hospes_model::Refusal;
use hospes_store::guests::{self, GuestRef};
use hospes_store::tokens::Standing;
use hospes_store::{Error, Store, Tx, orgs};

use crate::databases::{Failed, World, on_every_database, on_sqlite};

/// A table-free mark: a token of that name.
fn mark(tx: &mut Tx<'_>, world_org: i64, member: i64, name: &str) -> Result<(), Failed> {
    let hash = hospes_store::tokens::hash(name);
    tx.execute(
        "INSERT INTO token (org, account_id, name, hash, fingerprint, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, 'x', 0, 0)",
        &[world_org.into(), member.into(), name.into(), hash.as_slice().into()],
    )?;
    Ok(())
}

fn marks(store: &Store) -> Vec<String> {
    let all = store
        .write_blocking(|tx| tx.query_all("SELECT name FROM token ORDER BY name", &[], |row| row.string(0)));
    all.unwrap()
}

/// What the token of that name gives access to.
fn standing(store: &Store, name: &str) -> Option<Standing> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.standing(hospes_store::tokens::hash(name))).unwrap()
}

#[test]
fn many_who_ask_at_once_get_each_their_own_answer() {
    on_every_database(|world| {
        let (org, member) = (world.org.get(), world.members[0].get());
        for number in 0..20 {
            world.write(move |tx| mark(tx, org, member, &format!("{number}"))).unwrap();
        }
        let numbers = world.numbers("SELECT id FROM token ORDER BY id");
        std::thread::scope(|scope| {
            for (number, row) in numbers.iter().enumerate() {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let found = standing(&world.store, &format!("{number}")).unwrap();
                        assert_eq!(found.access.token, row[0]);
                        assert!(standing(&world.store, &format!("{number}x")).is_none());
                    }
                });
            }
        });
    });
}

/// What a neighbour in the batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Succeeds,
    Refuses,
    Breaks,
    Panics,
    PanicsWithin,
}

const FATES: [Fate; 5] = [Fate::Succeeds, Fate::Refuses, Fate::Breaks, Fate::Panics, Fate::PanicsWithin];

/// One write that leaves a mark and then meets its fate.
fn write(world: &World, number: usize, fate: Fate) -> Result<(), Failed> {
    let (org, member) = (world.org.get(), world.members[0].get());
    world.write(move |tx| {
        mark(tx, org, member, &format!("{number:03}"))?;
        match fate {
            Fate::Succeeds => Ok(()),
            Fate::Refuses => Err(Refusal::NotFound.into()),
            Fate::Breaks => {
                tx.execute("INSERT INTO token (org) VALUES (?1)", &[org.into()])?;
                Ok(())
            }
            Fate::Panics => panic!("as intended, number {number}"),
            Fate::PanicsWithin => tx.nested(|_| panic!("as intended, within number {number}")),
        }
    })
}

#[test]
fn a_closure_that_fails_or_panics_takes_no_other_with_it() {
    on_every_database(|world| {
        const WRITES: usize = 40;
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        std::thread::scope(|scope| {
            // Holds the writer until all others wait, so that they share a commit.
            let (org, member) = (world.org.get(), world.members[0].get());
            let first = scope.spawn(move || {
                world.write(move |tx| {
                    let _ = begun.send(());
                    let _ = released.recv_timeout(Duration::from_millis(500));
                    mark(tx, org, member, "first")
                })
            });
            has_begun.recv().unwrap();
            let writers: Vec<_> = (0..WRITES)
                .map(|number| {
                    let fate = FATES[number % FATES.len()];
                    (fate, scope.spawn(move || write(world, number, fate)))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(150));
            drop(release);
            first.join().unwrap().unwrap();
            for (fate, writer) in writers {
                let answer = writer.join().unwrap();
                match fate {
                    Fate::Succeeds => answer.unwrap(),
                    Fate::Refuses => assert!(answer.unwrap_err().is_not_found()),
                    Fate::Breaks => {
                        assert!(matches!(answer, Err(Failed::Broken(Error::Conflict(_)))), "{answer:?}");
                    }
                    Fate::Panics | Fate::PanicsWithin => {
                        assert!(matches!(answer, Err(Failed::Broken(_))), "{answer:?}");
                    }
                }
            }
        });
        let mut expected: Vec<String> = (0..WRITES)
            .filter(|number| number % FATES.len() == 0)
            .map(|number| format!("{number:03}"))
            .collect();
        expected.push("first".to_owned());
        assert_eq!(marks(&world.store), expected);
        // Another program sees the same: it was all on disk when it was acknowledged.
        assert_eq!(marks(&world.open_again()), expected);
        // And the writer goes on.
        write(world, 999, Fate::Succeeds).unwrap();
    });
}

#[test]
fn nobody_is_told_of_success_when_the_transaction_is_lost() {
    on_sqlite(|world| {
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        std::thread::scope(|scope| {
            let (org, member) = (world.org.get(), world.members[0].get());
            let before = scope.spawn(move || {
                world.write(move |tx| {
                    mark(tx, org, member, "before")?;
                    let _ = begun.send(());
                    let _ = released.recv_timeout(Duration::from_millis(500));
                    Ok(())
                })
            });
            has_begun.recv().unwrap();
            // As errors of the disk or of memory do it.
            let breaks = scope.spawn(|| world.write(|tx| Ok(tx.execute("ROLLBACK", &[])?)));
            std::thread::sleep(Duration::from_millis(50));
            let after = scope.spawn(|| write(world, 1, Fate::Succeeds));
            std::thread::sleep(Duration::from_millis(50));
            drop(release);
            assert!(matches!(before.join().unwrap(), Err(Failed::Broken(Error::Unavailable(_)))));
            assert!(breaks.join().unwrap().is_err());
            // In the same commit or in the next one: what it was told is true.
            let written = after.join().unwrap().is_ok();
            assert_eq!(marks(&world.store), if written { vec!["001".to_owned()] } else { Vec::new() });
        });
        write(world, 2, Fate::Succeeds).unwrap();
    });
}

#[test]
fn a_refused_guest_leaves_no_counter_behind() {
    on_every_database(|world| {
        world.make_guest("ann@x.example").unwrap();
        let state = || {
            world.table(4, "SELECT guest_sequence, guest_total, guest_revision, activity_sequence FROM org")
        };
        let before = state();
        // The refusal comes after the counters were moved.
        assert_eq!(world.make_guest("ANN@x.example").unwrap_err().fields(), ["email"]);
        assert_eq!(world.make_guest("member1@org1.example").unwrap_err().fields(), ["email"]);
        assert_eq!(state(), before);
        let (org, member) = (world.org.get(), world.members[0].get());
        world.write(move |tx| mark(tx, org, member, "secret")).unwrap();
        assert_eq!(standing(&world.store, "secret").unwrap().guest_revision, before[0][2]);
    });
}

#[test]
fn a_part_that_fails_leaves_nothing_and_the_rest_stays() {
    on_every_database(|world| {
        let (org, member) = (world.org.get(), world.members[0].get());
        let outcome = world.write(move |tx| {
            mark(tx, org, member, "before")?;
            let part: Result<(), Failed> = tx.nested(|tx| {
                mark(tx, org, member, "lost")?;
                let inner: Result<(), Failed> = tx.nested(|tx| {
                    mark(tx, org, member, "lost too")?;
                    mark(tx, org, member, "lost too")
                });
                assert!(matches!(inner, Err(Failed::Broken(Error::Conflict(_)))), "{inner:?}");
                mark(tx, org, member, "lost as well")?;
                Err(Refusal::NotFound.into())
            });
            assert!(part.unwrap_err().is_not_found());
            let kept: Result<(), Failed> = tx.nested(|tx| mark(tx, org, member, "kept"));
            kept?;
            mark(tx, org, member, "after")
        });
        outcome.unwrap();
        assert_eq!(marks(&world.open_again()), ["after", "before", "kept"]);
    });
}

#[test]
fn acknowledged_writes_are_in_a_database_that_is_opened_anew() {
    on_every_database(|world| {
        std::thread::scope(|scope| {
            for writer in 0..4 {
                scope.spawn(move || {
                    for number in 0..10 {
                        let email = format!("g{writer}-{number}@x.example");
                        world.make_guest(&email).unwrap();
                        if number % 3 == 0 {
                            let guest = GuestRef::parse(&email).unwrap();
                            let org = world.org;
                            // Another handle, while this one is open and has a log beside the file.
                            let found = world
                                .open_again()
                                .write_blocking(move |tx| guests::find_key(tx, org, &guest));
                            assert!(found.unwrap().is_some(), "{email}");
                        }
                    }
                });
            }
        });
        assert_eq!(world.numbers("SELECT COUNT(*) FROM guest"), [[40]]);
        assert_eq!(world.numbers("SELECT guest_total FROM org"), [[40]]);
    });
}

#[test]
fn a_write_whose_caller_has_gone_away_is_made_all_the_same() {
    on_sqlite(|world| {
        let (org, member) = (world.org.get(), world.members[0].get());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let write = world.store.write(move |tx| {
                std::thread::sleep(Duration::from_millis(50));
                mark(tx, org, member, "orphan")
            });
            assert!(tokio::time::timeout(Duration::from_millis(5), write).await.is_err());
        });
        assert_eq!(marks(&world.store), ["orphan"]);
    });
}

#[test]
fn what_another_program_wrote_is_seen_after_a_refresh() {
    on_every_database(|world| {
        let other = world.open_again();
        let (org, member) = (world.org.get(), world.members[0].get());
        world.write(move |tx| mark(tx, org, member, "secret")).unwrap();
        let revision = |store: &Store| standing(store, "secret").unwrap().guest_revision;
        let before = revision(&other);
        world.make_guest("ann@x.example").unwrap();
        assert_eq!(revision(&world.store), before + 1);
        // A server remembers on the embedded database until it is told to forget.
        assert_eq!(revision(&other), if world.is_sqlite() { before } else { before + 1 });
        other.refresh();
        assert_eq!(revision(&other), before + 1);
        // Tokens are looked up anew as well.
        world.write(|tx| Ok(tx.execute("UPDATE token SET revoked_at = 1", &[])?)).unwrap();
        assert_eq!(standing(&other, "secret").is_some(), world.is_sqlite());
        other.refresh();
        assert!(standing(&other, "secret").is_none());
        // Reads themselves are never remembered.
        world.write(|tx| Ok(tx.execute("UPDATE org SET name = 'Renamed'", &[])?)).unwrap();
        let org = world.org;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(other.read(move |tx| orgs::get(tx, org))).unwrap().name, "Renamed");
    });
}
