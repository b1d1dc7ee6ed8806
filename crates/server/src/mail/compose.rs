//! What a mail says, in its reader's language: subject, text and HTML from one
//! description.

pub mod kickoff;

use askama::Template;
use hospes_model::mail::{About, Kind};
use hospes_model::{EmailAddress, GuestCode, TaskId};
use hospes_store::mail::letters::{Letter, ProcessInMail, TaskInMail, Told};
use jiff::Timestamp;

use crate::error::Error;
use crate::text::{Arg, Language, Text, key, visible};
use crate::workplace::device;

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The language.
    pub language: Language,
}

/// Where a guest's mail leads to. Holds a secret, where links carry one.
pub struct Links<'a> {
    /// Where guests reach this server.
    pub public_url: &'a str,
    /// The guest.
    pub code: &'a GuestCode,
    /// The address of the task list: the locator, or with a fresh secret.
    pub entrance: &'a str,
    /// What switches mails of this kind off.
    pub unsubscribe: Option<&'a str>,
}

impl Links<'_> {
    fn base(&self) -> String {
        format!("{}/guest/{}", self.public_url.trim_end_matches('/'), self.code)
    }

    /// Whether the links carry a secret.
    fn have_secret(&self) -> bool {
        self.entrance != self.base()
    }

    /// The task list.
    pub fn list(&self) -> String {
        self.entrance.to_owned()
    }

    /// One task. All links of a mail carry the same secret.
    pub fn task(&self, id: TaskId) -> String {
        let between = if self.have_secret() { "/" } else { "?task=" };
        format!("{}{between}{id}", self.entrance)
    }

    /// What a guest decides about mails.
    pub fn preferences(&self) -> String {
        format!("{}/preferences", self.base())
    }

    /// Where mails of this kind are switched off.
    pub fn unsubscribe(&self) -> Option<String> {
        self.unsubscribe.map(|token| format!("{}/unsubscribe/{token}", self.base()))
    }
}

/// A way in that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A link.
    Link,
    /// Digits to type.
    Code(&'a str),
}

struct Line {
    text: String,
    late: bool,
}

struct Item {
    title: String,
    address: Option<String>,
    lines: Vec<Line>,
}

struct Progress {
    label: String,
    percent: usize,
}

struct Group {
    title: Option<String>,
    progress: Option<Progress>,
    items: Vec<Item>,
}

/// What both templates show.
struct Sheet {
    subject: String,
    t: Text,
    hello: String,
    intro: Vec<String>,
    code: Option<String>,
    groups: Vec<Group>,
    after: Vec<String>,
    button: Option<(String, String)>,
    notes: Vec<String>,
    footer: String,
    footer_links: Vec<(String, String)>,
}

macro_rules! templates {
    ($($name:ident $path:literal;)*) => {
        $(
            #[derive(Template)]
            #[template(path = $path)]
            struct $name<'a> {
                sheet: &'a Sheet,
            }

            impl std::ops::Deref for $name<'_> {
                type Target = Sheet;

                fn deref(&self) -> &Sheet {
                    self.sheet
                }
            }
        )*
    };
}

templates! {
    HtmlPart "mail/mail.html";
    TextPart "mail/mail.txt";
}

impl Sheet {
    fn words(self) -> Result<Words, Error> {
        let failed = |error: askama::Error| Error::internal(format!("a mail: {error}"));
        let html = HtmlPart { sheet: &self }.render().map_err(failed)?;
        let text = TextPart { sheet: &self }.render().map_err(failed)?;
        Ok(Words { language: self.t.language(), subject: self.subject, text, html })
    }
}

