//! Tests of renderings.
