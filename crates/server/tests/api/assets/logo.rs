//! An organization's logo: a file that administrators upload for it, and that
//! guests' pages show.

use hospes_model::member::Role;
use hospes_server::files::sweep;
use hospes_testing::{Answer, Client, TestApp, both, json};

use super::{PDF, upload};
use crate::workplace::{sign_in, visitor};

/// A picture of 300 by 100 pixels.
fn png(more: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x2c\0\0\0\x64\x08\x06\0\0\0....".to_vec();
    bytes.resize(bytes.len() + more, 0);
    bytes.extend_from_slice(b"\0\0\0\0IEND....");
    bytes
}

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x40\0\x20\x03............";
const WEBP: &[u8] = b"RIFF....WEBPVP8X\x0a\0\0\0\x10\0\0\0\x0f\0\0\x1f\0\0";

async fn put(client: &Client, org: &str, name: &str, bytes: &[u8]) -> Answer {
    upload(client, &[("subject_type", "Organization"), ("subject_id", org)], &[("name", name, bytes)]).await
}

/// Where the logo is, as a path at the server.
async fn logo(app: &TestApp) -> Option<String> {
    let told = app.admin().get("").await.expect(200).data()["logo"].clone();
    told.as_str().map(|told| told.strip_prefix(&app.base).unwrap_or(told).to_owned())
}

