//! Files of templates that are copied.

use hospes_model::member::Role;
use hospes_server::files::sweep;
use hospes_testing::{Client, TestApp, Value, both, json};

use super::{CARL, PDF, Work, nothing_is_left, records, upload};
use crate::templates::{self, Made};
use crate::workplace::{Visitor, sign_in};

/// A template whose kick-off form and first task start with a file each.
async fn template(admin: &Client) -> Made {
    let made = Work::template(admin).await;
    let of = [("subject_type", "Checklist"), ("subject_id", &*made.id), ("uploaded_from", "ko_field")];
    let start = upload(admin, &of, &[("name", "terms.pdf", PDF)]).await.expect(200).data().clone();
    let prerun = made.data["prerun"].as_array().unwrap().iter().map(|field| {
        let mut field = field.clone();
        field["default_value"] = json!([start]);
        field["default_value_enabled"] = json!(true);
        field
    });
    let body = json!({"title": "Papers", "prerun": prerun.collect::<Vec<_>>()});
    admin.put(&made.path, &body).await.expect(200);
    let of = [("subject_type", "Checklist"), ("subject_id", &*made.id), ("uploaded_from", made.field(0, 0))];
    let step = upload(admin, &of, &[("name", "form.pdf", PDF)]).await.expect(200).data().clone();
    admin.put(&made.field_path(0, 0), &json!({"default_value": [step]})).await.expect(200);
    let data = templates::now(admin, &made).await;
    Made { data, ..made }
}

/// The files that its fields start with: of the kick-off form and of the step.
fn defaults(template: &Value) -> [Value; 2] {
    let field = &template["steps"]["data"][0]["captures"][0];
    [template["prerun"][0]["default_value"][0].clone(), field["default_value"][0].clone()]
}

fn id(file: &Value) -> &str {
    file["id"].as_str().unwrap()
}

async fn delete(admin: &Client, path: &str) {
    admin.delete(path).await.expect(200);
    admin.delete(&format!("{path}/delete")).await.expect(200);
}

/// What a process of the copy shows to its guest and to members, whatever
/// becomes of the original.
async fn stands_alone(app: &TestApp, original: &Made, copy: &Value) {
    let admin = app.admin();
    let (old, new) = (defaults(&original.data), defaults(copy));
    for (old, new) in old.iter().zip(&new) {
        assert_ne!(id(old), id(new));
        assert_eq!(old["filename"], new["filename"]);
        let record = admin.get(&format!("/assets/{}", id(new))).await.expect(200).data().clone();
        assert_eq!(record["subject"], json!({"id": copy["id"], "type": "Checklist"}));
        assert_eq!(record["size"], PDF.len());
    }
    assert_eq!((records(app).await, app.stored_files().len()), (4, 2), "the bytes are there once");
    let path = format!("/checklists/{}", copy["id"].as_str().unwrap());
    let run = admin.post("/runs?with=tasks", &json!({"checklist_id": copy["id"], "name": "One"})).await;
    let run = format!("/runs/{}", run.expect(201).data()["id"].as_str().unwrap());
    let carl = Visitor::of(app, admin.get(&format!("/guests/{CARL}")).await.expect(200).data());
    let browser = sign_in(app, &carl).await;
    let readable = async || {
        for file in &new {
            let own = browser.request("GET", &carl.path(&format!("/files/{}", id(file)))).await;
            assert_eq!((own.status, &*own.bytes), (200, PDF), "{file}");
            assert_eq!(admin.get(&format!("/file/{}", id(file))).await.expect(200).bytes, PDF);
        }
    };
    readable().await;
    delete(&admin, &original.path).await;
    while sweep::sweep(&app.app).await > 0 {}
    assert_eq!((records(app).await, app.stored_files().len()), (2, 2));
    readable().await;
    delete(&admin, &path).await;
    assert_eq!(sweep::sweep(&app.app).await, 0);
    readable().await;
    delete(&admin, &run).await;
    while sweep::sweep(&app.app).await > 0 {}
    nothing_is_left(app).await;
}

