//! How a guest with a session is spoken to, and the frame of their pages.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use hospes_model::guest::ProfileField;
use hospes_store::orgs::Org;
use jiff::tz::TimeZone;

use super::color::Color;
use super::page::{Brand, Menu, Picture, Place, Shell};
use super::session::Guest;
use crate::text::{Language, Text};

/// The language that a guest chose, or else the browser asks for.
pub(crate) fn language_for(chosen: Option<&str>, headers: &HeaderMap) -> Language {
    Language::choose(chosen, headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

/// The language that the guest chose, or else the browser asks for, and the zone of the guest, or else of
/// the organization (`product.md` 1.15).
pub fn text_for(guest: &Guest, headers: &HeaderMap) -> Text {
    let own = guest.guest.profile.get(ProfileField::Timezone);
    let zone =
        own.and_then(|zone| TimeZone::get(zone).ok()).or_else(|| TimeZone::get(&guest.org.timezone).ok());
    let language = language_for(guest.preferences.language.as_deref(), headers);
    Text::new(language, zone.unwrap_or(TimeZone::UTC))
}

/// What an organization shows of itself to outsiders.
pub fn brand_of(org: &Org) -> Brand {
    let color = org.settings.guest_color.as_deref().and_then(Color::parse);
    let logo = org.settings.logo.as_ref().map(Picture::of);
    Brand { name: org.name.clone(), logo, color }
}

/// The frame of a guest's page.
pub fn shell_for(guest: &Guest, text: Text, place: Place) -> Shell {
    let menu = Menu { base: guest.path(""), place, csrf: guest.csrf.field(), session: guest.csrf.label() };
    Shell::new(text, brand_of(&guest.org), Some(menu))
}