/// Writes a mail to a guest.
pub fn to_guest(letter: &Letter, kind: Kind, links: &Links<'_>, now: Timestamp) -> Result<Words, Error> {
    let t = text_for(letter);
    let org = letter.org.name.as_str();
    let writer = Writer { t: &t, links: Some(links), now };
    let groups = if kind == Kind::Digest {
        writer.agenda(&letter.agenda)
    } else {
        vec![Group {
            title: None,
            progress: None,
            items: letter.told.iter().map(|told| writer.item(told)).collect(),
        }]
    };
    let count = if kind == Kind::Digest { letter.agenda.len() + letter.more } else { letter.told.len() };
    let single = match letter.told.as_slice() {
        [told] => told.task.as_ref(),
        _ => None,
    };
    let button = Some(match single {
        Some(task) => (t.say("mail-open-task"), links.task(task.id)),
        None => (t.say("mail-open-tasks"), links.list()),
    });
    let after = if letter.more > 0 { vec![t.say_of("mail-more", "count", letter.more)] } else { Vec::new() };
    let notes = if links.have_secret() { vec![t.say("mail-link-life")] } else { Vec::new() };
    let sheet = Sheet {
        subject: subject(&t, letter, kind, count),
        hello: hello(&t, letter.name.as_deref()),
        intro: vec![intro(&t, letter, kind, count)],
        code: None,
        groups,
        after,
        button,
        notes,
        footer: t.say_of("mail-footer", "org", org),
        footer_links: footer_links(&t, links),
        t,
    };
    sheet.words()
}

/// Writes a mail with a way in.
pub fn entry(letter: &Letter, entry: Entry<'_>, links: &Links<'_>) -> Result<Words, Error> {
    let t = text_for(letter);
    let org = letter.org.name.as_str();
    let (subject, intro, code, button, notes) = match entry {
        Entry::Link => (
            t.say_of("mail-subject-link", "org", org),
            t.say_of("mail-intro-link", "org", org),
            None,
            Some((t.say("mail-open-tasks"), links.list())),
            if links.have_secret() {
                vec![t.say("mail-link-life"), t.say("mail-ignore")]
            } else {
                vec![t.say("mail-ignore")]
            },
        ),
        Entry::Code(digits) => (
            t.say_of("mail-subject-code", "org", org),
            t.say("mail-intro-code"),
            Some(digits.to_owned()),
            None,
            vec![t.say("mail-code-life"), t.say("mail-ignore")],
        ),
    };
    let sheet = Sheet {
        subject,
        hello: hello(&t, letter.name.as_deref()),
        intro: vec![intro],
        code,
        groups: Vec::new(),
        after: Vec::new(),
        button,
        notes,
        footer: t.say_of("mail-footer", "org", org),
        footer_links: footer_links(&t, links),
        t,
    };
    sheet.words()
}

/// Writes a mail to a member. There is no place to lead members to yet.
pub fn to_member(letter: &Letter, kind: Kind, now: Timestamp) -> Result<Words, Error> {
    let t = text_for(letter);
    let writer = Writer { t: &t, links: None, now };
    let mut lines = Vec::new();
    let mut subjects = Vec::new();
    for told in &letter.told {
        let Some(guest) = &told.guest else { continue };
        let name = visible(&guest.name);
        match &told.about {
            About::Device { device } => {
                let device = device::in_words(device, &t);
                subjects.push(t.say_of("mail-subject-device", "guest", &name));
                lines.push(t.say_with(
                    "mail-intro-device",
                    &[("guest", Arg::Text(&name)), ("device", Arg::Text(&device))],
                ));
            }
            About::Unreachable { why } => {
                subjects.push(t.say_of("mail-subject-unreachable", "guest", &name));
                lines.push(t.say_with(
                    "mail-intro-unreachable",
                    &[
                        ("guest", Arg::Text(&name)),
                        ("email", Arg::Text(guest.email.as_str())),
                        ("why", Arg::Text(why)),
                    ],
                ));
                lines.push(t.say("mail-unreachable-help"));
            }
            _ => {}
        }
    }
    let items: Vec<Item> =
        letter.told.iter().filter(|told| told.task.is_some()).map(|told| writer.item(told)).collect();
    if !items.is_empty() {
        lines.push(intro(&t, letter, kind, items.len()));
    }
    let sheet = Sheet {
        subject: subjects.into_iter().next().unwrap_or_else(|| subject(&t, letter, kind, letter.told.len())),
        hello: hello(&t, letter.name.as_deref()),
        intro: lines,
        code: None,
        groups: vec![Group { title: None, progress: None, items }],
        after: Vec::new(),
        button: None,
        notes: Vec::new(),
        footer: t.say_of("mail-footer-member", "org", letter.org.name.as_str()),
        footer_links: Vec::new(),
        t,
    };
    sheet.words()
}

