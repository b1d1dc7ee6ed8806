//! "What is held about me": everything that the organization keeps of a guest
//! and may show them, as a page and as a file.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_model::guest::ProfileField;
use hospes_store::workplace::history::{self, Deed};
use hospes_store::workplace::list::{self, Show};
use hospes_store::workplace::sight;
use serde_json::{Map, Value, json};

use super::page::{Place, Shell, page};
use super::reader::{shell_for, text_for};
use super::session::Guest;
use super::task::{InWords, answers_in_words};
use crate::app::App;
use crate::error::Error;
use crate::text::{Text, visible};

/// The most tasks and deeds that the file holds.
const MOST: i64 = 10_000;

/// The page.
#[derive(Debug, Template)]
#[template(path = "workplace/held.html")]
struct Held {
    shell: Shell,
    base: String,
    rows: Vec<(String, String)>,
    tasks: i64,
    deeds: i64,
}

/// What a guest's own profile says, under what it is called.
fn profile(guest: &Guest, text: &Text) -> Vec<(String, String)> {
    let known = &guest.guest;
    let of = |field: ProfileField| known.profile.get(field).map(visible).unwrap_or_default();
    let presence = &known.presence;
    let place = [presence.city.as_deref(), presence.country.as_deref()];
    let place = place.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let rows = [
        (text.say("held-email"), known.email.to_string()),
        (text.say("held-first-name"), of(ProfileField::FirstName)),
        (text.say("held-last-name"), of(ProfileField::LastName)),
        (text.say("held-company"), of(ProfileField::CompanyName)),
        (
            text.say("held-phone"),
            [of(ProfileField::Phone1), of(ProfileField::Phone2)].join(" ").trim().to_owned(),
        ),
        (text.say("held-timezone"), of(ProfileField::Timezone)),
        (text.say("held-since"), text.date_time(known.created_at)),
        (
            text.say("held-last-visit"),
            presence.last_accessed_at.map(|at| text.date_time(at)).unwrap_or_default(),
        ),
        (text.say("held-network"), presence.ip.clone().unwrap_or_default()),
        (text.say("held-place"), place),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// `GET /guest/{code}/held`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    guest: Guest,
) -> Result<Response, Error> {
    let who = guest.guest.clone();
    let (found, deeds) = app
        .store
        .read(move |tx| {
            let found = list::page(tx, &who, Show::All, 0, 1)?;
            Ok::<_, hospes_store::Error>((found, history::of_guest(tx, who.key, MOST)?))
        })
        .await?;
    let text = text_for(&guest, &headers);
    let template = Held {
        base: guest.path(""),
        rows: profile(&guest, &text),
        tasks: found.todo + found.done,
        deeds: i64::try_from(deeds.len()).unwrap_or(i64::MAX),
        shell: shell_for(&guest, text, Place::Held),
    };
    page(StatusCode::OK, &template)
}

/// `GET /guest/{code}/held.json`: all of it, to be kept.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    guest: Guest,
) -> Result<Response, Error> {
    let (org, who) = (guest.org_no(), guest.guest.clone());
    let text = text_for(&guest, &headers);
    let words = text.clone();
    let (tasks, deeds) = app
        .store
        .read(move |tx| {
            let listed = list::page(tx, &who, Show::All, 0, MOST)?;
            let mut tasks = Vec::with_capacity(listed.tasks.len());
            for entry in &listed.tasks {
                // Asked once more: nothing leaves but by the permission function.
                let Some((seen, _)) = sight::task(tx, org, &who, entry.id)? else { continue };
                let InWords { answers, at_start } = answers_in_words(tx, &who, &seen, &words)?;
                tasks.push(json!({
                    "id": entry.id.to_string(), "title": super::tasks::title_of(&seen),
                    "process": entry.process.as_ref().map(|process| &process.name),
                    "completed_at": entry.completed_at,
                    "answers": object(answers), "kick_off": object(at_start),
                }));
            }
            Ok::<_, hospes_store::Error>((tasks, history::of_guest(tx, who.key, MOST)?))
        })
        .await?;
    let known = &guest.guest;
    let fields =
        ProfileField::ALL.iter().map(|field| (field.name().to_owned(), known.profile.get(*field).into()));
    let body = json!({
        "organization": guest.org.name,
        "email": known.email.to_string(),
        "profile": fields.collect::<Map<String, Value>>(),
        "created_at": known.created_at,
        "last_visit": {
            "at": known.presence.last_accessed_at, "network_address": known.presence.ip,
            "country": known.presence.country, "city": known.presence.city,
        },
        "tasks": tasks,
        "what_you_did": deeds.iter().map(deed).collect::<Vec<_>>(),
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"held-about-me.json\"")),
    ];
    Ok((StatusCode::OK, headers, format!("{body:#}")).into_response())
}

fn object(words: Vec<(String, String)>) -> Map<String, Value> {
    words.into_iter().map(|(label, words)| (label, words.into())).collect()
}

fn deed(deed: &Deed) -> Value {
    // The feed's sentences may tell of people and titles that are not for guests
    // any more: what they did, to what and when says all.
    json!({
        "at": deed.at, "what": deed.verb.as_str(), "field": deed.field,
        "object": deed.entity, "object_id": deed.entity_id,
    })
}
