//! Guests as lists are served from: rendered when they change, put together
//! when they are read.
//!
//! What is stored is the JSON without what guests' JSON has in common. The
//! fields are taken in groups; of each group there is a bit (nothing but nulls,
//! or not) and, if there is more than nulls, its text from the first value to
//! the last. That is a third of the JSON's size, and a page's cost is the memory
//! that it touches. Reading puts the constant text back between the groups;
//! which text that is depends on the bits alone, so it is kept for each pattern
//! of bits. Groups hold what is mostly given or absent together: fewer would
//! store more nulls, more would take longer to put together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use hospes_model::guest;
use serde::Serialize;

use super::{Guest, GuestStats};

/// The constant parts of an object's JSON.
#[derive(Debug)]
struct Frame {
    groups: Vec<Group>,
    /// What stands behind the last value.
    behind: &'static str,
}

#[derive(Debug)]
struct Group {
    /// What stands before the first value.
    before: String,
    /// The group's text when every value is null.
    nothing: String,
}

/// The guest: everything up to the brace that closes `details`.
static GUEST: LazyLock<Frame> = LazyLock::new(|| {
    let outer: &[&[&str]] = &[
        &["id", "email", "first_name", "last_name"],
        &["last_accessed_at", "last_known_ip", "last_known_country"],
        &["created_at"],
        &["deleted_at", "disabled_at"],
    ];
    let details: &[&[&str]] = &[
        &["first_name", "last_name", "status", "phone_1"],
        &["phone_2"],
        &["company_name", "company_url"],
        &["contact_url", "image_url", "opportunity_url", "opportunity_name"],
        &["timezone"],
        &["disabled_on", "disabled_at", "disabled_by", "reactivated_at", "reactivated_by"],
        &["external_sync_source", "external_date_creation", "cadence_days"],
        &["associated_members"],
        &["last_city", "last_country", "last_accessed_at"],
    ];
    let mut groups = groups("{", outer);
    groups.extend(self::groups(",\"details\":{", details));
    Frame { groups, behind: "}" }
});

/// The statistics, with the comma that separates them from what stands before.
static STATS: LazyLock<Frame> = LazyLock::new(|| {
    let fields: &[&[&str]] = &[
        &["active_tasks", "completed_tasks", "assigned_tasks", "tasks_completed"],
        &["last_task_completed_at"],
        &["one_off_tasks_completed", "last_one_off_task_completed_at"],
    ];
    Frame { groups: groups(",\"stats\":{", fields), behind: "}" }
});

/// The groups of an object's fields, in their order.
fn groups(open: &str, fields: &[&[&str]]) -> Vec<Group> {
    let group = |(place, names): (usize, &&[&str])| Group {
        before: format!("{}\"{}\":", if place == 0 { open } else { "," }, names[0]),
        nothing: names[1..].iter().fold("null".to_owned(), |text, name| text + ",\"" + name + "\":null"),
    };
    fields.iter().enumerate().map(group).collect()
}

/// The stored rendering of a guest.
pub fn render(guest: &guest::Guest) -> Vec<u8> {
    let json = to_json(&Guest::new(guest));
    // The brace of the guest itself comes behind link and statistics.
    pack(&GUEST, json.strip_suffix('}').unwrap_or(&json))
}

/// The stored rendering of statistics.
pub fn render_stats(stats: &guest::Stats) -> Vec<u8> {
    pack(&STATS, &format!(",\"stats\":{}", to_json(&GuestStats::new(stats))))
}

fn to_json<T: Serialize>(value: &T) -> String {
    // Strings, numbers and lists always serialize.
    serde_json::to_string(value).unwrap_or_default()
}

/// Bytes of the bits in front of the values.
const BITS: usize = 8;
/// A length of so many bytes or more follows in four bytes of its own.
const LONG: usize = 255;

