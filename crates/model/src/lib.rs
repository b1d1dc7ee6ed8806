//! The domain of the server as plain data and pure decisions.
//!
//! Here live typed ids, value types, guests, groups, one-off tasks, templates, the
//! workflow engine, comments, files, roles and permissions.
//! Nothing in this crate does I/O, knows SQL or HTTP, reads a clock or draws
//! randomness: whatever a decision needs is an argument, and what it decides
//! is a return value.

pub mod activity;
pub mod asset;
pub mod comment;
pub mod email;
pub mod group;
pub mod guest;
pub mod ids;
pub mod mail;
pub mod member;
pub mod organization;
pub mod refusal;
pub mod run;
pub mod task;
pub mod template;
pub mod text;
pub mod value_id;
pub mod workflow;
pub mod workplace;

pub use email::EmailAddress;
pub use ids::{
    ActivityKey, AssetKey, CommentKey, FieldId, FileId, GroupId, GroupKey, GuestCode, GuestKey, MailKey,
    MemberId, OrgId, OrgNo, RoleId, RuleId, RunId, RunKey, SessionId, StageId, StepId, SubmissionId,
    SubmissionKey, TaskId, TaskKey, TemplateId, TemplateKey, ThreadId, VersionKey,
};
pub use refusal::{FieldErrors, Refusal};
pub use value_id::ValueId;
