//! Who one is, the organizations one belongs to, and the members of one.

use hospes_model::EmailAddress;
use hospes_model::member::Role;
use hospes_server::error::Error;
use hospes_store::accounts::{self, NewMember};
use hospes_testing::{Answer, Client, Org, TestApp, Value, both, json};
use jiff::SignedDuration;

/// The reads of this page, with `{me}` for the id of the organization's administrator.
const READS: &[&str] = &["//me", "//me/organizations", "", "/me", "/users", "/users-list", "/users/{me}"];

fn id(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

/// Makes another member, or makes an account known elsewhere a member, and returns the id.
async fn add(app: &TestApp, org: &Org, role: Role, first: &str, last: &str, email: &str) -> i64 {
    let (no, now) = (org.no, app.app.clock.now());
    let new = NewMember {
        email: EmailAddress::parse(email).unwrap(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        timezone: "America/New_York".to_owned(),
        role,
    };
    let made = app.app.store.write(move |tx| accounts::create::<Error>(tx, no, &new, now)).await;
    made.unwrap().id.get()
}

/// Disables a member, as a command beside the server would.
async fn disable(app: &TestApp, org: &Org, role: Role) {
    let (no, member) = (org.no, org.member(role));
    app.with_store(move |tx| {
        tx.execute(
            "UPDATE member SET status = 'disabled' WHERE org = ?1 AND account_id = ?2",
            &[no.get().into(), member.get().into()],
        )
    })
    .await;
    app.app.store.refresh();
}

fn emails(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

async fn users(client: &Client, query: &str) -> Answer {
    client.get(&format!("/users?{query}")).await.expect(200)
}

both! {
    async fn everybody_learns_who_they_are(app) {
        for role in Role::ALL {
            let client = app.client(*role);
            let me = client.get("//me").await.expect(200);
            let name = role.as_str();
            assert_eq!(*me.data(), json!({
                "id": id(app, *role), "email": format!("{name}@acme.example"), "username": null,
                "first_name": name, "last_name": "Acme", "full_name": format!("{name} Acme"), "profile_pic": null,
                "is_active": true, "role": name, "status": "active",
                "timezone": "Europe/Berlin", "UTC_offset": "+02:00", "is_default_admin": *role == Role::Admin,
                "phone": null, "job_title": null, "job_description": null, "team": null, "country_id": null,
                "date_format": null, "invited_by": null, "disabled_at": null, "disabled_by": null,
                "reactivated_at": null, "reactivated_by": null,
                "approved_at": "2025-05-15T10:00:00Z", "activated_at": "2025-05-15T10:00:00Z",
                "created_at": "2025-05-15T10:00:00Z", "updated_at": "2025-05-15T10:00:00Z",
            }));
            assert_eq!(client.get("/me").await.expect(200).data(), me.data());
            assert_eq!(client.get(&format!("/users/{}", id(app, *role))).await.expect(200).data(), me.data());
            let with = client.get("/me?with=groups,nonsense").await.expect(200);
            assert_eq!(with.data()["groups"], json!({"data": []}));
            assert_eq!(client.get("//api/me").await.expect(200).data(), me.data());
        }
        // The offset follows the clock through the year.
        app.add_token(&app.acme, Role::Light, "lasting", SignedDuration::from_hours(24 * 365)).await;
        app.advance(SignedDuration::from_hours(24 * 30 * 7));
        let lasting = app.client_with(&app.acme, Some("lasting"));
        assert_eq!(lasting.get("//me").await.expect(200).data()["UTC_offset"], "+01:00");
    }

    async fn everybody_learns_where_they_belong(app) {
        let acme = app.acme.id.to_string();
        for role in Role::ALL {
            let listed = app.client(*role).get("//me/organizations").await.expect(200);
            assert_eq!(listed.data().as_array().map(Vec::len), Some(1));
            assert_eq!(listed.data()[0]["id"], acme);
            // The whole object is compared with the organization's own tests.
            let read = app.client(*role).get("").await.expect(200);
            assert_eq!(*read.data(), listed.data()[0]);
        }
        // One person, several organizations: by name, a page at a time.
        for number in 0..12 {
            let org = app.found(&format!("Branch{number:02}")).await;
            add(app, &org, Role::Light, "x", "x", "admin@acme.example").await;
        }
        let mut names = Vec::new();
        for page in 1..=3 {
            let listed = app.admin().get(&format!("//me/organizations?per_page=5&page={page}")).await.expect(200);
            let meta = &listed.json["meta"]["pagination"];
            assert_eq!((&meta["total"], &meta["total_pages"], &meta["current_page"]), (&json!(13), &json!(3), &json!(page)));
            assert_eq!(meta["has_more_pages"], page < 3);
            names.extend(listed.data().as_array().unwrap().iter().map(|org| org["name"].as_str().unwrap().to_owned()));
        }
        let expected: Vec<String> =
            std::iter::once("Acme".to_owned()).chain((0..12).map(|n| format!("Branch{n:02}"))).collect();
        assert_eq!(names, expected);
        let plain = app.admin().get("//me/organizations").await.expect(200);
        let next = plain.json["meta"]["pagination"]["links"]["next"].as_str().unwrap().to_owned();
        assert_eq!(next, format!("{}/me/organizations?page=2", app.base));
        assert_eq!(app.admin().get(&next.replace(&app.base, "/")).await.expect(200).data().as_array().unwrap().len(), 3);
        // A membership that ended is not one.
        let disabled = "UPDATE member SET status = 'disabled' WHERE role = 'light'";
        app.with_store(move |tx| tx.execute(disabled, &[])).await;
        assert_eq!(app.admin().get("//me/organizations").await.expect(200).json["meta"]["pagination"]["total"], 1);
        assert_eq!(app.admin().get("").await.expect(200).data()["users_count"], 2);
        for wrong in ["page=0", "per_page=x"] {
            app.admin().get(&format!("//me/organizations?{wrong}")).await.expect(422);
        }
    }

    async fn members_are_listed_searched_and_sorted(app) {
        let zoe = add(app, &app.acme, Role::Standard, "Zoë", "Ärmel", "Zoe@Acme.example").await;
        let bob = add(app, &app.acme, Role::Light, "bob", "Baker", "bob.b@elsewhere.example").await;
        let admin = app.admin();
        let listed = users(&admin, "").await;
        let expected =
            ["admin@acme.example", "standard@acme.example", "light@acme.example", "Zoe@Acme.example", "bob.b@elsewhere.example"];
        assert_eq!(emails(&listed), expected);
        let meta = &listed.json["meta"]["pagination"];
        assert_eq!(*meta, json!({
            "total": 5, "count": 5, "per_page": 9999, "current_page": 1, "total_pages": 1, "has_more_pages": false,
            "links": {},
        }));
        let zoe_read = admin.get(&format!("/users/{zoe}")).await.expect(200);
        assert_eq!(listed.data()[3], *zoe_read.data());
        assert_eq!((&zoe_read.data()["role"], &zoe_read.data()["UTC_offset"]), (&json!("standard"), &json!("-04:00")));
        for role in Role::ALL {
            assert_eq!(users(&app.client(*role), "").await.data(), listed.data());
        }
        let (a, s, l) = (id(app, Role::Admin), id(app, Role::Standard), id(app, Role::Light));
        for (query, expected) in [
            ("sort=id", vec![a, s, l, zoe, bob]),
            ("sort=-id", vec![bob, zoe, l, s, a]),
            ("sort=email", vec![a, bob, l, s, zoe]),
            ("sort=-email", vec![zoe, s, l, bob, a]),
            ("sort=first_name", vec![a, bob, l, s, zoe]),
            ("sort=last_name&q=elsewhere", vec![bob]),
            ("sort=-first_name&per_page=2", vec![zoe, s]),
            ("q=ZOE%40acme", vec![zoe]),
            ("q=zo%C3%8B+%C3%A4r", vec![zoe]),
            ("q=BAKER", vec![bob]),
            ("q=bob+b", vec![bob]),
            ("q=nobody", vec![]),
            ("q=%25", vec![]),
            ("q=", vec![a, s, l, zoe, bob]),
            ("page=2&per_page=2", vec![l, zoe]),
            ("page=9", vec![]),
            ("without_pagination=true&per_page=2", vec![a, s, l, zoe, bob]),
            ("with=groups&q=bob", vec![bob]),
        ] {
            let answer = users(&admin, query).await;
            let ids: Vec<i64> =
                answer.data().as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect();
            assert_eq!(ids, expected, "{query}");
        }
        assert_eq!(users(&admin, "with=groups&q=bob").await.data()[0]["groups"], json!({"data": []}));
        assert_eq!(users(&admin, "q=bob").await.data()[0].get("groups"), None);
        let second = users(&admin, "page=2&per_page=2&sort=-id").await;
        let meta = &second.json["meta"]["pagination"];
        assert_eq!((&meta["total"], &meta["count"], &meta["total_pages"]), (&json!(5), &json!(2), &json!(3)));
        let next = meta["links"]["next"].as_str().unwrap();
        assert_eq!(next, format!("{}/organizations/{}/users?per_page=2&sort=-id&page=3", app.base, app.acme.id));
        let filtered = users(&admin, "q=acme.example&per_page=3").await;
        assert_eq!(filtered.json["meta"]["pagination"]["total"], 4);
    }

    async fn the_short_list_has_everybody(app) {
        let bob = add(app, &app.acme, Role::Light, "bob", "Baker", "bob@elsewhere.example").await;
        disable(app, &app.acme, Role::Standard).await;
        for role in [Role::Admin, Role::Light] {
            let listed = app.client(role).get("/users-list").await.expect(200);
            assert_eq!(listed.json.as_object().unwrap().len(), 1);
            assert_eq!(listed.data().as_array().unwrap().len(), 4);
            assert_eq!(listed.data()[1]["status"], "disabled");
            assert_eq!(listed.data()[3], json!({
                "id": bob, "email": "bob@elsewhere.example", "first_name": "bob", "last_name": "Baker",
                "full_name": "bob Baker", "status": "active", "role": "light",
            }));
        }
    }

    async fn wrong_values_are_named_and_wrong_ids_not_found(app) {
        let admin = app.admin();
        assert_eq!(admin.get("/users?sort=shoe_size&page=0&per_page=x").await.expect(422).faults(), ["page", "per_page", "sort"]);
        assert_eq!(admin.get("/users?q=%00").await.expect(422).faults(), ["q"]);
        for wrong in [
            "0", "-1", "+1", "1.0", "01x", "999999", "99999999999999999999", "me%20", "%00", "%2e%2e%2fguests",
            "admin@acme.example", "%F0%9F%90%98", "1%20OR%201=1",
        ] {
            let answer = admin.get(&format!("/users/{wrong}")).await.expect(404);
            assert_eq!(answer.json["code"], "RESOURCE_NOT_FOUND", "{wrong}");
        }
        let foreign = app.other.member(Role::Admin);
        admin.get(&format!("/users/{foreign}")).await.expect(404);
        for (method, path) in [("POST", "/users"), ("POST", "/users/1"), ("PUT", "/me"), ("POST", "//me")] {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            admin.send(method, path, Some(&json!({}))).await.expect(405);
        }
    }

    async fn only_members_get_in(app) {
        let me = id(app, Role::Admin).to_string();
        let foreign = app.client_with(&app.acme, Some(app.other.token(Role::Admin)));
        let unknown = app.admin().in_organization(&"0".repeat(32));
        for read in READS {
            let path = read.replace("{me}", &me);
            for token in [None, Some(""), Some("nonsense"), Some("admin-token admin-token")] {
                let answer = app.client_with(&app.acme, token).get(&path).await.expect(401);
                assert_eq!(answer.json["message"], "Unauthenticated.");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
            if !path.starts_with("//") {
                let refused = foreign.get(&path).await.expect(403);
                assert_eq!(refused.json["message"], unknown.get(&path).await.expect(403).json["message"]);
            }
        }
        // What the token of another organization sees on the routes without one is its own.
        assert_eq!(foreign.get("//me").await.expect(200).data()["email"], "admin@other.example");
        assert_eq!(foreign.get("//me/organizations").await.expect(200).data()[0]["name"], "Other");
    }

    async fn a_disabled_member_s_token_is_refused_at_once(app) {
        let (standard, me) = (app.client(Role::Standard), id(app, Role::Standard));
        let also = app.found("Branch").await;
        add(app, &also, Role::Admin, "x", "x", "standard@acme.example").await;
        standard.get("//me").await.expect(200);
        disable(app, &app.acme, Role::Standard).await;
        for read in READS {
            standard.get(&read.replace("{me}", &me.to_string())).await.expect(401);
        }
        standard.post("/guests", &json!({"email": "ann@client.example"})).await.expect(401);
        let shown = app.admin().get(&format!("/users/{me}")).await.expect(200);
        assert_eq!((&shown.data()["status"], &shown.data()["is_active"]), (&json!("disabled"), &json!(false)));
        assert_eq!(app.admin().get("").await.expect(200).data()["users_count"], 2);
        // The others' tokens go on working.
        app.client(Role::Light).get("/me").await.expect(200);
    }

    async fn tokens_end(app) {
        let number = app.add_token(&app.acme, Role::Light, "second", SignedDuration::from_hours(1)).await;
        let second = app.client_with(&app.acme, Some("second"));
        assert_eq!(second.get("/me").await.expect(200).data()["id"], id(app, Role::Light));
        app.advance(SignedDuration::from_mins(59));
        second.get("/me").await.expect(200);
        app.advance(SignedDuration::from_mins(1));
        second.get("/me").await.expect(401);
        app.add_token(&app.acme, Role::Light, "third", SignedDuration::from_hours(1)).await;
        let third = app.client_with(&app.acme, Some("third"));
        third.get("/me").await.expect(200);
        let (no, now) = (app.acme.no, app.app.clock.now());
        let revoked = app.with_store(move |tx| hospes_store::tokens::revoke(tx, no, number + 1, now)).await;
        assert!(revoked.is_some());
        third.get("/me").await.expect(401);
        app.client(Role::Light).get("/me").await.expect(200);
    }

    async fn unchanged_answers_are_not_sent_again(app) {
        let me = id(app, Role::Admin).to_string();
        for read in READS {
            let path = read.replace("{me}", &me);
            let tag = app.admin().get(&path).await.expect(200).header("etag").to_owned();
            assert!(app.admin().with_header("if-none-match", &tag).get(&path).await.expect(304).bytes.is_empty());
            app.admin().with_header("if-none-match", "\"other\"").get(&path).await.expect(200);
        }
        let tag = users(&app.admin(), "").await.header("etag").to_owned();
        add(app, &app.acme, Role::Light, "bob", "Baker", "bob@elsewhere.example").await;
        let answer = app.admin().with_header("if-none-match", &tag).get("/users").await.expect(200);
        assert_eq!(emails(&answer).len(), 4);
        assert_ne!(answer.json["data"], Value::Null);
    }
}