/// Where answers to this mail go: to the one member who asks for something, if
/// the reader knows them.
pub fn answers_to(letter: &Letter) -> Option<&EmailAddress> {
    match letter.told.as_slice() {
        [told] => told.reply_to.as_ref(),
        _ => None,
    }
}

fn text_for(letter: &Letter) -> Text {
    Text::new(Language::choose(letter.preferences.language.as_deref(), None), letter.zone.clone())
}

fn hello(t: &Text, name: Option<&str>) -> String {
    match name.map(visible).filter(|name| !name.is_empty()) {
        Some(name) => t.say_of("mail-hello", "name", &name),
        None => t.say("mail-hello-plain"),
    }
}

fn footer_links(t: &Text, links: &Links<'_>) -> Vec<(String, String)> {
    let preferences = (t.say("mail-footer-preferences"), links.preferences());
    let unsubscribe = links.unsubscribe().map(|address| (t.say("mail-footer-unsubscribe"), address));
    std::iter::once(preferences).chain(unsubscribe).collect()
}

/// The subject: of one new task its title (`product.md` 1.11).
fn subject(t: &Text, letter: &Letter, kind: Kind, count: usize) -> String {
    let org = letter.org.name.as_str();
    if let ([told], true) = (letter.told.as_slice(), kind != Kind::Digest)
        && let Some(task) = &told.task
    {
        let title = visible(&task.title);
        let of = |key: &str| t.say_of(key, "title", &title);
        return match told.about {
            About::Assigned
            | About::Link
            | About::Code { .. }
            | About::Device { .. }
            | About::Unreachable { .. } => title,
            About::Reopened => of(key("mail-subject-reopened")),
            About::Deadline { .. } => of(key("mail-subject-deadline")),
            About::Edited => of(key("mail-subject-edited")),
            About::Reminder { .. } => of(key("mail-subject-reminder")),
            About::Comment { .. } => of(key("mail-subject-comment")),
            About::IssueReported { .. } => of(key("mail-subject-issue")),
            About::IssueResolved { .. } => of(key("mail-subject-resolved")),
        };
    }
    let of = |key: &str| t.say_with(key, &[("count", Arg::from(count)), ("org", Arg::Text(org))]);
    match kind {
        Kind::Tasks => of(key("mail-subject-tasks")),
        Kind::Changes => t.say_of("mail-subject-changes", "count", count),
        Kind::Reminder => of(key("mail-subject-reminders")),
        Kind::Comments => of(key("mail-subject-comments")),
        Kind::Issues => of(key("mail-subject-issues")),
        Kind::Digest => of(key("mail-subject-digest")),
        Kind::Access | Kind::Device | Kind::Unreachable => org.to_owned(),
    }
}

fn intro(t: &Text, letter: &Letter, kind: Kind, count: usize) -> String {
    let org = letter.org.name.as_str();
    let counted = |key: &str| t.say_with(key, &[("count", Arg::from(count)), ("org", Arg::Text(org))]);
    match kind {
        Kind::Tasks if letter.told.iter().all(|told| told.about == About::Reopened) => {
            t.say("mail-intro-reopened")
        }
        Kind::Tasks => counted(key("mail-intro-tasks")),
        Kind::Changes => counted(key("mail-intro-changes")),
        Kind::Reminder => t.say_of("mail-intro-reminder", "org", org),
        Kind::Comments => t.say("mail-intro-comments"),
        Kind::Issues => t.say("mail-intro-issues"),
        Kind::Digest => t.say_of("mail-intro-digest", "org", org),
        Kind::Access | Kind::Device | Kind::Unreachable => String::new(),
    }
}

