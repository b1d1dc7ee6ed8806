//! Renderings are put together as serde would have written them.

use hospes_model::guest::{Presence, Profile, ProfileField, Stamp, Stats, Unreachable};
use hospes_model::{EmailAddress, GuestCode, GuestKey, MemberId, OrgNo};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

prop_compose! {
    fn any_guest()(
        texts in proptest::collection::vec(proptest::option::of(".{1,300}|[\"\\\\,:{}a-z_]{1,40}"), ProfileField::ALL.len()),
        disabled in proptest::option::of(0_i64..4_000_000_000),
        reactivated in proptest::option::of(0_i64..4_000_000_000),
        seen in proptest::option::of((0_i64..4_000_000_000, ".{0,40}")),
        members in proptest::collection::vec(1_i64..99, 0..4),
        counts in (0_i64..99, 0_i64..99, proptest::option::of(0_i64..4_000_000_000)),
        random in any::<[u8; 24]>(),
    ) -> guest::Guest {
        let mut profile = Profile::default();
        for (field, text) in ProfileField::ALL.iter().zip(texts) {
            profile.set(*field, text);
        }
        let stamp = |seconds: Option<i64>| seconds.map(|s| Stamp { at: at(s), by: MemberId::new(7) });
        guest::Guest {
            key: GuestKey::new(OrgNo::new(1).unwrap(), 1),
            code: GuestCode::new(random),
            email: EmailAddress::parse("a\"b\"@b.example").unwrap_or_else(|_| EmailAddress::parse("a@b.example").unwrap()),
            profile,
            cadence_days: None,
            associated_members: members.into_iter().filter_map(MemberId::new).collect(),
            created_at: at(1_700_000_000),
            disabled: stamp(disabled),
            reactivated: stamp(reactivated),
            presence: seen.map(|(s, text)| Presence {
                last_accessed_at: Some(at(s)), ip: Some(text.clone()), country: Some(text.clone()), city: Some(text),
            }).unwrap_or_default(),
            unreachable: disabled.map(|s| Unreachable { at: at(s), why: "550 \"no such box\"".to_owned() }),
            stats: Stats {
                active_tasks: counts.0, tasks_completed: counts.1, last_task_completed_at: counts.2.map(at),
                one_off_tasks_completed: counts.0, last_one_off_task_completed_at: None,
            },
            profile_revision: 1,
            stats_revision: 1,
        }
    }
}

proptest! {
    #[test]
    fn what_is_put_together_is_what_serde_writes(guest in any_guest(), with_stats: bool) {
        let mut out = Vec::new();
        assemble(&mut out, &render(&guest), with_stats, &link_prefix("https://x.example/"));
        let link = format!("https://x.example/guest/{}", guest.code);
        let mut expected = Guest::new(&guest);
        expected.link = Some(&link);
        expected.stats = with_stats.then(|| GuestStats::new(&guest.stats));
        prop_assert_eq!(String::from_utf8(out).unwrap(), to_json(&expected));
    }

    #[test]
    fn statistics_are_replaced_and_nothing_else(guest in any_guest(), other in any_guest()) {
        let replaced = render_stats(&render(&guest), &other.stats);
        prop_assert_eq!(replaced, render(&guest::Guest { stats: other.stats, ..guest }));
    }

    #[test]
    fn damaged_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), stats in any_guest()) {
        assemble(&mut Vec::new(), &bytes, true, "x");
        render_stats(&bytes, &stats.stats);
    }
}

#[test]
fn a_rendering_is_much_smaller_than_its_json() {
    let mut guest =
        any_guest().new_tree(&mut proptest::test_runner::TestRunner::deterministic()).unwrap().current();
    guest.profile = Profile::default();
    guest.presence = Presence::default();
    assert!(render(&guest).len() * 4 < to_json(&Guest::new(&guest)).len());
}
