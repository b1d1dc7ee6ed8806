//! Steps: listed, added, changed, copied, moved, deleted.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{id_of, make, now, sample, titles};

both! {
    async fn a_step_is_answered_whole(app) {
        let admin = app.admin();
        let made = make(&admin, &json!({"title": "One", "type": "procedure"})).await;
        let path = format!("{}/steps", made.path);
        let answer = admin.post(&path, &json!({
            "title": "Call", "checklist_id": made.id, "assignees": [id_of(app, Role::Light)],
            "deadline": {"value": 1, "unit": "days", "option": "from", "step": "start_run"},
        })).await.expect(201);
        let id = answer.data()["id"].as_str().unwrap();
        assert_eq!(answer.data(), &json!({
            "id": id, "checklist_id": made.id, "alias": answer.data()["alias"], "title": "Call", "summary": null,
            "step_type": "task", "position": 1, "stage_id": null, "start_date": null, "is_soft_start_date": true,
            "deadline": {"value": 1, "unit": "days", "option": "from", "step": "start_run"},
            "assignees": [id_of(app, Role::Light)], "guests": [], "groups": [], "roles": [],
            "role_changes_every_time": false, "allow_guest_owners": true, "assign_run_starter": true,
            "everyone_must_complete": false, "can_complete_only_assignees": false, "max_assignable": 0,
            "prevent_guest_comment": false, "hidden_by_default": false, "send_chromeless": false,
            "skip_start_process": false, "top_secret": false, "webhook": null, "bp_to_launch": null, "tags": [],
            "captures": [], "custom_fields": [], "created_at": "2025-05-15T10:00:00Z",
            "last_updated": "2025-05-15T10:00:00Z", "archived_at": null,
        }));
        let read = admin.get(&format!("{path}/{id}")).await.expect(200);
        assert_eq!((read.data(), read.header("etag")), (answer.data(), answer.header("etag")));
        admin.with_header("if-none-match", read.header("etag")).get(&format!("{path}/{id}")).await.expect(304);
        let before = app.written().await;
        assert_eq!(admin.post(&path, &json!({"summary": 1, "deadline": 7, "assignees": [0]})).await.expect(422).faults(), [
            "assignees.0", "deadline", "summary", "title",
        ]);
        assert_eq!(admin.post(&path, &json!({"title": "x", "assignees": [999_999]})).await.expect(422).faults(), ["assignees"]);
        assert_eq!(app.written().await, before);
    }

    async fn people_that_are_left_out_are_cleared(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let path = made.step_path(2);
        let group = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201);
        let people = json!({
            "title": "Send", "assignees": [id_of(app, Role::Standard)], "guests": ["Ann@client.example"],
            "groups": [group.data()["id"]],
        });
        let changed = admin.put(&path, &people).await.expect(200);
        for list in ["assignees", "guests", "groups"] {
            assert_eq!(changed.data()[list], people[list], "{list}");
        }
        let cleared = admin.put(&path, &json!({"title": "Send"})).await.expect(200);
        for list in ["assignees", "guests", "groups"] {
            assert_eq!(cleared.data()[list], json!([]), "{list}");
        }
        let before = app.written().await;
        let wrong = json!({"title": "Send", "groups": ["0".repeat(32)]});
        assert_eq!(admin.put(&path, &wrong).await.expect(422).faults(), ["groups"]);
        admin.put(&path, &json!({"assignees": []})).await.expect(422);
        admin.put(&format!("{}/steps/{}", made.path, "0".repeat(32)), &json!({"title": "x"})).await.expect(404);
        admin.put(&format!("{}/steps/x", made.path), &json!({"title": "x"})).await.expect(404);
        assert_eq!(app.written().await, before);
    }

    async fn steps_are_listed_in_pages(app) {
        let admin = app.admin();
        let steps: Vec<_> = (1..=23).map(|number| json!({"title": format!("Step {number}")})).collect();
        let made = make(&admin, &json!({"title": "Long", "type": "procedure", "steps": steps})).await;
        let path = format!("{}/steps", made.path);
        let first = admin.get(&path).await.expect(200);
        let pagination = &first.json["meta"]["pagination"];
        assert_eq!((&pagination["total"], &pagination["count"], &pagination["total_pages"]), (&json!(23), &json!(10), &json!(3)));
        let last = admin.get(&format!("{path}?page=3")).await.expect(200);
        assert_eq!(last.data()[2]["title"], "Step 23");
        assert_eq!(last.data()[2]["position"], 23);
        let all = admin.get(&format!("{path}?per_page=100")).await.expect(200);
        assert_eq!(all.data(), &made.data["steps"]["data"]);
        admin.get(&format!("{path}?page=0")).await.expect(422);
    }

    async fn a_step_moves_and_rules_and_deadlines_go_with_it_or_forbid_it(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let moved = admin.put(&format!("{}/reorder", made.step_path(2)), &json!({"position": 1})).await;
        // The rule reads a field of a step, which may come later.
        assert_eq!(moved.expect(200).data()["position"], 1);
        assert_eq!(titles(&now(&admin, &made).await), ["Send to {{client}}", "Collect", "Check"]);
        admin.put(&format!("{}/reorder", made.step_path(2)), &json!({"position": 99})).await.expect(200);
        assert_eq!(titles(&now(&admin, &made).await), ["Collect", "Check", "Send to {{client}}"]);
        let before = app.written().await;
        let refused = admin.put(&format!("{}/reorder", made.step_path(1)), &json!({"position": 1})).await.expect(422);
        assert_eq!(refused.faults(), ["steps.0.deadline.step"], "it would come before the step it waits for");
        for wrong in [json!({}), json!({"position": 0}), json!({"position": "x"})] {
            let refused = admin.put(&format!("{}/reorder", made.step_path(0)), &wrong).await.expect(422);
            assert_eq!(refused.faults(), ["position"]);
        }
        assert_eq!(app.written().await, before);
    }

    async fn a_copied_step_comes_behind_it_with_fields_of_its_own(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let copy = admin.post(&format!("{}/clone", made.step_path(0)), &json!({})).await.expect(201);
        assert_eq!((&copy.data()["title"], &copy.data()["position"]), (&json!("Collect"), &json!(2)));
        assert_ne!(copy.data()["id"], made.step(0));
        for at in 0..2 {
            assert_ne!(copy.data()["captures"][at]["id"], made.field(0, at));
            assert_eq!(copy.data()["captures"][at]["label"], made.data["steps"]["data"][0]["captures"][at]["label"]);
        }
        let template = now(&admin, &made).await;
        assert_eq!(titles(&template), ["Collect", "Collect", "Check", "Send to {{client}}"]);
        assert_eq!(template["steps_count"], 4);
        assert_eq!(template["automated_actions"][0]["conditions"], made.data["automated_actions"][0]["conditions"]);
        admin.post(&format!("{}/steps/{}/clone", made.path, "0".repeat(32)), &json!({})).await.expect(404);
    }

    async fn a_step_that_is_used_is_not_deleted(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let before = app.written().await;
        let refused = admin.delete(&made.step_path(0)).await.expect(422);
        assert_eq!(refused.json["errors"], json!({
            "steps.1.deadline.step": ["The deadline of the step “Check” is counted from it."],
            "automated_actions.0.conditions.0.conditionable_id": ["The rule “Red goes on” uses it."],
        }));
        let refused = admin.delete(&made.step_path(2)).await.expect(422);
        assert_eq!(refused.faults(), ["automated_actions.0.then_actions.0.target_step_id"]);
        assert_eq!(app.written().await, before);
        admin.delete(&made.step_path(1)).await.expect(204);
        admin.delete(&made.step_path(1)).await.expect(404);
        assert_eq!(titles(&now(&admin, &made).await), ["Collect", "Send to {{client}}"]);
    }
}
