//! `/guest/{code}/preferences`: the language, time zone, mails and quiet hours
//! that a guest wants.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_api::mail::PreferencesChange;
use hospes_model::guest::{ProfileField, WEEK, parse_weekday, weekday_name};
use hospes_model::mail::Kind;
use hospes_model::mail::preferences::{Preferences, QuietHours, format_time, parse_time};
use hospes_store::guests::GuestRef;
use hospes_store::mail::preferences;
use jiff::civil::Weekday;

use super::page::{Place, Shell, page};
use super::reader::{shell_for, text_for};
use super::session::{Fields, Form, Guest, see_other};
use crate::app::App;
use crate::error::Error;
use crate::text::{Language, key};

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "workplace/preferences.html")]
struct Sheet {
    shell: Shell,
    action: String,
    csrf: String,
    saved: bool,
    languages: Vec<Choice>,
    timezone: String,
    zone_fault: Option<String>,
    kinds: Vec<Choice>,
    own_days: bool,
    organization_days: String,
    days: Vec<Choice>,
    quiet: bool,
    from: String,
    to: String,
    quiet_fault: Option<String>,
}

/// What stands in the form: what is stored, or what was posted.
struct Filled {
    language: String,
    timezone: String,
    kinds: Vec<Kind>,
    own_days: bool,
    days: Vec<Weekday>,
    quiet: bool,
    from: String,
    to: String,
}

#[derive(Default)]
struct Faults {
    zone: bool,
    quiet: bool,
}

/// The form.
pub(crate) async fn show(guest: Guest, uri: Uri, headers: HeaderMap) -> Result<Response, Error> {
    let filled = Filled::stored(&guest);
    let saved = uri.query() == Some("saved");
    page(StatusCode::OK, &sheet(&guest, shell(&guest, &headers), &filled, &Faults::default(), saved))
}

/// Stores what was posted.
pub(crate) async fn save(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    let Form { guest, fields } = form;
    let filled = Filled::posted(&fields);
    let change = match filled.change() {
        Ok(change) => change,
        Err(faults) => {
            let sheet = sheet(&guest, shell(&guest, &headers), &filled, &faults, false);
            return page(StatusCode::UNPROCESSABLE_ENTITY, &sheet);
        }
    };
    let (org, cause) = (guest.org_no(), guest.cause());
    let named = GuestRef::Code(guest.guest.code.clone());
    app.store
        .write(move |tx| {
            let record = change.of_guest();
            let wanted = |before: &Preferences| change.applied_to(before);
            preferences::change::<Error>(tx, org, &named, &record, &wanted, &cause).map(drop)
        })
        .await?;
    Ok(see_other(&guest.path("/preferences?saved")))
}

fn shell(guest: &Guest, headers: &HeaderMap) -> Shell {
    shell_for(guest, text_for(guest, headers), Place::Preferences)
}

fn sheet(guest: &Guest, shell: Shell, filled: &Filled, faults: &Faults, saved: bool) -> Sheet {
    let t = shell.text().clone();
    let languages = std::iter::once(Choice {
        value: String::new(),
        label: t.say("preferences-language-any"),
        chosen: filled.language.is_empty(),
    });
    let known = Language::ALL.iter().map(|language| Choice {
        value: language.tag().to_owned(),
        label: language.name().to_owned(),
        chosen: filled.language == language.tag(),
    });
    let kinds = Kind::OPTIONAL.iter().filter(|kind| **kind != Kind::Digest).map(|kind| Choice {
        value: kind.as_str().to_owned(),
        label: t.say(kind_key(*kind)),
        chosen: filled.kinds.contains(kind),
    });
    let organization: Vec<String> =
        guest.org.settings.guest_cadence_days.iter().map(|day| t.say(day_key(*day))).collect();
    let days = WEEK.iter().map(|day| Choice {
        value: weekday_name(*day).to_owned(),
        label: t.say(day_key(*day)),
        chosen: filled.days.contains(day),
    });
    Sheet {
        action: guest.path("/preferences"),
        csrf: guest.csrf.field(),
        saved,
        languages: languages.chain(known).collect(),
        timezone: filled.timezone.clone(),
        zone_fault: faults.zone.then(|| t.say("preferences-zone-fault")),
        kinds: kinds.collect(),
        own_days: filled.own_days,
        organization_days: if organization.is_empty() {
            t.say("preferences-days-none")
        } else {
            organization.join(", ")
        },
        days: days.collect(),
        quiet: filled.quiet,
        from: filled.from.clone(),
        to: filled.to.clone(),
        quiet_fault: faults.quiet.then(|| t.say("preferences-quiet-fault")),
        shell,
    }
}

