//! What the pages of the entrance look like.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use hospes_model::{GuestCode, TaskId};
use hospes_store::workplace::sessions::Stored;
use jiff::SignedDuration;

use crate::workplace::session::Guest;

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    status: StatusCode,
    title: &'static str,
    body: String,
    /// Seconds after which to come again.
    retry_after: Option<i64>,
}

/// What was wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was shown too long ago, or by another server.
    Stale,
    /// Neither button, or no tick.
    Unanswered,
    /// The digits are not those that were mailed to this browser lately.
    WrongCode,
    /// What was typed is no address.
    NoAddress,
}

impl Fault {
    fn text(self) -> &'static str {
        match self {
            Self::Stale => "This page was open for a long time. Please try once more.",
            Self::Unanswered => "Please tell us that the mail was sent to you, by ticking the box.",
            Self::WrongCode => {
                "That is not the code that we mailed, or it does not work any more. A code works for ten minutes and \
                 for five tries, in the browser in which it was asked for."
            }
            Self::NoAddress => "Please type your e-mail address, such as ann@example.com.",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Stale => StatusCode::FORBIDDEN,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// The hidden fields of a form of the entrance.
#[derive(Debug)]
pub(crate) struct Hidden<'a> {
    pub(crate) code: &'a GuestCode,
    pub(crate) token: &'a str,
    pub(crate) task: Option<TaskId>,
}

impl Hidden<'_> {
    fn form(&self, action: &str, body: &str) -> String {
        let task = self.task.map(|task| hidden("task", &task.to_string())).unwrap_or_default();
        format!(
            "<form method=\"post\" action=\"/guest/{}/{action}\">{}{task}{body}</form>",
            self.code,
            hidden("csrf", self.token)
        )
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
}

fn told(fault: Option<Fault>) -> String {
    fault.map(|fault| format!("<p role=\"alert\">{}</p>", fault.text())).unwrap_or_default()
}

impl Page {
    fn new(title: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, title, body, retry_after: None }
    }

