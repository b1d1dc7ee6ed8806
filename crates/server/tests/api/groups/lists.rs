//! Lists of groups, and groups in lists of members.

use hospes_model::member::Role;
use hospes_testing::{Answer, both, json};

use super::{group, id};

fn names(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect()
}

both! {
    async fn pages_are_exact_searched_and_sorted(app) {
        let admin = app.admin();
        for name in ["Sales", "\u{c4}rzte", "support", "Zeta"] {
            app.advance(jiff::SignedDuration::from_secs(1));
            group(&admin, name, &[], &[]).await;
        }
        for number in 0..8 {
            group(&admin, &format!("G{number}"), &[], &[]).await;
        }
        let first = admin.get("/groups").await.expect(200);
        let page = &first.json["meta"]["pagination"];
        assert_eq!((&page["total"], &page["count"], &page["per_page"]), (&json!(12), &json!(10), &json!(10)));
        assert!(page["links"]["next"].as_str().unwrap().ends_with("/groups?page=2"));
        assert_eq!(names(&first)[..2], ["Sales", "\u{c4}rzte"]);
        assert_eq!(names(&admin.get("/groups?page=2").await.expect(200)), ["G6", "G7"]);
        let most = admin.get("/groups?per_page=1000").await.expect(200);
        assert_eq!(most.json["meta"]["pagination"]["per_page"], 100);
        assert_eq!(names(&admin.get("/groups?without_pagination=1").await.expect(200)).len(), 12);
        let light = app.client(Role::Light);
        for (query, expected) in [
            ("q=S", vec!["Sales", "support"]),
            ("q=%C3%84R", vec!["\u{c4}rzte"]),
            ("q=D", vec!["Sales", "\u{c4}rzte"]),
            ("q=nothing", vec![]),
            ("sort_by=name", vec!["G0", "G1"]),
            ("sort_by=-name", vec!["\u{c4}rzte", "Zeta"]),
            ("sort_by=name&sort=desc", vec!["\u{c4}rzte", "Zeta"]),
            ("sort=-created_at", vec!["G7", "G6"]),
            ("sort_by=updated_at&sort=asc", vec!["Sales", "\u{c4}rzte"]),
        ] {
            let listed = light.get(&format!("/groups?per_page=2&{query}")).await.expect(200);
            assert_eq!(names(&listed), expected, "{query}");
        }
        let known = admin.with_header("if-none-match", first.header("etag"));
        known.get("/groups").await.expect(304);
        for wrong in ["sort_by=x", "sort=x", "page=0", "per_page=x", "q=%00"] {
            admin.get(&format!("/groups?{wrong}")).await.expect(422);
        }
        let elsewhere = app.client_of(&app.other, Role::Admin).get("/groups").await.expect(200);
        assert_eq!(elsewhere.json["meta"]["pagination"]["total"], 0);
    }

    async fn the_whole_list_has_what_its_pages_have(app) {
        let (admin, light) = (app.admin(), id(app, Role::Light));
        for number in 0..20 {
            group(&admin, &format!("G{number}"), &[light], &["a@client.example"]).await;
        }
        for query in ["with=users", "with=users&sort_by=-name", "q=G1&sort_by=updated_at", "q=nothing"] {
            let mut paged = Vec::new();
            for page in 1..=3 {
                let page = admin.get(&format!("/groups?{query}&per_page=9&page={page}")).await.expect(200);
                paged.extend(page.data().as_array().unwrap().iter().cloned());
            }
            let whole = admin.get(&format!("/groups?{query}&without_pagination=true")).await.expect(200);
            assert_eq!(whole.data(), &json!(paged), "{query}");
            let page = &whole.json["meta"]["pagination"];
            assert_eq!((&page["total"], &page["total_pages"]), (&json!(paged.len()), &json!(1)), "{query}");
        }
    }

    async fn includes_and_members_with_their_groups(app) {
        let admin = app.admin();
        let light = id(app, Role::Light);
        let sales = group(&admin, "Sales", &[light], &["a@client.example"]).await;
        group(&admin, "Empty", &[], &[]).await;
        let with = admin.get(&format!("/groups/{sales}?with=users,guests,assets")).await.expect(200);
        assert_eq!(with.data()["users"]["data"][0]["id"], light);
        assert_eq!((&with.data()["guests"], &with.data()["assets"]), (&json!(["a@client.example"]), &json!({"data": []})));
        let listed = admin.get("/groups?with=users").await.expect(200);
        assert_eq!(listed.data()[1]["users"], json!({"data": []}));
        let expected = json!({"data": [{
            "id": sales, "name": "Sales", "logo": null, "members": [light], "guests": ["a@client.example"],
        }]});
        let users = admin.get("/users?with=groups").await.expect(200);
        for user in users.data().as_array().unwrap() {
            let of_user = if user["id"] == light { expected.clone() } else { json!({"data": []}) };
            assert_eq!(user["groups"], of_user);
        }
        assert_eq!(admin.get(&format!("/users/{light}?with=groups")).await.expect(200).data()["groups"], expected);
        assert_eq!(app.client(Role::Light).get("/me?with=groups").await.expect(200).data()["groups"], expected);
        assert_eq!(admin.get("/users").await.expect(200).data()[0].get("groups"), None);
    }

    async fn a_guest_who_goes_or_moves_is_seen_in_the_group(app) {
        let admin = app.admin();
        let path = format!("/groups/{}", group(&admin, "Sales", &[], &["a@client.example", "b@client.example"]).await);
        let before = admin.get(&path).await.expect(200);
        admin.put("/guests/a@client.example/email", &json!({"email": "moved@client.example"})).await.expect(200);
        let moved = admin.get(&path).await.expect(200);
        assert_eq!(moved.data()["guests"], json!(["moved@client.example", "b@client.example"]));
        assert_ne!(moved.header("etag"), before.header("etag"));
        admin.delete("/guests/b@client.example").await.expect(200);
        let gone = admin.get(&path).await.expect(200);
        assert_eq!(gone.data()["guests"], json!(["moved@client.example"]));
        assert_ne!(gone.header("etag"), moved.header("etag"));
    }
}
