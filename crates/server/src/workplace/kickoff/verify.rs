//! The address is verified: by the link in the mail, or by the digits in it. The
//! link's page asks for a tick, so that programs that press buttons launch
//! nothing; the digits are good for the browser that submitted the form.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hospes_model::workplace::codes::{self, TRIES_FROM_NETWORK, TRIES_TYPED};
use hospes_model::workplace::links::Proof;
use hospes_model::{GuestCode, RunId, SubmissionId};
use hospes_store::kickoff::submit::{self, ask_again, take_try};
use hospes_store::kickoff::verify::{Shown as Evidence, Start, Verified, verify};
use hospes_store::kickoff::{OpenForm, Submission, by_secret, files};
use hospes_store::workplace::{Hash, counts};
use jiff::SignedDuration;

use super::form::{self, Shown, Who, questions};
use super::submit::caps;
use super::{Visit, closed};
use crate::app::App;
use crate::change::Rooms;
use crate::entropy;
use crate::error::Error;
use crate::workplace::cookies;
use crate::workplace::csrf;
use crate::workplace::entrance::code::{NOBODY, compare};
use crate::workplace::entrance::enter::Entering;
use crate::workplace::entrance::knock::counted_network;
use crate::workplace::entrance::page::{Asks, Draft, Fault, Form, text_of};
use crate::workplace::page::{Message, Shell, page};
use crate::workplace::reader::brand_of;
use crate::workplace::session::{Fields, see_other};

/// `GET .../sent/{id}`: look into your mailbox, or type the digits in. The page
/// is the same whatever was submitted.
pub(super) async fn sent(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Error> {
    type_code(&app, &visit, submission_id(&visit)?, None)
}

fn submission_id(visit: &Visit) -> Result<SubmissionId, Error> {
    visit.rest.parse().map_err(|_| Error::not_found())
}

fn type_code(app: &App, visit: &Visit, id: SubmissionId, fault: Option<Fault>) -> Result<Response, Error> {
    let draft = Draft::of(&visit.open.org, &visit.headers);
    let text = draft.text();
    let form = |to: &str, asks| Form {
        action: visit.path(&format!("/{to}/{id}")),
        hidden: vec![(csrf::FIELD, visit.token(app))],
        asks,
    };
    let again = form("again", Asks::Press(text.say("kickoff-mail-again")));
    let lines = vec![text.say("kickoff-sent"), text.say("kickoff-sent-code")];
    let title = text.say("kickoff-sent-title");
    draft.answer(title, lines, vec![form("sent", Asks::Digits), again], fault)
}

/// A form of that page, posted. One that is too old is shown again.
pub(super) struct Sent {
    visit: Visit,
    id: SubmissionId,
    fields: Fields,
    /// What the browser that submitted is known by.
    browser: Option<Hash>,
}

impl FromRequest<Arc<App>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let id = submission_id(&visit).map_err(IntoResponse::into_response)?;
        let fields = visit.fields(app, body).await.map_err(IntoResponse::into_response)?;
        if !visit.accepts(app, fields.get(csrf::FIELD)) {
            return Err(type_code(app, &visit, id, Some(Fault::Stale)).into_response());
        }
        let secret = cookies::read(&visit.headers, cookies::KICKOFF);
        Ok(Self { visit, id, fields, browser: secret.as_deref().map(cookies::hash) })
    }
}

