//! What variables in texts stand for (D23).

use hospes_model::FileId;
use hospes_model::task::form::{FieldType, FieldValue};
use hospes_model::workflow::*;

use crate::support::*;

fn rendered(play: &Play, text: &str, style: Style) -> String {
    let by = ann();
    let (calendar, directory) = (&play.calendar, &play.directory);
    let context = Context { at: at(0), by: &by, calendar, directory, policy: play.policy };
    play.run.render(text, Some(play.id(1)), style, context)
}

fn filled() -> Play {
    let file = |name: &str| FileRef { id: FileId::new(1, [1; 10]), filename: name.to_owned() };
    let answers = [
        text("<b>A & B</b>"),
        Answer::Value(FieldValue::Option(1)),
        options(&[1, 2]),
        row(&["<1>", "2"]),
        Answer::People(users(&[ANN, 66]).with(&guests(&[CARL])).with(&People::of_groups([group_id(1)]))),
        Answer::Files(vec![file("a.pdf"), file("b.pdf")]),
    ];
    let kinds = [
        FieldType::Text,
        FieldType::Dropdown,
        FieldType::Multiselect,
        FieldType::Table,
        FieldType::AssigneesForm,
        FieldType::File,
    ];
    let fields: Vec<Field> = kinds.iter().zip(1..).map(|(kind, n)| field(n, *kind)).collect();
    let mut play = play(blueprint(vec![with(task(1), &fields), with(task(2), &[text_field(9)])]));
    play.directory.members.insert(member(66), "Gone".to_owned());
    for (answer, n) in answers.into_iter().zip(1..) {
        play.fill(&ann(), 1, n, answer);
    }
    play.directory.members.remove(&member(66));
    play
}

#[test]
fn d23_every_type_can_be_read() {
    let play = filled();
    for (text, plain, html) in [
        ("{{f1}}", "<b>A & B</b>", "&lt;b&gt;A &amp; B&lt;/b&gt;"),
        ("{{ f2 }}", "red", "red"),
        ("{{f3}}", "red, green", "red, green"),
        (
            "{{f4}}",
            "<1>, 2",
            "<table><tr><th>red</th><th>green</th></tr><tr><td>&lt;1&gt;</td><td>2</td></tr></table>",
        ),
        (
            "{{f5}}",
            "Ann, member 66, carl@client.example, Sales",
            "Ann, member 66, carl@client.example, Sales",
        ),
        ("{{f6}}", "a.pdf, b.pdf", "a.pdf, b.pdf"),
        ("[{{f9}}]", "[]", "[]"),
        ("{{DATE}} {{TEMPLATE_NAME}}", "2026-03-02 On-boarding", "2026-03-02 On-boarding"),
        ("{{unknown}} {{f1 {{f2}}", "{{unknown}} {{f1 red", "{{unknown}} {{f1 red"),
        ("{{", "{{", "{{"),
        ("}}{{}}", "}}{{}}", "}}{{}}"),
    ] {
        assert_eq!(rendered(&play, text, Style::Plain), plain, "{text}");
        assert_eq!(rendered(&play, text, Style::Html), html, "{text}");
    }
    assert_eq!(rendered(&play, "{{current-task-id}}", Style::Html), play.id(1).to_string());
    assert_eq!(rendered(&play, "{{current-process-id}}", Style::Html), play.run.state().id.to_string());
}

#[test]
fn values_are_not_looked_through_again_and_follow_their_source() {
    let mut play = filled();
    play.fill(&ann(), 2, 9, text("{{f2}} {{f9}}"));
    assert_eq!(rendered(&play, "{{f9}}", Style::Plain), "{{f2}} {{f9}}");
    play.fill(&ann(), 2, 9, text("later"));
    assert_eq!(rendered(&play, "{{f9}}", Style::Plain), "later");
}

