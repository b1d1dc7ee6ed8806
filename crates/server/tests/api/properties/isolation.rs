//! Two organizations that share guests never influence each other's answers
//! (`trust.md` 2, `product.md` 1.20).

use proptest::collection::vec;
use proptest::prelude::*;

use super::history::{Player, Step, step};
use super::property;

property! {
    async fn what_happens_in_one_changes_no_byte_of_the_other(
        24 of (vec(step(), 0..12), vec((any::<bool>(), step()), 1..12));
        app, org, history: (Vec<Step>, Vec<(bool, Step)>)
    ) {
        let twin = app.found(&format!("Twin{}", org.no.get())).await;
        let mut players = [Player::new(app, org), Player::new(app, &twin)];
        let (shared, apart) = history;
        // Both begin alike, with the same addresses.
        for step in &shared {
            for player in &mut players {
                player.play(step).await;
            }
        }
        let mut views = [players[0].view("s").await, players[1].view("s").await];
        for (number, (acts, step)) in apart.iter().enumerate() {
            let (acting, other) = (usize::from(*acts), usize::from(!acts));
            players[acting].play(step).await;
            let seen = players[other].view(&number.to_string()).await;
            for (before, after) in views[other].iter().zip(&seen) {
                assert_eq!(after.status, before.status);
                assert_eq!(
                    String::from_utf8_lossy(&after.bytes),
                    String::from_utf8_lossy(&before.bytes),
                    "after {step:?} in the other organization"
                );
            }
            views[acting] = players[acting].view(&number.to_string()).await;
        }
    }
}
