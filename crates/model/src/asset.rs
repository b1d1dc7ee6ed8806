//! Uploaded files (`assets` in the API; `wire.md` 2.10, `product.md` 1.8 and 2.6).
//!
//! Here are the file itself, what it may be called ([`FileName`]), and who may
//! have it or take it away. Which contents fit which name is in [`content`], how
//! large a picture is in [`image`].

pub mod content;
pub mod image;

use jiff::Timestamp;

use crate::activity::{EntityKind, Event, Verb};
use crate::email::EmailAddress;
use crate::ids::{AssetKey, FieldId, FileId, GuestKey, MemberId, OrgId, OrgNo, RunId, RunKey, StepId};
use crate::ids::{TaskId, TaskKey};
use crate::ids::{TemplateId, TemplateKey};
use crate::member::{Actor, Role};
use crate::refusal::Refusal;
use crate::text::{compose, is_hidden};

pub use content::Kind;

/// What a file is called: checked, in NFC, without any path, and with one of the
/// extensions that can be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    text: String,
    kind: Kind,
}

impl FileName {
    /// The most bytes of a name, as most file systems have it.
    pub const LIMIT: usize = 255;

    /// Checks a name as it was sent.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it, behind the words "The file name".
    pub fn parse(sent: &str) -> Result<Self, String> {
        let text = compose(sent.trim().to_owned());
        if text.is_empty() {
            return Err("is missing".to_owned());
        }
        if text.chars().any(is_hidden) {
            return Err("must not contain control or invisible characters".to_owned());
        }
        if text.contains(['/', '\\']) {
            return Err("must not contain a path".to_owned());
        }
        if text.len() > Self::LIMIT {
            return Err(format!("may not be greater than {} bytes", Self::LIMIT));
        }
        let (stem, extension) = text.rsplit_once('.').unwrap_or((&text, ""));
        let named = !stem.trim_matches(['.', ' ']).is_empty();
        let kind = Kind::of_extension(extension).filter(|_| named);
        let Some(kind) = kind else {
            return Err(format!("must end in one of these extensions: {}", Kind::extensions().join(", ")));
        };
        Ok(Self { text, kind })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What its extension says of the content.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a field takes files of this extension; one without a list takes
    /// every one.
    pub fn is_among(&self, extensions: &[String]) -> bool {
        extensions.is_empty() || extensions.iter().any(|allowed| allowed == self.kind.extension())
    }
}

/// What a file was uploaded for. It goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A process: a field of one of its tasks, or of its kick-off form.
    Run(RunKey, RunId),
    /// A one-off task.
    Task(TaskKey, TaskId),
    /// A template: its kick-off form, until a process is launched with it.
    Template(TemplateKey, TemplateId),
    /// The organization: its logo.
    Organization(OrgNo, OrgId),
}

impl Subject {
    /// The word in answers.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Run(..) => "Run",
            Self::Task(..) => "Task",
            Self::Template(..) => "Checklist",
            Self::Organization(..) => "Organization",
        }
    }

    /// The public id.
    pub fn id(self) -> String {
        match self {
            Self::Run(_, id) => id.to_string(),
            Self::Task(_, id) => id.to_string(),
            Self::Template(_, id) => id.to_string(),
            Self::Organization(_, id) => id.to_string(),
        }
    }
}

/// For which field a file was uploaded (`uploaded_from`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This one.
    Field(FieldId),
    /// One of the kick-off form.
    KickOff,
    /// None: it is the organization's logo.
    Logo,
}

impl Origin {
    /// The word for kick-off forms.
    pub const KICK_OFF: &str = "ko_field";
    /// The word for logos.
    pub const LOGO: &str = "logo";
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(id) => id.fmt(f),
            Self::KickOff => f.write_str(Self::KICK_OFF),
            Self::Logo => f.write_str(Self::LOGO),
        }
    }
}

/// What a file is uploaded for, as callers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A process.
    Run(RunId),
    /// A task, one-off or of a process.
    Task(TaskId),
    /// A template that is not archived.
    Template(TemplateId),
    /// The organization: its logo.
    Organization(OrgId),
}

/// What a member says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What it is for.
    pub subject: For,
    /// A field's id or alias, or [`Origin::KICK_OFF`].
    pub uploaded_from: String,
    /// `local` or `url`.
    pub source: String,
    /// The service that the uploader had it from.
    pub system: Option<String>,
}

/// Who uploaded a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploader {
    /// A member.
    Member(MemberId),
    /// A guest, who may be gone.
    Guest(GuestKey, EmailAddress),
}

impl Uploader {
    /// Whether it is this guest.
    pub fn is_guest(&self, guest: GuestKey) -> bool {
        matches!(self, Self::Guest(key, _) if *key == guest)
    }
}

/// An uploaded file, all of whose bytes are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Where it is stored.
    pub key: AssetKey,
    /// The public id.
    pub id: FileId,
    /// The name, as [`FileName`] has it.
    pub filename: String,
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// What it belongs to.
    pub subject: Subject,
    /// For which field it was uploaded.
    pub origin: Origin,
    /// The step of that field, where it belongs to one.
    pub step: Option<StepId>,
    /// `local`, `url`: where the uploader had it from.
    pub source: String,
    /// The service that the uploader had it from.
    pub system: Option<String>,
    /// Whether its bytes are in S3-compatible storage.
    pub in_s3: bool,
    /// Under which id its bytes are kept: its own or, for a copy, that of the file
    /// which it is a copy of and shares them with.
    pub bytes: FileId,
    /// Who uploaded it.
    pub uploader: Uploader,
    /// When.
    pub uploaded_at: Timestamp,
    /// When its record was put away, if it was.
    pub archived_at: Option<Timestamp>,
}

