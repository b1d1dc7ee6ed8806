//! Guests as lists are served from: rendered when they change, put together
//! when they are read.
//!
//! What is stored is the values of the JSON without what guests' JSON has in
//! common: two bits for each field, then those values that cannot be told from
//! the bits. That is a quarter of the JSON's size, and a page's cost is mostly
//! the memory that it touches. Reading puts the constant text back between the
//! values; which text that is depends on the bits alone, so it is kept for each
//! pattern of bits.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;

use hospes_model::guest;
use serde::Serialize;

use super::{Guest, GuestStats};

#[cfg(test)]
mod tests;

/// A field of an object, in the order in which serde writes it: its name, its
/// most frequent value, and an earlier field that often has the same value.
type Field = (&'static str, &'static str, Option<&'static str>);

const fn field(name: &'static str) -> Field {
    (name, "null", None)
}

const fn like(name: &'static str, other: &'static str) -> Field {
    (name, "null", Some(other))
}

const fn mostly(name: &'static str, usual: &'static str) -> Field {
    (name, usual, None)
}

/// The guest: everything up to the brace that closes `details`.
static GUEST: LazyLock<Frame> = LazyLock::new(|| {
    let outer: &[Field] = &[
        field("id"),
        field("email"),
        field("first_name"),
        field("last_name"),
        field("last_accessed_at"),
        field("last_known_ip"),
        field("last_known_country"),
        field("created_at"),
        field("deleted_at"),
        field("disabled_at"),
    ];
    let details: &[Field] = &[
        like("first_name", "first_name"),
        like("last_name", "last_name"),
        mostly("status", "\"active\""),
        field("phone_1"),
        field("phone_2"),
        field("company_name"),
        field("company_url"),
        field("contact_url"),
        field("image_url"),
        field("opportunity_url"),
        field("opportunity_name"),
        field("timezone"),
        like("disabled_on", "disabled_at"),
        like("disabled_at", "disabled_at"),
        field("disabled_by"),
        field("reactivated_at"),
        field("reactivated_by"),
        field("external_sync_source"),
        field("external_date_creation"),
        field("cadence_days"),
        mostly("associated_members", "[]"),
        field("last_city"),
        like("last_country", "last_known_country"),
        like("last_accessed_at", "last_accessed_at"),
        field("unreachable_since"),
    ];
    Frame::new(&[("{", outer), (",\"details\":{", details)])
});

/// The statistics, with the comma that separates them from what stands before.
static STATS: LazyLock<Frame> = LazyLock::new(|| {
    let stats: &[Field] = &[
        mostly("active_tasks", "0"),
        mostly("completed_tasks", "0"),
        ("assigned_tasks", "0", Some("active_tasks")),
        mostly("tasks_completed", "0"),
        field("last_task_completed_at"),
        ("one_off_tasks_completed", "0", Some("completed_tasks")),
        field("last_one_off_task_completed_at"),
    ];
    Frame::new(&[(",\"stats\":{", stats)])
});

/// The constant parts of an object's JSON, up to the brace that closes it.
#[derive(Debug)]
struct Frame(Vec<Slot>);

/// Fields that [`Frame`] can hold: two bits each have room in a number.
const FIELDS: usize = 35;

/// The place of one field.
#[derive(Debug)]
struct Slot {
    /// What stands before the value.
    before: String,
    usual: &'static str,
    /// The number of an earlier field.
    like: Option<usize>,
}

/// What the bits say of a field: the usual value, ...
const USUAL: u128 = 0;
/// ... a string, stored without its quotation marks, ...
const STRING: u128 = 1;
/// ... another value, stored as it is, ...
const OTHER: u128 = 2;
/// ... or that of the earlier field.
const SAME: u128 = 3;

impl Frame {
    fn new(objects: &[(&str, &[Field])]) -> Self {
        let mut slots: Vec<Slot> = Vec::new();
        let names: Vec<&str> = objects.iter().flat_map(|(_, fields)| fields.iter().map(|f| f.0)).collect();
        for (open, fields) in objects {
            for (place, (name, usual, like)) in fields.iter().enumerate() {
                let before = format!("{}\"{name}\":", if place == 0 { open } else { "," });
                let like = like.and_then(|like| names.iter().position(|name| *name == like));
                slots.push(Slot { before, usual, like: like.filter(|like| *like < slots.len()) });
            }
        }
        Self(slots)
    }

    /// Bytes of the bits in front of the values.
    fn bits(&self) -> usize {
        (self.0.len() * 2).div_ceil(8)
    }

    /// Takes the constant text out of `json`.
    fn pack(&self, json: &str) -> Vec<u8> {
        let mut bits = 0_u128;
        let mut packed = vec![0; self.bits()];
        let mut values = Vec::with_capacity(self.0.len());
        let mut rest = json;
        for (number, slot) in self.0.iter().enumerate() {
            let (value, behind) = split_value(rest.strip_prefix(slot.before.as_str()).unwrap_or(rest));
            rest = behind;
            values.push(value);
            let string = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let earlier = slot.like.filter(|like| bits >> (2 * like) & 3 != USUAL);
            let state = if value == slot.usual {
                USUAL
            } else if earlier.is_some_and(|earlier| values[earlier] == value) {
                SAME
            } else if let Some(string) = string {
                push_value(&mut packed, string);
                STRING
            } else {
                push_value(&mut packed, value);
                OTHER
            };
            bits |= state << (2 * number);
        }
        let bits = bits.to_le_bytes();
        packed.iter_mut().zip(bits).take(self.bits()).for_each(|(to, from)| *to = from);
        packed
    }

    /// The constant text around the values of one pattern of bits.
    fn shape(&self, bits: u128) -> Shape {
        let mut shape = Shape::default();
        let mut pending = String::new();
        // Which stored value each field has, and whether it is a string.
        let mut stored: [Option<(usize, bool)>; FIELDS] = [None; FIELDS];
        for (number, slot) in self.0.iter().enumerate() {
            pending.push_str(&slot.before);
            let value = match bits >> (2 * number) & 3 {
                state @ (STRING | OTHER) => {
                    shape.stored += 1;
                    Some((shape.stored - 1, state == STRING))
                }
                SAME => slot.like.and_then(|like| stored[like]),
                _ => None,
            };
            stored[number] = value;
            let Some((value, is_string)) = value else {
                pending.push_str(slot.usual);
                continue;
            };
            if is_string {
                pending.push('"');
            }
            shape.add(&pending, value);
            pending.clear();
            if is_string {
                pending.push('"');
            }
        }
        pending.push('}');
        shape.add(&pending, NO_VALUE);
        shape
    }
}

/// Splits the value off that `json` begins with.
fn split_value(json: &str) -> (&str, &str) {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b',' | b']' | b'}' if depth == 0 => return json.split_at(at),
            b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    (json, "")
}

/// A length of so many bytes or more follows in four bytes of its own.
const LONG: usize = 255;

fn push_value(packed: &mut Vec<u8>, value: &str) {
    match u8::try_from(value.len()) {
        Ok(length) if value.len() < LONG => packed.push(length),
        _ => {
            packed.push(u8::MAX);
            packed.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    packed.extend_from_slice(value.as_bytes());
}

/// Beginning and length of the value whose length stands at `at`.
fn value_at(packed: &[u8], at: usize) -> Option<(usize, usize)> {
    let length = *packed.get(at)?;
    let (from, length) = if length < u8::MAX {
        (at + 1, usize::from(length))
    } else {
        let length = packed.get(at + 1..)?.first_chunk::<4>()?;
        (at + 5, usize::try_from(u32::from_le_bytes(*length)).ok()?)
    };
    (from.checked_add(length)? <= packed.len()).then_some((from, length))
}

/// The stored rendering of a guest: statistics first, then the rest.
pub fn render(guest: &guest::Guest) -> Vec<u8> {
    let mut rendered = pack_stats(&guest.stats);
    rendered.extend(GUEST.pack(&to_json(&Guest::new(guest))));
    rendered
}

/// A stored rendering with other statistics.
pub fn render_stats(rendered: &[u8], stats: &guest::Stats) -> Vec<u8> {
    let mut replaced = pack_stats(stats);
    let (_, behind) = STATS_PART.with_borrow_mut(|stats| stats.read(rendered, 0));
    replaced.extend_from_slice(rendered.get(behind..).unwrap_or_default());
    replaced
}

fn pack_stats(stats: &guest::Stats) -> Vec<u8> {
    STATS.pack(&format!(",\"stats\":{}", to_json(&GuestStats::new(stats))))
}

fn to_json<T: Serialize>(value: &T) -> String {
    // Strings, numbers and lists always serialize.
    serde_json::to_string(value).unwrap_or_default()
}

/// The JSON of all objects with the same bits, but for the stored values.
#[derive(Debug, Default)]
struct Shape {
    parts: Vec<Part>,
    /// The constant texts of all parts, one behind the other, as they are read.
    chunks: Vec<[u8; WIDE]>,
    /// How many values are stored.
    stored: usize,
    /// The length of all constant text.
    constant: usize,
}

/// Constant text, and the stored value behind it.
#[derive(Debug)]
struct Part {
    /// How many chunks the text fills, the last one partly.
    chunks: usize,
    /// The text's length.
    length: usize,
    /// The value's number.
    value: usize,
}

/// The number of a value that is nothing.
const NO_VALUE: usize = FIELDS;

/// Bytes that are copied at once. Most texts and values are no longer, and
/// copying a fixed number of bytes, with what happens to stand behind them, is
/// several times faster than copying as many as there are.
const WIDE: usize = 32;

impl Shape {
    fn add(&mut self, text: &str, value: usize) {
        let fill = |part: &[u8]| {
            let mut chunk = [0; WIDE];
            chunk[..part.len()].copy_from_slice(part);
            chunk
        };
        let chunks = self.chunks.len();
        self.chunks.extend(text.as_bytes().chunks(WIDE).map(fill));
        self.parts.push(Part { chunks: self.chunks.len() - chunks, length: text.len(), value });
        self.constant += text.len();
    }
}

/// Shapes that a thread remembers, a power of two. There are few: they are as
/// many as kinds of guests an organization has.
const SHAPES: usize = 1024;

/// What a thread has at hand to put one part of renderings together.
#[derive(Debug)]
struct Assembler {
    frame: &'static LazyLock<Frame>,
    /// The shapes that were met: each has one place, where the next one that
    /// belongs there takes over.
    shapes: Vec<Option<(u128, Rc<Shape>)>>,
    /// Beginning and length of the values that were read last; the one behind
    /// all of them is nothing.
    places: [(usize, usize); FIELDS + 1],
}

thread_local! {
    static GUEST_PART: RefCell<Assembler> = RefCell::new(Assembler::new(&GUEST));
    static STATS_PART: RefCell<Assembler> = RefCell::new(Assembler::new(&STATS));
}

impl Assembler {
    fn new(frame: &'static LazyLock<Frame>) -> Self {
        Self { frame, shapes: vec![None; SHAPES], places: [(0, 0); FIELDS + 1] }
    }

    fn shape(&mut self, bits: u128) -> Rc<Shape> {
        // Multiplying by a large odd number spreads the bits to the upper end.
        let spread = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let place = usize::try_from(spread >> (u128::BITS - SHAPES.ilog2())).unwrap_or(0);
        let place = &mut self.shapes[place];
        match place {
            Some((of, shape)) if *of == bits => Rc::clone(shape),
            _ => {
                let shape = Rc::new(self.frame.shape(bits));
                *place = Some((bits, Rc::clone(&shape)));
                shape
            }
        }
    }

    /// Finds the values of the part of a rendering that begins at `at`, and
    /// where the part ends. In what is not a rendering, values are empty.
    fn read(&mut self, rendered: &[u8], at: usize) -> (Rc<Shape>, usize) {
        let mut end = at + self.frame.bits();
        let bits = rendered.get(at..end).unwrap_or_default();
        let bits = bits.iter().rev().fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        let shape = self.shape(bits);
        for place in self.places.iter_mut().take(shape.stored) {
            *place = value_at(rendered, end).unwrap_or((end, 0));
            end = place.0 + place.1;
        }
        (shape, end)
    }

    /// Puts the constant text back between the values that were read.
    fn write(&self, shape: &Shape, out: &mut Vec<u8>, rendered: &[u8]) {
        let values: usize = shape.parts.iter().map(|part| self.places[part.value].1).sum();
        let mut at = out.len();
        let end = at + shape.constant + values;
        // Room for what is copied along with the last text.
        out.resize(end + 2 * WIDE, 0);
        let mut chunks = shape.chunks.iter();
        for part in &shape.parts {
            for (number, chunk) in chunks.by_ref().take(part.chunks).enumerate() {
                let to = out.get_mut(at + number * WIDE..);
                if let Some(to) = to.and_then(<[u8]>::first_chunk_mut) {
                    *to = *chunk;
                }
            }
            at += part.length;
            let (from, length) = self.places[part.value];
            at = copy(out, at, rendered, from, length);
        }
        out.truncate(end);
    }
}

/// Copies `length` bytes of `source` from `from` to `out` at `at`, and something
/// behind them where there is room for it. Returns where the copy ends.
fn copy(out: &mut [u8], at: usize, source: &[u8], from: usize, length: usize) -> usize {
    let (Some(to), Some(source)) = (out.get_mut(at..), source.get(from..)) else { return at };
    if length <= WIDE
        && let (Some(to), Some(bytes)) = (to.first_chunk_mut::<WIDE>(), source.first_chunk())
    {
        *to = *bytes;
    } else if length <= 2 * WIDE
        && let (Some(to), Some(bytes)) = (to.first_chunk_mut::<{ 2 * WIDE }>(), source.first_chunk())
    {
        *to = *bytes;
    } else if let (Some(to), Some(bytes)) = (to.get_mut(..length), source.get(..length)) {
        to.copy_from_slice(bytes);
    }
    at + length
}

/// Puts a guest together from its rendering: the JSON object with its link and,
/// if wanted, its statistics. `link_prefix` is everything of the link before the
/// guest code, already escaped for JSON.
pub fn assemble(out: &mut Vec<u8>, rendered: &[u8], with_stats: bool, link_prefix: &str) {
    STATS_PART.with_borrow_mut(|stats| {
        GUEST_PART.with_borrow_mut(|guest| {
            let (stats_shape, behind) = stats.read(rendered, 0);
            let (shape, _) = guest.read(rendered, behind);
            guest.write(&shape, out, rendered);
            out.extend_from_slice(b",\"link\":\"");
            out.extend_from_slice(link_prefix.as_bytes());
            // The code is the first value of all, and never a usual one.
            let (from, length) = guest.places[0];
            out.extend_from_slice(rendered.get(from..from + length).unwrap_or_default());
            out.push(b'"');
            if with_stats {
                stats.write(&stats_shape, out, rendered);
            }
            out.push(b'}');
        });
    });
}

/// The start of every guest link under a public base address.
pub fn link_prefix(public_url: &str) -> String {
    let link = to_json(&format!("{}/guest/", public_url.trim_end_matches('/')));
    link.trim_matches('"').to_owned()
}
