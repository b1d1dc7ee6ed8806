//! PostgreSQL in trouble: conflicts between transactions, and lost connections.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use hospes_store::{Database, Error, Tx};

use crate::databases::{Failed, World, on_postgres};

fn rename(tx: &mut Tx<'_>, account: i64, suffix: &str) -> Result<(), Failed> {
    tx.execute(
        "UPDATE member SET last_name = CONCAT(last_name, CAST(?2 AS TEXT)) WHERE account_id = ?1",
        &[account.into(), suffix.into()],
    )?;
    Ok(())
}

fn last_names(world: &World) -> Vec<String> {
    world
        .write(|tx| {
            Ok(tx.query_all("SELECT last_name FROM member ORDER BY account_id", &[], |row| row.string(0))?)
        })
        .unwrap()
}

#[test]
fn a_deadlock_is_tried_again() {
    on_postgres(|world| {
        let (one, two) = (world.members[0].get(), world.members[1].get());
        let meeting = Arc::new(Barrier::new(2));
        let tries = Arc::new(AtomicU32::new(0));
        std::thread::scope(|scope| {
            for (first, second, suffix) in [(one, two, "a"), (two, one, "b")] {
                let (meeting, tries) = (Arc::clone(&meeting), Arc::clone(&tries));
                scope.spawn(move || {
                    let mut own = 0;
                    let done = world.write(move |tx| {
                        own += 1;
                        tries.fetch_add(1, Ordering::SeqCst);
                        tx.execute("SET LOCAL deadlock_timeout = '20ms'", &[])?;
                        rename(tx, first, suffix)?;
                        if own == 1 {
                            meeting.wait();
                        }
                        rename(tx, second, suffix)
                    });
                    done.unwrap();
                });
            }
        });
        assert!(tries.load(Ordering::SeqCst) >= 3);
        // Both were done once, one behind the other.
        let names = last_names(world);
        assert_eq!(names[0], names[1].replace('2', "1"));
        assert!(names[0] == "1ab" || names[0] == "1ba", "{names:?}");
    });
}

#[test]
fn a_serialization_failure_is_tried_again_and_not_for_ever() {
    on_postgres(|world| {
        let account = world.members[0].get();
        let fail = "DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''40001'', MESSAGE = ''as intended''; END'";
        let mut tries = 0;
        let done = world.write(move |tx| {
            tries += 1;
            rename(tx, account, "x")?;
            if tries < 3 {
                tx.execute(fail, &[])?;
            }
            Ok(tries)
        });
        assert_eq!(done.unwrap(), 3);
        assert_eq!(last_names(world)[0], "1x");

        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let given_up = world.write(move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            rename(tx, account, "y")?;
            tx.execute(fail, &[])?;
            Ok(())
        });
        assert!(matches!(given_up, Err(Failed::Broken(Error::Unavailable(_)))), "{given_up:?}");
        assert!((2..20).contains(&tries.load(Ordering::SeqCst)));
        assert_eq!(last_names(world)[0], "1x");
    });
}

#[test]
fn other_errors_are_not_tried_again() {
    on_postgres(|world| {
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let failed = world.write(move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            tx.execute("SELECT 1 / 0", &[])?;
            Ok(())
        });
        assert!(matches!(failed, Err(Failed::Broken(Error::Database(_)))), "{failed:?}");
        assert_eq!(tries.load(Ordering::SeqCst), 1);
    });
}

const PID: &str = "SELECT CAST(pg_backend_pid() AS BIGINT)";

/// Ends the server's side of the two connections that the store runs closures on.
fn cut_connections(world: &World) {
    let Database::Postgres(url) = &world.options().database else { panic!("not a server") };
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    // All connections at once, so that each is met.
    let both = Barrier::new(2);
    let pids: Vec<i64> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let pid = world.write(|tx| {
                        let pid = tx.query_one(PID, &[], |row| row.int(0))?;
                        tx.query_one("SELECT 1 FROM pg_sleep(0.2)", &[], |_| Ok(()))?;
                        Ok(pid)
                    });
                    both.wait();
                    pid.unwrap()
                })
            })
            .collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_ne!(pids[0], pids[1]);
    for pid in pids {
        client.execute("SELECT pg_terminate_backend($1::bigint::int, 5000)", &[&pid]).unwrap();
    }
}

