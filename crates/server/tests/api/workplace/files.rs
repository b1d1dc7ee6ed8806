//! Files on guests' pages.

use std::io::{Read, Write};
use std::net::TcpStream;

use hospes_testing::{Browser, Page, TestApp, both, json};

use super::{Visitor, sign_in};
use crate::assets::{CARL, DORA, PDF, Work, multipart, nothing_is_left, one_begins, records};

async fn carl(app: &TestApp, email: &str) -> (Visitor, Browser) {
    let found = app.admin().get(&format!("/guests/{email}")).await.expect(200);
    let visitor = Visitor::of(app, found.data());
    let browser = sign_in(app, &visitor).await;
    (visitor, browser)
}

/// The fields of a page's form for a task, as a browser sends them with files.
fn typed(page: &Page) -> Vec<(String, String)> {
    page.form("/save").fields
}

async fn bring(browser: &Browser, page: &Page, to: &str, files: &[(&str, &str, &str, Vec<u8>)]) -> Page {
    let fields = typed(page);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.upload(to, &fields, files).await
}

both! {
    async fn a_guest_brings_files_and_what_is_typed_goes_along(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let page = browser.open(&task).await.expect(200);
        let (input, note) = (format!("file.{}", work.scan()), format!("f.{}", work.template.field(0, 1)));
        assert!(page.body.contains("accept=\".pdf,.png\"") && page.body.contains("formenctype=\"multipart/form-data\""));
        let mut fields = typed(&page);
        fields.retain(|(name, _)| *name != note);
        fields.push((note.clone(), "By post too".to_owned()));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let to = format!("{task}/files");
        let files = [
            (&*input, "Paß \"1\".pdf", "application/pdf", PDF.to_vec()),
            (&*input, "b.png", "text/html", b"\x89PNG\r\n\x1a\n\0".to_vec()),
        ];
        let shown = browser.upload(&to, &fields, &files).await.expect(200);
        assert!(shown.path.contains("said=uploaded") && shown.shows("The files were added."), "{}", shown.body);
        assert!(shown.shows("Paß \"1\".pdf") && shown.shows("b.png"));
        assert_eq!(shown.form("/save").value(&note), "By post too");
        // More of them come beside those.
        let more = [(&*input, "c.pdf", "application/pdf", PDF.to_vec())];
        let shown = bring(&browser, &shown, &to, &more).await.expect(200);
        let links: Vec<String> = shown.links().into_iter().filter(|link| link.contains("/files/")).collect();
        assert_eq!(links.len(), 3);
        let got = browser.open(&links[0]).await.expect(200);
        assert_eq!(got.bytes, PDF);
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert!(got.header("content-disposition").starts_with("attachment; "));
        assert!(got.header("content-security-policy").starts_with("sandbox;"));
        let part = browser.with_header("range", "bytes=1-3").open(&links[0]).await.expect(206);
        assert_eq!(part.bytes, &PDF[1..4]);
        // Members find them in the answer, and who did it in the feed.
        let values = app.admin().get(&format!("{}/tasks/{}", work.path, work.tasks[0])).await.expect(200);
        let names: Vec<&str> = values.data()["taskdata"][work.scan()].as_array().unwrap().iter().map(|file| file["filename"].as_str().unwrap()).collect();
        assert_eq!(names, ["Paß \"1\".pdf", "b.png", "c.pdf"]);
        let told = app.admin().get("/activity-feeds?verb=uploaded").await.expect(200);
        assert_eq!(told.data().as_array().unwrap().len(), 3);
        assert!(told.data()[0].to_string().contains(CARL), "{}", told.data()[0]);
    }

    async fn files_that_are_not_what_they_say_stay_out_and_the_others_come(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let (page, input) = (browser.open(&task).await, format!("file.{}", work.scan()));
        let files = [
            (&*input, "lies.pdf", "application/pdf", b"MZ\x90\0".to_vec()),
            (&*input, "a.docx", "application/pdf", b"PK\x03\x04".to_vec()),
            (&*input, "good.pdf", "application/pdf", PDF.to_vec()),
            (&*input, "..\\evil.pdf", "application/pdf", PDF.to_vec()),
            (&*input, "x\u{202e}fdp.exe", "application/pdf", PDF.to_vec()),
        ];
        let shown = bring(&browser, &page, &format!("{task}/files"), &files).await.expect(422);
        for text in ["The files were added.", "good.pdf", "lies.pdf", "a.docx", "evil.pdf"] {
            assert!(shown.shows(text), "{text}: {}", shown.body);
        }
        assert!(!shown.body.contains('\u{202e}'));
        assert_eq!((records(app).await, app.stored_files().len()), (1, 1));
    }

    async fn nothing_is_kept_for_a_form_that_is_not_ours(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let (page, input) = (browser.open(&task).await, format!("file.{}", work.scan()));
        let to = format!("{task}/files");
        let files = [(&*input, "a.pdf", "application/pdf", PDF.to_vec())];
        browser.upload(&to, &[], &files).await.expect(403);
        browser.upload(&to, &[("csrf", "00")], &files).await.expect(403);
        let foreign = browser.with_header("sec-fetch-site", "cross-site");
        bring(&foreign, &page, &to, &files).await.expect(403);
        // The token behind the file is too late.
        let csrf = page.form("/save").value("csrf").to_owned();
        let (kind, mut body) = multipart(&[], &[(&input, "a.pdf", PDF)]);
        body.truncate(body.len() - "------hospes-test-7d8e--\r\n".len());
        body.extend(multipart(&[("csrf", &csrf)], &[]).1);
        let cookie = format!("hospes_guest={}", browser.cookie("hospes_guest").unwrap());
        let client = app.admin().without_token().with_header("cookie", &cookie);
        let late = client.send_bytes(reqwest::Method::POST, &format!("/{to}"), Some(body), &kind).await;
        assert_eq!(late.status, 403);
        // Without a session there is nothing but the way to sign in.
        let nobody = app.browser().upload(&to, &[("csrf", &csrf)], &files).await.expect(200);
        assert_eq!(nobody.path, carl.path(&format!("?task={}", work.tasks[0])));
        assert!(!nobody.shows("Send papers"), "{}", nobody.body);
        nothing_is_left(app).await;
    }

    async fn guests_have_the_files_of_their_tasks_and_remove_their_own(app) {
        let work = Work::new(app).await;
        let (carl_, browser) = carl(app, CARL).await;
        let (dora, dora_s) = carl(app, DORA).await;
        let members = work.hold(app, 0, work.scan(), "contract.pdf", PDF).await;
        let secret = work.hold(app, 2, work.template.field(2, 0), "secret.pdf", PDF).await;
        // Uploaded and attached to nothing: nobody's but the members'.
        let loose = work.upload(&app.admin(), work.scan(), "loose.pdf", PDF).await.expect(200).data().clone();
        let id = |asset: &hospes_testing::Value| asset["id"].as_str().unwrap().to_owned();
        let get = async |browser: &Browser, visitor: &Visitor, id: &str| {
            browser.request("GET", &visitor.path(&format!("/files/{id}"))).await.status
        };
        assert_eq!(get(&browser, &carl_, &id(&members)).await, 200);
        assert_eq!(get(&browser, &carl_, &id(&secret)).await, 404);
        assert_eq!(get(&browser, &carl_, &id(&loose)).await, 404);
        assert_eq!(get(&dora_s, &dora, &id(&secret)).await, 200);
        assert_eq!(get(&dora_s, &dora, &id(&members)).await, 404);
        assert_eq!(get(&browser, &carl_, "x").await, 404);
        // Another's session is nobody's here.
        assert_eq!(get(&dora_s, &carl_, &id(&members)).await, 303);

        let task = carl_.path(&format!("/tasks/{}", work.tasks[0]));
        let (page, input) = (browser.open(&task).await, format!("file.{}", work.scan()));
        let files = [(&*input, "own.pdf", "application/pdf", PDF.to_vec())];
        let page = bring(&browser, &page, &format!("{task}/files"), &files).await.expect(200);
        let own = page.links().into_iter().rfind(|link| link.contains("/files/")).unwrap();
        // One button to remove: their own file's.
        assert_eq!(page.body.matches("/delete\"").count(), 1, "{}", page.body);
        let csrf = page.form("/save").value("csrf").to_owned();
        let fields = [("csrf", &*csrf)];
        let path = |id: &str| carl_.path(&format!("/files/{id}/delete"));
        browser.post(&path(&id(&members)), &fields).await.expect(403);
        browser.post(&path(&id(&secret)), &fields).await.expect(404);
        browser.post(&format!("{own}/delete"), &[]).await.expect(403);
        assert_eq!(app.stored_files().len(), 4);
        // What is typed goes along.
        let note = format!("f.{}", work.template.field(0, 1));
        let removed = browser.post(&format!("{own}/delete"), &[("csrf", &csrf), (&note, "typed")]).await.expect(200);
        assert!(removed.shows("The file was removed.") && !removed.shows("own.pdf"), "{}", removed.body);
        assert_eq!(removed.form("/save").value(&note), "typed");
        assert_eq!((records(app).await, app.stored_files().len()), (3, 3));
        browser.post(&format!("{own}/delete"), &fields).await.expect(404);

        // After the task is complete files are read and neither come nor go.
        let page = bring(&browser, &removed, &format!("{task}/files"), &files).await.expect(200);
        let own = page.links().into_iter().rfind(|link| link.contains("/files/")).unwrap();
        browser.submit(&page.form("/save"), 0).await.expect(200);
        let done = json!({"task_id": work.tasks[0]});
        app.admin().post(&format!("{}/completed-tasks", work.path), &done).await.expect(200);
        browser.post(&format!("{own}/delete"), &fields).await.expect(403);
        bring(&browser, &page, &format!("{task}/files"), &files).await.expect(409);
        assert_eq!(browser.request("GET", &own).await.status, 200);
        let read = browser.open(&task).await.expect(200);
        assert!(read.links().contains(&own) && !read.body.contains("type=\"file\""));
        assert_eq!(app.stored_files().len(), 4);
        // A disabled guest has nothing.
        app.admin().delete(&format!("/guests/{CARL}/disable")).await.expect(200);
        assert_eq!(get(&browser, &carl_, &id(&members)).await, 303);
    }
}

