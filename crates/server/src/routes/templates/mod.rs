//! Templates (`checklists` in the API), their steps, form fields and rules.

pub mod archive;
pub mod captures;
pub mod clone;
pub mod create;
pub mod delete;
pub mod delete_prerun;
pub mod form_fields;
pub mod list;
pub mod publish;
pub mod read;
pub mod restore;
pub mod rules;
pub mod steps;
pub mod update;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::draft::Draft;
use hospes_api::templates::request::Ids;
use hospes_api::templates::rules::Rule;
use hospes_api::templates::steps::{Field, Step};
use hospes_api::templates::{Includes, Template as WireTemplate};
use hospes_model::member::Actor;
use hospes_model::template::Template;
use hospes_model::template::copy::FreshIds;
use hospes_model::workflow::Directory;
use hospes_model::{FieldId, MemberId, OrgNo, Refusal, RuleId, StepId, TemplateId};
use hospes_store::assets::copies::{self, Copies};
use hospes_store::templates::write::{self, Wanted, Wish};
use hospes_store::{Tx, templates};
use jiff::Timestamp;
use serde::Serialize;

use crate::caller::Caller;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::query::Query;
use crate::reply::Reply;

/// Reads the template that a path names. What is no id names no template.
pub(super) fn template_id(subject: &str) -> Result<TemplateId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// What was asked for with `with=`.
fn includes(query: &str) -> Includes {
    Query::new(query).get("with").map(Includes::parse).unwrap_or_default()
}

/// The `ETag` of a template and of whatever is in it. A launch shows in it and
/// is no change; `If-Match` looks at the revision only.
fn etag(template: &Template) -> String {
    format!("{}-{}", template.revision, template.started_processes)
}

/// A change of the template that the caller names.
fn wish(change: &Change, id: TemplateId) -> Wish {
    Wish { id, expected: change.expected(), actor: change.caller().actor, cause: change.cause() }
}

/// Ids for whatever is new, drawn before the transaction that may need them
/// more than once.
fn fresh_ids(now: Timestamp) -> FreshIds {
    let (millis, random) = entropy::id_parts(now);
    FreshIds::new(millis, random)
}

/// Reads a template that the caller may know of.
fn find(tx: &mut Tx<'_>, caller: &Caller, id: TemplateId) -> Result<Template, Error> {
    Ok(templates::find_visible(tx, caller.org, id, caller.actor)?.ok_or(Refusal::NotFound)?)
}

/// A template after a change, and what the caller is to be told besides.
struct Changed<T> {
    template: Template,
    /// What the change was about.
    subject: T,
    warnings: Vec<String>,
}

/// Changes a template: `read` makes a draft of what is there and of what the
/// caller wants, and is asked in the transaction.
async fn edit<T: 'static>(
    change: Change,
    id: TemplateId,
    read: impl Fn(&Template, &mut FreshIds) -> Result<(Draft, T), Refusal> + Send + 'static,
    answer: impl Fn(&Changed<T>) -> Result<Reply, Error> + Send + 'static,
) -> Result<Response, Error> {
    let (wish, org, ids) = (wish(&change, id), change.caller().org, fresh_ids(change.now()));
    change
        .run(move |tx| {
            let changed = write::change::<_, Error>(tx, org, &wish, |tx, before| {
                let mut ids = ids;
                let (mut draft, subject) = read(before, &mut ids)?;
                let copies = own_files(tx, (org, wish.actor), &mut draft, Some(before), &mut ids)?;
                let (wanted, warnings) = checked(tx, org, draft, Some(before), before.owner)?;
                Ok((wanted, (subject, warnings, copies)))
            })?;
            let (template, (subject, warnings, copies)) = changed;
            copies.write(tx, &template, wish.actor, wish.cause.at)?;
            answer(&Changed { template, subject, warnings })
        })
        .await
}

/// Lets a draft name copies of its own of files that belong elsewhere. They are
/// to be written when it is stored.
fn own_files(
    tx: &mut Tx<'_>,
    (org, actor): (OrgNo, Actor),
    draft: &mut Draft,
    before: Option<&Template>,
    ids: &mut FreshIds,
) -> Result<Copies, Error> {
    let said = (&mut draft.blueprint, &mut draft.settings);
    let mut copies = copies::prepare(tx, org, actor, said, before, ids)?;
    draft.warnings.append(&mut copies.left_out);
    Ok(copies)
}

/// Checks a draft: what it says, and everybody in it.
fn checked(
    tx: &mut Tx<'_>,
    org: OrgNo,
    mut draft: Draft,
    before: Option<&Template>,
    owner: MemberId,
) -> Result<(Wanted, Vec<String>), Error> {
    let directory: Directory = templates::directory(tx, org)?;
    draft.check_people(&directory, before);
    let checked = draft.check()?;
    let wanted = Wanted {
        snapshot: checked.snapshot,
        settings: checked.settings,
        owner: checked.owner.unwrap_or(owner),
        access: checked.access,
        starred: checked.starred,
    };
    Ok((wanted, checked.warnings))
}

/// Runs a reader that draws ids.
fn with_ids<T>(ids: &mut FreshIds, read: impl FnOnce(&mut Ids<'_>) -> T) -> T {
    let (millis, _) = ids.draw();
    let mut random = || ids.draw().1;
    read(&mut Ids { millis, random: &mut random })
}

/// The answer that shows something of a template.
fn reply<T: Serialize>(
    status: StatusCode,
    data: T,
    template: &Template,
    warnings: &[String],
) -> Result<Reply, Error> {
    Ok(Reply::json(status, &Item { data, warnings: warnings.to_vec() })?.with_etag(&etag(template)))
}

fn reply_template<T>(status: StatusCode, changed: &Changed<T>, includes: Includes) -> Result<Reply, Error> {
    let Changed { template, warnings, .. } = changed;
    reply(status, WireTemplate::new(template, includes), template, warnings)
}

fn reply_step(
    status: StatusCode,
    template: &Template,
    id: StepId,
    warnings: &[String],
) -> Result<Reply, Error> {
    let at = template.blueprint().step_index(id)?;
    let step = template.blueprint().steps.get(at).ok_or(Refusal::NotFound)?;
    reply(status, Step::new(template, at, step), template, warnings)
}

fn reply_capture(status: StatusCode, changed: &Changed<(StepId, FieldId)>) -> Result<Reply, Error> {
    let Changed { template, subject: (step, field), warnings } = changed;
    let field = template.blueprint().capture(*step, *field)?;
    reply(status, Field::capture(template, *step, field), template, warnings)
}

fn reply_rule(status: StatusCode, changed: &Changed<RuleId>) -> Result<Reply, Error> {
    let Changed { template, subject, warnings } = changed;
    let at = template.blueprint().rule_index(*subject)?;
    let rule = template.blueprint().automated_actions.get(at).ok_or(Refusal::NotFound)?;
    reply(status, Rule::new(template, at, rule), template, warnings)
}
