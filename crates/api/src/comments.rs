//! Comments and issues on the wire (`threads`; `clients.md`, "Comments,
//! issues"): the object, and what callers send.

use hospes_model::comment::text::{self, CONTENT_LIMIT};
use hospes_model::comment::{Author, Change, Comment, Draft, Label, State};
use hospes_model::{MemberId, Refusal, RunId, TaskId, TemplateId, ThreadId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::envelope::Collection;
use crate::fields::Fields;
use crate::moments;

/// What a comment is about, as callers know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The task.
    pub task: Option<TaskId>,
    /// The process; of a task the one that it belongs to.
    pub run: Option<RunId>,
    /// The template.
    pub template: Option<TemplateId>,
}

/// A comment or an issue: the union of what the published clients read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Thread<'a> {
    /// The comment's id, 32 hexadecimal digits.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: ThreadId,
    /// HTML as it was sent. Members are mentioned as `@[7]`, guests as
    /// `@[ann@client.example]`.
    pub content: &'a str,
    /// `comment`, `problem` (an issue), `resolve` (what resolved one),
    /// `improvement` or `advice`.
    pub label: &'static str,
    /// `hide-for-guests`, `open` or `collapsed`.
    pub state: &'static str,
    /// Whether guests on the task who did not write it and are not mentioned in
    /// it cannot read it.
    pub hidden_from_guests: bool,
    /// `user`, `guest` or `bot`.
    pub author_type: &'static str,
    /// The member who wrote it, or for whom a program did; null for guests.
    #[schema(value_type = Option<i64>)]
    pub author_id: Option<MemberId>,
    /// The code of the guest who wrote it.
    pub author_guest_id: Option<&'a str>,
    /// The address of the guest who wrote it.
    pub author_guest: Option<&'a str>,
    /// The task that it is about.
    #[schema(value_type = Option<String>)]
    pub task_id: Option<TaskId>,
    /// The process that it is about, or that the task belongs to.
    #[schema(value_type = Option<String>)]
    pub run_id: Option<RunId>,
    /// The template that it is about.
    #[schema(value_type = Option<String>)]
    pub checklist_id: Option<TemplateId>,
    /// Ids of the members who are mentioned.
    #[schema(value_type = Vec<i64>)]
    pub sent_to: &'a [MemberId],
    /// Addresses of the guests who are mentioned.
    pub sent_to_guests: Vec<&'a str>,
    /// Of an issue: the id of what resolved it, null while it is open. Of what
    /// resolved issues: the id of the first of them.
    #[schema(value_type = Option<String>)]
    pub resolve_id: Option<ThreadId>,
    /// Of an issue: when it was resolved.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub reactions: [(); 0],
    /// When it was written.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Always null: comments are deleted for good.
    pub archived_at: Option<&'a str>,
}

impl<'a> Thread<'a> {
    /// A comment as members see it.
    pub fn new(comment: &'a Comment, place: Place) -> Self {
        let guest = match &comment.author {
            Author::Guest { code, email, .. } => Some((code.as_str(), email.as_str())),
            Author::Member(_) | Author::Bot(_) => None,
        };
        Self {
            id: comment.id,
            content: &comment.content,
            label: comment.label.as_str(),
            state: comment.state.as_str(),
            hidden_from_guests: comment.state == State::HideForGuests || place.task.is_none(),
            author_type: comment.author.kind(),
            author_id: comment.author.member(),
            author_guest_id: guest.map(|(code, _)| code),
            author_guest: guest.map(|(_, email)| email),
            task_id: place.task,
            run_id: place.run,
            checklist_id: place.template,
            sent_to: &comment.members,
            sent_to_guests: comment.guests.iter().map(|guest| guest.email.as_str()).collect(),
            resolve_id: comment.resolve_id,
            resolved_at: comment.resolved_at,
            reactions: [],
            created_at: comment.created_at,
            updated_at: comment.updated_at,
            archived_at: None,
        }
    }

    /// Comments about one object, in their order.
    pub fn list(comments: &'a [Comment], place: Place) -> Collection<Self> {
        Collection { data: comments.iter().map(|comment| Self::new(comment, place)).collect() }
    }

    /// The issues among them.
    pub fn issues(comments: &'a [Comment], place: Place) -> Collection<Self> {
        let issues = comments.iter().filter(|comment| comment.label == Label::Problem);
        Collection { data: issues.map(|comment| Self::new(comment, place)).collect() }
    }
}

