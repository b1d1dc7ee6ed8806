//! A form that is posted: checked, kept until its address is verified, or shown
//! again with everything that was typed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_model::workflow::Answer;
use hospes_model::workplace::codes::{Cap, MAILS_ASKED, MAILS_FOR_NETWORK};
use hospes_model::workplace::kickoff::{ANSWERS_BYTES, NAME_CHARS, NAMED, SUBMISSIONS, named};
use hospes_model::{EmailAddress, FieldId, FileId, SubmissionId};
use hospes_store::kickoff::files;
use hospes_store::kickoff::submit::{self, New, Submitted};
use hospes_store::workplace::{Hash, counts};
use jiff::SignedDuration;

use super::Visit;
use super::form::{self, FORM, Shown, Who};
use super::reading::{Brought, read};
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::files::sweep;
use crate::request::ClientAddress;
use crate::text::{Text, visible};
use crate::workplace::brought::of_fields;
use crate::workplace::cookies;
use crate::workplace::entrance::knock::counted_network;
use crate::workplace::entrance::page::{Draft, text_of};
use crate::workplace::session::{Fields, see_other};
use crate::workplace::task::questions::{Posted, Question};

/// A posted form, and what is wrong with it.
struct Checked {
    fields: Fields,
    form: String,
    files: Vec<files::Waiting>,
    answers: Vec<(FieldId, Answer)>,
    email: Option<EmailAddress>,
    first_name: Option<String>,
    last_name: Option<String>,
    faults: Vec<(FieldId, String)>,
    who_faults: [Option<String>; 3],
    problems: Vec<String>,
}

/// What a form that asks for a mail is counted by, as at the front page.
pub(super) fn caps(address: ClientAddress, email: Option<&EmailAddress>) -> Vec<(Cap, Hash)> {
    let mut caps = vec![(MAILS_FOR_NETWORK, counted_network(address))];
    caps.extend(email.map(|email| (MAILS_ASKED, counts::mailbox(email))));
    caps
}

/// `POST /kickoff/{org}/{template}`: the whole form.
pub(super) async fn send(
    State(app): State<Arc<App>>,
    visit: Visit,
    request: Request,
) -> Result<Response, Error> {
    let brought = read(&app, &visit, request.into_body()).await?;
    let mut checked = check(&app, &visit, brought).await?;
    checked.who_faults[0] = checked.who_faults[0].take().or(unreachable(&app, &visit, &checked).await);
    let (Some(email), true) = (checked.email.clone(), checked.is_right()) else {
        return again(&app, &visit, checked, None);
    };
    let secret = cookies::read(&visit.headers, cookies::KICKOFF).unwrap_or_else(entropy::guest_secret);
    let (millis, random) = entropy::id_parts(visit.now);
    let new = New {
        id: SubmissionId::new(millis, random),
        form: cookies::hash(&checked.form),
        browser: cookies::hash(&secret),
        email: email.clone(),
        first_name: checked.first_name.clone(),
        last_name: checked.last_name.clone(),
        language: text_of(&visit.headers).language().tag(),
        answers: checked.answers.clone(),
    };
    let form_cap = (SUBMISSIONS, counts::subject(&format!("kickoff {}", visit.open.template.key.get())));
    let mut counted = caps(visit.origin.address, Some(&email));
    counted.push(form_cap);
    let (open, now) = (visit.open.clone(), visit.now);
    let submitted: hospes_store::Result<Submitted> =
        app.store.write(move |tx| submit::submit(tx, &open, &new, &counted, now)).await;
    match submitted? {
        Submitted::Waits(id) => {
            let cookie = cookies::kickoff(&app, visit.path(""), &secret);
            Ok(([(SET_COOKIE, cookie)], see_other(&visit.path(&format!("/sent/{id}")))).into_response())
        }
        Submitted::Launched => before(&visit),
        Submitted::TooMany(wait) => again(&app, &visit, checked, Some(wait)),
    }
}

/// What is wrong with an address that a guest could not have. It is asked of
/// every address: whether this one is known is nobody's business. No name server
/// is asked for a form that is not ours.
async fn unreachable(app: &App, visit: &Visit, checked: &Checked) -> Option<String> {
    let email = checked.email.as_ref().filter(|_| checked.problems.is_empty())?;
    let text = || text_of(&visit.headers).say("kickoff-fault-domain");
    (!app.may_take_mail(email).await).then(text)
}

/// The page for a form that was sent before and launched a process.
fn before(visit: &Visit) -> Result<Response, Error> {
    let draft = Draft::of(&visit.open.org, &visit.headers);
    let (title, line) = (draft.text().say("kickoff-before-title"), draft.text().say("kickoff-before"));
    let mut response = draft.answer(title, vec![line], Vec::new(), None)?;
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

/// `POST .../files`: files are kept, and the form is shown again.
pub(super) async fn bring(
    State(app): State<Arc<App>>,
    visit: Visit,
    request: Request,
) -> Result<Response, Error> {
    let brought = read(&app, &visit, request.into_body()).await?;
    let said = (brought.count > 0).then(|| text_of(&visit.headers).say("files-added"));
    beside(&app, &visit, brought, said).await
}

/// `POST .../files/{file}/remove`: a file is taken out again.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    visit: Visit,
    request: Request,
) -> Result<Response, Error> {
    let file: FileId = visit.rest.parse().map_err(|_| Error::not_found())?;
    let brought = read(&app, &visit, request.into_body()).await?;
    let mut said = None;
    if brought.is_fresh {
        let (template, hash, now) =
            (visit.open.template.key, cookies::hash(brought.fields.get(FORM)), visit.now);
        let removed: hospes_store::Result<bool> =
            app.store.write(move |tx| files::remove(tx, template, &hash, file, now)).await;
        if removed? {
            sweep::remove(&app, visit.open.org.no, visit.open.org.id, file).await;
            said = Some(text_of(&visit.headers).say("file-removed"));
        }
    }
    beside(&app, &visit, brought, said).await
}

