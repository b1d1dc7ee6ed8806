//! The frame of every page: what stands around its content. The headers that all
//! pages carry are [`headers`](super::headers)'.
//!
//! A page is an askama template that extends `workplace/base.html`; its struct
//! has a field `shell` of the type [`Shell`] and is answered by [`page`].

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_model::asset::image::Logo;

use super::assets;
use super::color::Color;
use crate::error::Error;
use crate::text::{Text, visible};

/// Whose workplace it is: what an organization shows to outsiders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    /// The organization's name.
    pub name: String,
    /// Its logo.
    pub logo: Option<Picture>,
    /// Its colour.
    pub color: Option<Color>,
}

/// A picture as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it is, on this server.
    pub address: String,
    /// How wide it is shown, in pixels of the page.
    pub width: u32,
    /// How high.
    pub height: u32,
}

impl Picture {
    const HEIGHT: u32 = 32;
    const WIDTH: u32 = 160;

    /// A logo, as large as there is room for it.
    pub fn of(logo: &Logo) -> Self {
        let (width, height) = (u64::from(logo.width.max(1)), u64::from(logo.height.max(1)));
        let scaled = |side: u64, by: u32, other: u64| {
            u32::try_from(side * u64::from(by) / other).unwrap_or(u32::MAX).max(1)
        };
        let at_full_height = scaled(width, Self::HEIGHT, height);
        let (shown_width, shown_height) = if at_full_height > Self::WIDTH {
            (Self::WIDTH, scaled(height, Self::WIDTH, width))
        } else {
            (at_full_height, Self::HEIGHT)
        };
        Self { address: assets::logo(logo), width: shown_width, height: shown_height }
    }
}

/// The pages of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The task list, and one task.
    Tasks,
    /// Own sessions.
    Devices,
    /// Language, zone, mails.
    Preferences,
    /// What is held about the guest.
    Held,
    /// None of them.
    Elsewhere,
}

/// What somebody with a session can go to from every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The address of the workplace, `/guest/{code}`.
    pub base: String,
    /// Where the reader is.
    pub place: Place,
    /// The session's CSRF token, masked for this page: for the form that signs out.
    pub csrf: String,
    /// What browsers call the session. It opens nothing.
    pub session: String,
}

/// An entry of the menu.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) current: bool,
}

impl Menu {
    pub(crate) fn entries(&self, text: &Text) -> Vec<Entry> {
        let entry = |place, path: &str, name| Entry {
            address: format!("{}{path}", self.base),
            name,
            current: self.place == place,
        };
        vec![
            entry(Place::Tasks, "", text.say("menu-tasks")),
            entry(Place::Preferences, "/preferences", text.say("menu-preferences")),
            entry(Place::Devices, "/devices", text.say("menu-devices")),
            entry(Place::Held, "/held", text.say("menu-held")),
        ]
    }
}

/// What stands around a page's content.
#[derive(Debug, Clone)]
pub struct Shell {
    text: Text,
    brand: Brand,
    menu: Option<Menu>,
}

impl Shell {
    /// For a reader. Without a session there is no menu.
    pub fn new(text: Text, mut brand: Brand, menu: Option<Menu>) -> Self {
        brand.name = visible(&brand.name);
        Self { text, brand, menu }
    }

    /// How the reader is spoken to.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Whose workplace it is.
    pub fn brand(&self) -> &Brand {
        &self.brand
    }

    /// The menu.
    pub fn menu(&self) -> Option<&Menu> {
        self.menu.as_ref()
    }

    /// Where the stylesheet is.
    pub fn stylesheet(&self) -> &'static str {
        assets::stylesheet()
    }

    /// Where the script is.
    pub fn script(&self) -> &'static str {
        assets::script()
    }

    /// Where the organization's colours are, if it has chosen one.
    pub fn colors(&self) -> Option<String> {
        self.brand.color.map(assets::colors)
    }
}

/// A page as an answer.
pub fn page(status: StatusCode, template: &impl Template) -> Result<Response, Error> {
    let html = template.render().map_err(|error| Error::internal(format!("a page: {error}")))?;
    let mut response = (status, html).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(response)
}

/// A page that says one thing, and may lead on.
#[derive(Debug, Template)]
#[template(path = "workplace/message.html")]
pub struct Message {
    /// What stands around it.
    pub shell: Shell,
    /// The heading.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// An address and what its link says.
    pub link: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::text::Language;

    fn rendered(name: &str) -> String {
        let brand = Brand { name: name.to_owned(), logo: None, color: Color::parse("#aa0000") };
        let menu = Menu {
            base: "/guest/x".to_owned(),
            place: Place::Held,
            csrf: "c".to_owned(),
            session: "s".to_owned(),
        };
        let shell = Shell::new(Text::new(Language::De, TimeZone::UTC), brand, Some(menu));
        let title = "<b>".to_owned();
        Message { shell, title, lines: vec!["a & b".to_owned()], link: None }.render().unwrap()
    }

    #[test]
    fn the_frame_names_language_place_and_landmarks_and_escapes() {
        let html = rendered("Acme \u{202E}<Söhne>");
        for part in [
            "<html lang=\"de\" dir=\"ltr\">",
            "<a class=\"skip\" href=\"#main\">",
            "<main id=\"main\"",
            "<a href=\"/guest/x/held\" aria-current=\"page\">",
            "Acme &#60;Söhne&#62;",
            "/guest/assets/color-aa0000.css",
            "<h1>&#60;b&#62;</h1>",
            "<p>a &#38; b</p>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("aria-current").count(), 1);
        assert!(!html.contains("style=") && !html.contains("onclick"));
    }
}
