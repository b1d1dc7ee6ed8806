//! What callers send to copy a template, as JSON or as a form.

use hospes_model::{OrgId, Refusal};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::Fields;

/// A copy of a template.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body that `read_clone` reads")]
pub struct CloneTemplateBody {
    /// What the copy is called; `Copy of` and the title, when nothing is said.
    #[schema(max_length = 250)]
    title: Option<String>,
    /// The organization that the template is in: the caller's own.
    tenant: Option<String>,
}

/// A wish for a copy.
#[derive(Debug, PartialEq, Eq)]
pub struct CloneWish {
    /// What it is called.
    pub title: Option<String>,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// Reads a wish for a copy within `org`.
///
/// # Errors
///
/// Names every fault.
pub fn read_clone(body: &Value, org: OrgId) -> Result<CloneWish, Refusal> {
    let mut fields = Fields::new(body)?;
    let title = fields.text("title").map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned);
    let tenant = fields.text("tenant").map(str::trim).filter(|tenant| !tenant.is_empty());
    if tenant.is_some_and(|tenant| tenant.parse() != Ok(org)) {
        fields.fault("tenant", "Templates can only be cloned within the organization.");
    }
    let warnings = fields.unknown();
    fields.finish()?;
    Ok(CloneWish { title, warnings })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wish_is_read() {
        let org = OrgId::new(1, [1; 10]);
        let read = |body: Value| read_clone(&body, org);
        assert_eq!(read(json!({})), Ok(CloneWish { title: None, warnings: vec![] }));
        let whole = read(json!({"title": " Copy ", "tenant": org.to_string(), "color": 1})).unwrap();
        assert_eq!((whole.title.as_deref(), whole.warnings.len()), (Some("Copy"), 1));
        for wrong in
            [json!([]), json!({"title": 1}), json!({"tenant": "x"}), json!({"tenant": "0".repeat(32)})]
        {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
