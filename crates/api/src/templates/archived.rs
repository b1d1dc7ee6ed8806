//! What is told when a template is archived or deleted (`wire.md` 1.4).

use hospes_model::TemplateId;
use serde::Serialize;
use utoipa::ToSchema;

/// A template is gone from where others named it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateGone {
    /// Always the same sentence.
    pub message: &'static str,
    /// The other templates that named it and do so no longer, as far as the
    /// caller may know of them. Restoring it does not bring that back.
    pub deleted_references: Vec<DeletedReference>,
}

/// Another template that named one that is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedReference {
    /// Always `checklist`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// Its id.
    #[schema(value_type = String)]
    pub id: TemplateId,
}

impl TemplateGone {
    /// Tells of these others, by id and title.
    pub fn new(others: impl IntoIterator<Item = (TemplateId, String)>) -> Self {
        let reference = |(id, title)| DeletedReference { kind: "checklist", title, id };
        Self {
            message: "The Template was deleted, and references were also deleted from:",
            deleted_references: others.into_iter().map(reference).collect(),
        }
    }
}