both! {
    async fn a_cloned_template_has_files_of_its_own(app) {
        let admin = app.admin();
        let made = template(&admin).await;
        let copy = admin.post(&format!("{}/clone?with=steps", made.path), &json!({})).await.expect(201);
        assert_eq!(copy.json["warnings"], Value::Null);
        stands_alone(app, &made, copy.data()).await;
    }

    async fn an_imported_template_has_files_of_its_own(app) {
        let admin = app.admin();
        let made = template(&admin).await;
        let copy = admin.post("/checklists?with=steps", &made.data).await.expect(201);
        stands_alone(app, &made, copy.data()).await;
    }

    async fn bytes_go_with_the_last_file_that_shares_them(app) {
        let admin = app.admin();
        let made = template(&admin).await;
        // A copy of a copy, whose original goes first.
        let copy = admin.post(&format!("{}/clone?with=steps", made.path), &json!({})).await.expect(201).data().clone();
        let path = format!("/checklists/{}", copy["id"].as_str().unwrap());
        let again = admin.post(&format!("{path}/clone?with=steps"), &json!({})).await.expect(201).data().clone();
        delete(&admin, &path).await;
        delete(&admin, &made.path).await;
        // Two looks at once take turns.
        tokio::join!(sweep::sweep(&app.app), sweep::sweep(&app.app));
        while sweep::sweep(&app.app).await > 0 {}
        assert_eq!((records(app).await, app.stored_files().len()), (2, 2));
        for file in defaults(&again) {
            let path = format!("/file/{}", id(&file));
            assert_eq!(admin.get(&path).await.expect(200).bytes, PDF);
            assert_eq!(admin.delete(&path).await.expect(422).faults(), ["file"]);
        }
        // One file is deleted by hand; the other copy keeps the bytes.
        let path = format!("/checklists/{}", again["id"].as_str().unwrap());
        let last = admin.post(&format!("{path}/clone?with=steps"), &json!({})).await.expect(201).data().clone();
        let field = &again["steps"]["data"][0]["captures"][0];
        let step = again["steps"]["data"][0]["id"].as_str().unwrap();
        let field = format!("{path}/steps/{step}/captures/{}", field["id"].as_str().unwrap());
        admin.put(&field, &json!({"default_value": []})).await.expect(200);
        admin.delete(&format!("/file/{}", id(&defaults(&again)[1]))).await.expect(200);
        assert_eq!((records(app).await, app.stored_files().len()), (3, 2));
        assert_eq!(admin.get(&format!("/file/{}", id(&defaults(&last)[1]))).await.expect(200).bytes, PDF);
        delete(&admin, &path).await;
        delete(&admin, &format!("/checklists/{}", last["id"].as_str().unwrap())).await;
        tokio::join!(sweep::sweep(&app.app), sweep::sweep(&app.app));
        while sweep::sweep(&app.app).await > 0 {}
        nothing_is_left(app).await;
    }

    async fn files_that_one_may_not_see_are_left_out_with_a_warning(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let made = template(&admin).await;
        let me = app.acme.member(Role::Admin);
        admin.put(&made.path, &json!({"title": "Papers", "users": [me]})).await.expect(200);
        let before = records(app).await;
        let mut foreign = made.data.clone();
        foreign["owner_id"] = json!(app.acme.member(Role::Standard));
        let copy = standard.post("/checklists?with=steps", &foreign).await.expect(201);
        let warnings = copy.json["warnings"].to_string();
        for file in defaults(&made.data) {
            assert!(warnings.contains(&format!("The file {} does not exist.", id(&file))), "{warnings}");
        }
        assert_eq!(defaults(copy.data()), [Value::Null, Value::Null]);
        assert_eq!(records(app).await, before);
    }

    async fn a_field_that_is_changed_gets_a_copy_too(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let held = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let other = Work::template(&admin).await;
        // Whatever the caller calls it.
        let named = json!({"default_value": [{"id": held["id"], "filename": "b.pdf"}]});
        let changed = admin.put(&other.field_path(0, 0), &named).await.expect(200);
        let own = changed.data()["default_value"][0].clone();
        assert_ne!(own["id"], held["id"]);
        assert_eq!(own["filename"], "a.pdf");
        // What is sent back as it was read stays.
        let again = admin.put(&other.field_path(0, 0), &json!({"default_value": [own]})).await.expect(200);
        assert_eq!(again.data()["default_value"], json!([own]));
        assert_eq!((records(app).await, app.stored_files().len()), (2, 1));
        let unknown = json!([{"id": "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "filename": "c.pdf"}]);
        let left = admin.put(&other.field_path(0, 0), &json!({"default_value": unknown})).await.expect(200);
        assert_eq!(left.data()["default_value"], Value::Null);
        assert!(left.json["warnings"][0].as_str().unwrap().contains("0196d2f35a7c7b3e9d1c2f4a5b6c7d8e"));
    }
}
