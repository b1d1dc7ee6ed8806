//! Files that strangers bring.

use std::io::{Read, Write};
use std::net::TcpStream;

use hospes_model::member::Role;
use hospes_model::workplace::kickoff::{FILES, FILLING_IN, LIFE, UPLOADS_FROM_NETWORK, WAITING_BYTES};
use hospes_store::{assets, kickoff};
use hospes_testing::{Browser, Form, Page, TestApp, both, json};
use jiff::SignedDuration;

use super::{CARL, PublicForm, link, mailed, runs};
use crate::assets::PDF;
use crate::workplace::is_in;

async fn with_files(app: &TestApp) -> PublicForm {
    let prerun = json!([
        {"id": "firm", "label": "Firm", "field_type": "text", "required": true},
        {"id": "paper", "label": "Paper", "field_type": "file", "required": true, "field_validation": ["mimes:pdf,png"]},
        {"id": "client", "label": "Client", "field_type": "assignees_form", "default_to_guest": true},
    ]);
    PublicForm::with(app, &json!({"prerun": prerun, "automated_actions": []})).await
}

/// Posts a form with files in its file field.
async fn bring(
    browser: &Browser,
    public: &PublicForm,
    form: &Form,
    to: &str,
    files: &[(&str, &[u8])],
) -> Page {
    let fields: Vec<(&str, &str)> =
        form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let input = format!("file.{}", public.field("Paper"));
    let files: Vec<_> = files
        .iter()
        .map(|(name, bytes)| (input.as_str(), *name, "application/pdf", bytes.to_vec()))
        .collect();
    browser.upload(to, &fields, &files).await
}

/// Sends the form with a file, and returns it as it was.
async fn sent(app: &TestApp, public: &PublicForm, browser: &Browser) -> Form {
    let form = public.open(browser).await.with(&public.input("Firm"), "Acme").with("email", CARL);
    bring(browser, public, &form, &public.path, &[("one.pdf", PDF)]).await.expect(200);
    assert_eq!(app.stored_files().len(), 1);
    form
}

/// Takes every file out of a form.
async fn remove_all(browser: &Browser, public: &PublicForm, mut page: Page) -> Page {
    loop {
        let to = page.body.split("formaction=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let Some(to) = to.into_iter().find(|to| to.ends_with("/remove")).map(str::to_owned) else {
            return page;
        };
        let form = page.form(&public.path);
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        page = browser.post(&to, &fields).await.expect(200);
    }
}

/// How many submissions end now, and how many files nobody has then.
async fn swept(app: &TestApp) -> (u64, usize) {
    let now = app.app.clock.now();
    let ended = app.with_store(move |tx| kickoff::sweep(tx, now, 10)).await;
    (ended, hospes_server::files::sweep::sweep(&app.app).await)
}

