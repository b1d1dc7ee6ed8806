//! Files that a form brings, judged alike whoever brings them: by their names
//! before their bytes come, and what is said of those that do not come.

use axum::http::StatusCode;
use hospes_model::FieldId;
use hospes_model::asset::{FileName, Kind};
use hospes_store::assets::guests::Barred;

use crate::error::Error;
use crate::text::{Text, key, visible};

/// The name of a file, or what is wrong with it.
pub(super) fn named(filename: &str) -> Result<FileName, &'static str> {
    FileName::parse(filename).map_err(|_| {
        let extension = filename.rsplit_once('.').map_or("", |(_, end)| end);
        let is_known = Kind::of_extension(extension).is_some();
        if is_known { key("fault-file-name") } else { key("fault-file-kind") }
    })
}

/// What an error of a file that was being received says of the file; `None` for
/// those that are not about it.
pub(super) fn fault_of(error: &Error) -> Option<&'static str> {
    match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY => Some(key("fault-file-content")),
        StatusCode::PAYLOAD_TOO_LARGE => Some(key("fault-file-size")),
        _ => None,
    }
}

/// What is said of a file that a field of a task does not take.
pub(super) fn fault_of_barred(barred: Barred) -> &'static str {
    match barred {
        Barred::Closed | Barred::NoField => key("fault-file-closed"),
        Barred::Kind => key("fault-file-kind"),
        Barred::Full => key("fault-file-full"),
    }
}

/// What is wrong with a file, in the words of whoever brings it.
pub(super) fn words(text: &Text, filename: &str, fault: &str) -> String {
    text.say_with(fault, &[("name", visible(filename).as_str().into())])
}

/// What is wrong with the files of each field, in one text.
pub(super) fn of_fields(refused: Vec<(FieldId, String)>) -> Vec<(FieldId, String)> {
    let mut fields: Vec<(FieldId, String)> = Vec::new();
    for (field, text) in refused {
        if let Some((_, known)) = fields.iter_mut().find(|(of, _)| *of == field) {
            *known = format!("{known} {text}");
        } else {
            fields.push((field, text));
        }
    }
    fields
}