/// The form in between: what is missing is no fault yet.
async fn beside(app: &App, visit: &Visit, brought: Brought, said: Option<String>) -> Result<Response, Error> {
    let refused = brought.refused.clone();
    let checked = check(app, visit, brought).await?;
    let status = if refused.is_empty() && checked.problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let Checked { fields, form, files, problems, .. } = checked;
    let who = who_of(&fields);
    let faults = of_fields(refused);
    let shown = Shown { form, posted: Some(&fields), who, files, faults, problems, said, ..Shown::default() };
    form::answer(app, visit, status, shown)
}

fn who_of(fields: &Fields) -> Who {
    let typed = |name| fields.get(name).to_owned();
    Who { email: typed("email"), first_name: typed("first_name"), last_name: typed("last_name") }
}

/// The form with its faults; `wait`: there were too many.
fn again(
    app: &App,
    visit: &Visit,
    checked: Checked,
    wait: Option<SignedDuration>,
) -> Result<Response, Error> {
    let mut problems = checked.problems;
    let seconds = wait.map(|wait| wait.as_secs().max(1));
    problems.extend(wait.map(|wait| text_of(&visit.headers).wait(wait)));
    let Checked { fields, form, files, faults, who_faults, .. } = checked;
    let who = who_of(&fields);
    let faults = of_fields(faults);
    let shown =
        Shown { form, posted: Some(&fields), who, files, faults, who_faults, problems, ..Shown::default() };
    let status =
        if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut response = form::answer(app, visit, status, shown)?;
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

impl Checked {
    fn is_right(&self) -> bool {
        self.faults.is_empty() && self.problems.is_empty() && self.who_faults.iter().all(Option::is_none)
    }
}

/// Reads and checks everything that was posted, so that all faults are told at
/// once.
async fn check(app: &App, visit: &Visit, brought: Brought) -> Result<Checked, Error> {
    let text = text_of(&visit.headers);
    let Brought { fields, refused, is_fresh, .. } = brought;
    let posted_form = Some(fields.get(FORM)).filter(|form| cookies::is_secret(form)).map(str::to_owned);
    let mut problems = Vec::new();
    if !is_fresh || posted_form.is_none() {
        problems.push(text.say("entrance-fault-stale"));
    }
    let form = posted_form.unwrap_or_else(entropy::guest_secret);
    let (template, hash, now) = (visit.open.template.key, cookies::hash(&form), visit.now);
    let files: hospes_store::Result<Vec<files::Waiting>> =
        app.store.read(move |tx| files::of_form(tx, template, &hash, now)).await;
    let files = files?;
    let questions = form::questions(&visit.open, &files);
    if fields.are_foreign_to(&questions.iter().map(Question::id)) {
        problems.push(text.say("problem-other-form"));
    }
    let (answers, mut faults) = answers(&questions, &fields, &text);
    faults.retain(|(known, _)| refused.iter().all(|(field, _)| field != known));
    faults.extend(refused);
    if serde_json::to_string(&answers).map_or(usize::MAX, |json| json.len()) > ANSWERS_BYTES {
        problems.push(text.say("kickoff-too-long"));
    }
    if named(answers.iter().map(|(_, answer)| answer)) > NAMED {
        problems.push(text.say_of("kickoff-too-many-named", "limit", NAMED));
    }
    let (email, [first_name, last_name], who_faults) = who(&fields, &text);
    Ok(Checked { fields, form, files, answers, email, first_name, last_name, faults, who_faults, problems })
}

type Faults = Vec<(FieldId, String)>;

fn answers(questions: &[Question], fields: &Fields, text: &Text) -> (Vec<(FieldId, Answer)>, Faults) {
    let (mut answers, mut faults) = (Vec::new(), Vec::new());
    for question in questions {
        let answer = match question.read(fields) {
            Posted::Unreadable => {
                faults.push((question.id(), question.fault_of_unreadable(text)));
                continue;
            }
            Posted::Answer(answer) => answer,
            Posted::Absent => question.answer.clone(),
        };
        faults.extend(question.fault(answer.as_ref(), true, text).map(|fault| (question.id(), fault)));
        answers.extend(answer.map(|answer| (question.id(), answer)));
    }
    (answers, faults)
}

type About = (Option<EmailAddress>, [Option<String>; 2], [Option<String>; 3]);

/// What the stranger says of themselves.
fn who(fields: &Fields, text: &Text) -> About {
    let email = EmailAddress::parse(fields.get("email").trim()).ok();
    let names = ["first_name", "last_name"].map(|name| {
        let name = visible(&fields.get(name).split_whitespace().collect::<Vec<_>>().join(" "));
        Some(name).filter(|name| !name.is_empty())
    });
    let long = |name: &Option<String>| {
        let is_long = name.as_ref().is_some_and(|name| name.chars().count() > NAME_CHARS);
        is_long.then(|| text.say_of("fault-text", "limit", NAME_CHARS))
    };
    let fault = email.is_none().then(|| text.say("entrance-fault-email"));
    let faults = [fault, long(&names[0]), long(&names[1])];
    (email, names, faults)
}
