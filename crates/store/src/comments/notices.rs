//! Whom a comment is to be told to: what mail about comments begins with. The
//! people are worked out when the comment is written; what they may read is
//! asked again when they are told.

use std::collections::BTreeSet;

use hospes_model::comment::{Addressee, Comment};

use crate::error::Result;
use crate::sql::Tx;

use super::target::Target;

/// Something that people are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The comment.
    pub comment: Comment,
    /// Whom.
    pub to: BTreeSet<Addressee>,
}

/// Works out whom a new comment is to be told to.
pub(super) fn of(tx: &mut Tx<'_>, target: &Target, comment: &Comment) -> Result<Notice> {
    let to = comment.addressees(&target.present(tx)?);
    Ok(Notice { comment: comment.clone(), to })
}
