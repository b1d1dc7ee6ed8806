//! Comments and issues (`threads` in the API) about tasks, processes and
//! templates. They are read beside what they are about, with `with=threads`.

pub mod bot;
pub mod create;
pub mod delete;
pub mod report;
pub mod resolve;
pub mod update;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::comments::{self as wire, ReadDraft, Thread};
use hospes_api::envelope::Item;
use hospes_model::comment::{Label, text};
use hospes_model::member::Action;
use hospes_model::{FieldErrors, OrgNo, Refusal, ThreadId};
use hospes_store::comments::write::{self, Wish, Written};
use hospes_store::comments::{Place, Writer, issues};
use hospes_store::runs::write::Newcomers;
use hospes_store::{Tx, runs};

use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::limits::Reservation;
use crate::reply::Reply;
use crate::routes::runs::check_domains;

/// What the path's object is called by the wire. The process of a task is
/// looked up.
fn wire_place(tx: &mut Tx<'_>, org: OrgNo, place: Place) -> hospes_store::Result<wire::Place> {
    Ok(match place {
        Place::Task(id) => {
            wire::Place { task: Some(id), run: runs::id_by_task(tx, org, id)?, template: None }
        }
        Place::Run(id) => wire::Place { run: Some(id), ..wire::Place::default() },
        Place::Template(id) => wire::Place { template: Some(id), ..wire::Place::default() },
    })
}

/// The answer that shows one comment.
fn show(
    tx: &mut Tx<'_>,
    org: OrgNo,
    place: Place,
    (status, written): (StatusCode, &Written),
    warnings: &[String],
) -> Result<Reply, Error> {
    let place = wire_place(tx, org, place)?;
    let data = Thread::new(&written.comment, place);
    let warnings = warnings.iter().chain(&written.warnings).cloned().collect();
    Ok(Reply::json(status, &Item { data, warnings })?.with_etag(&written.revision.to_string()))
}

/// Writes what was read: a comment, an issue, or what resolves one.
async fn write(change: Change, place: Place, read: ReadDraft) -> Result<Response, Error> {
    change.caller().may(Action::Comment)?;
    let (org, actor, cause) = (change.caller().org, change.caller().actor, change.cause());
    let ReadDraft { draft, issue, warnings } = read;
    check_mentions(&change, &draft.content).await?;
    let (millis, random) = entropy::id_parts(change.now());
    let id = ThreadId::new(millis, random);
    let room = room_for_comment(&change).await?;
    run(change, room, move |tx, newcomers| {
        let wish = Wish { id, place, draft: &draft, writer: Writer::Member(actor), cause: &cause };
        let written = dispatch(tx, org, wish, issue, newcomers)?;
        show(tx, org, place, (StatusCode::CREATED, &written), &warnings)
    })
    .await
}

/// Writes a draft as its label says.
pub(crate) fn dispatch(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: Wish<'_>,
    issue: Option<ThreadId>,
    newcomers: &mut Newcomers<'_, Error>,
) -> Result<Written, Error> {
    match wish.draft.label {
        Label::Problem => issues::report::<Error>(tx, org, wish, newcomers),
        Label::Resolve => issues::resolve::<Error>(tx, org, issue, wish, newcomers),
        Label::Comment | Label::Improvement | Label::Advice => {
            write::create::<Error>(tx, org, wish, newcomers)
        }
    }
}

/// The domain check of addresses in a text, which may become guests.
async fn check_mentions(change: &Change, content: &str) -> Result<(), Error> {
    let mentioned = text::mentions(content);
    let addresses = mentioned.addresses.into_iter().chain(mentioned.assigned);
    let addresses: Vec<_> = addresses.map(|email| ("content".to_owned(), email)).collect();
    let mut faults = FieldErrors::default();
    check_domains(change, addresses, &mut faults).await?;
    Ok(faults.into_result()?)
}

/// Room for one comment in this hour. What is given again needs none.
async fn room_for_comment(change: &Change) -> Result<Reservation, Error> {
    if change.is_repeated().await? {
        return Ok(Reservation::NONE);
    }
    change.app().limits.reserve_comment(change.caller().org)
}

/// Runs a change that may make guests, and takes up the room that is held for
/// what it writes if it succeeds. Whom it cannot put on a task is a fault of the
/// text.
async fn run(
    change: Change,
    room: Reservation,
    mut work: impl FnMut(&mut Tx<'_>, &mut Newcomers<'_, Error>) -> Result<Reply, Error> + Send + 'static,
) -> Result<Response, Error> {
    fn name_in_request(path: &str) -> Option<String> {
        (path.starts_with("owners") || path == "guests").then(|| "content".to_owned())
    }
    let held = room.clone();
    let outcome = change
        .run_admitting(move |tx, newcomers| {
            held.during(|| work(tx, newcomers).map_err(|error| error.renamed(name_in_request)))
        })
        .await;
    room.settle(outcome.is_ok());
    outcome
}

/// Changes a comment.
async fn change_comment(change: Change, place: Place, id: &str) -> Result<Response, Error> {
    change.caller().may(Action::Comment)?;
    let id: ThreadId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (wanted, warnings) = wire::read_update(&change.json()?)?;
    if let Some(content) = &wanted.content {
        check_mentions(&change, content).await?;
    }
    let (org, actor) = (change.caller().org, change.caller().actor);
    let (expected, cause) = (change.expected(), change.cause());
    run(change, Reservation::NONE, move |tx, newcomers| {
        let which = write::Which { id, place, actor, expected: &expected, cause: &cause };
        let written = write::update::<Error>(tx, org, which, &wanted, newcomers)?;
        show(tx, org, place, (StatusCode::OK, &written), &warnings)
    })
    .await
}

/// Deletes a comment.
async fn delete_comment(change: Change, place: Place, id: &str) -> Result<Response, Error> {
    change.caller().may(Action::Comment)?;
    let id: ThreadId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (org, actor) = (change.caller().org, change.caller().actor);
    let (expected, cause) = (change.expected(), change.cause());
    change
        .run(move |tx| {
            let which = write::Which { id, place, actor, expected: &expected, cause: &cause };
            write::delete::<Error>(tx, org, which)?;
            Ok(Reply::no_content())
        })
        .await
}