struct Writer<'a> {
    t: &'a Text,
    links: Option<&'a Links<'a>>,
    now: Timestamp,
}

impl Writer<'_> {
    /// One thing that is told.
    fn item(&self, told: &Told) -> Item {
        let t = self.t;
        let Some(task) = &told.task else {
            return Item { title: String::new(), address: None, lines: Vec::new() };
        };
        let mut lines = self.what(told, task);
        if let Some(process) = &task.process {
            lines.push(Line { text: t.say_of("mail-item-process", "process", &process.name), late: false });
        }
        if !matches!(told.about, About::Deadline { .. }) {
            lines.extend(self.deadline(task));
        }
        self.titled(task, lines)
    }

    fn titled(&self, task: &TaskInMail, lines: Vec<Line>) -> Item {
        let address = self.links.map(|links| links.task(task.id));
        Item { title: visible(&task.title), address, lines }
    }

    fn what(&self, told: &Told, task: &TaskInMail) -> Vec<Line> {
        let t = self.t;
        let by = told.by.as_deref();
        let said = |plain: &'static str, named: &'static str| match by {
            Some(name) => t.say_of(named, "name", name),
            None => t.say(plain),
        };
        let text = match &told.about {
            About::Assigned
            | About::Link
            | About::Code { .. }
            | About::Device { .. }
            | About::Unreachable { .. } => return Vec::new(),
            About::Reopened => t.say("mail-item-reopened"),
            About::Edited => t.say("mail-item-edited"),
            About::Deadline { old } => {
                let moment =
                    |at: Option<Timestamp>| at.map_or_else(|| t.say("mail-item-none"), |at| t.date_time(at));
                let (new, old) = (moment(task.deadline), moment(*old));
                t.say_with("mail-item-moved", &[("new", Arg::Text(&new)), ("old", Arg::Text(&old))])
            }
            About::Reminder { .. } => match by {
                Some(name) => t.say_of("mail-item-asked-by", "name", name),
                None => return Vec::new(),
            },
            About::Comment { .. } => said(key("mail-item-comment"), key("mail-item-comment-by")),
            About::IssueReported { .. } => said(key("mail-item-issue"), key("mail-item-issue-by")),
            About::IssueResolved { .. } => t.say("mail-item-resolved"),
        };
        vec![Line { text, late: false }]
    }

    fn deadline(&self, task: &TaskInMail) -> Option<Line> {
        let when = self.t.date_time(task.deadline?);
        let key = if task.is_overdue { key("mail-item-overdue") } else { key("mail-item-deadline") };
        Some(Line {
            text: self.t.say_of(key, "when", &when),
            late: task.is_overdue && task.deadline < Some(self.now),
        })
    }

    /// The tasks of a digest, by process.
    fn agenda(&self, tasks: &[TaskInMail]) -> Vec<Group> {
        let mut groups: Vec<(Option<&ProcessInMail>, Vec<Item>)> = Vec::new();
        for task in tasks {
            let item = self.titled(task, self.deadline(task).into_iter().collect());
            let process = task.process.as_ref();
            match groups.last_mut() {
                Some((last, items)) if *last == process => items.push(item),
                _ => groups.push((process, vec![item])),
            }
        }
        let has_processes = groups.iter().any(|(process, _)| process.is_some());
        let group = |(process, items): (Option<&ProcessInMail>, Vec<Item>)| Group {
            title: match process {
                Some(process) => Some(visible(&process.name)),
                None => has_processes.then(|| self.t.say("mail-other-tasks")),
            },
            progress: process.and_then(|process| self.progress(process)),
            items,
        };
        groups.into_iter().map(group).collect()
    }

    fn progress(&self, process: &ProcessInMail) -> Option<Progress> {
        let progress = process.progress?.for_guests()?;
        let (done, total) = (progress.complete.into(), progress.total.into());
        let label = self.t.say_with("mail-progress", &[("done", done), ("total", total)]);
        Some(Progress { label, percent: progress.percent() })
    }
}