    fn at_fault(mut self, fault: Option<Fault>) -> Self {
        if let Some(fault) = fault {
            self.status = fault.status();
        }
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{0}</title></head>\
             <body><main><h1>{0}</h1>{1}</main></body></html>",
            self.title, self.body
        );
        let kind = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        let mut response = (self.status, kind, html).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Two buttons of the same weight.
pub(crate) fn press(org: &str, hidden: &Hidden<'_>, fault: Option<Fault>) -> Page {
    let form = hidden.form(
        "enter",
        "<button name=\"answer\" value=\"open\">Open my tasks</button> \
         <button name=\"answer\" value=\"leave\">This is not for me</button>",
    );
    // Nothing else can be wrong with two buttons.
    let fault = fault.filter(|fault| *fault == Fault::Stale);
    let body = format!("{}<p>{} works with you here.</p>{form}", told(fault), escape(org));
    Page::new("Your tasks", body).at_fault(fault)
}

/// A tick and a button.
pub(crate) fn confirm(org: &str, fields: &Hidden<'_>, secret: &str, fault: Option<Fault>) -> Page {
    let inner = format!(
        "{}<p><label><input type=\"checkbox\" name=\"sure\" value=\"yes\" required> Yes, this mail was sent to me\
         </label></p><button>Open my tasks</button>",
        hidden("secret", secret)
    );
    let form = fields.form("enter", &inner);
    let body = format!("{}<p>{} works with you here.</p>{form}", told(fault), escape(org));
    Page::new("Your tasks", body).at_fault(fault)
}

/// One button: mail me a code.
pub(crate) fn offer_code(org: &str, hidden: &Hidden<'_>, spent: bool, fault: Option<Fault>) -> Page {
    let why = if spent { "The link in the mail was used already, or it is too old. " } else { "" };
    let fault = fault.filter(|fault| *fault == Fault::Stale);
    let form = hidden.form("code", "<button>Mail me a code</button>");
    let body = format!(
        "{}<p>{} works with you here.</p><p>{why}We mail a code to your address, which you type in here.</p>{form}",
        told(fault),
        escape(org)
    );
    Page::new("Your tasks", body).at_fault(fault)
}

/// The page to type a code into.
pub(crate) fn type_code(hidden: &Hidden<'_>, fault: Option<Fault>) -> Page {
    let form = hidden.form(
        "code/check",
        "<p><label for=\"digits\">The eight digits of the mail</label> <input id=\"digits\" name=\"digits\" \
         inputmode=\"numeric\" autocomplete=\"one-time-code\" maxlength=\"20\" required></p><button>Go on</button>",
    );
    let again = hidden.form("code", "<button>Mail me another code</button>");
    let body = format!(
        "{}<p>If there is a workplace at this link, a code is on its way to the address that is registered for it. It works for ten \
         minutes.</p>{form}{again}",
        told(fault)
    );
    Page::new("Type the code", body).at_fault(fault)
}

/// A link that leads nowhere: whatever the reason, the page is the same.
pub(crate) fn dead(code: &GuestCode, token: &str) -> Page {
    let form = Hidden { code, token, task: None }.form("link", "<button>Mail me a new link</button>");
    let body = format!(
        "<p>This link does not work any more. A new one can be mailed to the address that is registered for it.</p>{form}"
    );
    Page { status: StatusCode::NOT_FOUND, ..Page::new("This link does not work", body) }
}

/// A mail is on its way, if there is anybody to mail to.
pub(crate) fn sent() -> Page {
    let body = "<p>If there is a workplace for you here, a mail with a link is on its way. It may take some minutes. Look \
                among unwanted mail too.</p>";
    Page::new("Look into your mailbox", body.to_owned())
}

/// The front page.
pub(crate) fn front(token: &str, typed: &str, fault: Option<Fault>) -> Page {
    let body = format!(
        "{}<p>Type your e-mail address, and we mail you a link to your tasks.</p>\
         <form method=\"post\" action=\"/guest\">{}<p><label for=\"email\">E-mail address</label> \
         <input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"email\" maxlength=\"320\" value=\"{}\" required></p>\
         <button>Mail me a link</button></form>",
        told(fault),
        hidden("csrf", token),
        escape(typed)
    );
    Page::new("Find your tasks", body).at_fault(fault)
}

/// Somebody asked or tried too often.
pub(crate) fn too_many(wait: SignedDuration) -> Page {
    let minutes = (wait.as_secs() + 59) / 60;
    let body =
        format!("<p>That was asked for or tried too often. Please wait {} minutes.</p>", minutes.max(1));
    Page {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some(wait.as_secs().max(1)),
        ..Page::new("Please wait", body)
    }
}

/// Nobody is signed in here any more.
pub(crate) fn left() -> Page {
    Page::new(
        "Nothing is open here",
        "<p>Your tasks are closed in this browser. You can close this page.</p>".to_owned(),
    )
}

/// A guest's own sessions.
pub(crate) fn devices(guest: &Guest, sessions: &[Stored]) -> Page {
    let token = hidden("csrf", &guest.csrf.field());
    let action = guest.path("/devices");
    let items = sessions.iter().map(|stored| {
        let is_own = stored.id == guest.session.id;
        let place: Vec<&str> =
            [&stored.city, &stored.country, &stored.ip].into_iter().flatten().map(String::as_str).collect();
        format!(
            "<li>{}{}, {}, {} <form method=\"post\" action=\"{action}\">{token}<button name=\"end\" value=\"{}\">{}\
             </button></form></li>",
            escape(&stored.device),
            if is_own { " (this one)" } else { "" },
            escape(&place.join(", ")),
            stored.session.last_seen_at.strftime("%Y-%m-%d %H:%M UTC"),
            stored.id,
            if is_own { "Sign out" } else { "End" },
        )
    });
    let items: String = items.collect();
    let body = format!(
        "<ul>{items}</ul><form method=\"post\" action=\"{action}\">{token}<button name=\"end\" value=\"others\">\
         End all others</button> <button name=\"end\" value=\"all\">End all</button></form>"
    );
    Page::new("Where you are signed in", body)
}

/// A guest's first page.
pub(crate) fn home(guest: &Guest) -> Page {
    let body = format!(
        "<p>{}</p><p><a href=\"{}\">Where you are signed in</a></p><form method=\"post\" action=\"{}\">{}<button>Sign out\
         </button></form>",
        escape(&guest.org.name),
        guest.path("/devices"),
        guest.path("/leave"),
        hidden("csrf", &guest.csrf.field()),
    );
    Page::new("Your tasks", body)
}

/// What went wrong, in words for people.
pub(crate) fn error(status: StatusCode) -> Page {
    let (title, text) = match status {
        StatusCode::NOT_FOUND => {
            ("This page does not exist", "Check the address, or open the link in your mail again.")
        }
        StatusCode::FORBIDDEN => (
            "This form could not be taken",
            "It was not sent from its own page, or the page was open for a long time. Go back, reload the page and try again.",
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            ("Please wait", "There were too many requests. Wait a minute and try again.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("That is too much", "What was sent is larger than can be taken here.")
        }
        StatusCode::METHOD_NOT_ALLOWED => ("This page cannot be used so", "Go back and try again."),
        status if status.is_server_error() => {
            ("Something went wrong here", "Nothing was changed. Please try again in a moment.")
        }
        _ => ("That did not work", "Go back, reload the page and try again."),
    };
    Page { status, ..Page::new(title, format!("<p>{text}</p>")) }
}
