//! What pages and mails say to guests, in their language, and how they write
//! dates and times.
//!
//! The sentences are in `crates/server/locales/{language}/{area}.ftl`; a test
//! sees to it that every key that is used exists in every language with the same
//! arguments, and that no key is left over. A page or a mail makes one [`Text`]
//! for its reader and asks it for every sentence.

mod bundles;
mod moments;

pub use moments::Due;

use hospes_model::text::is_hidden;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

/// Marks the key of a sentence that is chosen while the program runs, so that the
/// test of all keys finds it.
pub(crate) fn key(key: &'static str) -> &'static str {
    key
}

/// A language that guests are addressed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: &[Self] = &[Self::En, Self::De, Self::Fr, Self::Es];

    /// The BCP 47 tag, as in `lang` attributes and preferences.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// What its speakers call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
        }
    }

    /// Which way it is written, as in `dir` attributes.
    pub fn direction(self) -> &'static str {
        match self {
            Self::En | Self::De | Self::Fr | Self::Es => "ltr",
        }
    }

    /// Reads a tag; of `de-AT` and `DE_ch` the language counts.
    pub fn parse(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.iter().copied().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// The language for a reader: the one that they chose, else the best that
    /// their browser asks for (`Accept-Language`), else English.
    pub fn choose(preference: Option<&str>, accept: Option<&str>) -> Self {
        preference.and_then(Self::parse).or_else(|| accept.and_then(Self::of_header)).unwrap_or_default()
    }

    /// The known language of the greatest weight; the first of equal ones.
    fn of_header(accept: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for entry in accept.split(',').take(32) {
            let mut parts = entry.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::parse) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            let Ok(weight) = weight else { continue };
            if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// Something that stands in a sentence.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// A number; the sentence may depend on it.
    Number(i64),
    /// Somebody's text: a name, a title. It can neither hide anything nor turn
    /// the sentence around.
    Text(&'a str),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&i64> for Arg<'_> {
    fn from(number: &i64) -> Self {
        Self::Number(*number)
    }
}

impl From<usize> for Arg<'_> {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// How one reader is spoken to: in a language, with times of a zone.
#[derive(Debug, Clone)]
pub struct Text {
    language: Language,
    zone: TimeZone,
}

impl Text {
    /// For a reader.
    pub fn new(language: Language, zone: TimeZone) -> Self {
        Self { language, zone }
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The zone that times are told in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The sentence with this key.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The sentence with this key, with its arguments filled in. A key that is
    /// not there is said as it is, which no page does: a test looks for it.
    pub fn say_with(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        bundles::format(self.language, key, args).unwrap_or_else(|| key.to_owned())
    }

    /// [`say_with`](Self::say_with) for one argument: what templates mostly need.
    pub fn say_of<'a>(&self, key: &str, name: &str, arg: impl Into<Arg<'a>>) -> String {
        self.say_with(key, &[(name, arg.into())])
    }

    /// That somebody asked too often, and for how many minutes to wait.
    pub fn wait(&self, wait: SignedDuration) -> String {
        self.say_of("entrance-wait", "minutes", (wait.as_secs().max(1) + 59) / 60)
    }
}

/// Somebody's text as it may stand inside of a sentence: without characters that
/// nobody sees, and kept together when it runs the other way.
pub fn inline(text: &str, language: Language) -> String {
    let clean = visible(text);
    let stranger = if language.direction() == "rtl" { !clean.is_ascii() } else { has_right_to_left(&clean) };
    if stranger { format!("\u{2068}{clean}\u{2069}") } else { clean }
}

/// Somebody's text without characters that nobody sees and that make one text
/// look like another. Joiners stay between letters and symbols that need them.
pub fn visible(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let is_joiner = |c: char| matches!(c, '\u{200C}' | '\u{200D}');
    let chars: Vec<char> = text.chars().collect();
    let keeps = |at: usize| {
        let near = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !is_hidden(*c));
        at > 0 && near(chars.get(at - 1)) && near(chars.get(at + 1))
    };
    let kept = chars.iter().enumerate().filter(|(at, c)| !is_hidden(**c) || (is_joiner(**c) && keeps(*at)));
    kept.map(|(_, c)| *c).collect()
}

fn has_right_to_left(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
            | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_chosen_then_negotiated_then_english() {
        for (preference, accept, expected) in [
            (Some("fr"), Some("de"), Language::Fr),
            (Some("de-AT"), None, Language::De),
            (Some("xx"), Some("es-MX,es;q=0.9,en;q=0.8"), Language::Es),
            (None, Some("en;q=0.3, fr;q=0.7, de;q=0.7"), Language::Fr),
            (None, Some("ja, de;q=0, en;q=0.1"), Language::En),
            (None, Some("ja"), Language::En),
            (None, Some("de;q=many"), Language::En),
            (None, None, Language::En),
        ] {
            assert_eq!(Language::choose(preference, accept), expected, "{preference:?} {accept:?}");
        }
        for language in Language::ALL {
            assert_eq!(Language::parse(language.tag()), Some(*language));
        }
    }

    #[test]
    fn names_cannot_hide_or_turn_anything() {
        assert_eq!(inline("Ann\u{202E}gpj.exe\u{200B}", Language::En), "Anngpj.exe");
        assert_eq!(inline("שלום", Language::En), "\u{2068}שלום\u{2069}");
        assert_eq!(inline("Zoë & Söhne", Language::En), "Zoë & Söhne");
        // Joiners between Arabic letters and in emoji are part of the writing.
        assert_eq!(visible("می\u{200C}خواهم"), "می\u{200C}خواهم");
        assert_eq!(visible("👩\u{200D}🔧"), "👩\u{200D}🔧");
        assert_eq!(visible("ad\u{200D}min\u{200C}"), "admin");
    }
}
