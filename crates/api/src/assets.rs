//! Uploaded files (`assets`): what uploads say, and how files are shown
//! (`wire.md` 2.10).

use data_encoding::HEXLOWER;
use hospes_model::asset::{self, For, Origin, Wish};
use hospes_model::task::form::check_line;
use hospes_model::{FieldErrors, FileId, OrgId, StepId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

/// An uploaded file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asset<'a> {
    /// The file's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: FileId,
    /// What it is called.
    pub filename: &'a str,
    /// Always 1: the bytes of a file never change.
    pub version: u32,
    /// The id of the field that it was uploaded for, `ko_field`, or `logo`.
    pub uploaded_from: String,
    /// When it was uploaded.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub uploaded_at: Timestamp,
    /// The step that the field belongs to.
    #[schema(value_type = Option<String>)]
    pub step_id: Option<StepId>,
    /// `local` or `url`.
    pub source: &'a str,
    /// The service that the uploader had it from.
    pub system: Option<&'a str>,
    /// Whether its bytes are in S3-compatible storage.
    pub uploaded_to_s3: bool,
    /// What it belongs to.
    pub subject: AssetSubject,
    /// Where its bytes are read, below the server's address.
    #[schema(
        example = "organizations/0196d2f35a7c7b3e9d1c2f4a5b6c7d8e/file/0196d2f35a7c7b3e9d1c2f4a5b6c7d8e/dl"
    )]
    pub url: String,
    /// How many bytes it has.
    pub size: u64,
    /// The type that its extension says.
    #[schema(example = "application/pdf")]
    pub content_type: &'static str,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Set while its record is archived.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
}

/// What a file belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssetSubject {
    /// The id of the process, task, template or organization.
    pub id: String,
    /// `Run`, `Task` (a one-off one), `Checklist` or `Organization`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

impl<'a> Asset<'a> {
    /// A file of an organization as it is shown.
    pub fn new(asset: &'a asset::Asset, org: OrgId) -> Self {
        let subject = AssetSubject { id: asset.subject.id(), kind: asset.subject.kind() };
        Self {
            id: asset.id,
            filename: &asset.filename,
            version: 1,
            uploaded_from: asset.origin.to_string(),
            uploaded_at: asset.uploaded_at,
            step_id: asset.step,
            source: &asset.source,
            system: asset.system.as_deref(),
            uploaded_to_s3: asset.in_s3,
            subject,
            url: format!("organizations/{org}/file/{}/dl", asset.id),
            size: asset.size,
            content_type: asset.kind().mime(),
            sha256: HEXLOWER.encode(&asset.sha256),
            archived_at: asset.archived_at,
        }
    }
}

/// An upload: a form of several parts, which may come in any order.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the parts for the document")]
pub struct UploadBody {
    /// The file. Its name must end in one of the extensions that can be
    /// uploaded, and its content must be of that kind.
    #[schema(value_type = String, format = Binary)]
    name: Vec<u8>,
    /// What it is for: `Run` (a process), `Checklist` (a template's kick-off
    /// form), `Task`, or `Organization`, whose logo a file becomes: a PNG, JPEG or
    /// WebP of at most 512 KiB. `Process` and `Template` are understood too.
    subject_type: String,
    /// The id of the process, template, task or organization.
    subject_id: String,
    /// The id or alias of a file field of the subject, or `ko_field`. Of logos
    /// `logo`, which may be left out.
    uploaded_from: String,
    /// `local` (usual) or `url`.
    #[schema(required = false, nullable = false)]
    source: Option<String>,
    /// The service that the uploader had it from, at most 100 characters.
    #[schema(required = false, nullable = false)]
    system: Option<String>,
}

