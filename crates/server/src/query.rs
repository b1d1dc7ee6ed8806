//! Query strings, read with every fault named.

use std::borrow::Cow;

use hospes_model::{FieldErrors, Refusal};
use hospes_store::tasks::list::Archived;

/// The parameters of a query string. `+` is a space; the last of several equal
/// names counts; unknown names are harmless.
#[derive(Debug)]
pub struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    errors: FieldErrors,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// From 1.
    pub page: i64,
    /// Objects a page, 1 to [`PageRequest::MAX`].
    pub per_page: i64,
    /// Whether everything was asked for at once.
    pub all: bool,
}

impl PageRequest {
    /// No page holds more; larger wishes are cut to it.
    pub const MAX: i64 = 1000;

    /// How many objects lie before the page.
    pub fn offset(self) -> i64 {
        (self.page - 1).saturating_mul(self.per_page)
    }
}

impl<'a> Query<'a> {
    /// Splits a raw query string.
    pub fn new(raw: &'a str) -> Self {
        Self { pairs: form_urlencoded::parse(raw.as_bytes()).collect(), errors: FieldErrors::default() }
    }

    /// A parameter's text; blank counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().rev().find(|(key, _)| key == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// Adds a fault.
    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    /// Text without characters that cannot be stored.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.get(name)?.to_owned();
        if value.contains('\0') || value.chars().count() > 500 {
            self.fault(name, format!("The {name} must be text of at most 500 characters."));
            return None;
        }
        Some(value)
    }

    /// Whether a switch is on: `true`, `1`, `yes`; off: `false`, `0`, `no`.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.get(name)?.to_ascii_lowercase();
        match value.as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => {
                self.fault(name, format!("The {name} must be true or false."));
                None
            }
        }
    }

    fn number(&mut self, name: &str) -> Option<i64> {
        let number = self.get(name)?.parse::<i64>().ok().filter(|number| *number >= 1);
        if number.is_none() {
            self.fault(name, format!("The {name} must be an integer of at least 1."));
        }
        number
    }

    /// Which page is wanted; `limit` is another name of `per_page`.
    pub fn page(&mut self, default_per_page: i64) -> PageRequest {
        self.page_at_most(default_per_page, PageRequest::MAX)
    }

    /// The same for a list with another maximum.
    pub fn page_at_most(&mut self, default_per_page: i64, most: i64) -> PageRequest {
        let page = self.number("page").unwrap_or(1);
        let limit = self.number("limit");
        let per_page = self.number("per_page").or(limit).unwrap_or(default_per_page);
        PageRequest {
            page,
            per_page: per_page.min(most),
            all: self.flag("without_pagination").unwrap_or(false),
        }
    }

    /// A list of entries, separated by commas, each of which `read` reads; `what`
    /// says what they are.
    pub fn entries<T>(&mut self, name: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        /// Lists of ids and addresses in a query have at most so many entries.
        const ENTRIES: usize = 100;
        let list = self.get(name)?.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let entries: Option<Vec<T>> = list.take(ENTRIES + 1).map(read).collect();
        let entries = entries.filter(|entries| entries.len() <= ENTRIES);
        if entries.is_none() {
            self.fault(name, format!("The {name} must be at most {ENTRIES} {what}, separated by commas."));
        }
        entries
    }

    /// What `archived` says of archived objects: `true` includes them, `only`
    /// shows nothing else.
    pub fn archived(&mut self) -> Archived {
        if self.get("archived") == Some("only") {
            return Archived::Only;
        }
        if self.flag("archived") == Some(true) { Archived::Included } else { Archived::Left }
    }

    /// The includes asked for with `with`; unknown ones are harmless.
    pub fn includes(&self, name: &str) -> bool {
        self.get("with").is_some_and(|list| list.split(',').any(|entry| entry.trim() == name))
    }

    /// `Ok` when no fault was found.
    pub fn finish(self) -> Result<(), Refusal> {
        self.errors.into_result()
    }
}

/// What to sort by, and whether a `-` in front of it turns the order round.
pub fn direction(word: &str) -> (bool, &str) {
    word.strip_prefix('-').map_or((false, word), |name| (true, name))
}

/// The raw query string with one parameter set to another value.
pub fn with_parameter(raw: &str, name: &str, value: &str, without: &[&str]) -> String {
    let mut writer = form_urlencoded::Serializer::new(String::new());
    for (key, old) in form_urlencoded::parse(raw.as_bytes()) {
        if key != name && !without.contains(&&*key) {
            writer.append_pair(&key, &old);
        }
    }
    writer.append_pair(name, value);
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_and_bounded() {
        let mut query = Query::new("page=3&per_page=5000");
        assert_eq!(query.page(10), PageRequest { page: 3, per_page: 1000, all: false });
        let mut query = Query::new("limit=7&without_pagination=true");
        assert_eq!(query.page(10), PageRequest { page: 1, per_page: 7, all: true });
        for wrong in ["page=0", "page=x", "per_page=-1", "per_page=1.5", "without_pagination=maybe"] {
            let mut query = Query::new(wrong);
            query.page(10);
            assert!(query.finish().is_err(), "{wrong}");
        }
    }

    #[test]
    fn plus_is_a_space_and_the_last_value_counts() {
        let mut query = Query::new("q=a+b&q=ann%20lee&x=%00");
        assert_eq!(query.text("q").as_deref(), Some("ann lee"));
        assert_eq!(query.text("x"), None);
        assert!(query.finish().is_err());
    }

    #[test]
    fn a_parameter_is_replaced_in_place() {
        assert_eq!(with_parameter("page=2&q=a%20b", "page", "3", &[]), "q=a+b&page=3");
        assert_eq!(with_parameter("cursor=x&page=2", "cursor", "y", &["page"]), "cursor=y");
    }
}
