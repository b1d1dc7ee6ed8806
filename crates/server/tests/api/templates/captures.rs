//! Form fields of steps.

use hospes_testing::{Value, both, json};

use super::{make, now, sample};

/// The labels of a step's fields.
fn labels(template: &Value, step: usize) -> Vec<&str> {
    let fields = template["steps"]["data"][step]["captures"].as_array().unwrap();
    fields.iter().map(|field| field["label"].as_str().unwrap()).collect()
}

both! {
    async fn a_field_is_added_and_changed(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let path = format!("{}/captures", made.step_path(1));
        let added = admin.post(&path, &json!({
            "label": "Size", "field_type": "table", "required": true, "position": 1,
            "columns": [{"id": 1, "label": "Width"}, {"id": 2, "label": "Height"}],
        })).await.expect(201);
        let field = added.data();
        assert_eq!((&field["step_id"], &field["checklist_id"]), (&json!(made.step(1)), &json!(made.id)));
        assert_eq!(field["columns"], json!([{"id": 1, "label": "Width"}, {"id": 2, "label": "Height"}]));
        let path = format!("{path}/{}", field["id"].as_str().unwrap());
        let changed = admin.put(&path, &json!({"label": "Measure"})).await.expect(200);
        assert_eq!((&changed.data()["label"], &changed.data()["alias"]), (&json!("Measure"), &field["alias"]));
        assert_eq!(changed.data()["columns"], field["columns"]);
        let before = app.written().await;
        for (wrong, faults) in [
            (json!({"field_type": "x"}), "field_type"),
            (json!({"label": ""}), "label"),
            (json!({"columns": []}), "columns"),
            (json!({"default_value_enabled": true, "default_value": ["one"]}), "default_value"),
        ] {
            assert_eq!(admin.put(&path, &wrong).await.expect(422).faults(), [faults], "{wrong}");
        }
        admin.put(&format!("{}/captures/{}", made.step_path(0), field["id"].as_str().unwrap()), &json!({"label": "x"}))
            .await.expect(404);
        assert_eq!(app.written().await, before);
    }

    async fn options_and_columns_are_checked(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let path = format!("{}/captures", made.step_path(0));
        let before = app.written().await;
        let field = |field_type: &str, more: Value| {
            let mut field = json!({"label": "New", "field_type": field_type, "required": false});
            for (key, value) in more.as_object().unwrap() {
                field[key] = value.clone();
            }
            field
        };
        for (wrong, faults) in [
            (field("radio", json!({})), vec!["options"]),
            (field("radio", json!({"options": [{"id": 1, "text": "one"}]})), vec!["options"]),
            (field("dropdown", json!({"options": [{"text": "one"}, {"id": "x", "text": "two"}]})), vec!["options.0.id", "options.1.id"]),
            (field("dropdown", json!({"options": [{"id": 1, "text": "a"}, {"id": 1, "text": "a"}]})), vec!["options.1.id", "options.1.text"]),
            (field("table", json!({})), vec!["columns"]),
        ] {
            assert_eq!(admin.post(&path, &wrong).await.expect(422).faults(), faults, "{wrong}");
        }
        assert_eq!(app.written().await, before);
    }

    async fn a_field_moves_on_its_step_and_to_another(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let captures = format!("{}/captures", made.step_path(0));
        let step = admin.put(&captures, &json!({"capture_id": made.field(0, 1), "position": 1})).await.expect(200);
        assert_eq!(step.data()["captures"][0]["id"], made.field(0, 1));
        assert_eq!(labels(&now(&admin, &made).await, 0), ["Notes", "Colour"]);
        let out = format!("{}/move-out", made.field_path(0, 0));
        let moved = admin.put(&out, &json!({"target_step_id": made.step(1), "position": 1})).await.expect(200);
        assert_eq!((&moved.data()["id"], &moved.data()["step_id"]), (&json!(made.field(0, 0)), &json!(made.step(1))));
        let template = now(&admin, &made).await;
        assert_eq!((labels(&template, 0), labels(&template, 1)), (vec!["Notes"], vec!["Colour"]));
        assert_eq!(
            template["automated_actions"][0]["conditions"][0]["conditionable_id"], made.field(0, 0),
            "the rule goes on"
        );
        let before = app.written().await;
        admin.put(&out, &json!({"target_step_id": made.step(0)})).await.expect(404);
        let out = format!("{}/captures/{}/move-out", made.step_path(1), made.field(0, 0));
        for wrong in [json!({}), json!({"target_step_id": "x"}), json!({"target_step_id": "0".repeat(32)})] {
            assert_eq!(admin.put(&out, &wrong).await.expect(422).faults(), ["target_step_id"], "{wrong}");
        }
        let wrong = json!({"capture_id": made.field(0, 0), "position": 1});
        assert_eq!(admin.put(&captures, &wrong).await.expect(422).faults(), ["capture_id"], "on another step now");
        assert_eq!(app.written().await, before);
    }

    async fn a_field_that_is_used_is_not_deleted(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let before = app.written().await;
        let refused = admin.delete(&made.field_path(0, 0)).await.expect(422);
        assert_eq!(refused.json["errors"], json!({
            "automated_actions.0.conditions.0.conditionable_id": ["The rule “Red goes on” uses it."],
        }));
        assert_eq!(app.written().await, before);
        admin.delete(&made.field_path(0, 1)).await.expect(204);
        admin.delete(&made.field_path(0, 1)).await.expect(404);
        assert_eq!(labels(&now(&admin, &made).await, 0), ["Colour"]);
    }
}
