//! The mail goes through a mail server, as all mail does.

use hospes_testing::{Options, Whim, both};
use jiff::SignedDuration;

use super::{CARL, PublicForm, runs};
use crate::workplace::is_in;

both! {
    with Options { smtp: true, ..Options::default() };

    async fn the_link_in_the_mail_launches(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        form.submit(&browser, "Carl@Client.example").await;
        // At first the server does not take it.
        app.smtp().will(Whim::CloseWithin);
        app.deliver().await;
        assert!(app.smtp().taken().is_empty());
        app.advance(SignedDuration::from_hours(1));
        app.deliver().await;
        let taken = app.smtp().taken();
        let [mail] = taken.as_slice() else { panic!("{taken:?}") };
        assert!(mail.to.eq_ignore_ascii_case(CARL), "{}", mail.to);
        assert_eq!(mail.header("Subject"), "Please confirm: New client");
        assert!(mail.header("From").starts_with("Acme") || mail.header("From").contains("\"Acme\""), "{}", mail.raw);
        for (name, value) in [("Reply-To", ""), ("List-Unsubscribe", ""), ("Auto-Submitted", "auto-generated")] {
            assert_eq!(mail.header(name), value, "{name}");
        }
        // Quoted-printable: lines end in `=`, and so is each `=` written.
        let text = mail.raw.replace("=\r\n", "").replace("=3D", "=");
        let at = text.find("/kickoff/").unwrap();
        let path: String = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        let page = browser.open(&path).await.expect(200);
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        assert_eq!(runs(app).await, 1);
    }

    async fn an_address_that_does_not_exist_harms_nobody(app) {
        let form = PublicForm::new(app).await;
        form.submit(&app.browser(), CARL).await;
        app.smtp().will(Whim::RefuseText("550 5.1.1 no such mailbox"));
        app.deliver().await;
        app.advance(SignedDuration::from_hours(12));
        app.deliver().await;
        assert!(app.smtp().taken().is_empty());
        assert_eq!(runs(app).await, 0);
        app.admin().get(&format!("/guests/{CARL}")).await.expect(404);
    }
}
