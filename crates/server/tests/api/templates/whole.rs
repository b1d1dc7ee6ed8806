//! Making, reading, changing, archiving, restoring, publishing and copying.

use hospes_model::member::Role;
use hospes_testing::{both, json};
use reqwest::Method;

use super::{id_of, make, now, sample, sample_with, titles};

both! {
    async fn a_new_template_is_answered_whole(app) {
        let admin = app.admin();
        let before = app.written().await;
        let made = admin.post("/checklists", &json!({"title": " Onboarding ", "type": "procedure"})).await.expect(201);
        let id = made.data()["id"].as_str().unwrap();
        assert_eq!(id.len(), 32);
        let owner = id_of(app, Role::Admin);
        assert_eq!(made.data(), &json!({
            "id": id, "increment_id": 1, "title": "Onboarding", "summary": null, "starred": false,
            "webhook": null, "explanation_video": null, "guidance": null, "icon": null,
            "alias": format!("onboarding-{}", &id[..6]), "folder_id": null, "prerun": [], "automated_actions": [],
            "created_by": owner, "owner_id": owner, "last_updated_by": owner,
            "kickoff_title": null, "kickoff_description": null, "started_processes": 0, "steps_count": 0,
            "created_at": "2025-05-15T10:00:00Z", "last_updated": "2025-05-15T10:00:00Z", "archived_at": null,
            "type": "procedure", "status": "active", "status_label": null, "is_public": false, "is_featured": false,
            "is_public_kickoff": false, "is_pinned": false, "public_cover": null, "industry_tags": [], "topic_tags": [],
            "dual_version_enabled": false, "is_published_state": true, "auto_naming": false,
            "default_process_name_format": null, "allow_launcher_change_name": true, "users": [], "groups": [],
            "folderize_process": false, "tag_process": false, "can_add_oot": false, "default_folder": null,
            "folder_changeable_by_launcher": false, "ko_form_blueprint_id": null, "kickoff_sharing_user_id": null,
            "custom_fields": [],
        }));
        let after = app.written().await;
        assert_eq!((after.templates, after.versions, after.events), (1, 1, before.events + 1));
        let read = admin.get(&format!("/checklists/{id}")).await.expect(200);
        assert_eq!((read.data(), read.header("etag")), (made.data(), made.header("etag")));
        admin.with_header("if-none-match", read.header("etag")).get(&format!("/checklists/{id}")).await.expect(304);
    }

    async fn a_change_needs_the_title_and_replaces_lists(app) {
        let admin = app.admin();
        let made = make(&admin, &sample_with("One", &json!({"users": [id_of(app, Role::Light)]}))).await;
        assert_eq!(admin.put(&made.path, &json!({"summary": "x"})).await.expect(422).faults(), ["title"]);
        let changed = admin.put(&made.path, &json!({"title": "Two", "starred": true, "colour": 1})).await.expect(200);
        assert_eq!(changed.json["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(changed.data()["prerun"], made.data["prerun"], "what is left out stays");
        assert_eq!(changed.data()["users"], json!([id_of(app, Role::Light)]));
        assert_eq!(changed.data()["title"], "Two");
        let open = json!({"title": "Two", "users": [], "groups": []});
        assert_eq!(admin.put(&made.path, &open).await.expect(200).data()["users"], json!([]));
        let lost = admin.put(&made.path, &json!({"title": "Two", "prerun": []})).await.expect(422);
        assert_eq!(lost.faults(), ["automated_actions.0.conditions.1.conditionable_id"], "a rule uses the field");
        let longer = json!({"title": "Two", "prerun": [
            made.data["prerun"][0], {"label": "City", "field_type": "text", "required": false},
        ]});
        let longer = admin.put(&made.path, &longer).await.expect(200);
        assert_eq!(longer.data()["prerun"][0]["id"], made.data["prerun"][0]["id"], "ids never change");
        assert_eq!(longer.data()["prerun"][0]["alias"], made.data["prerun"][0]["alias"]);
        assert_eq!(longer.data()["prerun"][1]["label"], "City");
    }

    async fn an_older_state_is_refused_and_what_changes_nothing_writes_nothing(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let read = admin.get(&made.path).await.expect(200);
        let careful = admin.with_header("if-match", read.header("etag"));
        let before = app.written().await;
        careful.put(&made.path, &json!({"title": "One"})).await.expect(200);
        admin.put(&format!("{}/publish", made.path), &json!({})).await.expect(200);
        admin.put(&format!("{}/restore", made.path), &json!({})).await.expect(200);
        assert_eq!(app.written().await, before);
        careful.put(&made.path, &json!({"title": "Two"})).await.expect(200);
        let before = app.written().await;
        careful.put(&made.path, &json!({"title": "Three"})).await.expect(412);
        careful.post(&format!("{}/steps", made.path), &json!({"title": "New"})).await.expect(412);
        careful.delete(&made.step_path(2)).await.expect(412);
        careful.delete(&made.path).await.expect(412);
        careful.post(&format!("{}/clone", made.path), &json!({})).await.expect(412);
        assert_eq!(app.written().await, before);
    }

    async fn a_repeated_request_with_a_key_has_one_effect(app) {
        let admin = app.admin().with_header("idempotency-key", "k-1");
        let first = admin.post("/checklists", &sample("Once")).await.expect(201);
        let again = admin.post("/checklists", &sample("Once")).await.expect(201);
        assert_eq!((first.bytes, again.header("idempotent-replayed")), (again.bytes.clone(), "true"));
        assert_eq!(app.written().await.templates, 1);
    }

    async fn archived_templates_are_gone_until_they_are_restored(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        admin.delete(&format!("{}/delete", made.path)).await.expect(422);
        let gone = admin.delete(&made.path).await.expect(200);
        assert_eq!(gone.json, json!({
            "message": "The Template was deleted, and references were also deleted from:", "deleted_references": [],
        }));
        admin.delete(&made.path).await.expect(200);
        let before = app.written().await;
        admin.get(&made.path).await.expect(404);
        admin.get(&format!("{}/steps", made.path)).await.expect(404);
        admin.put(&made.path, &json!({"title": "x"})).await.expect(404);
        admin.post(&format!("{}/clone", made.path), &json!({})).await.expect(404);
        admin.post(&format!("{}/steps", made.path), &json!({"title": "x"})).await.expect(404);
        assert_eq!(app.written().await, before);
        let listed = admin.get("/checklists?archived=only").await.expect(200);
        assert_eq!(listed.data()[0]["id"], made.id);
        assert!(listed.data()[0]["archived_at"].is_string());
        let restored = admin.put(&format!("{}/restore", made.path), &json!({})).await.expect(200);
        assert_eq!(restored.data()["archived_at"], json!(null));
        assert_eq!(now(&admin, &made).await["steps"], {
            let mut steps = made.data["steps"].clone();
            for step in steps["data"].as_array_mut().unwrap() {
                let last_updated = restored.data()["last_updated"].clone();
                for field in step["captures"].as_array_mut().unwrap() {
                    field["last_updated"] = last_updated.clone();
                }
                step["last_updated"] = last_updated;
            }
            steps
        });
        admin.delete(&made.path).await.expect(200);
        admin.delete(&format!("{}/delete", made.path)).await.expect(200);
        admin.put(&format!("{}/restore", made.path), &json!({})).await.expect(404);
        admin.delete(&format!("{}/delete", made.path)).await.expect(404);
        let after = app.written().await;
        assert_eq!((after.templates, after.versions), (0, 0));
    }

    async fn what_names_an_archived_template_names_it_no_longer(app) {
        let admin = app.admin();
        let one = make(&admin, &sample("One")).await;
        let two = make(&admin, &sample("Two")).await;
        let step = json!({"title": "Collect", "bp_to_launch": {"id": one.id}});
        let changed = admin.put(&two.step_path(0), &step).await.expect(200);
        assert_eq!(changed.data()["bp_to_launch"]["id"], one.id);
        let wrong = json!({"title": "Collect", "bp_to_launch": {"id": "0".repeat(32)}});
        assert_eq!(admin.put(&two.step_path(0), &wrong).await.expect(422).faults(), ["steps.0.bp_to_launch.id"]);
        let gone = admin.delete(&one.path).await.expect(200);
        let reference = json!({"type": "checklist", "title": "Two", "id": two.id});
        assert_eq!(gone.json["deleted_references"], json!([reference]));
        assert_eq!(now(&admin, &two).await["steps"]["data"][0]["bp_to_launch"], json!(null));
    }

    async fn drafts_are_published(app) {
        let admin = app.admin();
        let made = make(&admin, &sample_with("Draft", &json!({"dual_version_enabled": true}))).await;
        assert_eq!(made.data["is_published_state"], false);
        let published = admin.put(&format!("{}/publish", made.path), &json!({})).await.expect(200);
        assert_eq!(published.data()["is_published_state"], true);
        let launch = json!({"checklist_id": made.id, "prerun": {}});
        assert_ne!(admin.post("/runs", &launch).await.expect(422).faults(), ["checklist_id"]);
        // What no process is made of may change; what they are made of is published anew.
        let title = &published.data()["title"];
        let changed = admin.put(&made.path, &json!({"title": title, "summary": "Other"})).await.expect(200);
        assert_eq!(changed.data()["is_published_state"], true);
        admin.put(&made.step_path(0), &json!({"title": "Other"})).await.expect(200);
        assert_eq!(now(&admin, &made).await["is_published_state"], false);
        assert_eq!(admin.post("/runs", &launch).await.expect(422).faults(), ["checklist_id"]);
        admin.put(&format!("{}/publish", made.path), &json!({})).await.expect(200);
        // Without two versions there is nothing to publish.
        let one = json!({"title": "Third", "dual_version_enabled": false});
        assert_eq!(admin.put(&made.path, &one).await.expect(200).data()["is_published_state"], true);
    }

    async fn a_copy_is_another_template_that_says_the_same(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let made = make(&admin, &sample("Original")).await;
        let alias = made.data["prerun"][0]["alias"].as_str().unwrap();
        admin.put(&made.step_path(2), &json!({
            "title": format!("Send to {{{{{alias}}}}}"), "guests": ["carl@client.example"],
            "assignees": [id_of(app, Role::Light)],
        })).await.expect(200);
        let copied = standard.post(&format!("{}/clone?with=steps", made.path), &json!({})).await.expect(201);
        let (copy, original) = (copied.data(), now(&admin, &made).await);
        assert_eq!((&copy["title"], &copy["owner_id"]), (&json!("Copy of Original"), &json!(id_of(app, Role::Standard))));
        assert_eq!((&copy["starred"], &copy["started_processes"]), (&json!(false), &json!(0)));
        let step = |template: &hospes_testing::Value, at: usize| template["steps"]["data"][at].clone();
        for at in 0..3 {
            assert_ne!(step(copy, at)["id"], step(&original, at)["id"]);
            assert_ne!(step(copy, at)["alias"], step(&original, at)["alias"]);
            for people in ["assignees", "guests", "groups"] {
                assert_eq!(step(copy, at)[people], step(&original, at)[people]);
            }
        }
        let fresh = copy["prerun"][0]["alias"].as_str().unwrap();
        assert_ne!(fresh, alias);
        assert_eq!(step(copy, 2)["title"], format!("Send to {{{{{fresh}}}}}"), "texts name the copy's fields");
        assert_eq!(step(copy, 1)["deadline"]["step"], step(copy, 0)["id"]);
        let rule = &copy["automated_actions"][0];
        assert_eq!(rule["conditions"][0]["conditionable_id"], step(copy, 0)["captures"][0]["id"]);
        assert_eq!(rule["conditions"][1]["conditionable_id"], copy["prerun"][0]["id"]);
        assert_eq!(rule["then_actions"][0]["target_step_id"], step(copy, 2)["id"]);
        assert_ne!(rule["id"], original["automated_actions"][0]["id"]);
    }

    async fn people_who_left_are_in_the_way_of_no_copy(app) {
        let (admin, light) = (app.admin(), id_of(app, Role::Light));
        let group = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201).data()["id"].clone();
        let made = make(&admin, &sample("Original")).await;
        admin.put(&made.step_path(0), &json!({"title": "Collect", "assignees": [light], "groups": [group]})).await.expect(200);
        admin.delete(&format!("/users/{light}/disable")).await.expect(200);
        admin.delete(&format!("/groups/{}", group.as_str().unwrap())).await.expect(204);
        let copy = admin.post(&format!("{}/clone?with=steps", made.path), &json!({})).await.expect(201);
        assert_eq!(copy.data()["steps"]["data"][0]["assignees"], json!([light]), "as in the original");
    }

    async fn a_template_that_loses_a_deleted_group_is_another_state(app) {
        let admin = app.admin();
        let group = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201).data()["id"].clone();
        let made = make(&admin, &sample_with("T", &json!({"groups": [group]}))).await;
        let other = make(&admin, &sample("Other")).await;
        let tag = admin.get(&made.path).await.expect(200).header("etag").to_owned();
        let unchanged = admin.get(&other.path).await.expect(200).header("etag").to_owned();
        admin.delete(&format!("/groups/{}", group.as_str().unwrap())).await.expect(204);
        let read = admin.with_header("if-none-match", &tag).get(&made.path).await.expect(200);
        // Nobody else may use it for that.
        assert_eq!((&read.data()["groups"], &read.data()["users"]), (&json!([]), &json!([read.data()["owner_id"]])));
        let title = json!({"title": "Stale"});
        admin.with_header("if-match", &tag).put(&made.path, &title).await.expect(412);
        admin.with_header("if-match", read.header("etag")).put(&made.path, &title).await.expect(200);
        admin.with_header("if-none-match", &unchanged).get(&other.path).await.expect(304);
    }

    async fn a_copy_is_asked_for_as_a_form_too(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("Original")).await;
        let path = format!("{}/clone", made.path);
        let form = |text: String| admin.send_bytes(Method::POST, &path, Some(text.into_bytes()), "application/x-www-form-urlencoded");
        let copied = form(format!("tenant={}&title=A+copy%21", app.acme.id)).await.expect(201);
        assert_eq!(copied.data()["title"], "A copy!");
        let before = app.written().await;
        assert_eq!(form(format!("tenant={}", app.other.id)).await.expect(422).faults(), ["tenant"]);
        assert_eq!(form(format!("title={}", "x".repeat(251))).await.expect(422).faults(), ["title"]);
        assert_eq!(admin.post(&path, &json!({"title": 7})).await.expect(422).faults(), ["title"]);
        admin.send_bytes(Method::POST, &path, Some(b"x".to_vec()), "text/plain").await.expect(415);
        assert_eq!(app.written().await, before);
        assert_eq!(titles(&now(&admin, &made).await), ["Collect", "Check", "Send to {{client}}"]);
    }

    async fn fields_of_both_forms_are_listed(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("Forms")).await;
        let fields = admin.get(&format!("{}/form-fields", made.path)).await.expect(200);
        assert_eq!(fields.data()["ko_form_fields"], made.data["prerun"]);
        assert_eq!(fields.data()["form_fields"], made.data["steps"]["data"][0]["captures"]);
        admin.with_header("if-none-match", fields.header("etag")).get(&format!("{}/form-fields", made.path)).await.expect(304);
    }

    async fn a_kick_off_field_is_deleted_unless_a_rule_uses_it(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let before = app.written().await;
        let refused = admin.delete(&made.prerun_path()).await.expect(422);
        assert_eq!(refused.json["errors"], json!({
            "automated_actions.0.conditions.1.conditionable_id": ["The rule “Red goes on” uses it."],
        }));
        assert_eq!(app.written().await, before);
        admin.delete(&made.rule_path()).await.expect(204);
        admin.delete(&made.prerun_path()).await.expect(204);
        admin.delete(&made.prerun_path()).await.expect(404);
        assert_eq!(now(&admin, &made).await["prerun"], json!([]));
    }
}
