//! `POST /organizations/{org}/assets`.

use std::io::{Read, Write};
use std::net::TcpStream;

use data_encoding::HEXLOWER;
use hospes_model::member::Role;
use hospes_server::files::sweep;
use hospes_testing::{both, json};
use jiff::SignedDuration;

use super::{PDF, Work, begin, multipart, nothing_is_left, one_begins, records, upload};

both! {
    async fn a_file_is_kept_and_told(app) {
        let (work, light) = (Work::new(app).await, app.client(Role::Light));
        let admin = app.admin();
        let asset = work.upload(&admin, work.scan(), "Scan \"1\" für Zoë.PDF", PDF).await.expect(200).data().clone();
        let id = asset["id"].as_str().unwrap();
        assert_eq!(asset, json!({
            "id": id, "filename": "Scan \"1\" für Zoë.PDF", "version": 1, "uploaded_from": work.scan(),
            "uploaded_at": "2025-05-15T10:00:00Z", "step_id": work.template.step(0), "source": "local",
            "system": null, "uploaded_to_s3": false, "subject": {"id": work.run, "type": "Run"},
            "url": format!("organizations/{}/file/{id}/dl", app.acme.id), "size": PDF.len(),
            "content_type": "application/pdf",
            "sha256": sha256(PDF), "archived_at": null,
        }));
        let read = admin.get(&format!("/assets/{id}")).await.expect(200);
        assert_eq!(read.data(), &asset);
        let etag = read.header("etag").to_owned();
        admin.with_header("if-none-match", &etag).get(&format!("/assets/{id}")).await.expect(304);
        let stored = app.stored_files();
        assert_eq!(stored.len(), 1);
        assert_eq!(std::fs::read(&stored[0]).unwrap(), PDF);
        assert!(stored[0].ends_with(id), "not under a name that somebody chose: {stored:?}");
        let told = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((told.entity.as_str(), told.entity_id.as_str(), told.verb.as_str()), ("run", &*work.run, "uploaded"));
        assert_eq!(told.actor, Some(app.acme.member(Role::Admin).get()));
        let feed = admin.get("/activity-feeds?verb=uploaded").await.expect(200);
        assert_eq!(feed.data().as_array().unwrap().len(), 1);
        // A light member who is on no task does not know of the process.
        work.upload(&light, work.scan(), "a.pdf", PDF).await.expect(422);
        assert_eq!(app.stored_files().len(), 1);
    }

    async fn every_name_of_the_route_and_of_subjects_is_understood(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let task = admin
            .post("/tasks?with=form_fields", &json!({
                "title": "Alone", "task_type": "task", "deadline": "2025-06-01 12:00:00",
                "owners": {"users": [app.acme.member(Role::Admin)], "guests": [], "groups": []},
                "form_fields": [{"label": "Scan", "field_type": "file", "required": true}],
            }))
            .await
            .expect(201);
        let (alone, field) = (task.data()["id"].as_str().unwrap(), task.data()["form_fields"]["data"][0]["id"].as_str().unwrap());
        for (path, kind, id, from, subject) in [
            ("/assets", "Run", &*work.run, "ko_field", "Run"),
            ("/file", "Process", &work.run, work.template.field(2, 0), "Run"),
            ("/upload", "Checklist", &work.template.id, "ko_field", "Checklist"),
            ("/file", "Template", &work.template.id, work.scan(), "Checklist"),
            ("/assets", "task", &work.tasks[0], work.scan(), "Run"),
            ("/assets", "Task", alone, field, "Task"),
        ] {
            let fields = [("subject_type", kind), ("subject_id", id), ("uploaded_from", from), ("step_id", "x"), ("source", "url"), ("system", "Box")];
            let (content, body) = multipart(&fields, &[("file", "a.pdf", PDF)]);
            let asset = admin.send_bytes(reqwest::Method::POST, path, Some(body), &content).await.expect(200);
            let asset = asset.data();
            assert_eq!((&asset["subject"]["type"], &asset["source"], &asset["system"]), (&json!(subject), &json!("url"), &json!("Box")));
            assert_eq!(asset["uploaded_from"], from, "{kind}");
        }
        // The file may come before what is said of it.
        let (content, mut body) = multipart(&[], &[("name", "a.pdf", PDF)]);
        body.truncate(body.len() - "------hospes-test-7d8e--\r\n".len());
        let said = [("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", "ko_field")];
        body.extend(multipart(&said, &[]).1);
        admin.send_bytes(reqwest::Method::POST, "/assets", Some(body), &content).await.expect(200);
        // One task's fields are not another's.
        let other = [("subject_type", "Task"), ("subject_id", &*work.tasks[1]), ("uploaded_from", work.scan())];
        assert_eq!(upload(&admin, &other, &[("name", "a.pdf", PDF)]).await.expect(422).faults(), ["uploaded_from"]);
    }

    async fn what_is_refused_leaves_nothing(app) {
        let work = Work::new(app).await;
        let admin = app.admin();
        let before = app.written().await;
        let good = [("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", work.scan())];
        for (name, bytes) in [
            ("a.exe", &b"MZ"[..]),
            ("a.docx", b"PK\x03\x04"),
            ("a.pdf", b"MZ\x90\0\x03"),
            ("a.pdf", b"<html><script>alert(1)</script>"),
            ("a.pdf", b""),
            ("a.png", PDF),
            ("../a.pdf", PDF),
            ("..\\a.pdf", PDF),
            ("/etc/passwd.pdf", PDF),
            ("a\u{202e}fdp.pdf", PDF),
            ("a\u{200b}.pdf", PDF),
            ("", PDF),
            ("pdf", PDF),
        ] {
            let answer = upload(&admin, &good, &[("name", name, bytes)]).await.expect(422);
            assert_eq!(answer.faults(), ["name"], "{name:?}");
        }
        for (fields, faults) in [
            (&[][..], &["subject_id", "subject_type", "uploaded_from"][..]),
            (&[("subject_type", "Step"), ("subject_id", "x"), ("uploaded_from", "ko_field")], &["subject_type"]),
            (&[("subject_type", "Run"), ("subject_id", &*work.template.id), ("uploaded_from", "ko_field")], &["subject_id"]),
            (&[("subject_type", "Run"), ("subject_id", "%00"), ("uploaded_from", "ko_field")], &["subject_id"]),
            (&[("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", "nothing")], &["uploaded_from"]),
            (&[("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", work.template.field(0, 1))], &["uploaded_from"]),
            (&[("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", "ko_field"), ("source", "ftp")], &["source"]),
        ] {
            assert_eq!(upload(&admin, fields, &[("name", "a.pdf", PDF)]).await.expect(422).faults(), faults);
        }
        // No file, a file that is a text, two files.
        assert_eq!(upload(&admin, &good, &[]).await.expect(422).faults(), ["name"]);
        assert_eq!(upload(&admin, &[], &[]).await.expect(422).faults(), ["name", "subject_id", "subject_type", "uploaded_from"]);
        let text = [good[0], good[1], good[2], ("name", "%PDF-")];
        assert_eq!(upload(&admin, &text, &[]).await.expect(422).faults(), ["name"]);
        let two = [("name", "a.pdf", PDF), ("name", "b.pdf", PDF)];
        assert_eq!(upload(&admin, &good, &two).await.expect(422).faults(), ["name"]);
        // Bodies that are no forms of several parts, or no whole ones.
        admin.post("/assets", &json!({"subject_type": "Run"})).await.expect(415);
        let (_, body) = multipart(&good, &[("name", "a.pdf", PDF)]);
        let send = async |kind: &str, body: &[u8]| {
            admin.send_bytes(reqwest::Method::POST, "/assets", Some(body.to_vec()), kind).await
        };
        send("multipart/form-data", &body).await.expect(415);
        send("multipart/form-data; boundary=other", &body).await.expect(400);
        send("multipart/form-data; boundary=----hospes-test-7d8e", &body[..body.len() - 40]).await.expect(400);
        // Archived processes take nothing.
        admin.delete(&work.path).await.expect(200);
        let archived = upload(&admin, &good, &[("name", "a.pdf", PDF)]).await.expect(422);
        assert_eq!(archived.faults(), ["subject_id"]);
        nothing_is_left(app).await;
        assert_eq!(app.written().await.events, before.events + 1, "but for the archiving");
    }

    async fn another_organization_is_not_reached(app) {
        let work = Work::new(app).await;
        let foreign = app.client_of(&app.other, Role::Admin);
        let good = [("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", work.scan())];
        let answer = upload(&foreign, &good, &[("name", "a.pdf", PDF)]).await.expect(422);
        assert_eq!(answer.faults(), ["subject_id"]);
        upload(&foreign.in_organization(&app.acme.id.to_string()), &good, &[("name", "a.pdf", PDF)]).await.expect(403);
        upload(&foreign.without_token(), &good, &[("name", "a.pdf", PDF)]).await.expect(401);
        let asset = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let id = asset["id"].as_str().unwrap();
        for path in [format!("/assets/{id}"), format!("/file/{id}"), format!("/file/{id}/dl")] {
            foreign.get(&path).await.expect(404);
        }
        foreign.delete(&format!("/file/{id}")).await.expect(404);
        foreign.delete(&format!("/assets/{id}")).await.expect(404);
        assert_eq!((records(app).await, app.stored_files().len()), (1, 1));
    }

    async fn what_a_killed_server_left_is_swept(app) {
        let work = Work::new(app).await;
        let kept = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let id: hospes_model::FileId = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e".parse().unwrap();
        begin(app, id).await;
        // What the storage writes beside a file until it is whole.
        let folder = app.stored_files()[0].parent().unwrap().to_owned();
        std::fs::write(folder.join(format!("{id}#1")), PDF).unwrap();
        assert_eq!(sweep::sweep(&app.app).await, 0, "it may still be coming");
        app.advance(SignedDuration::from_hours(5));
        assert_eq!(sweep::sweep(&app.app).await, 1);
        assert_eq!((records(app).await, app.stored_files().len()), (1, 1));
        // Files go with what they belong to.
        app.admin().delete(&work.path).await.expect(200);
        app.admin().delete(&format!("{}/delete", work.path)).await.expect(200);
        app.admin().get(&format!("/assets/{}", kept["id"].as_str().unwrap())).await.expect(404);
        assert_eq!(sweep::sweep(&app.app).await, 1);
        nothing_is_left(app).await;
    }
}