impl Asset {
    /// What its extension says of the content.
    pub fn kind(&self) -> Kind {
        let extension = self.filename.rsplit_once('.').map_or("", |(_, end)| end);
        Kind::of_extension(extension).unwrap_or(Kind::UNKNOWN)
    }

    /// Refuses members who neither uploaded it nor are administrators. That they
    /// may know of it is asked before.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`].
    pub fn may_remove(&self, actor: Actor) -> Result<(), Refusal> {
        if actor.role == Role::Admin || self.uploader == Uploader::Member(actor.id) {
            return Ok(());
        }
        Err(Refusal::Forbidden("Only who uploaded a file and administrators may delete or archive it."))
    }

    /// A row about it, which stands in the feed with what it belongs to.
    fn event(&self, verb: Verb, text: String) -> Event {
        let entity = match self.subject {
            Subject::Run(..) => EntityKind::Run,
            Subject::Task(..) => EntityKind::Task,
            Subject::Template(..) => EntityKind::Template,
            Subject::Organization(..) => EntityKind::Organization,
        };
        Event { entity, entity_id: self.subject.id(), verb, field: None, old_value: None, text }
    }

    /// That it was uploaded.
    pub fn uploaded(&self) -> Event {
        self.event(Verb::Uploaded, format!("The file “{}” was uploaded.", self.filename))
    }

    /// That it was deleted.
    pub fn deleted(&self) -> Event {
        let text = format!("The file “{}” was deleted.", self.filename);
        let old_value = Some(self.filename.clone());
        Event { field: Some("assets"), old_value, ..self.event(Verb::Updated, text) }
    }

    /// That it was put away.
    pub fn archived(&self) -> Event {
        let text = format!("The file “{}” was archived.", self.filename);
        let old_value = Some(self.filename.clone());
        Event { field: Some("assets"), old_value, ..self.event(Verb::Updated, text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OrgNo;
    use crate::task::testing::{admin, at, light, member, standard};

    #[test]
    fn names_are_kept_as_people_know_them() {
        for (sent, kept) in [
            ("report.pdf", "report.pdf"),
            (" Bilanz 2025 \"neu\".PDF ", "Bilanz 2025 \"neu\".PDF"),
            ("履歴書.docx", "履歴書.docx"),
            ("a.tar.zip", "a.tar.zip"),
            ("Zoe\u{308}.png", "Zo\u{eb}.png"),
            ("..pdf.pdf", "..pdf.pdf"),
        ] {
            let name = FileName::parse(sent).unwrap_or_else(|fault| panic!("{sent}: {fault}"));
            assert_eq!(name.as_str(), kept);
        }
    }

    #[test]
    fn names_that_lead_elsewhere_or_look_like_others_are_refused() {
        let long = format!("{}.pdf", "é".repeat(126));
        for sent in [
            "",
            "   ",
            "pdf",
            ".pdf",
            "...pdf",
            ". .pdf",
            "report",
            "report.",
            "report.exe",
            "report.pdf.exe",
            "report.pdf ",
            "page.html",
            "image.svg",
            "../report.pdf",
            "a/report.pdf",
            "C:\\fakepath\\report.pdf",
            "report\0.pdf",
            "report\r\nX: y.pdf",
            "report\u{202e}fdp.exe.pdf",
            "re\u{200b}port.pdf",
            "re\u{feff}port.pdf",
            "report.p\u{200d}df",
            &long,
        ] {
            let parsed = FileName::parse(sent);
            // Spaces around a name are nobody's intention.
            assert_eq!(parsed.is_ok(), sent == "report.pdf ", "{sent:?}");
        }
        assert!(FileName::parse(&format!("{}.pdf", "é".repeat(125))).is_ok());
    }

    #[test]
    fn fields_take_the_extensions_on_their_list_in_any_case() {
        let name = FileName::parse("A.JPEG").unwrap();
        let list = |of: &[&str]| of.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        assert!(name.is_among(&[]) && name.is_among(&list(&["pdf", "jpeg"])));
        assert!(!name.is_among(&list(&["pdf", "jpg"])));
    }

    #[test]
    fn who_uploaded_a_file_and_administrators_may_take_it_away() {
        let org = OrgNo::new(1).unwrap();
        let guest = GuestKey::new(org, 1);
        let email = EmailAddress::parse("ann@client.example").unwrap();
        let mut asset = Asset {
            key: AssetKey::new(org, 1),
            id: FileId::new(1, [1; 10]),
            filename: "a.pdf".to_owned(),
            size: 1,
            sha256: [0; 32],
            subject: Subject::Run(RunKey::new(org, 1), RunId::new(1, [1; 10])),
            origin: Origin::KickOff,
            step: None,
            source: "local".to_owned(),
            system: None,
            in_s3: false,
            bytes: FileId::new(1, [1; 10]),
            uploader: Uploader::Member(member(2)),
            uploaded_at: at(0),
            archived_at: None,
        };
        assert!(asset.may_remove(admin(1)).is_ok() && asset.may_remove(light(2)).is_ok());
        assert!(asset.may_remove(standard(3)).is_err() && !asset.uploader.is_guest(guest));
        asset.uploader = Uploader::Guest(guest, email);
        assert!(asset.uploader.is_guest(guest) && !asset.uploader.is_guest(GuestKey::new(org, 2)));
        assert!(asset.may_remove(standard(2)).is_err() && asset.may_remove(admin(1)).is_ok());
        assert_eq!((asset.kind().extension(), asset.subject.kind()), ("pdf", "Run"));
    }
}