both! {
    async fn files_come_with_the_form_and_become_the_process_s(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await.with(&public.input("Firm"), "Acme").with("email", "nobody");
        // Brought beforehand, one taken out again, and one with the form itself, which has a fault.
        let page = bring(&browser, &public, &form, &format!("{}/files", public.path), &[("one.pdf", PDF), ("two.pdf", PDF)]).await.expect(200);
        assert!(page.shows("The files were added.") && page.shows("one.pdf") && page.shows("two.pdf"), "{}", page.body);
        let remove = page.body.split("formaction=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).find(|to| to.ends_with("/remove")).unwrap().to_owned();
        let page = browser.post(&remove, &page.form(&public.path).fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>()).await.expect(200);
        assert!(!page.shows("one.pdf") && page.shows("two.pdf") && page.form(&public.path).value(&public.input("Firm")) == "Acme");
        let page = bring(&browser, &public, &page.form(&public.path), &public.path, &[("three.pdf", PDF)]).await.expect(422);
        assert!(page.shows("two.pdf") && page.shows("three.pdf"), "{}", page.body);
        assert_eq!(app.stored_files().len(), 2);
        let mended = page.form(&public.path).with("email", CARL);
        browser.submit(&mended, 0).await.expect(200);
        // Nobody has them yet, and nothing sweeps them away.
        let now = app.app.clock.now();
        let unkept = app.with_store(move |tx| assets::unkept(tx, now, false, 10)).await;
        assert!(unkept.is_empty(), "{unkept:?}");
        let of_template = app.admin().get(&format!("/checklists/{}?with=assets", public.id)).await.expect(200);
        assert!(!of_template.data().to_string().contains("two.pdf"));

        let page = browser.open(&link(app, &mailed(app, CARL).await)).await;
        let landed = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await;
        assert!(is_in(&landed), "{}", landed.body);
        let run = app.admin().get("/runs").await.expect(200).data()[0].clone();
        let held: Vec<&str> = run["prerun"][public.field("Paper")].as_array().unwrap().iter().map(|file| file["filename"].as_str().unwrap()).collect();
        assert_eq!(held, ["two.pdf", "three.pdf"]);
        let id = run["prerun"][public.field("Paper")][0]["id"].as_str().unwrap();
        assert_eq!(app.admin().get(&format!("/file/{id}/dl")).await.status, 200);
        let told = app.admin().get("/activity-feeds?verb=uploaded").await.expect(200);
        assert_eq!(told.data().as_array().unwrap().len(), 2);
        assert!(told.data()[0].to_string().contains(CARL));
        assert_eq!(app.stored_files().len(), 2);
        // The guest finds them on the task.
        let task = landed.links().into_iter().find(|link| link.contains("/tasks/")).unwrap();
        assert!(browser.open(&task).await.expect(200).shows("two.pdf"));
    }

    async fn files_that_are_not_what_they_say_stay_out(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await.with("email", CARL).with(&public.input("Firm"), "Acme");
        let large = vec![b'x'; 2 << 20];
        let files: [(&str, &[u8]); 5] =
            [("lies.pdf", b"MZ\x90\0"), ("a.docx", PDF), ("..\\evil.pdf", PDF), ("x\u{202e}fdp.exe", PDF), ("large.pdf", &large)];
        let page = bring(&browser, &public, &form, &public.path, &files).await.expect(422);
        for name in ["lies.pdf", "a.docx", "evil.pdf", "large.pdf", "Acme"] {
            assert!(page.shows(name), "{name}: {}", page.body);
        }
        assert!(!page.body.contains('\u{202e}'));
        assert!(app.stored_files().is_empty() && runs(app).await == 0);
        // Required ones are missed.
        let shown = browser.submit(&page.form(&public.path), 0).await.expect(422);
        assert!(shown.body.contains(&format!("id=\"fault-{}\"", public.input("Paper"))));
    }

    async fn a_form_brings_only_so_many(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await;
        let names: Vec<String> = (0..=FILES).map(|at| format!("f{at}.pdf")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), PDF)).collect();
        bring(&browser, &public, &form, &format!("{}/files", public.path), &files).await.expect(422);
        assert_eq!(app.stored_files().len(), FILES);
    }

    async fn nothing_is_kept_for_a_form_that_is_not_ours(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await;
        let to = format!("{}/files", public.path);
        let stale = form.clone().with("csrf", "00").with(&public.input("Firm"), "Acme");
        let page = bring(&browser, &public, &stale, &to, &[("a.pdf", PDF)]).await.expect(422);
        assert!(page.shows("Acme"));
        bring(&browser.with_header("sec-fetch-site", "cross-site"), &public, &form, &to, &[("a.pdf", PDF)]).await.expect(403);
        browser.upload(&to, &[], &[("file.x", "a.pdf", "application/pdf", PDF.to_vec())]).await.expect(422);
        assert!(app.stored_files().is_empty());
        // Somebody else's form is not to be had.
        let kept = bring(&browser, &public, &form, &to, &[("a.pdf", PDF)]).await.expect(200);
        let file = kept.body.split("/files/").skip(1).find_map(|rest| rest.split_once("/remove")).unwrap().0.to_owned();
        let other = public.open(&app.browser()).await;
        let fields: Vec<(&str, &str)> = other.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        app.browser().post(&format!("{to}/{file}/remove"), &fields).await.expect(200);
        assert_eq!(app.stored_files().len(), 1);
    }

    async fn files_of_what_was_not_verified_are_swept(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        sent(app, &public, &browser).await;
        app.advance(LIFE - SignedDuration::from_mins(1));
        assert_eq!(swept(app).await, (0, 0));
        app.advance(SignedDuration::from_mins(1));
        assert_eq!(swept(app).await, (1, 1));
        assert!(app.stored_files().is_empty());
    }

    async fn files_of_a_form_that_is_not_sent_are_swept_soon_after_the_last(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await;
        let to = format!("{}/files", public.path);
        bring(&browser, &public, &form, &to, &[("a.pdf", PDF)]).await.expect(200);
        app.advance(FILLING_IN - SignedDuration::from_mins(1));
        bring(&browser, &public, &form, &to, &[("b.pdf", PDF)]).await.expect(200);
        app.advance(FILLING_IN - SignedDuration::from_mins(1));
        assert_eq!(swept(app).await, (0, 0));
        app.advance(SignedDuration::from_mins(1));
        assert_eq!(swept(app).await, (1, 2));
        assert!(app.stored_files().is_empty());
        // The form is still good, and asks for what it misses.
        let filled = form.with(&public.input("Firm"), "Acme").with("email", CARL);
        assert!(browser.submit(&filled, 0).await.expect(422).shows("Acme"));
    }

    async fn what_is_there_at_the_launch_comes_with_it(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = sent(app, &public, &browser).await;
        let (to, link) = (format!("{}/files", public.path), link(app, &mailed(app, CARL).await));
        // Back, and the only file is taken out: it is asked for again, in this very form.
        let added = bring(&browser, &public, &form, &to, &[("two.pdf", PDF)]).await.expect(200);
        let page = remove_all(&browser, &public, added).await;
        assert!(app.stored_files().is_empty() && !page.shows("one.pdf"));
        let confirm = browser.open(&link).await.expect(200).form("/verify").with("sure", "yes");
        let again = browser.submit(&confirm, 0).await.expect(409);
        assert!(again.shows("Acme") && again.body.contains(&format!("id=\"fault-{}\"", public.input("Paper"))), "{}", again.body);
        assert_eq!(runs(app).await, 0);
        // A file that is added after that comes along.
        let added = bring(&browser, &public, &again.form(&public.path), &to, &[("three.pdf", PDF)]).await.expect(200);
        assert!(added.shows("three.pdf"));
        assert!(is_in(&browser.submit(&confirm, 0).await));
        let run = app.admin().get("/runs").await.expect(200).data()[0].clone();
        assert_eq!(run["prerun"][public.field("Paper")][0]["filename"], "three.pdf");
        assert_eq!(run["prerun"][public.field("Paper")].as_array().unwrap().len(), 1);
        assert_eq!(swept(app).await, (0, 0));
    }

    async fn a_form_with_too_much_waiting_takes_no_more(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let first = public.open(&browser).await;
        let to = format!("{}/files", public.path);
        bring(&browser, &public, &first, &to, &[("a.pdf", PDF)]).await.expect(200);
        // As though it were a large one.
        let (full, size) = (WAITING_BYTES as i64, PDF.len() as i64);
        app.with_store(move |tx| tx.execute("UPDATE asset SET size = ?1", &[(full - size).into()])).await;
        let second = public.open(&app.browser()).await;
        bring(&browser, &public, &second, &to, &[("b.pdf", PDF)]).await.expect(200);
        let page = bring(&browser, &public, &second, &to, &[("c.pdf", PDF)]).await.expect(422);
        assert!(page.shows("There is no room for more files") && page.shows("b.pdf"), "{}", page.body);
        assert_eq!(app.stored_files().len(), 2);
        // Another form is another matter, and this one is open again when those are gone.
        let other = with_files(app).await;
        let form = other.open(&browser).await;
        bring(&browser, &other, &form, &format!("{}/files", other.path), &[("d.pdf", PDF)]).await.expect(200);
        app.advance(FILLING_IN);
        assert_eq!(swept(app).await, (3, 3));
        bring(&browser, &public, &second, &to, &[("c.pdf", PDF)]).await.expect(200);
    }

    async fn a_network_brings_files_only_so_often(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await.with(&public.input("Firm"), "Acme");
        let to = format!("{}/files", public.path);
        for _ in 0..UPLOADS_FROM_NETWORK.most {
            // Of a kind that is not kept: it counts all the same.
            bring(&browser, &public, &form, &to, &[("a.docx", PDF)]).await.expect(422);
        }
        let page = bring(&browser, &public, &form, &to, &[("a.pdf", PDF), ("b.pdf", PDF)]).await.expect(422);
        assert!(page.shows("Please try again in 60 minutes") && page.shows("Acme"), "{}", page.body);
        assert!(app.stored_files().is_empty());
        // What brings no file is taken.
        let filled = page.form(&public.path).with("email", CARL);
        browser.submit(&filled, 0).await.expect(422);
        app.advance(UPLOADS_FROM_NETWORK.per);
        bring(&browser, &public, &form, &to, &[("a.pdf", PDF)]).await.expect(200);
    }
}

