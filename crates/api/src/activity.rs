//! The activity feed on the wire (`wire.md` 2.5).
