//! How file fields look in a page: which files are in them, and what the guest
//! may do with them.

use hospes_model::asset::{Asset, Kind};
use hospes_model::task::form::FieldType;
use hospes_model::workflow::Answer;
use hospes_model::workplace::sight::{Doing, Look};
use hospes_model::{FileId, GuestKey};

use super::questions::Question;
use crate::text::visible;

/// A file field as the template shows it.
#[derive(Debug)]
pub(super) struct FilesView {
    pub(super) list: Vec<FileView>,
    pub(super) can_upload: bool,
    /// The name of the input.
    pub(super) name: String,
    /// Where files go.
    pub(super) upload: String,
    /// The extensions that browsers offer.
    pub(super) accept: String,
}

/// A file.
#[derive(Debug)]
pub(super) struct FileView {
    pub(super) name: String,
    /// Where its bytes are; `None` when it is gone.
    pub(super) address: Option<String>,
    /// Where it is removed, if the guest may do so.
    pub(super) remove: Option<String>,
}

/// What file fields of a page depend on beside themselves.
#[derive(Debug)]
pub(super) struct Holder<'a> {
    pub(super) base: String,
    pub(super) task: String,
    pub(super) guest: GuestKey,
    pub(super) look: Look,
    pub(super) assets: &'a [Asset],
}

impl Holder<'_> {
    /// The view of a file field; `None` for others.
    pub(super) fn files_of(&self, question: &Question) -> Option<FilesView> {
        if question.kind() != FieldType::File {
            return None;
        }
        let allowed = &question.field.validation.extensions;
        let offered = |extension: &&str| allowed.is_empty() || allowed.iter().any(|one| one == extension);
        let accept: Vec<String> =
            Kind::extensions().iter().filter(|one| offered(one)).map(|one| format!(".{one}")).collect();
        let mut list = self.only_shown(question);
        if let Some(Answer::Files(files)) = &question.answer {
            for (view, file) in list.iter_mut().zip(files) {
                view.remove =
                    self.may_remove(file.id).then(|| format!("{}/files/{}/delete", self.base, file.id));
            }
        }
        Some(FilesView {
            list,
            can_upload: self.look.allows(Doing::Upload).is_ok(),
            name: format!("file.{}", question.id()),
            upload: format!("{}/tasks/{}/files", self.base, self.task),
            accept: accept.join(","),
        })
    }

    /// The files of a field, to be read.
    pub(super) fn only_shown(&self, question: &Question) -> Vec<FileView> {
        let Some(Answer::Files(files)) = &question.answer else { return Vec::new() };
        let view = |file: &hospes_model::task::form::FileRef| FileView {
            name: visible(&file.filename),
            address: self.find(file.id).map(|asset| format!("{}/files/{}", self.base, asset.id)),
            remove: None,
        };
        files.iter().map(view).collect()
    }

    fn find(&self, id: FileId) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.id == id)
    }

    fn may_remove(&self, id: FileId) -> bool {
        let own = self.find(id).is_some_and(|asset| asset.uploader.is_guest(self.guest));
        self.look.allows(Doing::DeleteFile { own }).is_ok()
    }
}
