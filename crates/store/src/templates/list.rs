//! Lists of templates, as far as a member may know of them.

use hospes_model::member::{Actor, Role};
use hospes_model::template::Template;
use hospes_model::workflow::TemplateKind;
use hospes_model::{MemberId, OrgNo, TemplateKey};

use crate::error::{Error, Result};
use crate::sql::{Conditions, Tx};
use crate::tasks::list::Archived;

use super::{SELECT, complete, hidden, read_head, visible_to};

/// Which templates. The default is all that are not archived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this folded text in the title.
    pub search: Option<String>,
    /// Of any of these kinds.
    pub kinds: Option<Vec<TemplateKind>>,
    /// Starred, or not.
    pub starred: Option<bool>,
    /// Of this owner.
    pub owner: Option<MemberId>,
    /// In the folder with this id.
    pub folder: Option<String>,
    /// Archived ones or not.
    pub archived: Archived,
    /// By something that does not exist yet: nothing matches.
    pub nothing: bool,
}

/// What lists are sorted by, behind whether the template is pinned. Ties are
/// broken by the order of creation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The template changed last first.
    #[default]
    Updated,
    /// The newest template first.
    Newest,
    /// By title, regardless of case.
    Title,
}

/// A list as one member may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Who asks.
    pub viewer: Actor,
    /// Which templates.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Whether the order is reversed; pinned ones come first all the same.
    pub reversed: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// All templates of the list.
    pub total: i64,
    /// Those of the page.
    pub templates: Vec<Template>,
}

/// Reads at most `limit` templates after passing over `offset`.
pub fn page(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, offset: i64, limit: i64) -> Result<Page> {
    let folder = listing.filter.folder.as_ref().map(in_folder).transpose()?;
    if listing.filter.nothing {
        return Ok(Page { total: 0, templates: Vec::new() });
    }
    let mut conditions = conditions(org, listing);
    if let Some(folder) = &folder {
        let folder = conditions.bind(folder.into());
        conditions.and(&format!("strpos(t.settings, {folder}) > 0"));
    }
    let condition = format!("t.key >= ?1 AND t.key <= ?2{}", conditions.text());
    let count = format!("SELECT COUNT(*) FROM template t WHERE {condition}");
    let total = tx.query_one(&count, conditions.values(), |row| row.int(0))?;
    if offset >= total {
        return Ok(Page { total, templates: Vec::new() });
    }
    let (page, values) = conditions.page(limit, offset);
    let rows = format!("{SELECT} WHERE {condition} ORDER BY t.pinned DESC, {}{page}", order(listing));
    let heads = tx.query_all(&rows, &values, read_head)?;
    Ok(Page { total, templates: complete(tx, heads)? })
}

/// What stands in the settings of a template that is in a folder, and nowhere
/// in others: inside texts, quotation marks have a backslash.
fn in_folder(id: &String) -> Result<String> {
    let id = serde_json::to_string(id).map_err(|error| Error::Database(error.to_string()))?;
    Ok(format!("\"folder_id\":{id}"))
}

fn conditions(org: OrgNo, listing: &Listing) -> Conditions<'_> {
    let (first, last) = (TemplateKey::before_all(org), TemplateKey::after_all(org));
    let mut conditions = Conditions::new(vec![first.get().into(), last.get().into()]);
    conditions.and(&format!("NOT ({})", hidden::IS_HIDDEN));
    let filter = &listing.filter;
    if listing.viewer.role != Role::Admin {
        let id = conditions.bind(listing.viewer.id.get().into());
        conditions.and(&visible_to(listing.viewer.role, "t", &id));
    }
    match filter.archived {
        Archived::Left => conditions.and("t.archived_at IS NULL"),
        Archived::Only => conditions.and("t.archived_at IS NOT NULL"),
        Archived::Included => {}
    }
    if let Some(search) = &filter.search {
        let search = conditions.bind(search.into());
        conditions.and(&format!("strpos(t.title_folded, {search}) > 0"));
    }
    if let Some(kinds) = &filter.kinds {
        conditions.one_of("t.kind", kinds.iter().map(|kind| kind.as_str().into()));
    }
    if let Some(starred) = filter.starred {
        conditions.and(if starred { "t.starred" } else { "NOT t.starred" });
    }
    if let Some(owner) = filter.owner {
        let owner = conditions.bind(owner.get().into());
        conditions.and(&format!("t.owner_id = {owner}"));
    }
    conditions
}

fn order(listing: &Listing) -> String {
    let (up, down) = if listing.reversed { (" DESC", "") } else { ("", " DESC") };
    match listing.sort {
        Sort::Updated => format!("t.updated_at{down}, t.key{down}"),
        Sort::Newest => format!("t.key{down}"),
        Sort::Title => format!("t.title_folded{up}, t.key{up}"),
    }
}
