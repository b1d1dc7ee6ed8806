//! What cannot be launched is not stored: every fault is named by its path, and
//! nothing is half written.

use hospes_testing::{Value, both, json};

use super::{make, now, sample, sample_with};

both! {
    async fn every_fault_of_an_import_is_named_at_once(app) {
        let admin = app.admin();
        let before = app.written().await;
        let mut body = sample("Wrong");
        body["title"] = json!("x".repeat(251));
        body["steps"][0]["captures"][0]["options"] = json!([{"text": "red"}, {"id": 2, "text": "green"}]);
        body["steps"][0]["captures"][1] = json!({
            "id": "f2", "label": "Sizes", "field_type": "table", "required": false,
            "columns": [{"id": 1, "label": "Width"}, {"id": 2, "label": "Height"}],
            "default_value_enabled": true, "default_value": ["only one"],
        });
        body["steps"][1]["deadline"]["step"] = json!("nowhere");
        body["automated_actions"][0]["conditions"][1]["conditionable_id"] = json!("nowhere");
        body["automated_actions"][0]["then_actions"][0]["target_step_id"] = json!("nowhere");
        let refused = admin.post("/checklists", &body).await.expect(422);
        assert_eq!(refused.faults(), [
            "automated_actions.0.conditions.1.conditionable_id",
            "automated_actions.0.then_actions.0.target_step_id",
            "steps.0.captures.0.options.0.id",
            "steps.0.captures.1.default_value",
            "steps.1.deadline.step",
            "title",
        ]);
        assert_eq!(app.written().await, before);
    }

    async fn deadlines_do_not_wait_for_later_steps_nor_for_themselves(app) {
        let admin = app.admin();
        let before = app.written().await;
        let from = |step: &str, option: &str| json!({"value": 1, "unit": "days", "option": option, "step": step});
        let with = |deadlines: [Value; 3]| {
            let mut body = sample("Deadlines");
            for (at, deadline) in deadlines.into_iter().enumerate() {
                body["steps"][at]["deadline"] = deadline;
            }
            body
        };
        let none = Value::Null;
        for (deadlines, faults) in [
            ([from("s2", "from"), none.clone(), none.clone()], vec!["steps.0.deadline.step"]),
            ([none.clone(), from("s2", "from"), none.clone()], vec!["steps.1.deadline.step"]),
            ([from("s2", "before"), from("s1", "from"), none.clone()], vec!["steps.0.deadline.step", "steps.1.deadline.step"]),
            ([from("s3", "before"), from("s1", "from"), from("s2", "from")], vec!["steps.0.deadline.step", "steps.1.deadline.step", "steps.2.deadline.step"]),
        ] {
            let body = with(deadlines);
            assert_eq!(admin.post("/checklists", &body).await.expect(422).faults(), faults, "{}", body["steps"]);
        }
        assert_eq!(app.written().await, before);
        // The same one by one.
        let made = make(&admin, &sample("One")).await;
        let before = app.written().await;
        let circle = json!({"title": "Collect", "deadline": from(made.step(1), "before")});
        let refused = admin.put(&made.step_path(0), &circle).await.expect(422);
        assert_eq!(refused.faults(), ["deadline.step", "steps.1.deadline.step"]);
        assert_eq!(app.written().await, before);
        assert_eq!(now(&admin, &made).await, made.data);
    }

    async fn rules_do_not_read_what_is_filled_in_later(app) {
        let admin = app.admin();
        let mut body = sample("Later");
        body["steps"][2]["captures"] = json!([{"id": "f3", "label": "Who", "field_type": "assignees_form", "required": false}]);
        body["automated_actions"][0]["then_actions"] = json!([{
            "action_type": "assignment", "action_verb": "assign", "target_step_id": "s1",
            "actionable_id": "f3", "actionable_type": "Capture",
        }]);
        let refused = admin.post("/checklists", &body).await.expect(422);
        assert_eq!(refused.faults(), ["automated_actions.0.then_actions.0.actionable_id"]);
    }

    async fn too_much_is_refused_in_time(app) {
        let admin = app.admin();
        let before = app.written().await;
        let steps: Vec<Value> = (0..5000).map(|number| json!({"title": format!("Step {number}")})).collect();
        let long = sample_with("Long", &json!({"steps": steps, "automated_actions": []}));
        assert_eq!(admin.post("/checklists", &long).await.expect(422).faults(), ["steps"]);
        let fields: Vec<Value> =
            (0..501).map(|number| json!({"label": format!("{number}"), "field_type": "text", "required": false})).collect();
        let refused = admin.post("/checklists", &sample_with("Wide", &json!({"prerun": fields}))).await.expect(422);
        assert!(refused.faults().contains(&"prerun"), "{}", refused.json);
        assert_eq!(app.written().await, before);
    }

    async fn hostile_html_stays_text_and_does_no_harm(app) {
        let admin = app.admin();
        let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)><a href=\"javascript:x\">{{client}}</a>";
        let mut body = sample_with("Hostile", &json!({"guidance": hostile}));
        body["steps"][0]["summary"] = json!(hostile);
        body["steps"][0]["captures"][0]["guidance"] = json!(hostile);
        let made = make(&admin, &body).await;
        // Nothing here shows it as HTML: it is kept for those who do, and told as it was sent.
        assert_eq!(made.data["steps"]["data"][0]["summary"], hostile);
        let before = app.written().await;
        for (path, long) in [("summary", 2_001), ("guidance", 30_001)] {
            let refused = admin.put(&made.path, &json!({"title": "x", path: "x".repeat(long)})).await.expect(422);
            assert_eq!(refused.faults(), [path]);
        }
        let nul = json!({"title": "Collect", "summary": "a\u{0}b"});
        assert_eq!(admin.put(&made.step_path(0), &nul).await.expect(422).faults(), ["summary"]);
        assert_eq!(app.written().await, before);
    }
}

both! {
    async fn a_template_does_not_grow_without_end(app) {
        let admin = app.admin();
        // Three bytes each: the longest text that a step may have.
        let step = json!({"title": "Read", "summary": "€".repeat(30_000)});
        let large = json!({"title": "Large", "type": "procedure", "steps": vec![step; 11]});
        let made = make(&admin, &large).await;
        let path = format!("{}/clone", made.step_path(0));
        let mut copies = 0;
        let refused = loop {
            let answer = admin.post(&path, &json!({})).await;
            if answer.status == 422 {
                break answer;
            }
            answer.expect(201);
            copies += 1;
            assert!(copies < 60, "nothing stops it");
        };
        assert!(refused.json["errors"]["steps"][0].as_str().unwrap().contains("4 MiB"), "{}", refused.json);
        let steps = admin.get(&format!("{}/steps?per_page=1", made.path)).await.expect(200);
        assert_eq!(steps.json["meta"]["pagination"]["total"], 11 + copies);
        // What it has can still be made smaller.
        admin.delete(&made.step_path(1)).await.expect(204);
    }
}
