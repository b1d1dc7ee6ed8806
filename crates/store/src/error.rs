//! What can go wrong between the server and its database.

/// A storage failure. None of them is a decision of the domain: those are
/// [`hospes_model::Refusal`], which the closures return through their own
/// error type.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or asked now; nothing was written.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A uniqueness rule of the schema was hit; nothing was written.
    #[error("conflicting write: {0}")]
    Conflict(String),
    /// What is stored cannot be read as what it should be.
    #[error("unreadable data: {0}")]
    Corrupt(String),
    /// A statement or the schema is wrong: a defect of this program.
    #[error("database: {0}")]
    Database(String),
}

/// The result of a storage call.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Stored data that cannot be.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt(what.into())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(Code::ConstraintViolation) => Self::Conflict(text),
            Some(
                Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::CannotOpen
                | Code::DiskFull
                | Code::ReadOnly
                | Code::SystemIoFailure
                | Code::OutOfMemory,
            ) => Self::Unavailable(text),
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Corrupt(text),
            _ => Self::Database(text),
        }
    }
}

impl From<::postgres::Error> for Error {
    fn from(error: ::postgres::Error) -> Self {
        // The driver's own text leaves out what the server said.
        let text = match error.as_db_error() {
            Some(said) => format!("{} ({})", said.message(), said.code().code()),
            None => error.to_string(),
        };
        match error.code().map(::postgres::error::SqlState::code) {
            None => Self::Unavailable(text),
            Some(code) if code.starts_with("23") => Self::Conflict(text),
            Some(code) if ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class)) => {
                Self::Unavailable(text)
            }
            Some(_) => Self::Database(text),
        }
    }
}