/// A comment that is to be written.
#[derive(Debug, ToSchema)]
pub struct CommentBody {
    /// HTML. `@[7]` mentions a member, `@[ann@client.example]` and
    /// `@ann@client.example` a guest, who is made if nobody has the address;
    /// `+ann@client.example` puts the guest on the task besides.
    #[schema(min_length = 1, max_length = 30_000, pattern = r"\S")]
    pub content: String,
    /// `hide-for-guests` (default), `open` or `collapsed`: what guests on the
    /// task may read.
    #[schema(pattern = "^(hide-for-guests|open|collapsed)$")]
    pub state: Option<String>,
    /// `comment` (default), `improvement`, `advice`, or `problem`, which reports
    /// an issue.
    #[schema(pattern = "^(comment|problem|improvement|advice)$")]
    pub label: Option<String>,
    /// Members to be mentioned beside those in the text; at most 50.
    #[schema(value_type = Option<Vec<i64>>, max_items = 50)]
    pub sent_to: Option<Vec<i64>>,
}

/// A comment that is to be changed; what is absent stays.
#[derive(Debug, ToSchema)]
pub struct UpdateCommentBody {
    /// HTML.
    #[schema(min_length = 1, max_length = 30_000, pattern = r"\S")]
    pub content: Option<String>,
    /// `hide-for-guests`, `open` or `collapsed`.
    #[schema(pattern = "^(hide-for-guests|open|collapsed)$")]
    pub state: Option<String>,
    /// `comment`, `improvement` or `advice`; of issues and what resolved them
    /// it cannot be changed.
    #[schema(pattern = "^(comment|improvement|advice)$")]
    pub label: Option<String>,
    /// Members who are mentioned beside those in the text, in place of those
    /// who are; at most 50.
    #[schema(value_type = Option<Vec<i64>>, max_items = 50)]
    pub sent_to: Option<Vec<i64>>,
}

/// An issue that is to be reported.
#[derive(Debug, ToSchema)]
pub struct IssueBody {
    /// HTML, as in comments.
    #[schema(min_length = 1, max_length = 30_000, pattern = r"\S")]
    pub content: String,
    /// `hide-for-guests` (default), `open` or `collapsed`.
    #[schema(pattern = "^(hide-for-guests|open|collapsed)$")]
    pub state: Option<String>,
    /// Members to be mentioned beside those in the text; at most 50.
    #[schema(value_type = Option<Vec<i64>>, max_items = 50)]
    pub sent_to: Option<Vec<i64>>,
}

/// An issue that is to be resolved.
#[derive(Debug, ToSchema)]
pub struct ResolveBody {
    /// The issue; without it every open one.
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    pub thread_id: Option<String>,
    /// What was done about it: HTML, as in comments.
    #[schema(min_length = 1, max_length = 30_000, pattern = r"\S")]
    pub content: String,
    /// `hide-for-guests` (default), `open` or `collapsed`.
    #[schema(pattern = "^(hide-for-guests|open|collapsed)$")]
    pub state: Option<String>,
    /// Members to be mentioned beside those in the text; at most 50.
    #[schema(value_type = Option<Vec<i64>>, max_items = 50)]
    pub sent_to: Option<Vec<i64>>,
}

/// A draft that was read, and what was noticed.
#[derive(Debug)]
pub struct ReadDraft {
    /// The comment.
    pub draft: Draft,
    /// What it resolves; only of [`read_resolution`].
    pub issue: Option<ThreadId>,
    /// What the caller should be told.
    pub warnings: Vec<String>,
}

/// Reads [`CommentBody`].
pub fn read_comment(body: &Value) -> Result<ReadDraft, Refusal> {
    read_draft(body, |fields| {
        let words = ["comment", "problem", "improvement", "advice"];
        let parse = |word: &str| Label::parse(word).filter(|label| *label != Label::Resolve);
        let label = fields.word("label", &words, parse);
        (label.unwrap_or_default(), None)
    })
}

/// Reads [`IssueBody`].
pub fn read_issue(body: &Value) -> Result<ReadDraft, Refusal> {
    read_draft(body, |_| (Label::Problem, None))
}

/// Reads [`ResolveBody`].
pub fn read_resolution(body: &Value) -> Result<ReadDraft, Refusal> {
    read_draft(body, |fields| {
        let Some(id) = fields.text("thread_id") else { return (Label::Resolve, None) };
        let issue = id.parse().map_err(|_| "names no issue: it must be 32 hexadecimal digits".to_owned());
        (Label::Resolve, fields.checked("thread_id", issue))
    })
}

