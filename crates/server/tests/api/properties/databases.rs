//! SQLite and PostgreSQL answer alike.

use proptest::collection::vec;

use super::history::{Names, Player, Step, step};

#[test]
fn the_same_history_is_answered_alike_on_both() {
    hospes_testing::for_all_on_both(40, &vec(step(), 1..25), &async |one, two, steps: Vec<Step>| {
        let mut sides = [one, two].map(|(app, org)| (app, Player::new(app, org), Names::default()));
        for step in &steps {
            let mut answers = Vec::new();
            for (app, player, names) in &mut sides {
                let answer = player.play(step).await;
                answers.push((
                    answer.status,
                    answer.header("etag").to_owned(),
                    names.plain(&app.base, &answer.json),
                ));
                Player::pass(app);
            }
            assert_eq!(answers[0], answers[1], "{step:?}");
        }
        let mut views = Vec::new();
        for (app, player, names) in &mut sides {
            let view = player.view("1").await;
            views.push(
                view.iter()
                    .map(|answer| (answer.status, names.plain(&app.base, &answer.json)))
                    .collect::<Vec<_>>(),
            );
        }
        let [one, two] = &views[..] else { unreachable!("two sides") };
        for (one, two) in one.iter().zip(two) {
            assert_eq!(one, two);
        }
    });
}