/// How many uploads began so far, whatever became of them.
async fn begun(app: &TestApp) -> i64 {
    let org = app.acme.no.get();
    let sql = "SELECT asset_sequence FROM org WHERE no = ?1";
    app.with_store(move |tx| tx.query_one(sql, &[org.into()], |row| row.int(0))).await
}

both! {
    async fn where_there_is_no_room_no_bytes_are_kept(app) {
        let public = with_files(app).await;
        let browser = app.browser();
        let form = public.open(&browser).await.with("email", CARL).with(&public.input("Firm"), "Acme");
        let to = format!("{}/files", public.path);
        // One form brings only so many, good or not.
        let lies: Vec<(&str, &[u8])> = vec![("lies.pdf", b"MZ\x90\0"); 3 * FILES];
        let page = bring(&browser, &public, &form, &to, &lies).await.expect(422);
        assert!(page.shows("lies.pdf: too many files at once.") && page.shows("Acme"), "{}", page.body);
        assert_eq!(begun(app).await, i64::try_from(FILES).unwrap());
        // Nor does one that has its files.
        let good: Vec<(&str, &[u8])> = vec![("good.pdf", PDF); FILES];
        bring(&browser, &public, &form, &to, &good).await.expect(200);
        let before = begun(app).await;
        let page = bring(&browser, &public, &form, &to, &[("more.pdf", PDF)]).await.expect(422);
        assert!(page.shows("more.pdf: too many files at once.") && page.shows("Acme"), "{}", page.body);
        assert_eq!((begun(app).await, app.stored_files().len()), (before, FILES));
        // Nor one that launched a process.
        browser.submit(&page.form(&public.path), 0).await.expect(200);
        let confirm = browser.open(&link(app, &mailed(app, CARL).await)).await;
        assert!(is_in(&browser.submit(&confirm.form("/verify").with("sure", "yes"), 0).await));
        let page = bring(&browser, &public, &form, &to, &[("late.pdf", PDF)]).await.expect(422);
        assert!(page.shows("There is no room for more files at the moment."), "{}", page.body);
        assert_eq!((begun(app).await, app.stored_files().len()), (before, FILES));
    }
}

