//! Templates (`checklists` in the API): what they say in [`versions`].

pub(crate) mod versions;
