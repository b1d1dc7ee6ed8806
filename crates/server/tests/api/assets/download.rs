//! `GET /organizations/{org}/file/{asset}` and `/dl`.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{CARL, PDF, Work};

both! {
    async fn bytes_are_handed_out_whole_or_in_part(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let bytes: Vec<u8> = PDF.iter().copied().chain((0..200_000_u32).map(|at| b'a' + (at % 23) as u8)).collect();
        let asset = work.hold(app, 0, work.scan(), "Größe \"1\";.pdf", &bytes).await;
        let path = format!("/file/{}/dl", asset["id"].as_str().unwrap());
        let whole = admin.get(&path).await.expect(200);
        assert_eq!(whole.bytes, bytes);
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("content-length", &*bytes.len().to_string()),
            ("content-disposition", "attachment; filename=\"Gr__e _1_;.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%3B.pdf"),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-cache"),
        ] {
            assert_eq!(whole.header(name), value, "{name}");
        }
        assert!(whole.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
        let etag = whole.header("etag").to_owned();
        assert_eq!(etag, format!("\"{}\"", asset["sha256"].as_str().unwrap()));
        admin.with_header("if-none-match", &etag).get(&path).await.expect(304);
        let last = bytes.len() - 1;
        for (range, from, to) in [
            ("bytes=0-0".to_owned(), 0, 1),
            ("bytes=100-199999".to_owned(), 100, 200_000),
            (format!("bytes={last}-"), last, last + 1),
            ("bytes=-5".to_owned(), last - 4, last + 1),
        ] {
            let part = admin.with_header("range", &range).get(&path).await.expect(206);
            assert_eq!(part.bytes, &bytes[from..to], "{range}");
            assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{}", to - 1, bytes.len()));
            assert_eq!(part.header("content-length"), (to - from).to_string());
        }
        let behind = admin.with_header("range", &format!("bytes={}-", bytes.len())).get(&path).await.expect(416);
        assert_eq!(behind.header("content-range"), format!("bytes */{}", bytes.len()));
        let stale = admin.with_header("range", "bytes=0-0").with_header("if-range", "\"other\"");
        assert_eq!(stale.get(&path).await.expect(200).bytes, bytes);
        let fresh = admin.with_header("range", "bytes=0-0").with_header("if-range", &etag);
        assert_eq!(fresh.get(&path).await.expect(206).bytes, &bytes[..1]);
    }

    async fn what_browsers_must_not_show_is_to_be_saved(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        for (name, bytes, kind, word) in [
            ("a.pdf", PDF, "application/pdf", "inline"),
            ("a.png", b"\x89PNG\r\n\x1a\n\0", "image/png", "inline"),
            ("a.txt", b"<b>no tag</b>", "text/plain; charset=utf-8", "inline"),
            ("a.xml", b"<?xml version=\"1.0\"?><order/>", "application/xml", "attachment"),
            ("a.csv", b"=1+1;2", "text/csv; charset=utf-8", "attachment"),
            ("a.zip", b"PK\x03\x04", "application/zip", "attachment"),
        ] {
            let asset = work.upload(&admin, work.template.field(0, 2), name, bytes).await.expect(200);
            let shown = admin.get(&format!("/file/{}", asset.data()["id"].as_str().unwrap())).await.expect(200);
            assert_eq!((shown.header("content-type"), &*shown.bytes), (kind, bytes));
            assert!(shown.header("content-disposition").starts_with(&format!("{word}; ")), "{name}");
            assert_eq!(shown.header("x-content-type-options"), "nosniff");
        }
    }

    async fn who_may_see_what_a_file_belongs_to_may_have_it(app) {
        let light = app.acme.member(Role::Light);
        let work = Work::launched(app, &json!({})).await;
        let asset = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let path = |below: &str| below.replace("{}", asset["id"].as_str().unwrap());
        let all = [path("/assets/{}"), path("/file/{}"), path("/file/{}/dl")];
        for path in &all {
            app.client(Role::Standard).get(path).await.expect(200);
            app.client(Role::Light).get(path).await.expect(404);
        }
        let owners = json!({"owners": {"users": [light], "guests": [CARL], "groups": []}});
        app.admin().put(&format!("{}/tasks/{}", work.path, work.tasks[1]), &owners).await.expect(200);
        for path in &all {
            app.client(Role::Light).get(path).await.expect(200);
        }
        for nothing in ["/assets/x", "/file/x/dl", "/file/0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "/file/%00/dl"] {
            app.admin().get(nothing).await.expect(404);
        }
    }

    async fn files_are_shown_beside_tasks_and_processes(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let first = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let second = work.upload(&admin, work.template.field(2, 0), "b.pdf", PDF).await.expect(200).data().clone();
        let third = work.upload(&admin, "ko_field", "c.pdf", PDF).await.expect(200).data().clone();
        let run = admin.get(&format!("{}?with=assets", work.path)).await.expect(200);
        assert_eq!(run.data()["assets"], json!({"data": [first, second, third]}));
        let listed = admin.get("/runs?with=assets").await.expect(200);
        assert_eq!(listed.data()[0]["assets"], run.data()["assets"]);
        assert_eq!(admin.get("/runs?with=assets&without_pagination=true").await.expect(200).data(), listed.data());
        for (at, expected) in [(0, json!([first])), (1, json!([])), (2, json!([second]))] {
            let path = format!("{}/tasks/{}?with=assets", work.path, work.tasks[at]);
            assert_eq!(admin.get(&path).await.expect(200).data()["assets"]["data"], expected);
            let alone = admin.get(&format!("/tasks/{}?with=assets", work.tasks[at])).await.expect(200);
            assert_eq!(alone.data()["assets"]["data"], expected);
        }
        let tasks = admin.get(&format!("{}/tasks?with=assets&sort=position", work.path)).await.expect(200);
        assert_eq!(tasks.data()[0]["assets"]["data"], json!([first]));
        admin.delete(&format!("/assets/{}", second["id"].as_str().unwrap())).await.expect(200);
        let run = admin.get(&format!("{}?with=assets", work.path)).await.expect(200);
        assert_eq!(run.data()["assets"], json!({"data": [first, third]}));
    }
}
