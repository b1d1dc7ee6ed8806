//! What the pages of the entrance say.

use askama::Template;
use axum::http::header::{ACCEPT_LANGUAGE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_model::{GuestCode, TaskId};
use hospes_store::orgs::Org;
use hospes_store::workplace::sessions::Stored;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::error::Error;
use crate::text::{Language, Text, visible};
use crate::workplace::device;
use crate::workplace::page::{Brand, Message, Place, Shell, page};
use crate::workplace::reader::{brand_of, shell_for, text_for};
use crate::workplace::session::Guest;

/// What was wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was shown too long ago, or by another server.
    Stale,
    /// No tick.
    Unanswered,
    /// The digits are not those that were mailed to this browser lately.
    WrongCode,
    /// What was typed is no address.
    NoAddress,
}

impl Fault {
    fn say(self, text: &Text) -> String {
        match self {
            Self::Stale => text.say("entrance-fault-stale"),
            Self::Unanswered => text.say("entrance-fault-unanswered"),
            Self::WrongCode => text.say("entrance-fault-code"),
            Self::NoAddress => text.say("entrance-fault-email"),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Stale => StatusCode::FORBIDDEN,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// What a form asks for.
#[derive(Debug)]
pub(in crate::workplace) enum Asks {
    /// One of two buttons.
    Choice,
    /// A tick with what it says, and a button with what it says.
    Tick(String, String),
    /// The press of one button, which says this.
    Press(String),
    /// The digits of a code.
    Digits,
    /// An address; what was typed before.
    Address(String),
}

/// A form of one question.
#[derive(Debug)]
pub(in crate::workplace) struct Form {
    pub(in crate::workplace) action: String,
    pub(in crate::workplace) hidden: Vec<(&'static str, String)>,
    pub(in crate::workplace) asks: Asks,
}

/// A page of the entrance.
#[derive(Debug, Template)]
#[template(path = "workplace/entrance.html")]
struct Entrance {
    shell: Shell,
    title: String,
    fault: Option<String>,
    lines: Vec<String>,
    forms: Vec<Form>,
}

/// How somebody without a session is spoken to.
pub(crate) fn text_of(headers: &HeaderMap) -> Text {
    let accept = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Text::new(Language::choose(None, accept), TimeZone::UTC)
}

/// The hidden fields of a form of the entrance.
#[derive(Debug)]
pub(crate) struct Hidden<'a> {
    pub(crate) code: &'a GuestCode,
    pub(crate) token: &'a str,
    pub(crate) task: Option<TaskId>,
}

impl Hidden<'_> {
    fn form(&self, action: &str, asks: Asks) -> Form {
        let mut hidden = vec![("csrf", self.token.to_owned())];
        hidden.extend(self.task.map(|task| ("task", task.to_string())));
        Form { action: format!("/guest/{}/{action}", self.code), hidden, asks }
    }
}

/// Pages that do not say whose workplace it is are the server's own.
fn nobodys() -> Brand {
    Brand { name: "Hospes".to_owned(), ..Brand::default() }
}

/// A page under construction: who reads it and whose it is.
#[derive(Debug)]
pub(crate) struct Draft {
    text: Text,
    brand: Brand,
}

impl Draft {
    /// A page that says nothing about any organization.
    pub(crate) fn plain(headers: &HeaderMap) -> Self {
        Self { text: text_of(headers), brand: nobodys() }
    }

    /// A page of an organization.
    pub(crate) fn of(org: &Org, headers: &HeaderMap) -> Self {
        Self { text: text_of(headers), brand: brand_of(org) }
    }

    /// How its reader is spoken to.
    pub(in crate::workplace) fn text(&self) -> &Text {
        &self.text
    }

    pub(in crate::workplace) fn answer(
        self,
        title: String,
        lines: Vec<String>,
        forms: Vec<Form>,
        fault: Option<Fault>,
    ) -> Result<Response, Error> {
        let status = fault.map_or(StatusCode::OK, Fault::status);
        let fault = fault.map(|fault| fault.say(&self.text));
        let shell = Shell::new(self.text, self.brand, None);
        page(status, &Entrance { shell, title, fault, lines, forms })
    }

    fn with_whom(&self) -> String {
        self.text.say_of("entrance-with", "organization", visible(&self.brand.name).as_str())
    }

    /// Two buttons of the same weight.
    pub(crate) fn press(self, hidden: &Hidden<'_>, fault: Option<Fault>) -> Result<Response, Error> {
        let (title, lines) = (self.text.say("entrance-title"), vec![self.with_whom()]);
        // Nothing else can be wrong with two buttons.
        let fault = fault.filter(|fault| *fault == Fault::Stale);
        self.answer(title, lines, vec![hidden.form("enter", Asks::Choice)], fault)
    }

    /// A tick and a button.
    pub(crate) fn confirm(
        self,
        hidden: &Hidden<'_>,
        secret: &str,
        fault: Option<Fault>,
    ) -> Result<Response, Error> {
        let (title, lines) = (self.text.say("entrance-title"), vec![self.with_whom()]);
        let mut form =
            hidden.form("enter", Asks::Tick(self.text.say("entrance-sure"), self.text.say("entrance-open")));
        form.hidden.push(("secret", secret.to_owned()));
        self.answer(title, lines, vec![form], fault)
    }

    /// One button: mail me a code.
    pub(crate) fn offer_code(
        self,
        hidden: &Hidden<'_>,
        spent: bool,
        fault: Option<Fault>,
    ) -> Result<Response, Error> {
        let text = &self.text;
        let mut lines = vec![self.with_whom()];
        lines.extend(spent.then(|| text.say("entrance-spent")));
        lines.push(text.say("entrance-code-offer"));
        let form = hidden.form("code", Asks::Press(text.say("entrance-mail-code")));
        let fault = fault.filter(|fault| *fault == Fault::Stale);
        let title = text.say("entrance-title");
        self.answer(title, lines, vec![form], fault)
    }

    /// The page to type a code into.
    pub(crate) fn type_code(self, hidden: &Hidden<'_>, fault: Option<Fault>) -> Result<Response, Error> {
        let text = &self.text;
        let (title, lines) = (text.say("entrance-type-title"), vec![text.say("entrance-type")]);
        let again = hidden.form("code", Asks::Press(text.say("entrance-mail-another")));
        let forms = vec![hidden.form("code/check", Asks::Digits), again];
        self.answer(title, lines, forms, fault)
    }

    /// A link that leads nowhere: whatever the reason, the page is the same.
    pub(crate) fn dead(self, code: &GuestCode, token: &str) -> Result<Response, Error> {
        let text = &self.text;
        let (title, lines) = (text.say("entrance-dead-title"), vec![text.say("entrance-dead")]);
        let button = Asks::Press(text.say("entrance-mail-new-link"));
        let form = Hidden { code, token, task: None }.form("link", button);
        let mut response = self.answer(title, lines, vec![form], None)?;
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok(response)
    }

    /// The front page.
    pub(crate) fn front(self, token: &str, typed: &str, fault: Option<Fault>) -> Result<Response, Error> {
        let text = &self.text;
        let (title, lines) = (text.say("entrance-front-title"), vec![text.say("entrance-front")]);
        let form = Form {
            action: "/guest".to_owned(),
            hidden: vec![("csrf", token.to_owned())],
            asks: Asks::Address(typed.to_owned()),
        };
        self.answer(title, lines, vec![form], fault)
    }

    /// A mail is on its way, if there is anybody to mail to.
    pub(crate) fn sent(self) -> Result<Response, Error> {
        let (title, line) = (self.text.say("entrance-sent-title"), self.text.say("entrance-sent"));
        self.answer(title, vec![line], Vec::new(), None)
    }

    /// Nobody is signed in here any more.
    pub(crate) fn left(self) -> Result<Response, Error> {
        let (title, line) = (self.text.say("entrance-left-title"), self.text.say("entrance-left"));
        self.answer(title, vec![line], Vec::new(), None)
    }

    /// Somebody asked or tried too often.
    pub(crate) fn too_many(self, wait: SignedDuration) -> Result<Response, Error> {
        let seconds = wait.as_secs().max(1);
        let line = self.text.wait(wait);
        let title = self.text.say("entrance-wait-title");
        let mut response = self.answer(title, vec![line], Vec::new(), None)?;
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        Ok(response)
    }
}

/// One of a guest's sessions.
#[derive(Debug)]
struct Device {
    id: String,
    name: String,
    place: String,
    seen: String,
    is_own: bool,
    csrf: String,
}

/// A guest's own sessions.
#[derive(Debug, Template)]
#[template(path = "workplace/devices.html")]
struct Devices {
    shell: Shell,
    action: String,
    list: Vec<Device>,
    csrf: String,
}

/// The list of a guest's own sessions.
pub(crate) fn devices(guest: &Guest, headers: &HeaderMap, sessions: &[Stored]) -> Result<Response, Error> {
    let shell = shell_for(guest, text_for(guest, headers), Place::Devices);
    let text = shell.text();
    let devices = sessions.iter().map(|stored| {
        let place = [&stored.city, &stored.country, &stored.ip];
        let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
        let seen = text.date_time(stored.session.last_seen_at);
        Device {
            id: stored.id.to_string(),
            name: device::in_words(&stored.device, text),
            place: place.join(", "),
            seen: text.say_of("devices-seen", "when", seen.as_str()),
            is_own: stored.id == guest.session.id,
            csrf: guest.csrf.field(),
        }
    });
    let list = devices.collect();
    let (action, csrf) = (guest.path("/devices"), guest.csrf.field());
    page(StatusCode::OK, &Devices { shell, action, list, csrf })
}

/// What went wrong, in words for people: in the frame of somebody who is signed
/// in, with the way back to their tasks, or in nobody's.
pub(crate) fn error(status: StatusCode, text: Text, signed_in: Option<(Shell, String)>) -> Response {
    let (shell, base) = match signed_in {
        Some((shell, base)) => (shell, Some(base)),
        None => (Shell::new(text, nobodys(), None), None),
    };
    let text = shell.text();
    let (title, line) = match status {
        StatusCode::NOT_FOUND => (text.say("error-missing-title"), text.say("error-missing")),
        StatusCode::FORBIDDEN => (text.say("error-form-title"), text.say("error-form")),
        StatusCode::TOO_MANY_REQUESTS => (text.say("error-many-title"), text.say("error-many")),
        StatusCode::PAYLOAD_TOO_LARGE => (text.say("error-large-title"), text.say("error-large")),
        status if status.is_server_error() => (text.say("error-server-title"), text.say("error-server")),
        _ => (text.say("error-other-title"), text.say("error-other")),
    };
    let link = base.map(|base| (base, text.say("back-to-tasks")));
    let message = Message { shell, title, lines: vec![line], link };
    page(status, &message).unwrap_or_else(|_| status.into_response())
}
