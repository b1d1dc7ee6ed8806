//! The page of a form.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_model::task::form::{FieldType, FieldValue, FileRef};
use hospes_model::workflow::{Answer, DefaultAnswer, Field};
use hospes_model::workplace::kickoff::{has_start, takes_submitter};
use hospes_model::{FieldId, OrgId};
use hospes_store::kickoff::files::Waiting;
use hospes_store::kickoff::{self, OpenForm};

use super::{Visit, closed, prefill};
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::text::{Text, visible};
use crate::workplace::entrance::page::text_of;
use crate::workplace::page::{Shell, page};
use crate::workplace::reader::brand_of;
use crate::workplace::rich;
use crate::workplace::session::{Fields, see_other};
use crate::workplace::task::fields::{Around, FieldView};
use crate::workplace::task::file_fields::{FileView, FilesView, accepted, too_large};
use crate::workplace::task::questions::{Posted, Question};

/// The field that holds what a shown form is known by.
pub(super) const FORM: &str = "form";

/// How the page is shown.
#[derive(Debug, Default)]
pub(super) struct Shown<'a> {
    /// What the form is known by; a fresh one for a form that was not shown
    /// before.
    pub(super) form: String,
    /// What was posted, to be kept.
    pub(super) posted: Option<&'a Fields>,
    /// What the link fills in.
    pub(super) linked: Fields,
    /// What was submitted before, to be looked at again.
    pub(super) answers: Vec<(FieldId, Answer)>,
    /// Who submitted it.
    pub(super) who: Who,
    /// The files that came with it.
    pub(super) files: Vec<Waiting>,
    /// What is wrong with single fields.
    pub(super) faults: Vec<(FieldId, String)>,
    /// What is wrong with the address, and with either name.
    pub(super) who_faults: [Option<String>; 3],
    /// What is wrong with the whole.
    pub(super) problems: Vec<String>,
    /// What went well.
    pub(super) said: Option<String>,
}

/// What a stranger says of themselves, as it was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Who {
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "workplace/kickoff.html")]
struct FormPage {
    shell: Shell,
    title: String,
    description: String,
    action: String,
    csrf: String,
    form: String,
    said: Option<String>,
    problems: Vec<String>,
    faults: Vec<(String, String)>,
    fields: Vec<FieldView>,
    has_files: bool,
    about: Vec<Input>,
}

/// An input about the stranger.
#[derive(Debug)]
struct Input {
    name: &'static str,
    kind: &'static str,
    complete: &'static str,
    label: String,
    required: bool,
    value: String,
    fault: Option<String>,
}

/// `GET /kickoff/{org}/{template}`.
pub(super) async fn show(State(app): State<Arc<App>>, uri: Uri, visit: Visit) -> Result<Response, Error> {
    let fields = &visit.open.template.snapshot.blueprint().prerun;
    let linked = prefill::read(uri.query().unwrap_or_default(), fields);
    let shown = Shown { form: entropy::guest_secret(), linked, ..Shown::default() };
    answer(&app, &visit, StatusCode::OK, shown)
}

/// `GET /{org}/public/kickoff/{alias}`.
pub(super) async fn by_alias(
    State(app): State<Arc<App>>,
    params: RawPathParams,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let part = |name| params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
    let (Some(org), Some(named)) = (part("org").and_then(|id| id.parse().ok()), part("template")) else {
        return closed(&headers);
    };
    to_form(&app, org, named, (&headers, &uri)).await
}

/// To the form that is named by id or alias, if it is open.
pub(super) async fn to_form(
    app: &App,
    org: OrgId,
    named: String,
    (headers, uri): (&HeaderMap, &Uri),
) -> Result<Response, Error> {
    let found: Option<OpenForm> = app
        .store
        .read(move |tx| match named.parse() {
            Ok(id) => kickoff::find(tx, org, id),
            Err(_) => kickoff::find_by_alias(tx, org, &named),
        })
        .await
        .map_err(|error: hospes_store::Error| Error::from(error))?;
    match found {
        Some(open) => {
            let carried = prefill::carried(uri.query().unwrap_or_default());
            Ok(see_other(&(super::address(open.org.id, open.template.id) + &carried)))
        }
        None => closed(headers),
    }
}

/// A field as strangers are asked it: what is filled in at the launch need not
/// be given.
fn asked(field: &Field) -> Field {
    let mut field = field.clone();
    field.definition.required &= !has_start(&field);
    field
}

/// The questions of a form with the files that came for them.
pub(super) fn questions(open: &OpenForm, files: &[Waiting]) -> Vec<Question> {
    let fields = &open.template.snapshot.blueprint().prerun;
    let of = |field: &Field| {
        let files = files.iter().filter(|waiting| waiting.field == field.id());
        let files: Vec<FileRef> = files.map(|waiting| waiting.file.clone()).collect();
        let is_file = field.definition.field_type == FieldType::File && !files.is_empty();
        Question::typed(is_file.then_some(Answer::Files(files)), asked(field))
    };
    fields.iter().map(of).collect()
}

