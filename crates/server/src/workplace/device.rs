//! A browser in a few words, from what it says of itself: for people who look at
//! a list of sessions, and for nothing else.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

use crate::text::Text;

/// What to look for, and what to call it; the first that is found counts, since
/// most browsers also claim to be others.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// What a browser is called that is none of these.
const UNKNOWN: &str = "a browser";

/// `Firefox on Android`, or less: as it is stored, and told to members.
pub(crate) fn of(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("{UNKNOWN} on {system}"),
        (None, None) => UNKNOWN.to_owned(),
    }
}

/// The same in the reader's language.
pub(crate) fn in_words(stored: &str, text: &Text) -> String {
    let (browser, system) =
        stored.split_once(" on ").map_or((stored, None), |(browser, system)| (browser, Some(system)));
    let browser = if browser == UNKNOWN { text.say("devices-unknown") } else { browser.to_owned() };
    match system {
        Some(system) => {
            text.say_with("devices-on", &[("browser", browser.as_str().into()), ("system", system.into())])
        }
        None => browser,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::text::Language;

    #[test]
    fn browsers_are_called_in_the_reader_s_language() {
        let text = Text::new(Language::De, TimeZone::UTC);
        for (stored, expected) in [
            ("Firefox on Android", "Firefox auf Android"),
            ("a browser on Windows", "ein Browser auf Windows"),
            ("a browser", "ein Browser"),
            ("Samsung Internet", "Samsung Internet"),
        ] {
            assert_eq!(in_words(stored, &text), expected);
        }
    }

    #[test]
    fn browsers_are_told_apart() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "Firefox on Linux"),
            ("curl/8.5", "a browser"),
            ("", "a browser"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, agent.parse().unwrap());
            assert_eq!(of(&headers), expected);
        }
    }
}
