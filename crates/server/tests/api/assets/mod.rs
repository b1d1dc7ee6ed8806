//! Uploaded files.

mod answers;
mod copies;
mod download;
mod logo;
mod remove;
mod upload;

use hospes_model::FileId;
use hospes_store::assets;
use hospes_testing::{Answer, Client, TestApp, Value, json};

use crate::templates::{self, Made};

/// The guest whom processes of [`Work`] have on their first two tasks.
pub(crate) const CARL: &str = "carl@client.example";
/// The guest on the third.
pub(crate) const DORA: &str = "dora@client.example";

/// A file that is what it says.
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n";

/// A body of several parts: texts, then files with field, name and bytes.
pub(crate) fn multipart(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "----hospes-test-7d8e";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (field, name, bytes) in files {
        let name = name.replace('"', "%22");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// Uploads a file.
pub(crate) async fn upload(
    client: &Client,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Answer {
    let (kind, body) = multipart(fields, files);
    client.send_bytes(reqwest::Method::POST, "/assets", Some(body), &kind).await
}

/// A process with file fields. Its first task asks for a scan (PDF or PNG), a
/// note and anything; Carl is on the first two tasks, Dora on the third.
pub(crate) struct Work {
    pub(crate) template: Made,
    pub(crate) run: String,
    pub(crate) path: String,
    pub(crate) tasks: Vec<String>,
}

impl Work {
    pub(crate) async fn new(app: &TestApp) -> Self {
        Self::launched(app, &json!({})).await
    }

    pub(crate) async fn template(client: &Client) -> Made {
        let file = |id: &str, label: &str| json!({"id": id, "label": label, "field_type": "file", "required": false});
        let mut scan = file("f1", "Scan");
        scan["field_validation"] = json!(["mimes:pdf,png"]);
        let body = json!({
            "title": "Papers", "type": "procedure",
            "prerun": [file("k1", "Contract")],
            "steps": [
                {"id": "s1", "title": "Send papers", "guests": [CARL], "captures": [
                    scan, {"id": "f2", "label": "Note", "field_type": "text", "required": false}, file("f3", "Anything"),
                ]},
                {"id": "s2", "title": "Look again", "guests": [CARL]},
                {"id": "s3", "title": "Other people's", "guests": [DORA], "captures": [file("f4", "Secret")]},
            ],
        });
        templates::make(client, &body).await
    }

    pub(crate) async fn launched(app: &TestApp, more: &Value) -> Self {
        let admin = app.admin();
        let template = Self::template(&admin).await;
        let mut body = json!({"checklist_id": template.id, "name": "Papers of Carl"});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let run = admin.post("/runs", &body).await.expect(201).data()["id"].as_str().unwrap().to_owned();
        let path = format!("/runs/{run}");
        let listed = admin.get(&format!("{path}/tasks?sort=position")).await.expect(200);
        let tasks =
            listed.data().as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap().to_owned());
        Self { tasks: tasks.collect(), template, run, path }
    }

    /// The id of the field for scans.
    pub(crate) fn scan(&self) -> &str {
        self.template.field(0, 0)
    }

    /// Uploads a file for the process.
    pub(crate) async fn upload(&self, client: &Client, field: &str, name: &str, bytes: &[u8]) -> Answer {
        let fields = [("subject_type", "Run"), ("subject_id", &*self.run), ("uploaded_from", field)];
        upload(client, &fields, &[("name", name, bytes)]).await
    }

    /// Fills in a field of a task.
    pub(crate) async fn fill_in(&self, client: &Client, task: usize, field: &str, value: &Value) -> Answer {
        client
            .put(&format!("{}/tasks/{}", self.path, self.tasks[task]), &json!({"taskdata": {field: value}}))
            .await
    }

    /// Uploads a file as the administrator and puts it into a field of a task.
    pub(crate) async fn hold(
        &self,
        app: &TestApp,
        task: usize,
        field: &str,
        name: &str,
        bytes: &[u8],
    ) -> Value {
        let asset = self.upload(&app.admin(), field, name, bytes).await.expect(200).data().clone();
        self.fill_in(&app.admin(), task, field, &json!([asset])).await.expect(200);
        asset
    }
}

/// How many records of files there are, pending ones too.
pub(crate) async fn records(app: &TestApp) -> i64 {
    app.with_store(|tx| tx.query_one("SELECT COUNT(*) FROM asset", &[], |row| row.int(0))).await
}

/// Waits until nothing of a file is left, neither bytes nor records.
pub(crate) async fn nothing_is_left(app: &TestApp) {
    for _ in 0..200 {
        if records(app).await == 0 && app.stored_files().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} records, {:?}", records(app).await, app.stored_files());
}

/// Waits until the first file has been let in, as far as it has come.
pub(crate) async fn one_begins(app: &TestApp) {
    for _ in 0..500 {
        if records(app).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} records", records(app).await);
}

/// Notes that an upload began and never ended, as a process that was killed
/// leaves it.
pub(crate) async fn begin(app: &TestApp, id: FileId) {
    let (org, now) = (app.acme.no, app.app.clock.now());
    app.with_store(move |tx| assets::write::begin(tx, org, id, false, now)).await;
}