both! {
    async fn a_file_that_stands_in_two_answers_goes_with_the_second(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let (page, input) = (browser.open(&task).await, format!("file.{}", work.scan()));
        let files = [(&*input, "own.pdf", "application/pdf", PDF.to_vec())];
        let page = bring(&browser, &page, &format!("{task}/files"), &files).await.expect(200);
        let own = page.links().into_iter().rfind(|link| link.contains("/files/")).unwrap();
        let of_task = format!("{}/tasks/{}", work.path, work.tasks[0]);
        let values = async || app.admin().get(&of_task).await.expect(200).data()["taskdata"].clone();
        let held = values().await[work.scan()].clone();
        work.fill_in(&app.admin(), 0, work.template.field(0, 2), &held).await.expect(200);
        let csrf = page.form("/save").value("csrf").to_owned();
        for (left, bytes) in [(1, 200), (0, 404)] {
            browser.post(&format!("{own}/delete"), &[("csrf", &csrf)]).await.expect(200);
            let values = values().await;
            let of = |field: &str| values[field].as_array().map_or(0, Vec::len);
            assert_eq!(of(work.scan()) + of(work.template.field(0, 2)), left, "{values}");
            assert_eq!(browser.request("GET", &own).await.status, bytes);
        }
        nothing_is_left(app).await;
    }

    async fn files_of_several_fields_come_in_any_order(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let page = browser.open(&task).await;
        let (scan, other) = (format!("file.{}", work.scan()), format!("file.{}", work.template.field(0, 2)));
        let files = [&scan, &other, &scan].map(|input| (&**input, "a.pdf", "application/pdf", PDF.to_vec()));
        let page = bring(&browser, &page, &format!("{task}/files"), &files).await.expect(200);
        assert_eq!(page.links().iter().filter(|link| link.contains("/files/")).count(), 3);
    }
}