fn read_draft(
    body: &Value,
    read: impl FnOnce(&mut Fields<'_>) -> (Label, Option<ThreadId>),
) -> Result<ReadDraft, Refusal> {
    let mut fields = Fields::new(body)?;
    let content = fields.required_text("content").map(text::check);
    let content = content.and_then(|checked| fields.checked("content", checked));
    let (label, issue) = read(&mut fields);
    let state = read_state(&mut fields).unwrap_or_default();
    let sent_to = read_sent_to(&mut fields).unwrap_or_default();
    let warnings = fields.unknown();
    fields.finish()?;
    let draft = Draft { label, state, sent_to, ..Draft::new(content.unwrap_or_default()) };
    Ok(ReadDraft { draft, issue, warnings })
}

/// Reads [`UpdateCommentBody`], with what was noticed.
pub fn read_update(body: &Value) -> Result<(Change, Vec<String>), Refusal> {
    let mut fields = Fields::new(body)?;
    // What answers show may be sent back.
    fields.ignore(&[
        "id",
        "hidden_from_guests",
        "author_type",
        "author_id",
        "author_guest_id",
        "author_guest",
        "task_id",
        "run_id",
        "checklist_id",
        "sent_to_guests",
        "resolve_id",
        "resolved_at",
        "reactions",
        "created_at",
        "updated_at",
        "archived_at",
    ]);
    let content = if fields.value("content").is_some() { fields.required_text("content") } else { None };
    let content = content.map(text::check);
    let change = Change {
        content: content.and_then(|checked| fields.checked("content", checked)),
        label: {
            let words = Label::ALL.iter().map(|label| label.as_str()).collect::<Vec<_>>();
            fields.word("label", &words, Label::parse)
        },
        state: read_state(&mut fields),
        sent_to: read_sent_to(&mut fields),
    };
    let warnings = fields.unknown();
    fields.finish()?;
    Ok((change, warnings))
}

fn read_state(fields: &mut Fields<'_>) -> Option<State> {
    let words: Vec<&str> = State::ALL.iter().map(|state| state.as_str()).collect();
    fields.word("state", &words, State::parse)
}

fn read_sent_to(fields: &mut Fields<'_>) -> Option<Vec<(usize, MemberId)>> {
    let ids = fields.member_ids("sent_to")?;
    if ids.len() > text::MENTION_LIMIT {
        fields
            .fault("sent_to", format!("The sent_to may not have more than {} entries.", text::MENTION_LIMIT));
    }
    Some(ids)
}

const _: () = assert!(CONTENT_LIMIT == 30_000, "the schemas say so");

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults<T>(read: Result<T, Refusal>) -> Vec<String> {
        match read {
            Err(Refusal::Invalid(errors)) => errors.iter().map(|(path, _)| path.to_owned()).collect(),
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn a_comment_is_hidden_from_guests_unless_it_says_otherwise() {
        let read = read_comment(&json!({"content": " <p>Hi @[7]</p> "})).unwrap();
        assert_eq!(read.draft, Draft::new("<p>Hi @[7]</p>"));
        let read = read_comment(&json!({
            "content": "Hi", "state": "open", "label": "advice", "sent_to": [7, "8"], "colour": "red",
        }));
        let ReadDraft { draft, warnings, .. } = read.unwrap();
        assert_eq!((draft.state, draft.label, draft.sent_to.len()), (State::Open, Label::Advice, 2));
        assert_eq!(warnings.len(), 1);
        assert_eq!(read_issue(&json!({"content": "x"})).unwrap().draft.label, Label::Problem);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let wrong = json!({"content": "", "state": "closed", "label": "resolve", "sent_to": [0]});
        assert_eq!(faults(read_comment(&wrong)), ["content", "label", "sent_to.0", "state"]);
        assert_eq!(faults(read_comment(&json!({"content": 7, "sent_to": 7}))), ["content", "sent_to"]);
        assert_eq!(faults(read_comment(&json!({"content": "x", "sent_to": vec![1; 51]}))), ["sent_to"]);
        assert_eq!(faults(read_resolution(&json!({"thread_id": "x"}))), ["content", "thread_id"]);
        assert_eq!(faults(read_comment(&json!([]))), ["body"]);
    }

    #[test]
    fn a_resolution_names_an_issue_or_all() {
        let id = "0123456789abcdef0123456789abcdef";
        let read = read_resolution(&json!({"thread_id": id, "content": "Done"})).unwrap();
        assert_eq!(read.issue, Some(id.parse().unwrap()));
        assert_eq!(read_resolution(&json!({"content": "Done"})).unwrap().issue, None);
    }

    #[test]
    fn what_is_absent_stays_and_answers_may_be_sent_back() {
        assert_eq!(read_update(&json!({})).unwrap(), (Change::default(), Vec::new()));
        let (change, warnings) =
            read_update(&json!({"content": "x", "id": "y", "label": "problem"})).unwrap();
        assert_eq!((change.content.as_deref(), change.label), (Some("x"), Some(Label::Problem)));
        assert!(warnings.is_empty());
        assert_eq!(faults(read_update(&json!({"content": " ", "state": 1}))), ["content", "state"]);
    }
}
