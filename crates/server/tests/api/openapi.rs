//! The OpenAPI document is kept beside this file, so that whoever reads a
//! change of the code sees what it does to the API.

use hospes_testing::{Value, both};

/// Adds the places where two documents differ, as JSON pointers.
fn differences(at: &str, kept: &Value, served: &Value, found: &mut Vec<String>) {
    match (kept, served) {
        (Value::Object(kept), Value::Object(served)) => {
            let mut keys: Vec<_> = kept.keys().chain(served.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (kept.get(key), served.get(key)) {
                    (Some(kept), Some(served)) => differences(&at, kept, served, found),
                    (Some(_), None) => found.push(format!("gone: {at}")),
                    (None, _) => found.push(format!("new: {at}")),
                }
            }
        }
        (Value::Array(kept), Value::Array(served)) if kept.len() == served.len() => {
            for (place, (kept, served)) in kept.iter().zip(served).enumerate() {
                differences(&format!("{at}/{place}"), kept, served, found);
            }
        }
        _ if kept == served => {}
        _ => found.push(format!("other: {at}")),
    }
}

both! {
    async fn it_changes_only_on_purpose(app) {
        let kept = serde_json::from_str(include_str!("openapi.json")).unwrap_or_default();
        let served = app.client_with(&app.acme, None).get("//openapi.json").await.expect(200).json;
        assert!(served["paths"].is_object());
        let mut found = Vec::new();
        differences("", &kept, &served, &mut found);
        assert!(
            found.is_empty(),
            "The server's OpenAPI document is not the one in crates/server/tests/api/openapi.json. \
             If the API was to change, run `cargo xtask openapi` and commit the file.\n{}",
            found.join("\n")
        );
    }
}

both! {
    async fn every_operation_has_a_name_of_its_own(app) {
        let served = app.client_with(&app.acme, None).get("//openapi.json").await.expect(200).json;
        let items = served["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let mut names: Vec<&str> =
            operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        let count = names.len();
        assert!(count > 100, "{count}");
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        // A verb alone says nothing in a generated client.
        let short: Vec<_> = names.iter().filter(|name| !name.contains('_')).collect();
        assert!(short.is_empty(), "{short:?}");
    }
}

#[test]
fn differences_are_found_wherever_they_are() {
    let kept = serde_json::json!({"a": {"b/c": [1, {"d": null}]}, "gone": 1, "list": [1, 2], "kind": 1});
    let served = serde_json::json!({"a": {"b/c": [1, {"d": 0}]}, "new": 1, "list": [1], "kind": "1"});
    let mut found = Vec::new();
    differences("", &kept, &served, &mut found);
    assert_eq!(found, ["other: /a/b~1c/1/d", "gone: /gone", "other: /kind", "other: /list", "new: /new"]);
    found.clear();
    differences("", &kept, &kept, &mut found);
    assert!(found.is_empty());
}
