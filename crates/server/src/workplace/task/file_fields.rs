//! How file fields look in a page: which files are in them, and what the guest
//! may do with them.

use hospes_model::asset::{Asset, Kind};
use hospes_model::task::form::FieldType;
use hospes_model::workflow::Answer;
use hospes_model::workplace::sight::{Doing, Look};
use hospes_model::{FileId, GuestKey};

use super::questions::Question;
use crate::text::{Text, visible};

/// A file field as the template shows it.
#[derive(Debug)]
pub(in crate::workplace) struct FilesView {
    pub(in crate::workplace) list: Vec<FileView>,
    pub(in crate::workplace) can_upload: bool,
    /// The name of the input.
    pub(in crate::workplace) name: String,
    /// Where files go.
    pub(in crate::workplace) upload: String,
    /// The most bytes of a file.
    pub(in crate::workplace) limit: u64,
    /// What is said of larger ones.
    pub(in crate::workplace) too_large: String,
    /// The extensions that browsers offer.
    pub(in crate::workplace) accept: String,
}

/// A file.
#[derive(Debug)]
pub(in crate::workplace) struct FileView {
    pub(in crate::workplace) name: String,
    /// Where its bytes are; `None` when it is gone.
    pub(in crate::workplace) address: Option<String>,
    /// Where it is removed, if the guest may do so.
    pub(in crate::workplace) remove: Option<String>,
}

/// The extensions that browsers offer for a field.
pub(in crate::workplace) fn accepted(question: &Question) -> String {
    let allowed = &question.field.validation.extensions;
    let offered = |extension: &&str| allowed.is_empty() || allowed.iter().any(|one| one == extension);
    let accept: Vec<String> =
        Kind::extensions().iter().filter(|one| offered(one)).map(|one| format!(".{one}")).collect();
    accept.join(",")
}

/// What file fields of a page depend on beside themselves.
#[derive(Debug)]
pub(in crate::workplace) struct Holder<'a> {
    pub(in crate::workplace) base: String,
    pub(in crate::workplace) task: String,
    pub(in crate::workplace) guest: GuestKey,
    pub(in crate::workplace) look: Look,
    pub(in crate::workplace) assets: &'a [Asset],
    /// The most bytes of a file.
    pub(in crate::workplace) limit: u64,
    pub(in crate::workplace) text: &'a Text,
}

/// What is said of files with more bytes than this: in megabytes, at least one.
pub(in crate::workplace) fn too_large(text: &Text, limit: u64) -> String {
    text.say_of("fault-file-limit", "limit", i64::try_from((limit >> 20).max(1)).unwrap_or(i64::MAX))
}

impl Holder<'_> {
    /// The view of a file field; `None` for others.
    pub(in crate::workplace) fn files_of(&self, question: &Question) -> Option<FilesView> {
        if question.kind() != FieldType::File {
            return None;
        }
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
            limit: self.limit,
            too_large: too_large(self.text, self.limit),
            accept: accepted(question),
        })
    }

    /// The files of a field, to be read.
    pub(in crate::workplace) fn only_shown(&self, question: &Question) -> Vec<FileView> {
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