/// What a field shows before anybody has typed anything: of its default what
/// strangers may see. People are nobody's business, and what variables stand
/// for is known at the launch.
fn start(visit: &Visit, field: &Field) -> Option<Answer> {
    let plain = |text: &str| !text.contains("{{");
    let answer = match field.default.as_ref()? {
        DefaultAnswer::Today { offset, direction } => {
            let calendar = visit.open.org.calendar().ok()?;
            let at = calendar.moved(visit.now, *offset, *direction);
            Answer::text(at.to_zoned(calendar.zone.clone()).date().to_string())
        }
        DefaultAnswer::Answer(Answer::People(_) | Answer::Files(_)) => return None,
        DefaultAnswer::Answer(answer) => answer.clone(),
    };
    let is_plain = match &answer {
        Answer::Value(FieldValue::Text(text)) => plain(text),
        Answer::Value(FieldValue::Row(cells)) => cells.iter().all(|cell| plain(cell)),
        _ => true,
    };
    (is_plain && !answer.is_empty() && field.check(&answer).is_ok()).then_some(answer)
}

/// The page as an answer.
pub(super) fn answer(
    app: &App,
    visit: &Visit,
    status: StatusCode,
    shown: Shown<'_>,
) -> Result<Response, Error> {
    let (open, text) = (&visit.open, text_of(&visit.headers));
    let around = Around { text: &text, members: &[], posted: shown.posted };
    let view = |mut question: Question| {
        let mut around = around;
        if around.posted.is_none() && question.read(&shown.linked) != Posted::Absent {
            around.posted = Some(&shown.linked);
        } else if question.answer.is_none() && shown.posted.is_none() {
            let known = shown.answers.iter().find(|(id, _)| *id == question.id());
            let answer = match known {
                Some((_, answer)) => Some(answer.clone()),
                None if shown.answers.is_empty() => start(visit, &question.field),
                None => None,
            };
            question = Question::typed(answer, question.field);
        }
        let mut view = FieldView::new(&question, around);
        view.files = files_of(app, visit, &question, &text);
        if takes_submitter(&question.field) {
            view.hint = text.say("kickoff-own-picker");
        }
        let fault = shown.faults.iter().find(|(id, _)| *id == question.id());
        view.fault = fault.map(|(_, fault)| fault.clone());
        view
    };
    let fields: Vec<FieldView> = questions(open, &shown.files).into_iter().map(view).collect();
    let about = about(&text, shown.who, shown.who_faults);
    let mut faults: Vec<(String, String)> = fields
        .iter()
        .filter_map(|field| Some((field.name.clone(), format!("{}: {}", field.label, field.fault.as_ref()?))))
        .collect();
    faults.extend(about.iter().filter_map(|input| {
        Some((input.name.to_owned(), format!("{}: {}", input.label, input.fault.as_ref()?)))
    }));
    let settings = &open.template.settings;
    let title = settings.kickoff_title.as_deref().filter(|title| !title.is_empty());
    let template = FormPage {
        title: visible(title.unwrap_or(&open.template.snapshot.blueprint().title)),
        description: settings.kickoff_description.as_deref().map(rich::html).unwrap_or_default(),
        action: visit.path(""),
        csrf: visit.token(app),
        form: shown.form,
        said: shown.said,
        problems: shown.problems,
        faults,
        has_files: fields.iter().any(|field| field.files.is_some()),
        fields,
        about,
        shell: Shell::new(text, brand_of(&open.org), None),
    };
    page(status, &template)
}

fn about(text: &Text, who: Who, [email, first, last]: [Option<String>; 3]) -> Vec<Input> {
    let name = |name, complete, label, value, fault| Input {
        name,
        kind: "text",
        complete,
        label,
        required: false,
        value,
        fault,
    };
    vec![
        Input {
            name: "email",
            kind: "email",
            complete: "email",
            label: text.say("kickoff-email"),
            required: true,
            value: who.email,
            fault: email,
        },
        name("first_name", "given-name", text.say("kickoff-first-name"), who.first_name, first),
        name("last_name", "family-name", text.say("kickoff-last-name"), who.last_name, last),
    ]
}

/// The view of a file field; `None` for others.
fn files_of(app: &App, visit: &Visit, question: &Question, text: &Text) -> Option<FilesView> {
    if question.kind() != FieldType::File {
        return None;
    }
    let files = match &question.answer {
        Some(Answer::Files(files)) => files.as_slice(),
        _ => &[],
    };
    let view = |file: &FileRef| FileView {
        name: visible(&file.filename),
        address: None,
        remove: Some(visit.path(&format!("/files/{}/remove", file.id))),
    };
    Some(FilesView {
        list: files.iter().map(view).collect(),
        can_upload: true,
        name: format!("file.{}", question.id()),
        upload: visit.path("/files"),
        limit: app.files.limit,
        too_large: too_large(text, app.files.limit),
        accept: accepted(question),
    })
}
