//! Statements about every history and every question.