both! {
    async fn a_logo_is_shown_on_every_page_and_told(app) {
        let (admin, org) = (app.admin(), app.acme.id.to_string());
        let carl = visitor(app, "carl@client.example").await;
        let stranger = app.browser();
        assert!(!stranger.open(&carl.path("")).await.expect(200).body.contains("<img"));
        let asset = put(&admin, &org, "Logo.PNG", &png(0)).await.expect(200).data().clone();
        assert_eq!(asset["subject"], json!({"id": org, "type": "Organization"}));
        assert_eq!((&asset["uploaded_from"], &asset["step_id"]), (&json!("logo"), &json!(null)));
        let path = logo(app).await.unwrap();
        assert_eq!(path, format!("/guest/assets/logo-{}.png", asset["id"].as_str().unwrap()));
        // As large as there is room, so that nothing moves when it comes; beside the name, which says who it is.
        let tag = format!("<img src=\"{path}\" alt=\"\" width=\"96\" height=\"32\">");
        let browser = sign_in(app, &carl).await;
        for page in [stranger.open(&carl.path("")).await, browser.open(&carl.path("")).await, browser.open(&carl.path("/nothing")).await] {
            assert!(page.body.contains(&tag), "{}", page.body);
        }
        let shown = stranger.request("GET", &path).await.expect(200);
        assert_eq!(shown.bytes, png(0));
        for (name, value) in [
            ("content-type", "image/png"), ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(shown.header(name), value, "{name}");
        }
        assert!(shown.header("content-security-policy").contains("sandbox") && shown.cookies.is_empty());
        assert!(stranger.request("HEAD", &path).await.expect(200).bytes.is_empty());
        let etag = shown.header("etag").to_owned();
        stranger.with_header("if-none-match", &etag).request("GET", &path).await.expect(304);
        // Members of every role have it as a file, too.
        let id = asset["id"].as_str().unwrap();
        app.client(Role::Light).get(&format!("/assets/{id}")).await.expect(200);
        // The other organization has none.
        let other = app.client_of(&app.other, Role::Admin);
        assert_eq!(other.get("").await.expect(200).data()["logo"], json!(null));
        other.get(&format!("/assets/{id}")).await.expect(404);
        let told = app.events(&app.acme).await;
        let told: Vec<&str> = told.iter().filter(|row| row.entity == "organization").map(|row| row.verb.as_str()).collect();
        assert_eq!(told, ["uploaded", "updated"]);
    }

    async fn another_one_takes_its_place_and_null_takes_it_away(app) {
        let (admin, org) = (app.admin(), app.acme.id.to_string());
        put(&admin, &org, "a.png", &png(0)).await.expect(200);
        let first = logo(app).await.unwrap();
        let etag = admin.get("").await.expect(200).header("etag").to_owned();
        let second = put(&admin, &org, "b.jpg", JPEG).await.expect(200).data()["id"].as_str().unwrap().to_owned();
        admin.with_header("if-none-match", &etag).get("").await.expect(200);
        let shown = logo(app).await.unwrap();
        assert_eq!(shown, format!("/guest/assets/logo-{second}.jpg"));
        app.browser().request("GET", &first).await.expect(404);
        // As long as it is the logo, it stays.
        assert_eq!(admin.delete(&format!("/file/{second}")).await.expect(422).faults(), ["file"]);
        assert_eq!(admin.delete(&format!("/assets/{second}")).await.expect(422).faults(), ["file"]);
        // What was read may be sent back; anything else is uploaded.
        let told = admin.get("").await.expect(200).data()["logo"].clone();
        let before = app.written().await;
        admin.put("", &json!({"logo": told})).await.expect(200);
        for wrong in [json!("https://elsewhere.example/x.png"), json!({"id": second}), json!(7)] {
            assert_eq!(admin.put("", &json!({"logo": wrong})).await.expect(422).faults(), ["logo"]);
        }
        assert_eq!(app.written().await, before);
        admin.put("", &json!({"logo": null})).await.expect(200);
        assert_eq!(logo(app).await, None);
        app.browser().request("GET", &shown).await.expect(404);
        sweep::sweep(&app.app).await;
        assert!(app.stored_files().is_empty(), "{:?}", app.stored_files());
        // A square one, of the third kind.
        put(&admin, &org, "c.webp", WEBP).await.expect(200);
        let page = app.browser().open(&visitor(app, "carl@client.example").await.path("")).await.expect(200);
        assert!(page.body.contains(".webp\" alt=\"\" width=\"16\" height=\"32\""), "{}", page.body);
    }

    async fn what_is_no_logo_is_refused_and_leaves_nothing(app) {
        let (admin, org) = (app.admin(), app.acme.id.to_string());
        let before = app.written().await;
        let huge = [&png(0)[..16], &[0, 0, 0x10, 1], &png(0)[20..]].concat();
        for (name, bytes) in [
            ("a.svg", &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..]),
            ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("a.png", JPEG),
            ("a.png", &png(0)[..40]),
            ("a.jpg", b"\xff\xd8\xff\xe0\0\x04ab"),
            ("a.gif", b"GIF89a\x01\0\x01\0"),
            ("a.pdf", PDF),
            ("a.png", &png(512 << 10)),
            ("a.png", &huge),
        ] {
            let answer = put(&admin, &org, name, bytes).await.expect(422);
            assert_eq!(answer.faults(), ["name"], "{name} {}", bytes.len());
        }
        for id in [app.other.id.to_string(), "x".to_owned()] {
            assert_eq!(put(&admin, &id, "a.png", &png(0)).await.expect(422).faults(), ["subject_id"]);
        }
        let field = [("subject_type", "Organization"), ("subject_id", &*org), ("uploaded_from", "ko_field")];
        assert_eq!(upload(&admin, &field, &[("name", "a.png", &png(0))]).await.expect(422).faults(), ["uploaded_from"]);
        for role in [Role::Standard, Role::Light] {
            put(&app.client(role), &org, "a.png", &png(0)).await.expect(403);
        }
        assert_eq!(app.written().await, before);
        assert!(app.stored_files().is_empty() && logo(app).await.is_none());
        // The bytes of other files are nobody's.
        for name in ["logo-x.png", "logo-.png", &format!("logo-{}.png", "0".repeat(32))] {
            app.browser().request("GET", &format!("/guest/assets/{name}")).await.expect(404);
        }
    }
}