/// `POST .../again/{id}`: the mail once more.
pub(super) async fn again(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Error> {
    let Sent { visit, id, browser, .. } = sent;
    let browser = browser.unwrap_or_default();
    let (open, address, now) = (visit.open.clone(), visit.origin.address, visit.now);
    let asked: hospes_store::Result<Result<(), SignedDuration>> = app
        .store
        .write(move |tx| {
            let counted = |email: Option<&_>| caps(address, email);
            ask_again(tx, &open, (id, &browser), counted, now)
        })
        .await;
    match asked? {
        Ok(()) => Ok(see_other(&visit.path(&format!("/sent/{id}")))),
        Err(wait) => Draft::plain(&visit.headers).too_many(wait),
    }
}

/// What came of the digits that were typed.
enum Try {
    Compare(String),
    Nothing,
    Wait(SignedDuration),
}

/// `POST .../sent/{id}`: the digits. A try counts before anything is compared.
pub(super) async fn type_in(State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Error> {
    let Sent { visit, id, fields, browser } = sent;
    let refused = || type_code(&app, &visit, id, Some(Fault::WrongCode));
    let Some(typed) = codes::read(fields.get("digits")) else { return refused() };
    let hash = match tried(&app, &visit, id, browser).await? {
        Try::Wait(wait) => return Draft::plain(&visit.headers).too_many(wait),
        Try::Compare(hash) => hash,
        Try::Nothing => NOBODY.to_owned(),
    };
    let is_right = compare(typed, hash.clone()).await?;
    let (Some(browser), true) = (browser, is_right) else { return refused() };
    launch(&app, &visit, Evidence::Code { id, browser, hash }, Proof::Code).await
}

async fn tried(app: &App, visit: &Visit, id: SubmissionId, browser: Option<Hash>) -> Result<Try, Error> {
    let (open, network, now) = (visit.open.clone(), counted_network(visit.origin.address), visit.now);
    let browser = browser.unwrap_or_default();
    let taken: hospes_store::Result<Result<Option<String>, SignedDuration>> = app
        .store
        .write(move |tx| {
            // A code that is mailed anew, or a form that is sent anew, is tried
            // at the same mailbox.
            let caps = |email: Option<&_>| {
                let nobody = || counts::subject(&format!("kickoff {id}"));
                vec![(TRIES_FROM_NETWORK, network), (TRIES_TYPED, email.map_or_else(nobody, counts::mailbox))]
            };
            take_try(tx, &open, (id, &browser), caps, now)
        })
        .await;
    Ok(match taken? {
        Ok(Some(hash)) => Try::Compare(hash),
        Ok(None) => Try::Nothing,
        Err(wait) => Try::Wait(wait),
    })
}

/// `GET .../in/{secret}`: the mailed link. Nothing is used up.
pub(super) async fn link(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Error> {
    let secret = Some(visit.rest.clone()).filter(|secret| cookies::is_secret(secret));
    door(&app, &visit, secret, None).await
}

/// The page of a link.
async fn door(
    app: &App,
    visit: &Visit,
    secret: Option<String>,
    fault: Option<Fault>,
) -> Result<Response, Error> {
    let open = &visit.open;
    let (template, hash, now) = (open.template.key, secret.as_deref().map(cookies::hash), visit.now);
    let found: hospes_store::Result<Option<(Submission, Option<GuestCode>)>> = app
        .store
        .read(move |tx| {
            let Some(hash) = hash else { return Ok(None) };
            let Some(found) = by_secret(tx, template, &hash, now)? else { return Ok(None) };
            let guest = found.guest.map(|key| hospes_store::guests::get(tx, key)).transpose()?;
            Ok(Some((found, guest.filter(|guest| guest.disabled.is_none()).map(|guest| guest.code))))
        })
        .await;
    match (found?, secret) {
        (Some((submission, None)), Some(secret)) if submission.launched_at.is_none() => {
            let draft = Draft::of(&open.org, &visit.headers);
            let text = draft.text();
            let form = Form {
                action: visit.path("/verify"),
                hidden: vec![(csrf::FIELD, visit.token(app)), ("secret", secret)],
                asks: Asks::Tick(text.say("kickoff-sure"), text.say("kickoff-start")),
            };
            let title = crate::text::visible(&open.template.snapshot.blueprint().title);
            let line = text.say_of("kickoff-confirm", "organization", open.org.name.as_str());
            draft.answer(title, vec![line], vec![form], fault)
        }
        (Some((_, guest)), _) => used(visit, guest),
        (None, _) => dead(visit),
    }
}

/// A page with a sentence, and where to go from there.
fn message(
    visit: &Visit,
    status: StatusCode,
    (title, line): (String, String),
    link: Option<(String, String)>,
) -> Result<Response, Error> {
    let shell = Shell::new(text_of(&visit.headers), brand_of(&visit.open.org), None);
    page(status, &Message { shell, title, lines: vec![line], link })
}

/// The process runs already: to the workplace, which asks who comes.
fn used(visit: &Visit, guest: Option<GuestCode>) -> Result<Response, Error> {
    let text = text_of(&visit.headers);
    let link = guest.map(|code| (format!("/guest/{code}"), text.say("kickoff-to-tasks")));
    let said = (text.say("kickoff-used-title"), text.say("kickoff-used"));
    message(visit, StatusCode::OK, said, link)
}

/// A link that leads nowhere: whatever the reason, the page is the same.
fn dead(visit: &Visit) -> Result<Response, Error> {
    let text = text_of(&visit.headers);
    let link = Some((visit.path(""), text.say("kickoff-to-form")));
    let said = (text.say("entrance-dead-title"), text.say("kickoff-dead"));
    message(visit, StatusCode::NOT_FOUND, said, link)
}

/// `POST .../verify`: the press on the page of the link.
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    visit: Visit,
    request: Request,
) -> Result<Response, Error> {
    let fields = visit.fields(&app, request.into_body()).await?;
    let secret = Some(fields.get("secret").to_owned()).filter(|secret| cookies::is_secret(secret));
    if !visit.accepts(&app, fields.get(csrf::FIELD)) {
        return door(&app, &visit, secret, Some(Fault::Stale)).await;
    }
    let (Some(known), "yes") = (&secret, fields.get("sure")) else {
        return door(&app, &visit, secret, Some(Fault::Unanswered)).await;
    };
    let shown = Evidence::Link(cookies::hash(known));
    launch(&app, &visit, shown, Proof::Link).await
}

/// Starts the process, and lets the guest in.
async fn launch(app: &Arc<App>, visit: &Visit, shown: Evidence, proof: Proof) -> Result<Response, Error> {
    let entering = Entering::of(app, &visit.headers, visit.origin.address, visit.now, proof);
    let (millis, random) = entropy::id_parts(visit.now);
    let (run, seed) = (RunId::new(millis, random), entropy::bytes());
    let start = Start { run, seed, session: entering.new.clone() };
    let cause = visit.origin.cause(visit.now);
    let (rooms, place) = (Rooms::default(), (visit.open.org.id, visit.open.template.id));
    let (held, inner, org) = (rooms.clone(), Arc::clone(app), visit.open.org.no);
    let verified = app
        .store
        .write(move |tx| {
            held.during(&inner, org, tx, &mut |tx, newcomers| {
                verify::<Error>(tx, place, &shown, &start, &cause, newcomers)
            })
        })
        .await;
    rooms.settle(verified.is_ok());
    let text = text_of(&visit.headers);
    let told = |status, title, line| message(visit, status, (title, line), None);
    match verified {
        Ok(Verified::Launched(code)) => Ok(entering.answer(app, &code, None)),
        Ok(Verified::Before(Some(code))) => Ok(see_other(&format!("/guest/{code}"))),
        Ok(Verified::Before(None)) => used(visit, None),
        Ok(Verified::Dead) => dead(visit),
        Ok(Verified::Closed) => closed(&visit.headers),
        Ok(Verified::Member) => {
            told(StatusCode::CONFLICT, text.say("kickoff-member-title"), text.say("kickoff-member"))
        }
        Ok(Verified::Disabled) => {
            told(StatusCode::CONFLICT, text.say("kickoff-disabled-title"), text.say("kickoff-disabled"))
        }
        Ok(Verified::Changed(found)) => show_changed(app, visit, *found).await,
        // What the template says cannot be launched, whatever was filled in.
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            tracing::warn!(?error, template.id = %visit.open.template.id, "a public form could not be launched");
            told(StatusCode::CONFLICT, text.say("kickoff-failed-title"), text.say("kickoff-failed"))
        }
        Err(error) => Err(error),
    }
}

/// The form as it is now, with what was submitted: to be sent once more.
async fn show_changed(
    app: &App,
    visit: &Visit,
    (open, submission): (OpenForm, Submission),
) -> Result<Response, Error> {
    let form = entropy::guest_secret();
    let (key, hash) = (submission.key, cookies::hash(&form));
    let waiting: hospes_store::Result<Vec<files::Waiting>> = app
        .store
        .write(move |tx| {
            submit::show_again(tx, key, &hash)?;
            files::of(tx, key)
        })
        .await;
    let files = waiting?;
    let text = text_of(&visit.headers);
    let visit = Visit { open, ..visit.clone() };
    let answer = |id| submission.answers.iter().find(|(of, _)| *of == id).map(|(_, answer)| answer);
    let faults = questions(&visit.open, &files)
        .into_iter()
        .filter_map(|question| Some((question.id(), question.fault(answer(question.id()), true, &text)?)));
    let shown = Shown {
        form,
        faults: faults.collect(),
        who: Who {
            email: submission.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            first_name: submission.first_name.clone().unwrap_or_default(),
            last_name: submission.last_name.clone().unwrap_or_default(),
        },
        problems: vec![text.say("kickoff-changed")],
        files,
        answers: submission.answers.clone(),
        ..Shown::default()
    };
    form::answer(app, &visit, StatusCode::CONFLICT, shown)
}