#[test]
fn many_variables_of_long_answers_stay_bounded() {
    let fields = [field(1, FieldType::Textarea)];
    let mut play = play(blueprint(vec![with(task(1), &fields)]));
    play.fill(&ann(), 1, 1, text(&"<".repeat(30_000)));
    let text = "{{f1}}".repeat(5_000);
    let length = rendered(&play, &text, Style::Html).len();
    assert!(length <= RENDERED_LIMIT + text.len(), "{length}");
    assert!(rendered(&play, &"{{".repeat(15_000), Style::Html).len() == 30_000);
    // Two values fit. Behind the first that does not, short ones stay too.
    let rendered = rendered(&play, "{{f1}}{{f1}}{{unknown}}{{f1}}{{DATE}}{{f1", Style::Html);
    assert!(rendered.ends_with("&lt;{{unknown}}{{f1}}{{DATE}}{{f1"));
    assert_eq!(rendered.matches("&lt;").count(), 60_000);
}

#[test]
fn titles_and_texts_of_tasks_are_read_with_their_variables() {
    let titled =
        Step { title: "For {{f1}}".to_owned(), summary: Some("<p>{{f1}}</p>".to_owned()), ..task(1) };
    let mut play = play(blueprint(vec![with(titled, &[text_field(1)])]));
    play.fill(&ann(), 1, 1, text("A&B"));
    let read = |play: &Play| {
        let by = ann();
        let (calendar, directory) = (&play.calendar, &play.directory);
        let context = Context { at: at(0), by: &by, calendar, directory, policy: play.policy };
        (play.run.title_of(0, context).unwrap(), play.run.summary_of(0, context))
    };
    assert_eq!(read(&play), ("For A&B".to_owned(), Some("<p>A&amp;B</p>".to_owned())));
    let task = play.id(1);
    let change =
        Edit { title: Some("Own {{f1}}".to_owned()), summary: Some(String::new()), ..Edit::default() };
    play.does(&ann(), Command::Edit { task, change });
    assert_eq!(read(&play), ("Own A&B".to_owned(), None));
}

#[test]
fn titles_with_variables_can_be_sent_back() {
    let titled = |number: usize| Step { title: " For {{f1}}".to_owned(), ..task(number) };
    let alone = Step { title: "{{f1}}".to_owned(), ..task(2) };
    let mut play = play(blueprint(vec![with(titled(1), &[field(1, FieldType::Textarea)]), alone]));
    let titles = |play: &Play| {
        let (by, calendar, directory) = (ann(), &play.calendar, &play.directory);
        let context = Context { at: at(0), by: &by, calendar, directory, policy: play.policy };
        play.run.words(context).into_iter().map(|(title, _)| title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&play), ["For", "{{f1}}"], "what is not filled in leaves no task without a title");
    play.fill(&ann(), 1, 1, text(&format!("A\nB\tC{}", "ä".repeat(20_000))));
    for (place, title) in titles(&play).into_iter().enumerate() {
        assert!(title.contains("A B C") && title.chars().count() == 600, "{title}");
        let change = Edit { title: Some(title), ..Edit::default() };
        play.does(&ann(), Command::Edit { task: play.id(place + 1), change });
    }
}

#[test]
fn texts_of_all_tasks_stay_bounded_together() {
    let steps = (1..=60).map(|number| Step { summary: Some("{{f1}}".repeat(9)), ..task(number) });
    let mut template = blueprint(steps.collect());
    template.prerun = vec![field(1, FieldType::Textarea)];
    let long = text(&"<".repeat(30_000));
    let (play, _) = launched(template, |launch| launch.prerun = vec![(field_id(1), long)]).unwrap();
    let (by, calendar, directory) = (ann(), &play.calendar, &play.directory);
    let context = Context { at: at(0), by: &by, calendar, directory, policy: play.policy };
    let texts: Vec<_> = play.run.words(context).into_iter().map(|(_, text)| text).collect();
    let sizes: usize = texts.iter().flatten().map(String::len).sum();
    assert!(sizes <= RENDERED_IN_ALL && sizes > RENDERED_IN_ALL / 2, "{sizes}");
    let first_raw = texts.iter().position(Option::is_none).unwrap();
    assert!(texts[first_raw..].iter().all(Option::is_none) && first_raw > 10);
}
