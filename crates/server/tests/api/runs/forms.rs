//! What is filled in in processes.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{member, template};

both! {
    async fn values_are_saved_in_their_shapes(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let saved = admin.put(&run.task(0), &json!({"taskdata": {
            &template.note: "x", &template.colour: "red", &template.table: ["a", "b"], &template.firm: "other form", "zz": 1,
        }})).await.expect(200);
        assert_eq!(saved.data()["taskdata"], json!({&template.note: "x", &template.colour: "red", &template.table: ["a", "b"]}));
        let warnings = saved.json["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let before = app.written().await;
        let wrong = admin.put(&run.task(0), &json!({"taskdata": {
            &template.table: ["a"], &template.colour: "blue", &template.note: ["x"],
        }})).await.expect(422);
        let mut expected =
            [&template.table, &template.colour, &template.note].map(|id| format!("taskdata.{id}")).to_vec();
        expected.sort();
        assert_eq!(wrong.faults(), expected);
        let table = wrong.json["errors"][format!("taskdata.{}", template.table)][0].as_str().unwrap();
        assert!(table.contains("Number of columns does not match required columns"), "{table}");
        assert_eq!(app.written().await, before);
        for clear in [json!(null), json!(""), json!([]), json!(false), json!(0)] {
            admin.put(&run.task(0), &json!({"taskdata": {&template.colour: "red"}})).await.expect(200);
            let cleared = admin.put(&run.task(0), &json!({"taskdata": {&template.colour: clear}})).await.expect(200);
            assert_eq!(cleared.data()["taskdata"][&template.colour], json!(null));
            assert_eq!(cleared.data()["taskdata"][&template.note], "x");
        }
        let one = json!({"id": template.colour, "value": "green"});
        let captured = admin.post(&format!("/tasks/{}/captures", run.tasks[0]), &one).await.expect(200);
        assert_eq!(captured.data()["taskdata"][&template.colour], "green");
        let wrong = admin.post(&format!("/tasks/{}/captures", run.tasks[0]), &json!({})).await.expect(422);
        assert_eq!(wrong.faults(), ["id", "value"]);
    }

    async fn a_value_has_an_id_of_its_own(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let fields = admin.get(&format!("{}/form-fields", run.path)).await.expect(200);
        let list = fields.data()["form_fields"].as_array().unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!((&list[0]["task_id"], &list[0]["capture_id"]), (&json!(run.tasks[0]), &json!(template.note)));
        let (task_value, form_value) = (list[0]["id"].clone(), fields.data()["ko_form_fields"][0]["id"].clone());
        let write = |id: &hospes_testing::Value, value: &str| json!({"id": id, "form_value": value});
        let stored = admin.put("/form-field/value", &write(&task_value, "x")).await.expect(200);
        assert_eq!((&stored.data()["value"], &stored.data()["id"]), (&json!("x"), &task_value));
        let read = admin.get(&run.task(0)).await.expect(200);
        assert_eq!(read.data()["taskdata"][&template.note], "x");
        let stored = admin.put("/form-field/value", &write(&form_value, "Other")).await.expect(200);
        assert_eq!((&stored.data()["value"], &stored.data()["task_id"]), (&json!("Other"), &json!(null)));
        assert_eq!(admin.get(&run.path).await.expect(200).data()["prerun"][&template.firm], "Other");
        let before = app.written().await;
        let capture = admin.put("/form-field/value", &write(&json!(template.note), "x")).await.expect(422);
        assert!(capture.json["errors"]["id"][0].as_str().unwrap().contains("capture"));
        let wrong = admin.put("/form-field/value", &json!({"id": task_value, "form_value": ["x"]})).await.expect(422);
        assert_eq!(wrong.faults(), ["form_value"]);
        let required = admin.put("/form-field/value", &write(&form_value, "")).await.expect(422);
        assert_eq!(required.faults(), ["form_value"]);
        assert_eq!(app.written().await, before);
        let body = crate::tasks::body_with(&[member(app, Role::Admin)], &[], &json!({
            "form_fields": [{"label": "Why", "field_type": "text"}],
        }));
        let one_off = admin.post("/tasks?with=form_fields", &body).await.expect(201);
        let id = &one_off.data()["form_fields"]["data"][0]["value_id"];
        let stored = admin.put("/form-field/value", &write(id, "because")).await.expect(200);
        assert_eq!(stored.data()["value"], "because");
        // Another organization's values do not exist here.
        let foreign = app.client_of(&app.other, Role::Admin);
        foreign.put("/form-field/value", &write(&task_value, "y")).await.expect(404);
    }

    async fn a_guest_fills_in_what_the_guest_may(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let owners = json!({"tasks": {&template.steps[0]: {"owners": {"guests": ["ann@client.example"]}}}});
        let run = template.launch(&admin, &owners).await;
        let fields = admin.get(&format!("{}/form-fields", run.path)).await.expect(200);
        let body = json!({"id": fields.data()["form_fields"][0]["id"], "form_value": "x"});
        admin.post("/guests/ann@client.example/form-field/value", &body).await.expect(200);
        assert_eq!(admin.get(&run.task(0)).await.expect(200).data()["taskdata"][&template.note], "x");
        admin.post("/guests", &json!({"email": "carl@client.example"})).await.expect(201);
        admin.post("/guests/carl@client.example/form-field/value", &body).await.expect(404);
        admin.post("/guests/nobody@client.example/form-field/value", &body).await.expect(404);
        admin.delete("/guests/ann@client.example/disable").await.expect(200);
        admin.post("/guests/ann@client.example/form-field/value", &body).await.expect(403);
    }

    async fn who_is_picked_must_be_there(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let path = format!("prerun.{}", template.people);
        let strangers = [json!({"users": [999_999]}), json!({"groups": ["0".repeat(32)]})];
        let foreign = app.other.member(Role::Admin).get();
        let run = template.launch(&admin, &json!({})).await;
        let fields = admin.get(&format!("{}/form-fields", run.path)).await.expect(200);
        let id = fields.data()["ko_form_fields"][2]["id"].clone();
        let before = app.written().await;
        for people in strangers.iter().chain([&json!({"users": [foreign]})]) {
            let prerun = json!({"prerun": {&template.firm: "Acme", &template.people: people}});
            assert_eq!(admin.post("/runs", &template.body(&prerun)).await.expect(422).faults(), std::slice::from_ref(&path));
            let prerun = json!({"prerun": {&template.people: people}});
            assert_eq!(admin.put(&run.path, &prerun).await.expect(422).faults(), std::slice::from_ref(&path));
            let value = json!({"id": id, "form_value": people});
            assert_eq!(admin.put("/form-field/value", &value).await.expect(422).faults(), ["form_value"]);
        }
        assert_eq!(app.written().await, before);
        // An address may be anybody's.
        let people = json!({"users": [member(app, Role::Light)], "guests": ["new@client.example"], "groups": []});
        let saved = admin.put(&run.path, &json!({"prerun": {&template.people: people}})).await.expect(200);
        assert_eq!(saved.data()["prerun"][&template.people], people);
    }
}
