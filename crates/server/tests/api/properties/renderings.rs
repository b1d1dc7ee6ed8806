//! What lists are served from always equals what would be rendered now.

use hospes_api::guests::{Guest, GuestStats, render};
use hospes_model::GuestKey;
use hospes_store::guests::{self, GuestRef};
use hospes_testing::{Value, json};
use proptest::collection::vec;

use super::history::{Player, Step, step};
use super::property;

property! {
    async fn stored_renderings_equal_fresh_ones(40 of vec(step(), 1..30); app, org, steps: Vec<Step>) {
        let mut player = Player::new(app, org);
        for step in &steps {
            player.play(step).await;
            Player::pass(app);
        }
        let no = org.no;
        let (all, counters) = app.with_store(move |tx| {
            let codes = tx.query_all(
                "SELECT code, key FROM guest WHERE org = ?1 ORDER BY key",
                &[no.get().into()],
                |row| Ok((row.string(0)?, row.int(1)?)),
            )?;
            let mut all = Vec::new();
            for (code, key) in codes {
                let guest = guests::get(tx, GuestKey::from_stored(key))?;
                let code = GuestRef::Code(code.parse().expect("a code"));
                let stored = guests::find_rendered(tx, no, &code)?.expect("a rendering");
                all.push((guest, stored));
            }
            let counters = tx.query_one(
                "SELECT guest_total, guest_disabled, (SELECT COUNT(*) FROM guest_rendered r JOIN guest g ON g.key = r.key \
                 WHERE g.org = o.no) FROM org o WHERE no = ?1",
                &[no.get().into()],
                |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
            )?;
            Ok((all, counters))
        }).await;
        let client = app.client_of(org, hospes_model::member::Role::Light);
        let listed = client.get("/guests?with=stats").await.expect(200);
        let mut expected = Vec::new();
        for (guest, stored) in &all {
            assert_eq!(stored.bytes, render(guest), "{}", guest.email);
            assert_eq!((stored.profile_revision, stored.stats_revision), (guest.profile_revision, guest.stats_revision));
            let link = format!("{}/guest/{}", app.base, guest.code);
            let mut shown = Guest::new(guest);
            shown.link = Some(&link);
            shown.stats = Some(GuestStats::new(&guest.stats));
            expected.push(serde_json::to_value(shown).unwrap());
        }
        assert_eq!(listed.data(), &Value::Array(expected));
        let disabled = all.iter().filter(|(guest, _)| guest.disabled.is_some()).count();
        assert_eq!(json!([counters.0, counters.1, counters.2]), json!([all.len(), disabled, all.len()]));
    }
}
