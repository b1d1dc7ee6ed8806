//! Lists of templates.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{id_of, make, sample, sample_with};

both! {
    async fn rows_are_the_templates_themselves(app) {
        let admin = app.admin();
        let made = make(&admin, &sample("One")).await;
        let list = admin.get("/checklists?with=steps").await.expect(200);
        assert_eq!(list.data(), &json!([made.data]));
        let plain = admin.get("/checklists").await.expect(200);
        assert_eq!(plain.data()[0].get("steps"), None);
        assert_eq!(plain.data()[0]["automated_actions"], made.data["automated_actions"]);
        admin.with_header("if-none-match", plain.header("etag")).get("/checklists").await.expect(304);
    }

    async fn lists_are_filtered_sorted_and_cut(app) {
        let admin = app.admin();
        for (title, more) in [
            ("Alpha", json!({"type": "form", "starred": true})),
            ("beta", json!({"folder_id": "f".repeat(32)})),
            ("Gamma", json!({"is_pinned": true, "owner_id": id_of(app, Role::Standard)})),
        ] {
            make(&admin, &sample_with(title, &more)).await;
        }
        for (query, expected) in [
            ("", vec!["Gamma", "beta", "Alpha"]),
            ("sort_by=title", vec!["Gamma", "Alpha", "beta"]),
            ("sort_by=-title", vec!["Gamma", "beta", "Alpha"]),
            ("sort_by=-updated", vec!["Gamma", "Alpha", "beta"]),
            ("sort=newest", vec!["Gamma", "beta", "Alpha"]),
            ("q=ALPH", vec!["Alpha"]),
            ("type=form", vec!["Alpha"]),
            ("type=form,procedure", vec!["Gamma", "beta", "Alpha"]),
            ("starred=true", vec!["Alpha"]),
            ("starred=false", vec!["Gamma", "beta"]),
            (&format!("folder={}", "f".repeat(32)), vec!["beta"]),
            ("folder_id=x", vec![]),
            ("tag=x", vec![]),
            (&format!("owner_id={}", id_of(app, Role::Standard)), vec!["Gamma"]),
            ("status=archived", vec![]),
            ("status=all", vec!["Gamma", "beta", "Alpha"]),
        ] {
            let list = admin.get(&format!("/checklists?{query}")).await.expect(200);
            let titles: Vec<_> = list.data().as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap()).collect();
            assert_eq!(titles, expected, "{query}");
            assert_eq!(list.json["meta"]["pagination"]["total"], expected.len());
        }
        let page = admin.get("/checklists?per_page=2&page=2").await.expect(200);
        assert_eq!(page.data().as_array().unwrap().len(), 1);
        let pagination = &page.json["meta"]["pagination"];
        assert_eq!((&pagination["total"], &pagination["total_pages"]), (&json!(3), &json!(2)));
        let first = admin.get("/checklists?per_page=2").await.expect(200);
        assert!(first.json["meta"]["pagination"]["links"]["next"].as_str().unwrap().ends_with("per_page=2&page=2"));
        for wrong in ["sort_by=owner", "status=x", "type=x", "owner_id=x", "page=0", "starred=maybe"] {
            admin.get(&format!("/checklists?{wrong}")).await.expect(422);
        }
    }

    async fn a_folder_in_a_text_is_no_folder(app) {
        let admin = app.admin();
        let lie = json!({"summary": "\"folder_id\":\"abc\"", "guidance": "\\\"folder_id\\\":\\\"abc\\\""});
        make(&admin, &sample_with("One", &lie)).await;
        assert_eq!(admin.get("/checklists?folder=abc").await.expect(200).data(), &json!([]));
        let quoted = admin.get("/checklists?folder=%22abc%22").await.expect(200);
        assert_eq!(quoted.data(), &json!([]));
        make(&admin, &sample("Two")).await;
        assert_eq!(admin.get("/checklists").await.expect(200).json["meta"]["pagination"]["total"], 2);
    }
}