/// Takes the constant text out of `json`. A value cannot hold the text before
/// the next group, because quotation marks inside of values are escaped.
fn pack(frame: &Frame, json: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let mut packed = vec![0; BITS];
    let mut rest = json.strip_prefix(frame.groups[0].before.as_str()).unwrap_or(json);
    for (number, group) in frame.groups.iter().enumerate() {
        let value = match frame.groups.get(number + 1) {
            Some(next) => {
                let (value, behind) = rest.split_once(next.before.as_str()).unwrap_or((rest, ""));
                rest = behind;
                value
            }
            None => rest.strip_suffix(frame.behind).unwrap_or(rest),
        };
        if value == group.nothing {
            continue;
        }
        bits |= 1 << number;
        match u8::try_from(value.len()) {
            Ok(length) if value.len() < LONG => packed.push(length),
            _ => {
                packed.push(u8::MAX);
                packed.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        packed.extend_from_slice(value.as_bytes());
    }
    packed[..BITS].copy_from_slice(&bits.to_le_bytes());
    packed
}

/// The constant text around the values of one pattern of bits.
type Shape = Rc<[Box<[u8]>]>;

thread_local! {
    /// Shapes by frame and bits. There are few: they are as many as kinds of
    /// guests an organization has.
    static SHAPES: RefCell<HashMap<(bool, u64), Shape>> = RefCell::default();
    /// The last one of each frame, which is the next row's most of the time.
    static LAST: RefCell<[Option<(u64, Shape)>; 2]> = RefCell::default();
}

/// Shapes kept; a caller who makes more starts them over.
const SHAPES_KEPT: usize = 4096;

fn shape(frame: &Frame, is_stats: bool, bits: u64) -> Shape {
    let last = LAST.with_borrow(|last| last[usize::from(is_stats)].clone());
    if let Some((of, shape)) = last
        && of == bits
    {
        return shape;
    }
    let shape = SHAPES.with_borrow_mut(|shapes| {
        if shapes.len() >= SHAPES_KEPT {
            shapes.clear();
        }
        Rc::clone(shapes.entry((is_stats, bits)).or_insert_with(|| {
            let mut parts = Vec::new();
            let mut pending = String::new();
            for (number, group) in frame.groups.iter().enumerate() {
                pending.push_str(&group.before);
                if bits & (1 << number) == 0 {
                    pending.push_str(&group.nothing);
                } else {
                    parts.push(std::mem::take(&mut pending).into_bytes().into_boxed_slice());
                }
            }
            pending.push_str(frame.behind);
            parts.push(pending.into_bytes().into_boxed_slice());
            parts.into()
        }))
    });
    LAST.with_borrow_mut(|last| last[usize::from(is_stats)] = Some((bits, Rc::clone(&shape))));
    shape
}

/// Puts the constant text back and returns the first value. What is not a
/// rendering gives nothing rather than a panic.
fn unpack<'a>(out: &mut Vec<u8>, frame: &Frame, is_stats: bool, packed: &'a [u8]) -> &'a [u8] {
    let Some((bits, mut rest)) = packed.split_first_chunk::<BITS>() else { return &[] };
    let shape = shape(frame, is_stats, u64::from_le_bytes(*bits));
    let (values, end) = shape.split_at(shape.len() - 1);
    let mut first: &[u8] = &[];
    for (number, before) in values.iter().enumerate() {
        let Some((value, behind)) = next_value(rest) else { return first };
        rest = behind;
        out.extend_from_slice(before);
        out.extend_from_slice(value);
        if number == 0 {
            first = value;
        }
    }
    out.extend_from_slice(&end[0]);
    first
}

fn next_value(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = packed.split_first()?;
    if length < u8::MAX {
        return rest.split_at_checked(usize::from(length));
    }
    let (length, rest) = rest.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

/// Puts a guest together from the stored parts: the JSON object with its link
/// and, if given, its statistics. `link_prefix` is everything of the link
/// before the guest code, already escaped for JSON.
pub fn assemble(out: &mut Vec<u8>, guest: &[u8], stats: Option<&[u8]>, link_prefix: &str) {
    // The guest code and its quotation marks begin the first group.
    let quoted_code = unpack(out, &GUEST, false, guest);
    let quoted_code = quoted_code.get(..hospes_model::GuestCode::LEN + 2).unwrap_or_default();
    out.extend_from_slice(b",\"link\":\"");
    out.extend_from_slice(link_prefix.as_bytes());
    // The code's closing quotation mark closes the link, too.
    out.extend_from_slice(quoted_code.get(1..).unwrap_or(b"\""));
    if let Some(stats) = stats {
        unpack(out, &STATS, true, stats);
    }
    out.push(b'}');
}

/// The start of every guest link under a public base address.
pub fn link_prefix(public_url: &str) -> String {
    let link = to_json(&format!("{}/guest/", public_url.trim_end_matches('/')));
    link.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use hospes_model::guest::{Presence, Profile, ProfileField, Stamp, Stats};
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
            let stats = render_stats(&guest.stats);
            assemble(&mut out, &render(&guest), with_stats.then_some(stats.as_slice()), &link_prefix("https://x.example/"));
            let link = format!("https://x.example/guest/{}", guest.code);
            let mut expected = Guest::new(&guest);
            expected.link = Some(&link);
            expected.stats = with_stats.then(|| GuestStats::new(&guest.stats));
            prop_assert_eq!(String::from_utf8(out).unwrap(), to_json(&expected));
        }

        #[test]
        fn damaged_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            assemble(&mut Vec::new(), &bytes, Some(&bytes), "x");
        }
    }

    #[test]
    fn a_rendering_is_much_smaller_than_its_json() {
        let mut guest =
            any_guest().new_tree(&mut proptest::test_runner::TestRunner::deterministic()).unwrap().current();
        guest.profile = Profile::default();
        guest.presence = Presence::default();
        assert!(render(&guest).len() * 2 < to_json(&Guest::new(&guest)).len());
    }
}