/// Reads what an upload says beside the file; of several parts of one name the
/// last counts. Other parts are harmless.
///
/// # Errors
///
/// Every fault.
pub fn read_upload(parts: &[(String, String)]) -> Result<Wish, FieldErrors> {
    let mut faults = FieldErrors::default();
    let get = |name: &str| {
        let found = parts.iter().rfind(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let kind = get("subject_type").map(str::to_ascii_lowercase);
    let id = get("subject_id");
    if id.is_none() {
        faults.add("subject_id", "The subject_id is required.");
    }
    // What is no id names nothing.
    let unknown = "There is no such object, or you may not see it.";
    let subject = match kind.as_deref() {
        Some("run" | "process") => id.map(|id| id.parse().map(For::Run)),
        Some("checklist" | "template") => id.map(|id| id.parse().map(For::Template)),
        Some("task") => id.map(|id| id.parse().map(For::Task)),
        Some("organization") => id.map(|id| id.parse().map(For::Organization)),
        Some(_) => {
            faults.add("subject_type", "The subject_type must be Run, Checklist, Task or Organization.");
            None
        }
        None => {
            faults.add("subject_type", "The subject_type is required.");
            None
        }
    };
    if let Some(Err(_)) = subject {
        faults.add("subject_id", unknown);
    }
    // There is only one thing that is uploaded for an organization.
    let usual = (kind.as_deref() == Some("organization")).then_some(Origin::LOGO);
    let uploaded_from = get("uploaded_from").or(usual);
    if uploaded_from.is_none() {
        let message = format!("The uploaded_from is required: a field's id, or {}.", Origin::KICK_OFF);
        faults.add("uploaded_from", message);
    }
    let source = get("source").unwrap_or("local");
    if !matches!(source, "local" | "url") {
        faults.add("source", "The source must be local or url.");
    }
    let system = get("system");
    if system.is_some_and(|system| check_line(system).is_err() || system.chars().count() > 100) {
        faults.add("system", "The system must be visible text of at most 100 characters.");
    }
    match (subject, uploaded_from) {
        (Some(Ok(subject)), Some(uploaded_from)) if faults.is_empty() => Ok(Wish {
            subject,
            uploaded_from: uploaded_from.to_owned(),
            source: source.to_owned(),
            system: system.map(str::to_owned),
        }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";

    fn read(parts: &[(&str, &str)]) -> Result<Wish, Vec<String>> {
        let parts: Vec<_> = parts.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        read_upload(&parts).map_err(|faults| faults.iter().map(|(field, _)| field.to_owned()).collect())
    }

    #[test]
    fn every_word_for_a_subject_is_understood() {
        for (word, subject) in [
            ("Run", For::Run(ID.parse().unwrap())),
            ("process", For::Run(ID.parse().unwrap())),
            ("Checklist", For::Template(ID.parse().unwrap())),
            ("Template", For::Template(ID.parse().unwrap())),
            ("task", For::Task(ID.parse().unwrap())),
            ("Organization", For::Organization(ID.parse().unwrap())),
        ] {
            let wish = read(&[("subject_type", word), ("subject_id", ID), ("uploaded_from", " ko_field ")]);
            let wish = wish.unwrap();
            assert_eq!((wish.subject, wish.uploaded_from.as_str()), (subject, "ko_field"));
            assert_eq!((wish.source.as_str(), wish.system), ("local", None));
        }
        let logo = read(&[("subject_type", "Organization"), ("subject_id", ID)]).unwrap();
        assert_eq!(logo.uploaded_from, "logo");
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(read(&[]).unwrap_err(), ["subject_id", "subject_type", "uploaded_from"]);
        let long = "x".repeat(101);
        let wrong = [("subject_type", "Step"), ("subject_id", "x"), ("source", "ftp"), ("system", &long)];
        assert_eq!(read(&wrong).unwrap_err(), ["source", "subject_type", "system", "uploaded_from"]);
        let no_id = [("subject_type", "Run"), ("subject_id", "x"), ("uploaded_from", "y")];
        assert_eq!(read(&no_id).unwrap_err(), ["subject_id"]);
    }
}
