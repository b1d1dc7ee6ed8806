//! An organization's colour, and the shades of it that people can read.

use std::fmt::Write as _;

/// A colour as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color([u8; 3]);

/// The pages' backgrounds, which are in the stylesheet too.
const LIGHT: Color = Color([0xf5, 0xf5, 0xf3]);
const DARK_CARD: Color = Color([0x22, 0x24, 0x28]);
const WHITE: Color = Color([255; 3]);
const BLACK: Color = Color([0; 3]);
/// The contrast that text needs (WCAG 2.2, 1.4.3), with something to spare.
const READABLE: f64 = 4.6;

impl Color {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_digits(text.strip_prefix('#')?)
    }

    /// Reads `rrggbb`.
    pub fn parse_digits(digits: &str) -> Option<Self> {
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// `rrggbb`.
    pub fn digits(self) -> String {
        let [red, green, blue] = self.0;
        format!("{red:02x}{green:02x}{blue:02x}")
    }

    /// How bright it is, from 0 to 1 (WCAG 2.2).
    fn luminance(self) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(channel);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast to another colour, from 1 to 21 (WCAG 2.2).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// So many twentieths of the way to another colour.
    fn towards(self, other: Self, twentieths: u16) -> Self {
        let mut mixed = self.0;
        for (value, goal) in mixed.iter_mut().zip(other.0) {
            let sum = u16::from(*value) * (20 - twentieths) + u16::from(goal) * twentieths;
            *value = u8::try_from(sum / 20).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }

    /// The nearest shade that can be read on a background and under its own
    /// opposite.
    fn readable_on(self, background: Self, goal: Self) -> Self {
        let shades = (0..=20).map(|twentieths| self.towards(goal, twentieths));
        shades.into_iter().find(|shade| shade.contrast(background) >= READABLE).unwrap_or(goal)
    }

    /// The rules that put the colour in place of the usual accent: in light and
    /// in dark, as text on the page and as ground of buttons.
    pub fn stylesheet(self) -> String {
        let light = self.readable_on(LIGHT, BLACK);
        let dark = self.readable_on(DARK_CARD, WHITE);
        let mut css = String::new();
        let mut rules = |shade: Self| {
            let ink = if shade.contrast(WHITE) >= shade.contrast(BLACK) { WHITE } else { BLACK };
            let _ = write!(css, ":root{{--accent:#{};--on-accent:#{}}}", shade.digits(), ink.digits());
        };
        rules(light);
        rules(dark);
        // The second half is for dark screens.
        let half = css.len() / 2;
        let (light, dark) = css.split_at(half);
        format!("{light}@media(prefers-color-scheme:dark){{{dark}}}\n")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_are_read_and_compared() {
        assert_eq!(Color::parse("#1A2b3c").map(Color::digits).as_deref(), Some("1a2b3c"));
        for wrong in ["1a2b3c", "#fff", "#1a2b3g", "#1a2b3c4d", "red", "#+a2b3c"] {
            assert_eq!(Color::parse(wrong), None, "{wrong}");
        }
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 0.01);
        assert!((Color([0x76; 3]).contrast(WHITE) - 4.54).abs() < 0.01);
    }

    proptest! {
        /// Whatever colour an organization chooses, links and buttons can be
        /// read in light and in dark.
        #[test]
        fn every_colour_becomes_readable(channels in any::<[u8; 3]>()) {
            let css = Color(channels).stylesheet();
            let shades: Vec<Color> =
                css.split('#').skip(1).map(|piece| Color::parse_digits(&piece[..6]).unwrap()).collect();
            let [light, on_light, dark, on_dark] = shades[..] else { panic!("{css}") };
            prop_assert!(light.contrast(LIGHT) >= 4.5 && light.contrast(WHITE) >= 4.5);
            prop_assert!(dark.contrast(DARK_CARD) >= 4.5);
            prop_assert!(on_light.contrast(light) >= 4.5 && on_dark.contrast(dark) >= 4.5);
        }
    }
}
