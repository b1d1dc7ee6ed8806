//! The list of tasks.

use hospes_testing::{both, json};
use jiff::SignedDuration;

use super::super::{sign_in, visitor};
use super::{CARL, DORA, Stage, one_off};

both! {
    async fn tasks_are_grouped_by_process_with_progress_and_deadlines(app) {
        let stage = Stage::new(app).await;
        one_off(app, &[CARL], &json!({"title": "Send <b>papers</b>", "deadline": "2025-05-13 12:00:00"})).await;
        let page = stage.browser.open(&stage.carl.path("")).await.expect(200);
        for text in ["Carl's firm", "0 of 3 steps done", "Tell us about Client & Sons", "Approve the offer",
            "We close on Friday", "Other tasks", "Send <b>papers</b>", "overdue by 2 days", "due in 2 days", "To do (4)", "Done (0)"] {
            assert!(page.shows(text), "{text} in {}", page.body);
        }
        assert!(!page.body.contains("<b>papers"), "titles are text");
        assert!(!page.shows("Check the books"), "the internal step is nobody's business");
        assert!(page.links().contains(&stage.path(1)));
        // The most urgent comes first.
        assert!(page.body.find("papers").unwrap() < page.body.find("We close").unwrap());
        assert_eq!(page.body.matches("<h1").count(), 1);
    }

    async fn progress_counts_the_steps_that_the_guest_sees_and_no_others(app) {
        let stage = Stage::new(app).await;
        let shown = async || {
            let list = stage.browser.open(&stage.carl.path("")).await.expect(200);
            let page = stage.browser.open(&stage.path(1)).await.expect(200);
            let of = |text: &str| text.split("</progress>").last().and_then(|rest| rest.split(" steps done").next()?.rsplit('>').next().map(str::to_owned));
            let in_page = page.body.split(" steps done").next().and_then(|text| text.rsplit('>').next().map(str::to_owned));
            (of(&list.body).unwrap(), in_page.unwrap())
        };
        let both = |text: &str| (text.to_owned(), text.to_owned());
        assert_eq!(shown().await, both("0 of 3"));
        // What others do with a step that Carl knows nothing of moves nothing.
        let before = stage.browser.open(&stage.carl.path("/held.json")).await.expect(200).body;
        stage.admin.post(&format!("{}/completed-tasks", stage.run), &json!({"task_id": stage.tasks[2]})).await.expect(200);
        assert_eq!(shown().await, both("0 of 3"));
        assert_eq!(stage.browser.open(&stage.carl.path("/held.json")).await.expect(200).body, before);
        stage.press(&stage.form(4).await, "acknowledge").await.expect(200);
        assert_eq!(shown().await, both("1 of 3"));
        // Public processes are there to be read, and counted.
        stage.admin.put(&stage.run, &json!({"is_public": true})).await.expect(200);
        assert_eq!(shown().await, both("2 of 4"));
        // Dora has one step: there is nothing to count.
        stage.admin.put(&stage.run, &json!({"is_public": false})).await.expect(200);
        let dora = super::super::Visitor::of(app, stage.admin.get(&format!("/guests/{DORA}")).await.expect(200).data());
        let doras = sign_in(app, &dora).await;
        for path in [String::new(), format!("/tasks/{}", stage.tasks[0])] {
            assert!(!doras.open(&dora.path(&path)).await.expect(200).shows("steps done"));
        }
    }

    async fn what_is_done_moves_to_the_other_list(app) {
        let stage = Stage::new(app).await;
        let id = one_off(app, &[CARL], &json!({"title": "Papers"})).await;
        let path = stage.carl.path(&format!("/tasks/{id}"));
        let form = stage.browser.open(&path).await.expect(200).form("/save");
        let after = stage.press(&form, "complete").await.expect(200);
        assert!(after.shows("Done: “Papers”. Thank you!") && after.shows("Done (1)"), "{}", after.body);
        let todo = stage.browser.open(&stage.carl.path("")).await.expect(200);
        assert!(!todo.shows("Papers"));
        let done = stage.browser.open(&stage.carl.path("?show=done")).await.expect(200);
        assert!(done.shows("Papers") && done.shows("done on 15 May 2025") && !done.shows("Approve the offer"));
        let all = stage.browser.open(&stage.carl.path("?show=all")).await.expect(200);
        assert!(all.shows("Papers") && all.shows("Approve the offer"));
    }

    async fn whoever_has_nothing_to_do_is_told_so_in_plain_words(app) {
        let nobody = visitor(app, "nobody@client.example").await;
        let browser = sign_in(app, &nobody).await;
        let page = browser.open(&nobody.path("")).await.expect(200);
        assert!(page.shows("Acme has no task for you at the moment.") && page.shows("you get a mail"));
        assert!(browser.open(&nobody.path("?show=done")).await.expect(200).shows("You have not finished anything here yet."));
        for odd in ["?show=x", "?page=0", "?page=x", "?finished=x", "?page=99999999999999999999"] {
            browser.open(&nobody.path(odd)).await.expect(200);
        }
    }

    async fn long_lists_have_pages(app) {
        let guest = visitor(app, CARL).await;
        for number in 0..51 {
            one_off(app, &[CARL], &json!({"title": format!("Task number {number:02}")})).await;
        }
        let browser = sign_in(app, &guest).await;
        let first = browser.open(&guest.path("")).await.expect(200);
        assert!(first.shows("To do (51)") && first.shows("Task number 49") && !first.shows("Task number 50"));
        let next = first.links().into_iter().find(|link| link.contains("page=2")).unwrap();
        let second = browser.open(&next.replace("&amp;", "&")).await.expect(200);
        assert!(second.shows("Task number 50") && second.links().iter().any(|link| link.contains("page=1")));
    }

    async fn hidden_archived_and_foreign_tasks_are_not_there(app) {
        let stage = Stage::new(app).await;
        let gone = one_off(app, &[CARL], &json!({"title": "Put away"})).await;
        let foreign = one_off(app, &[DORA], &json!({"title": "Not yours"})).await;
        app.admin().delete(&format!("/tasks/{gone}")).await.expect(204);
        let page = stage.browser.open(&stage.carl.path("?show=all")).await.expect(200);
        assert!(!page.shows("Put away") && !page.shows("Not yours"));
        for id in [gone.as_str(), foreign.as_str(), stage.tasks[2].as_str(), "x", &"0".repeat(32), "%00"] {
            stage.browser.open(&stage.carl.path(&format!("/tasks/{id}"))).await.expect(404);
        }
        stage.admin.delete(&stage.run).await.expect(200);
        let page = stage.browser.open(&stage.carl.path("?show=all")).await.expect(200);
        assert!(!page.shows("Carl's firm"), "nothing after archive");
        stage.browser.open(&stage.path(1)).await.expect(404);
    }

    async fn the_readers_language_and_zone_count(app) {
        let admin = app.admin();
        admin.post("/guests", &json!({"email": CARL, "first_name": "Carl", "timezone": "Asia/Tokyo"})).await.expect(201);
        let guest = super::super::Visitor::of(app, admin.get(&format!("/guests/{CARL}")).await.expect(200).data());
        // 20:00 UTC is five in the morning of the next day in Tokyo.
        one_off(app, &[CARL], &json!({"title": "Papers", "deadline": "2025-05-15T20:00:00Z"})).await;
        let browser = sign_in(app, &guest).await;
        for (language, hello, due, lang) in [
            ("en", "Hello Carl", "due tomorrow, 05:00", "<html lang=\"en\" dir=\"ltr\">"),
            ("de-AT,en;q=0.5", "Guten Tag, Carl", "morgen fällig, 05:00 Uhr", "<html lang=\"de\""),
            ("fr", "Bonjour Carl", "à faire demain avant 05:00", "<html lang=\"fr\""),
            ("es", "Hola, Carl", "vence mañana a las 05:00", "<html lang=\"es\""),
        ] {
            let page = browser.with_header("accept-language", language).open(&guest.path("")).await.expect(200);
            assert!(page.shows(hello) && page.shows(due) && page.body.contains(lang), "{language}: {}", page.body);
        }
        app.app.clock.advance(SignedDuration::from_hours(11));
        assert!(browser.open(&guest.path("")).await.expect(200).shows("overdue since 05:00 today"));
    }

    async fn the_organization_is_named_and_has_its_colour(app) {
        let guest = visitor(app, CARL).await;
        let browser = sign_in(app, &guest).await;
        let plain = browser.open(&guest.path("")).await.expect(200);
        assert!(plain.shows("Acme") && !plain.body.contains("/color-"));
        let told = app.admin().put("", &json!({"guest_color": "#FFEE00"})).await.expect(200);
        assert_eq!(told.data()["guest_color"], "#ffee00");
        let page = browser.open(&guest.path("")).await.expect(200);
        assert!(page.body.contains("href=\"/guest/assets/color-ffee00.css\""), "{}", page.body);
        let css = browser.open("/guest/assets/color-ffee00.css").await.expect(200);
        assert!(!css.body.contains("--accent:#ffee00;--on-accent:#ffffff"), "yellow on white cannot be read: {}", css.body);
        app.admin().put("", &json!({"guest_color": null})).await.expect(200);
        assert!(!browser.open(&guest.path("")).await.expect(200).body.contains("/color-"));
    }

    async fn the_first_view_is_small(app) {
        let stage = Stage::new(app).await;
        for number in 0..8 {
            one_off(app, &[CARL], &json!({"title": format!("Please send us paper number {number}")})).await;
        }
        for coding in ["gzip", "br"] {
            let browser = stage.browser.with_header("accept-encoding", coding);
            let page = browser.request("GET", &stage.carl.path("")).await.expect(200);
            assert_eq!(page.header("content-encoding"), coding);
            let plain = stage.open(1).await;
            let sheet = plain.body.split("href=\"").find_map(|rest| rest.split_once(".css\"").map(|(link, _)| format!("{link}.css")).filter(|link| !link.contains('"'))).unwrap();
            let css = browser.request("GET", &sheet).await.expect(200);
            assert!(css.header("cache-control").contains("immutable"));
            let size = page.bytes.len() + css.bytes.len();
            assert!(size < 14 * 1024, "{coding}: {} + {}", page.bytes.len(), css.bytes.len());
        }
        stage.browser.open("/guest/assets/workplace-000000000000.css").await.expect(404);
        let colors = stage.browser.open("/guest/assets/color-aa0000.css").await.expect(200);
        assert!(colors.body.contains("--accent:#aa0000"));
        stage.browser.open("/guest/assets/color-zz0000.css").await.expect(404);
    }
}
