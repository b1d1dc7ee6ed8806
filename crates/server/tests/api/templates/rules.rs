//! Rules (`automated-actions`).

use hospes_testing::{both, json};

use super::{make, now, sample};

both! {
    async fn a_rule_is_added_echoed_and_deleted(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let path = format!("{}/automated-actions", made.path);
        let added = admin.post(&path, &json!({
            "automated_alias": "Approved goes on",
            "conditions": [{"conditionable_id": made.step(1), "conditionable_type": "Step", "operation": "approved",
                            "statement": null, "logic": "and"}],
            "then_actions": [{"action_type": "deadline", "action_verb": "deadline", "target_step_id": made.step(2),
                              "actionable_id": made.step(0), "actionable_type": "Step",
                              "deadline": {"value": 3, "unit": "hours", "option": "from"}}],
        })).await.expect(201);
        assert_eq!((&added.data()["position"], &added.data()["checklist_id"]), (&json!(2), &json!(made.id)));
        let listed = admin.get(&path).await.expect(200);
        assert_eq!(listed.data()[1], *added.data());
        assert_eq!(listed.data(), &now(&admin, &made).await["automated_actions"]);
        let path = format!("{path}/{}", added.data()["id"].as_str().unwrap());
        // Clients send back what they have read.
        let before = app.written().await;
        let echoed = admin.put(&path, added.data()).await.expect(200);
        assert_eq!((echoed.data(), echoed.json.get("warnings")), (added.data(), None));
        assert_eq!(app.written().await, before);
        let renamed = admin.put(&path, &json!({"automated_alias": "Renamed"})).await.expect(200);
        assert_eq!(renamed.data()["conditions"], added.data()["conditions"]);
        admin.delete(&path).await.expect(204);
        admin.delete(&path).await.expect(404);
        admin.put(&path, added.data()).await.expect(404);
        assert_eq!(now(&admin, &made).await["automated_actions"].as_array().unwrap().len(), 1);
    }

    async fn what_a_rule_names_must_be_there(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let path = format!("{}/automated-actions", made.path);
        let before = app.written().await;
        let refused = admin.post(&path, &json!({
            "conditions": [
                {"conditionable_id": "0".repeat(32), "conditionable_type": "Step", "operation": "completed"},
                {"conditionable_id": made.field(0, 0), "conditionable_type": "Prerun", "operation": "equals", "statement": "x"},
                {"conditionable_id": made.field(0, 0), "conditionable_type": "Capture", "operation": "is"},
            ],
            "then_actions": [
                {"action_type": "visibility", "action_verb": "show", "target_step_id": "0".repeat(32)},
                {"action_type": "assignment", "action_verb": "assign", "target_step_id": made.step(0),
                 "assignees": {"users": [999_999], "guests": [], "groups": ["0".repeat(32)]}},
            ],
        })).await.expect(422);
        for fault in [
            "conditions.0.conditionable_id", "conditions.1.conditionable_id", "conditions.2.operation",
            "then_actions.0.target_step_id", "then_actions.1.assignees.users", "then_actions.1.assignees.groups",
        ] {
            assert!(refused.faults().contains(&fault), "{fault}: {}", refused.json);
        }
        assert_eq!(admin.post(&path, &json!({})).await.expect(422).faults(), ["conditions", "then_actions"]);
        assert_eq!(app.written().await, before);
    }
}