both! {
    with hospes_testing::Options { file_size_limit: 300_000, ..hospes_testing::Options::default() };

    async fn too_large_is_refused_whether_declared_or_not(app) {
        let work = Work::new(app).await;
        let fields = [("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", work.scan())];
        let file = |size: usize| [PDF, &vec![b' '; size - PDF.len()]].concat();
        let (kind, large) = multipart(&fields, &[("name", "a.pdf", &file(300_001))]);
        let admin = app.admin();
        let declared = admin.send_bytes(reqwest::Method::POST, "/assets", Some(large.clone()), &kind).await;
        declared.expect(413);
        // So large that the head of the request says it.
        let (_, huge) = multipart(&fields, &[("name", "a.pdf", &file(2_000_000))]);
        admin.send_bytes(reqwest::Method::POST, "/assets", Some(huge.clone()), &kind).await.expect(413);
        for body in [large, huge] {
            let (status, _) = chunked(app, &kind, &[&body]).await;
            assert_eq!(status, 413);
        }
        // Parts that nobody asked for count too.
        let idle = vec![b' '; 200_000];
        let (_, many) = multipart(&fields, &[("idle", "a.pdf", &*idle); 8]);
        assert_eq!(chunked(app, &kind, &[&many]).await.0, 413);
        nothing_is_left(app).await;
        let (_, whole) = multipart(&fields, &[("name", "a.pdf", &file(300_000))]);
        admin.send_bytes(reqwest::Method::POST, "/assets", Some(whole.clone()), &kind).await.expect(200);
        let (status, body) = chunked(app, &kind, &[&whole[..7], &whole[7..5000], &whole[5000..]]).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(app.stored_files().len(), 2);
    }

    async fn an_upload_that_breaks_off_leaves_nothing(app) {
        let work = Work::new(app).await;
        let fields = [("subject_type", "Run"), ("subject_id", &*work.run), ("uploaded_from", work.scan())];
        let (kind, body) = multipart(&fields, &[("name", "a.pdf", &[PDF, &vec![b' '; 200_000]].concat())]);
        for end in [600, 6000, 150_000] {
            // The connection is cut in the middle of the file, which the server has begun with.
            let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
            stream.write_all(&in_chunks(app, &kind, &[&body[..end]])).unwrap();
            one_begins(app).await;
            drop(stream);
            nothing_is_left(app).await;
        }
        assert_eq!(app.events(&app.acme).await.iter().filter(|event| event.verb == "uploaded").count(), 0);
    }
}

/// A request with a body in chunks, its length undeclared, but for the end.
fn in_chunks(app: &hospes_testing::TestApp, kind: &str, pieces: &[&[u8]]) -> Vec<u8> {
    let host = app.base.trim_start_matches("http://");
    let mut request = format!(
        "POST /organizations/{}/assets HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n",
        app.acme.id,
        app.acme.token(Role::Admin)
    )
    .into_bytes();
    for piece in pieces {
        request.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        request.extend_from_slice(piece);
        request.extend_from_slice(b"\r\n");
    }
    request
}

/// Sends it to its end.
async fn chunked(app: &hospes_testing::TestApp, kind: &str, pieces: &[&[u8]]) -> (u16, String) {
    let address = app.base.trim_start_matches("http://").to_owned();
    let mut request = in_chunks(app, kind, pieces);
    request.extend_from_slice(b"0\r\n\r\n");
    let exchanged = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&request).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let text = exchanged.await.unwrap();
    (text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0), text)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    HEXLOWER.encode(&Sha256::digest(bytes))
}