/// What a kind of mail is called.
pub(crate) fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Changes => key("mail-kind-changes"),
        Kind::Comments => key("mail-kind-comments"),
        Kind::Issues => key("mail-kind-issues"),
        Kind::Digest => key("mail-kind-digest"),
        _ => key("mail-kind-tasks"),
    }
}

fn day_key(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => key("day-monday"),
        Weekday::Tuesday => key("day-tuesday"),
        Weekday::Wednesday => key("day-wednesday"),
        Weekday::Thursday => key("day-thursday"),
        Weekday::Friday => key("day-friday"),
        Weekday::Saturday => key("day-saturday"),
        Weekday::Sunday => key("day-sunday"),
    }
}

impl Filled {
    fn stored(guest: &Guest) -> Self {
        let wishes = &guest.preferences;
        let own = guest.guest.cadence_days.clone();
        let muted_digest = wishes.muted.contains(&Kind::Digest);
        let hours = wishes.quiet;
        Self {
            language: wishes.language.clone().unwrap_or_default(),
            timezone: guest.guest.profile.get(ProfileField::Timezone).unwrap_or_default().to_owned(),
            kinds: Kind::OPTIONAL.iter().copied().filter(|kind| !wishes.muted.contains(kind)).collect(),
            own_days: own.is_some() || muted_digest,
            days: if muted_digest { Vec::new() } else { own.unwrap_or_default() },
            quiet: hours.is_some(),
            from: hours.map_or_else(|| "22:00".to_owned(), |hours| format_time(hours.from())),
            to: hours.map_or_else(|| "07:00".to_owned(), |hours| format_time(hours.to())),
        }
    }

    fn posted(fields: &Fields) -> Self {
        let short = |name: &str| fields.get(name).trim().chars().take(100).collect::<String>();
        Self {
            language: short("language"),
            timezone: short("timezone"),
            kinds: fields.all("kind").filter_map(Kind::parse).collect(),
            own_days: fields.get("days") == "own",
            days: fields.all("day").filter_map(parse_weekday).collect(),
            quiet: fields.get("quiet") == "yes",
            from: short("from"),
            to: short("to"),
        }
    }

    fn change(&self) -> Result<PreferencesChange, Faults> {
        let mut faults = Faults::default();
        let zone = ProfileField::Timezone.check(&self.timezone);
        faults.zone = zone.is_err();
        let hours = parse_time(&self.from).zip(parse_time(&self.to));
        let hours = hours.and_then(|(from, to)| QuietHours::new(from, to));
        faults.quiet = self.quiet && hours.is_none();
        if faults.zone || faults.quiet {
            return Err(faults);
        }
        let mut days: Vec<Weekday> = WEEK.to_vec();
        days.retain(|day| self.days.contains(day));
        let language = Language::ALL.iter().find(|language| language.tag() == self.language);
        // Digests are switched off by choosing no day.
        let is_muted = |kind: &Kind| *kind != Kind::Digest && !self.kinds.contains(kind);
        Ok(PreferencesChange {
            language: Some(language.map(|language| language.tag().to_owned())),
            timezone: zone.ok(),
            digest_days: Some(self.own_days.then_some(days)),
            muted: Some(Kind::OPTIONAL.iter().copied().filter(is_muted).collect()),
            quiet: Some(hours.filter(|_| self.quiet)),
        })
    }
}