/// Sends the beginning of a body and then nothing but spaces, up to `most` bytes.
/// Returns how many were taken before the answer came, and the answer.
async fn flood(
    app: &TestApp,
    (path, token): (&str, &str),
    begun: &'static [u8],
    most: usize,
) -> (usize, String) {
    let address = app.base.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {most}\r\n\r\n"
    );
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let mut answers = stream.try_clone().unwrap();
        let answer = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // What came before the connection was cut counts.
            let _ = answers.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(begun).unwrap();
        let (mut sent, spaces) = (begun.len(), vec![b' '; 64 << 10]);
        while sent < most && !answer.is_finished() {
            let piece = spaces.len().min(most - sent);
            if stream.write_all(&spaces[..piece]).is_err() {
                break;
            }
            sent += piece;
        }
        (sent, answer.join().unwrap())
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

both! {
    with hospes_testing::Options { file_size_limit: 10 << 20, ..hospes_testing::Options::default() };

    async fn a_body_in_which_no_part_begins_is_refused_early(app) {
        let public = with_files(app).await;
        let to = format!("{}/files", public.path);
        let api = format!("/organizations/{}/assets", app.acme.id);
        for begun in [&b"--b\r\nContent-Disposition: form-data; name=\""[..], b"", b"--b"] {
            // What is read on for the answer to arrive is thrown away, and has an end.
            let (sent, answer) = flood(app, (&to, ""), begun, 90 << 20).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{begun:?}: {answer}");
            assert!(sent < 40 << 20, "{sent} bytes were taken");
            // Whoever ends soon is told what was wrong.
            let (_, answer) = flood(app, (&api, app.acme.token(Role::Admin)), begun, 3 << 20).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{begun:?}: {answer}");
            assert!(answer.contains("PART_HEAD_TOO_LARGE"), "{answer}");
        }
        assert_eq!(begun(app).await, 0);
    }
}
