//! Answers against the OpenAPI document: a status, a content type or a shape
//! that it does not promise fails the test that saw it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::client::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(hospes_server::router::document()).expect("the document"));

type Validators = HashMap<(String, String, u16), jsonschema::Validator>;
static VALIDATORS: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);

/// Every operation of the document: method, path template.
pub fn operations() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                all.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    all
}

/// The names of an operation's query parameters.
pub fn query_parameters(method: &str, path: &str) -> Vec<String> {
    let parameters = &DOCUMENT["paths"][path][method.to_lowercase()]["parameters"];
    let parameters = parameters.as_array().map(Vec::as_slice).unwrap_or_default();
    parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
        .collect()
}

/// The template that a path matches; fixed segments win over parameters.
fn template(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/api").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let segments: Vec<&str> = path.split('/').collect();
    DOCUMENT["paths"]
        .as_object()?
        .keys()
        .filter(|template| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == segments.len()
                && parts
                    .iter()
                    .zip(&segments)
                    .all(|(part, segment)| part == segment || (part.starts_with('{') && !segment.is_empty()))
        })
        .min_by_key(|template| template.matches('{').count())
        .map(String::as_str)
}

/// Checks an answer of a documented operation.
///
/// # Panics
///
/// When the answer is not what the document promises.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let Some(template) = template(path) else { return };
    let operation = &DOCUMENT["paths"][template][method.to_lowercase()];
    if operation.is_null() {
        return;
    }
    let promised = &operation["responses"][answer.status.to_string()];
    assert!(!promised.is_null(), "{method} {template} does not document status {}", answer.status);
    let content = promised["content"].as_object();
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        assert!(answer.bytes.is_empty(), "{method} {template} {} documents no body", answer.status);
        return;
    };
    let kind = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
    let schema = content.get(&kind).map(|content| &content["schema"]);
    let schema =
        schema.unwrap_or_else(|| panic!("{method} {template} does not document content type {kind}"));
    if !kind.ends_with("json") {
        return;
    }
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator =
        validators.entry((format!("{method} {template}"), kind, answer.status)).or_insert_with(|| {
            let root = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": DOCUMENT["components"],
                "allOf": [schema],
            });
            jsonschema::validator_for(&root).expect("a schema")
        });
    let faults: Vec<String> = validator.iter_errors(&answer.json).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{method} {template} {}: {faults:?}\n{}", answer.status, answer.json);
}
