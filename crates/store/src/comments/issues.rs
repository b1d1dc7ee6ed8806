//! Issues: reported and resolved together with what they do to a task or a
//! process (`product.md` 2.14). The state is the engine's in processes, and
//! `problem` of one-off tasks; about templates they hold up nothing.

use hospes_model::comment::{About, Label};
use hospes_model::workflow::Command;
use hospes_model::workplace::sight::Doing;
use hospes_model::{CommentKey, OrgNo, Refusal, ThreadId};

use crate::error::Error;
use crate::expected::Expected;
use crate::orgs;
use crate::runs::write::{self as run_write, Doer, Newcomers};
use crate::sql::{Tx, Value, in_list};
use crate::tasks::write as task_write;
use crate::to_micros;

use super::target::{Object, Target, Writer};
use super::write::{Wish, Written, insert, mention, tell};
use super::{find, open_issues};

/// Reports an issue. One about a finished task opens it again, where the
/// organization wants that (D3); one about a process freezes its tasks.
///
/// # Errors
///
/// As in [`create`](super::write::create); [`Refusal::Forbidden`] for light
/// members about a process as a whole.
pub fn report<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: Wish<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> Result<Written, E> {
    orgs::lock(tx, org)?;
    let target = Target::find::<E>(tx, org, wish.place, wish.writer)?;
    target.check(wish.writer, Doing::Report)?;
    let mentioned = mention(tx, org, &target, wish, newcomers)?;
    let author = wish.writer.author(wish.draft);
    let revision = match &target.object {
        Object::OneOff(task) => {
            task_write::change_by_issue::<E>(tx, org, task.id, wish.cause, |task, reopens| {
                task.report_issue(&author, reopens)
            })?
        }
        Object::Process { .. } => {
            let command = |task| Command::ReportIssue { task, thread: wish.id };
            handle(tx, org, &target, wish, &[command], newcomers)?
        }
        Object::Template(_) => {
            let event = target.subject().commented(Label::Problem, &author);
            tell(tx, org, &target, wish.cause, event)?
        }
    };
    Ok(insert(tx, org, &target, wish, mentioned, (revision, None))?)
}

/// Resolves an issue, or all that are open where none is named. Members only
/// (D4).
///
/// # Errors
///
/// On `thread_id` for what is no open issue here; else as [`report`].
pub fn resolve<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    issue: Option<ThreadId>,
    wish: Wish<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> Result<Written, E> {
    if matches!(wish.writer, Writer::Guest(_)) {
        return Err(Refusal::Forbidden("Only members may resolve an issue.").into());
    }
    orgs::lock(tx, org)?;
    let target = Target::find::<E>(tx, org, wish.place, wish.writer)?;
    target.check(wish.writer, Doing::Report)?;
    let open = open_issues(tx, target.about)?;
    let resolved = which::<E>(tx, target.about, issue, &open)?;
    let mentioned = mention(tx, org, &target, wish, newcomers)?;
    let author = wish.writer.author(wish.draft);
    let left = resolved.len() < open.len();
    let revision = match &target.object {
        Object::OneOff(task) => task_write::change_by_issue::<E>(tx, org, task.id, wish.cause, |task, _| {
            task.resolve_issue(&author, left)
        })?,
        Object::Process { .. } => {
            let commands: Vec<_> = resolved
                .iter()
                .map(|(_, thread)| move |task| Command::ResolveIssue { task, thread: *thread })
                .collect();
            handle(tx, org, &target, wish, &commands, newcomers)?
        }
        Object::Template(_) => {
            let event = target.subject().commented(Label::Resolve, &author);
            tell(tx, org, &target, wish.cause, event)?
        }
    };
    let (list, mut values) = in_list(resolved.iter().map(|(key, _)| key.get().into()));
    let rest: [Value<'_>; 3] = [wish.id.as_bytes().into(), to_micros(wish.cause.at).into(), revision.into()];
    let first = values.len() + 1;
    values.extend(rest);
    let sql = format!(
        "UPDATE comment SET resolve_id = ?{}, resolved_at = ?{}, updated_at = ?{}, revision = ?{} WHERE key IN ({list})",
        first,
        first + 1,
        first + 1,
        first + 2
    );
    tx.execute(&sql, &values)?;
    let resolves = resolved.first().map(|(_, id)| *id);
    Ok(insert(tx, org, &target, wish, mentioned, (revision, resolves))?)
}

/// The issues that are meant.
fn which<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    about: About,
    issue: Option<ThreadId>,
    open: &[(CommentKey, ThreadId)],
) -> Result<Vec<(CommentKey, ThreadId)>, E> {
    let Some(id) = issue else {
        if open.is_empty() {
            return Err(Refusal::field("thread_id", "There is no open issue here.").into());
        }
        return Ok(open.to_vec());
    };
    if let Some(found) = open.iter().find(|(_, open)| *open == id) {
        return Ok(vec![*found]);
    }
    let known = find(tx, about, id)?.filter(|stored| stored.comment.label == Label::Problem);
    let fault = match known {
        Some(_) => "The issue is resolved already.",
        None => "There is no such issue here.",
    };
    Err(Refusal::field("thread_id", fault).into())
}

/// Asks the engine, and returns the revision of the process afterwards.
fn handle<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    target: &Target,
    wish: Wish<'_>,
    commands: &[impl Fn(Option<hospes_model::TaskId>) -> Command],
    newcomers: &mut Newcomers<'_, E>,
) -> Result<i64, E> {
    let Object::Process { found, task } = &target.object else {
        return Err(Error::corrupt("an issue of a process without the process").into());
    };
    let run = found.process.run.state().id;
    let whole = match task {
        Some(task) => run_write::Target::Task { run: Some(run), task: *task },
        None => run_write::Target::Run(run),
    };
    let mut asked = |_: &_| {
        let commands = commands.iter().map(|command| command(*task)).collect();
        Ok(run_write::Wish { commands, about: None })
    };
    let by = wish.writer.by();
    let doer = Doer { by: &by, cause: wish.cause };
    let done = run_write::handle(tx, org, whole, &Expected::Any, &mut asked, doer, newcomers)?;
    Ok(done.process.revision)
}
