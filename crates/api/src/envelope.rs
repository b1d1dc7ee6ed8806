//! What wraps every answer: `data`, `meta.pagination`, errors (`wire.md` 1.4, 1.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A single object.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item<T> {
    /// The object.
    pub data: T,
    /// What was noticed and did not stop the request, in sentences. Absent when
    /// there is nothing to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<String>,
}

impl<T> Item<T> {
    /// An answer without warnings.
    pub fn new(data: T) -> Self {
        Self { data, warnings: Vec::new() }
    }
}

/// A list without pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Collection<T> {
    /// The objects.
    pub data: Vec<T>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The objects of this page.
    pub data: Vec<T>,
    /// Where the page lies in the list.
    pub meta: Meta,
}

/// What accompanies a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    /// Where the page lies in the list.
    pub pagination: Pagination,
    /// Give this as `cursor` to read on from here even while the list changes.
    /// Absent on the last page and on lists without cursors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub next_cursor: Option<String>,
}

/// Page arithmetic; all five numbers are exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pagination {
    /// All objects of the list.
    pub total: i64,
    /// Objects on this page.
    pub count: i64,
    /// Objects a page holds at most.
    pub per_page: i64,
    /// The number of this page, from 1.
    pub current_page: i64,
    /// The number of the last page; 1 for an empty list.
    pub total_pages: i64,
    /// Whether there is a page behind this one.
    pub has_more_pages: bool,
    /// Addresses of neighbouring pages.
    pub links: Links,
}

/// Addresses of neighbouring pages, absolute, as the caller reached the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Links {
    /// The next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub next: Option<String>,
}

impl Pagination {
    /// The numbers of page `current_page` of a list.
    pub fn new(total: i64, count: i64, per_page: i64, current_page: i64) -> Self {
        let total_pages = (total + per_page - 1).div_euclid(per_page.max(1)).max(1);
        Self {
            total,
            count,
            per_page,
            current_page,
            total_pages,
            has_more_pages: current_page < total_pages,
            links: Links::default(),
        }
    }

    /// With the address of the next page.
    #[must_use]
    pub fn with_next(mut self, next: Option<String>) -> Self {
        self.links.next = next;
        self
    }
}

/// An error, in the shape that the published clients read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Always true.
    pub error: bool,
    /// One sentence for people.
    pub message: String,
    /// A word for programs, such as `RESOURCE_NOT_FOUND`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(required = false)]
    pub code: Option<String>,
    /// What is wrong with which field; nested fields are named with dots.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[schema(required = false)]
    pub errors: BTreeMap<String, Vec<String>>,
}

/// The same as RFC 9457 problem details, for callers who accept
/// `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem<'a> {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The status in words.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// One sentence for people.
    pub detail: &'a str,
    /// The request's id.
    pub instance: &'a str,
    /// A word for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub code: Option<&'a str>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub errors: &'a BTreeMap<String, Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_add_up() {
        let page = Pagination::new(0, 0, 10, 1);
        assert_eq!((page.total_pages, page.has_more_pages), (1, false));
        let page = Pagination::new(21, 10, 10, 2);
        assert_eq!((page.total_pages, page.has_more_pages), (3, true));
        let page = Pagination::new(20, 0, 10, 3);
        assert_eq!((page.total_pages, page.has_more_pages), (2, false));
    }
}