/// Where a part of a body ends that goes on with [`multipart`]'s next.
const END: &str = "------hospes-test-7d8e--\r\n";

/// A body with fields, then files, then fields.
fn around(
    before: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
    behind: &[(&str, &str)],
) -> (String, Vec<u8>) {
    let (kind, mut body) = multipart(before, files);
    body.truncate(body.len() - END.len());
    body.extend(multipart(behind, &[]).1);
    (kind, body)
}

/// A request as a browser with a session writes it.
fn request(app: &TestApp, browser: &Browser, to: &str, kind: &str, length: usize) -> Vec<u8> {
    let cookie = browser.cookie("hospes_guest").unwrap();
    let host = app.base.trim_start_matches("http://");
    format!(
        "POST {to} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: hospes_guest={cookie}\r\n\
         Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

both! {
    async fn a_finished_task_names_the_files_that_it_does_not_take_and_shows_what_was_typed(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let (page, to) = (browser.open(&task).await, format!("{task}/files"));
        let (input, note) = (format!("file.{}", work.scan()), format!("f.{}", work.template.field(0, 1)));
        let done = json!({"task_id": work.tasks[0]});
        // A colleague completes it before the form is sent, or while its file comes.
        for is_late in [false, true] {
            let csrf = page.form("/save").value("csrf").to_owned();
            let files = [(&*input, "own.pdf", PDF)];
            let (kind, body) = around(&[("csrf", &csrf)], &files, &[(&note, "Typed for an hour")]);
            let mut head = request(app, &browser, &to, &kind, body.len());
            let (soon, late) = body.split_at(if is_late { body.len() - 60 } else { body.len() });
            if !is_late {
                app.admin().post(&format!("{}/completed-tasks", work.path), &done).await.expect(200);
            }
            head.extend_from_slice(soon);
            let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
            stream.write_all(&head).unwrap();
            if is_late {
                one_begins(app).await;
                app.admin().post(&format!("{}/completed-tasks", work.path), &done).await.expect(200);
            }
            stream.write_all(late).unwrap();
            let read = move || {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
            };
            let answer = tokio::task::spawn_blocking(read).await.unwrap().unwrap();
            assert!(answer.starts_with("HTTP/1.1 409 "), "{answer}");
            for text in ["Somebody finished this task in the meantime.", "own.pdf: the task takes no files any more.", "Typed for an hour"] {
                assert!(answer.contains(text), "{text}: {answer}");
            }
            nothing_is_left(app).await;
            app.admin().delete(&format!("{}/completed-tasks/{}", work.path, work.tasks[0])).await.expect(200);
        }
        // The script is told the same.
        app.admin().post(&format!("{}/completed-tasks", work.path), &done).await.expect(200);
        let files = [(&*input, "own.pdf", "application/pdf", PDF.to_vec())];
        let form = page.form("/save");
        let fields = [("csrf", form.value("csrf")), (&note, "Typed for an hour")];
        let told = browser.with_header("accept", "application/json").upload(&to, &fields, &files).await.expect(409);
        let told: hospes_testing::Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!((&told["saved"], &told["came"]), (&json!(false), &json!(null)));
        assert_eq!(told["faults"], json!({format!("f.{}", work.scan()): "own.pdf: the task takes no files any more."}));
        assert_eq!(told["problems"], json!(["Somebody finished this task in the meantime."]));
        nothing_is_left(app).await;
    }

    async fn files_that_are_too_many_stay_out_and_what_is_behind_them_is_read(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let page = browser.open(&task).await;
        let (input, note) = (format!("file.{}", work.scan()), format!("f.{}", work.template.field(0, 1)));
        let csrf = page.form("/save").value("csrf").to_owned();
        let cookie = format!("hospes_guest={}", browser.cookie("hospes_guest").unwrap());
        let client = app.admin().without_token().with_header("cookie", &cookie);
        let send = async |names: &[String], typed: &str| {
            let files: Vec<(&str, &str, &[u8])> = names.iter().map(|name| (&*input, &**name, PDF)).collect();
            let (kind, body) = around(&[("csrf", &csrf)], &files, &[(&note, typed)]);
            client.send_bytes(reqwest::Method::POST, &format!("/{task}/files"), Some(body), &kind).await
        };
        let values = async || {
            let read = app.admin().get(&format!("{}/tasks/{}", work.path, work.tasks[0])).await.expect(200);
            let values = &read.data()["taskdata"];
            (values[work.scan()].as_array().unwrap().len(), values[work.template.field(0, 1)].clone())
        };
        let names: Vec<String> = (0..23).map(|at| format!("f{at}.pdf")).collect();
        let shown = send(&names, "first").await.expect(422);
        let text = String::from_utf8_lossy(&shown.bytes).into_owned();
        assert!(text.contains("f20.pdf: too many files at once.") && text.contains("f22.pdf: too many"), "{text}");
        assert!(!text.contains("f19.pdf: "));
        assert_eq!(values().await, (20, json!("first")));
        // A field has a hundred at most; those that are one too many stay out.
        for _ in 0..3 {
            send(&names[..20], "first").await.expect(200);
        }
        send(&names[..19], "first").await.expect(200);
        let shown = send(&names[..3], "second").await.expect(422);
        let text = String::from_utf8_lossy(&shown.bytes).into_owned();
        let full = |at: usize| format!("f{at}.pdf: the field has as many files as it may have.");
        assert!(text.contains(&full(1)) && text.contains(&full(2)) && !text.contains(&full(0)), "{text}");
        assert_eq!(values().await, (100, json!("second")));
        assert_eq!((records(app).await, app.stored_files().len()), (100, 100));
    }
}

both! {
    with hospes_testing::Options { file_size_limit: 100_000, ..hospes_testing::Options::default() };

    async fn a_file_that_is_too_large_is_named(app) {
        let work = Work::new(app).await;
        let (carl, browser) = carl(app, CARL).await;
        let task = carl.path(&format!("/tasks/{}", work.tasks[0]));
        let (page, input) = (browser.open(&task).await, format!("file.{}", work.scan()));
        let large = [PDF, &vec![b' '; 100_000]].concat();
        let files = [
            (&*input, "small.pdf", "application/pdf", PDF.to_vec()),
            (&*input, "large.pdf", "application/pdf", large),
        ];
        let shown = bring(&browser, &page, &format!("{task}/files"), &files).await.expect(422);
        assert!(shown.shows("large.pdf: the file is too large.") && shown.shows("small.pdf"), "{}", shown.body);
        assert_eq!((records(app).await, app.stored_files().len()), (1, 1));
    }
}