#[test]
fn a_lost_connection_is_replaced_by_the_next_call() {
    on_postgres(|world| {
        let account = world.members[0].get();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for _ in 0..2 {
            cut_connections(world);
            // One after the other meets each of the two connections.
            for _ in 0..4 {
                world.write(move |tx| rename(tx, account, "x")).unwrap();
            }
            cut_connections(world);
            for _ in 0..4 {
                let read = world.store.read(|tx| tx.query_one("SELECT 1 FROM org", &[], |_| Ok(())));
                runtime.block_on(read).unwrap();
            }
            cut_connections(world);
            for _ in 0..4 {
                let read = world.store.read_single(|tx| tx.query_one("SELECT 1 FROM org", &[], |_| Ok(())));
                runtime.block_on(read).unwrap();
            }
        }
        assert_eq!(last_names(world)[0], "1xxxxxxxx");
    });
}

#[test]
fn the_connection_for_tokens_is_replaced_too() {
    on_postgres(|world| {
        let Database::Postgres(url) = &world.options().database else { panic!("not a server") };
        let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
        let ask = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(world.store.standing(hospes_store::tokens::hash("unknown"))).unwrap()
        };
        assert!(ask().is_none());
        // Holds the question up, so that its connection can be told from others.
        client.batch_execute("BEGIN; LOCK TABLE token IN ACCESS EXCLUSIVE MODE").unwrap();
        std::thread::scope(|scope| {
            let asked = scope.spawn(ask);
            let waiting =
                "SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
            let pid: i32 = loop {
                if let Some(row) = client.query_opt(waiting, &[]).unwrap() {
                    break row.get(0);
                }
            };
            client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
            client.batch_execute("ROLLBACK").unwrap();
            assert!(asked.join().unwrap().is_none());
        });
        assert!(ask().is_none());
    });
}

#[test]
fn a_connection_lost_within_a_transaction_loses_and_doubles_nothing() {
    on_postgres(|world| {
        let account = world.members[0].get();
        for lost_after in [false, true] {
            let mut tries = 0;
            let done = world.write(move |tx| {
                tries += 1;
                if lost_after {
                    rename(tx, account, "x")?;
                }
                if tries == 1 {
                    tx.query_opt("SELECT pg_terminate_backend(pg_backend_pid())", &[], |_| Ok(()))?;
                }
                if !lost_after {
                    rename(tx, account, "y")?;
                }
                Ok(tries)
            });
            assert_eq!(done.unwrap(), 2);
        }
        assert_eq!(last_names(world)[0], "1yx");
    });
}

#[test]
fn a_connection_lost_before_the_commit_is_told_and_replaced() {
    on_postgres(|world| {
        let Database::Postgres(url) = world.options().database.clone() else { panic!("not a server") };
        let account = world.members[0].get();
        let lost = world.write(move |tx| {
            rename(tx, account, "x")?;
            let pid = tx.query_one(PID, &[], |row| row.int(0))?;
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client.execute("SELECT pg_terminate_backend($1::bigint::int, 5000)", &[&pid]).unwrap();
            Ok(())
        });
        // Whether a commit whose answer is lost took place cannot be known: no second try.
        assert!(matches!(lost, Err(Failed::Broken(Error::Unavailable(_)))), "{lost:?}");
        for _ in 0..4 {
            world.write(move |tx| rename(tx, account, "y")).unwrap();
        }
        assert_eq!(last_names(world)[0], "1yyyy");
    });
}

#[test]
fn a_server_that_is_gone_is_unavailable() {
    on_postgres(|world| {
        let Database::Postgres(url) = &world.options().database else { panic!("not a server") };
        let elsewhere = url.replacen(":54777", ":1", 1);
        let mut options = world.options().clone();
        options.database =
            Database::Postgres(if elsewhere == *url { "postgres://127.0.0.1:1/x".into() } else { elsewhere });
        let refused = hospes_store::Store::open(&options).unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    });
}
