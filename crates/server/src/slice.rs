//! Pages of lists that are short enough to be read whole.

use axum::http::{HeaderMap, Uri};
use hospes_api::envelope::{List, Meta, Pagination};

use crate::app::App;
use crate::query::{PageRequest, with_parameter};
use crate::request::base_address;

/// How the caller asked, for the links in the answer.
#[derive(Debug)]
pub struct Address {
    before_query: String,
    query: String,
}

impl Address {
    /// The address of a request; `uri` is the original one.
    pub fn of(app: &App, headers: &HeaderMap, uri: &Uri) -> Self {
        Self {
            before_query: format!("{}{}", base_address(app, headers, uri), uri.path()),
            query: uri.query().unwrap_or_default().to_owned(),
        }
    }

    /// The same request for another page.
    pub fn page(&self, page: i64) -> String {
        let query = with_parameter(&self.query, "page", &page.to_string(), &[]);
        format!("{}?{query}", self.before_query)
    }
}

/// What accompanies a page, with the address of the next one.
pub fn meta(total: i64, count: i64, request: PageRequest, address: &Address) -> Meta {
    let (per_page, page) = if request.all { (total.max(1), 1) } else { (request.per_page, request.page) };
    let pagination = Pagination::new(total, count, per_page, page);
    let next = pagination.has_more_pages.then(|| address.page(page + 1));
    Meta { pagination: pagination.with_next(next), next_cursor: None }
}

/// Cuts a page out of a whole list.
pub fn page<T>(all: Vec<T>, request: PageRequest, address: &Address) -> List<T> {
    let total = all.len() as i64;
    let data: Vec<T> = if request.all {
        all
    } else {
        let offset = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        all.into_iter().skip(offset).take(usize::try_from(request.per_page).unwrap_or(0)).collect()
    };
    let meta = meta(total, data.len() as i64, request, address);
    List { data, meta }
}
