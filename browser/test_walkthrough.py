"""Guests really do the work: from the launch to the statistics (`product.md` 1.21), in two stories.

What happens at six in the morning (step 14) is told by tests that have the clock in hand: nobody waits for a morning
here (`crates/server/tests/api/mail/digest.rs`).
"""

import time

import pytest
from conftest import DESK, PHONE
from playwright.sync_api import expect
from story import (
    ABOUT, APPROVAL, CONTACT, FIRM, FORM, INTERNAL, KIND, NOTICE, PDF, PEOPLE, SINCE, SIZE, WANTS,
    Person, Process, PublicForm, mails_after, until,
)

ABOUT_TEXT = "Bread & rolls,\nevery <morning>"


def fill_half(page):
    page.get_by_label(ABOUT).fill(ABOUT_TEXT)
    page.get_by_role("group", name=SIZE).get_by_role("radio", name="large").check()
    page.get_by_label(KIND).select_option("Forge")
    page.get_by_role("group", name=WANTS).get_by_role("checkbox", name="Advice").check()


def fill_other_half(page):
    page.get_by_role("group", name=WANTS).get_by_role("checkbox", name="Cash").check()
    page.get_by_label(SINCE).fill("1999-12-31")
    page.get_by_label(CONTACT).fill("office@firm.example")
    table = page.get_by_role("group", name=PEOPLE)
    table.get_by_label("Name").fill("Eva")
    table.get_by_label("Phone").fill("030 1234")


def expect_half(page):
    expect(page.get_by_label(ABOUT)).to_have_value(ABOUT_TEXT)
    expect(page.get_by_role("group", name=SIZE).get_by_role("radio", name="large")).to_be_checked()
    expect(page.get_by_label(KIND).locator("option:checked")).to_have_text("Forge")
    expect(page.get_by_role("group", name=WANTS).get_by_role("checkbox", name="Advice")).to_be_checked()
    expect(page.get_by_role("group", name=WANTS).get_by_role("checkbox", name="Books")).not_to_be_checked()


def expect_all(page):
    expect_half(page)
    expect(page.get_by_role("group", name=WANTS).get_by_role("checkbox", name="Cash")).to_be_checked()
    expect(page.get_by_label(SINCE)).to_have_value("1999-12-31")
    expect(page.get_by_label(CONTACT)).to_have_value("office@firm.example")
    expect(page.get_by_role("group", name=PEOPLE).get_by_label("Name")).to_have_value("Eva")
    expect(page.get_by_role("group", name=PEOPLE).get_by_label("Phone")).to_have_value("030 1234")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_whole_story(server, device, new_email, size, script):
    org = server.organization(f"Acme {new_email('x')[2:8]}")
    carl_address, dora_address = new_email("carl"), new_email("dora")
    strangers = [org.emails[role] for role in ("admin", "standard", "light")] + [org.id, "Ada Archer", "Bo Archer"]

    def at_browser(address):
        return Person(server, address, device(size, script))

    # Nobody knows Carl. He finds a form, verifies his address, and is in.
    form, carl = PublicForm(org), at_browser(carl_address)
    process = form.start(carl)
    guest = org.data("GET", f"/guests/{carl_address}")
    assert guest["details"]["associated_members"] == [org.members["standard"]], guest
    run = org.data("GET", f"/runs/{process.id}")
    assert (run["prerun_completed_by_guest"], run["started_by"]) == (carl_address, org.members["standard"]), run
    # One mail for two tasks, with one link that opens both.
    [mail] = mails_after(org, carl_address, 1)
    assert FORM in mail.text and NOTICE in mail.text, mail.text
    assert APPROVAL not in mail.text + mail.html and INTERNAL not in mail.text + mail.html, mail.text
    assert sorted(carl.tasks()) == sorted([FORM, NOTICE])
    assert process.stats(carl_address) == (2, 0)
    # He saves half of it,
    carl.open(FORM)
    fill_half(carl.page)
    carl.button("Save").click()
    expect(carl.page.get_by_text("Saved. You can go on later, on any device.")).to_be_visible()
    # and goes on elsewhere, where a code is mailed.
    locator = org.data("GET", f"/guests/{carl_address}")["link"]
    second = at_browser(carl_address)
    second.enter_by_code(locator)
    second.open(FORM)
    expect_half(second.page)
    fill_other_half(second.page)
    # The name of the firm is missing, which is said beside it; nothing that was typed is lost.
    with second.leaves_page():
        second.button("Done").click()
    firm = second.page.get_by_label(FIRM)
    expect(firm).to_have_attribute("aria-invalid", "true")
    described = second.page.locator(f"[id='{firm.get_attribute('aria-describedby').split()[-1]}']")
    expect(described).to_have_text("Please fill this in.")
    expect(second.page.get_by_role("alert")).to_contain_text("Please check")
    expect_all(second.page)
    assert process.read(FORM)["status"] != "completed"
    firm.fill("Acme Bread")
    second.button("Done").click()
    expect(second.page.get_by_text(f"Done: “{FORM}”. Thank you!")).to_be_visible()
    done = process.read(FORM)
    assert (done["status"], done["completer_guest"]) == ("completed", carl_address), done
    filled = done["taskdata"]
    # The approval appears, with one mail.
    assert sorted(second.tasks()) == sorted([APPROVAL, NOTICE])
    assert process.stats(carl_address) == (2, 1)
    mail = mails_after(org, carl_address, 3)[-1]
    assert APPROVAL in mail.text and FORM not in mail.text, mail.text
    # On the first device Carl is still in; he adds Dora, who gets one mail.
    carl.open(APPROVAL)
    carl.page.get_by_text("Add a colleague").click()
    carl.page.get_by_label("E-mail address of your colleague").fill(dora_address)
    carl.button("Add").click()
    expect(carl.page.get_by_text("Your colleague was added and will get a mail.")).to_be_visible()
    [mail] = mails_after(org, dora_address, 1)
    dora = at_browser(dora_address)
    dora.enter(mail.links("/in/")[-1])
    dora.open(APPROVAL)
    assert process.stats(dora_address) == (1, 0)
    # Nobody sees the directory.
    for person in (carl, dora):
        for path in ("", "?show=done", "?show=all", f"/tasks/{process.tasks[APPROVAL]}"):
            person.goto(person.base + path)
            source = person.page.content()
            assert not [word for word in strangers if word in source], f"{path} of {person.email}: {source}"
            assert INTERNAL not in source, f"{path} of {person.email}: {source}"
    # Dora rejects: a rule opens the form again, with all that was in it, and Carl is told.
    dora.button("Reject").click()
    expect(dora.page.get_by_text(f"Done: “{APPROVAL}”. Thank you!")).to_be_visible()
    rejected = process.read(APPROVAL)
    assert (rejected["status_label"], rejected["completer_guest"]) == ("Rejected", dora_address), rejected
    mail = mails_after(org, carl_address, 4)[-1]
    assert FORM in mail.text, mail.text
    assert len(mails_after(org, dora_address, 1)) == 1
    assert process.read(FORM)["taskdata"] == filled
    assert (process.stats(carl_address), process.stats(dora_address)) == ((2, 0), (0, 1))
    carl.open(FORM)
    expect_all(carl.page)
    expect(carl.page.get_by_label(FIRM)).to_have_value("Acme Bread")
    reset_and_disable(server, org, process, carl, at_browser(carl_address), locator, mail)
    # Carl's address is known to another organization too: nothing crosses.
    other = server.organization(f"Brook {new_email('x')[2:8]}")
    elsewhere = Process(other, carl_address, "Another story")
    [foreign] = mails_after(other, carl_address, 1)
    assert org.name not in foreign.text + foreign.html and "Another story" not in mail.text
    fourth = at_browser(carl_address)
    fourth.enter(foreign.links("/in/")[-1])
    assert sorted(fourth.tasks()) == sorted([FORM, NOTICE])
    fourth.open(FORM)
    expect(fourth.page.get_by_label(FIRM)).to_have_value("")
    assert org.name not in fourth.page.content()
    assert fourth.goto(f"{fourth.base}/tasks/{process.tasks[FORM]}").status == 404
    assert (process.stats(carl_address), elsewhere.stats(carl_address)) == ((2, 0), (2, 0))


def reset_and_disable(server, org, process, carl, third, old_locator, old_mail):
    """The link is made anew, the guest disabled and enabled: what was open is dead, what comes by mail works."""
    org.data("PUT", f"/guests/{carl.email}/reset-link", "admin", json={})
    for address in (carl.page.url, old_locator, old_mail.links("/in/")[-1]):
        answer = carl.goto(address)
        assert FORM not in carl.page.content(), f"{address} still shows tasks"
        assert answer.status == 404, f"{address} answers {answer.status}"
    count = len(server.mailbox.of(carl.email))
    carl.button("Mail me a new link").click()
    expect(carl.heading("Look into your mailbox")).to_be_visible()
    mail = server.mailbox.wait(carl.email, count + 1)[-1]
    third.enter(mail.links("/in/")[-1])
    third.open(FORM)
    org.data("DELETE", f"/guests/{carl.email}/disable")
    answer = third.page.reload()
    assert FORM not in third.page.content() and answer.status == 404, f"disabled: {answer.status}"
    org.data("PUT", f"/guests/{carl.email}/enable", json={})
    third.goto("/guest")
    third.page.get_by_label("E-mail address").fill(carl.email)
    third.button("Mail me a link").click()
    expect(third.heading("Look into your mailbox")).to_be_visible()
    mail = server.mailbox.wait(carl.email, count + 2)[-1]
    third.context.clear_cookies()
    third.enter(mail.links("/in/")[-1])
    third.open(FORM)
    expect_all(third.page)


def say(person, text, everybody=False):
    person.page.get_by_label("Say something about this task").fill(text)
    if everybody:
        person.page.get_by_role("checkbox", name="Other guests on this task may read it too").check()
    person.button("Send").click()
    expect(person.page.get_by_text("Thank you. Your comment was sent.")).to_be_visible()
    expect(person.page.get_by_text(text)).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_files_comments_and_the_end(server, device, new_email, size, script):
    org = server.organization(f"Bread {new_email('x')[2:8]}")
    address, ann = new_email("carl"), org.emails["standard"]
    process = Process(org, address, more=True)
    carl = Person(server, address, device(size, script))
    [mail] = mails_after(org, address, 1)
    carl.enter(mail.links("/in/")[-1])
    # He saves half, brings a file, and says something: Ann is told.
    carl.open(FORM)
    carl.page.get_by_label(ABOUT).fill(ABOUT_TEXT)
    carl.page.locator("input[type=file]").set_input_files([{"name": "Contract.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    carl.button("Upload").click()
    expect(carl.page.get_by_role("link", name="Contract.pdf")).to_be_visible()
    carl.page.reload()
    expect(carl.page.get_by_label(ABOUT)).to_have_value(ABOUT_TEXT)
    say(carl, "Who signs it?")
    mail = server.mailbox.wait(ann, 1)[-1]
    assert "New comment" in mail.text and FORM in mail.text, mail.text
    assert "/in/" not in mail.text, "members are not handed guests' links"
    # Ann answers so that guests read it; Carl is told. Then she hides it.
    task = f"/tasks/{process.tasks[FORM]}"
    answer = org.data("POST", f"{task}/comment", "standard", json={"content": "<p>Your <b>boss</b> does.</p>", "state": "open"})
    mail = mails_after(org, address, 2)[-1]
    assert FORM in mail.text and "comment" in mail.text.lower(), mail.text
    carl.page.reload()
    expect(carl.page.get_by_text("Your boss does.")).to_be_visible()
    look_out = [f"{carl.base}{rest}" for rest in ("", "?show=all", task, "/held", "/held.json")]
    org.data("PUT", f"{task}/comment/{answer['id']}", "standard", json={"state": "hide-for-guests"})
    org.data("POST", f"{task}/comment", "standard", json={"content": "He is slow, your boss does."})
    for address_ in look_out:
        shown = carl.context.request.get(address_).text()
        assert "boss does" not in shown, f"{address_} shows what is hidden"
    mails_after(org, address, 2)
    # He reports what is wrong; the task waits until it is solved.
    carl.open(FORM)
    carl.page.get_by_text("Report a problem", exact=True).click()
    carl.page.get_by_label("What is wrong?").fill("The contract has no page two.")
    carl.button("Report the problem").click()
    expect(carl.page.get_by_text("Thank you. Somebody will look at it.")).to_be_visible()
    expect(carl.page.get_by_text("A problem was reported. This task can be finished as soon as it is solved.")).to_be_visible()
    expect(carl.button("Done")).to_have_count(0)
    expect(carl.button("Save")).to_be_visible()
    mail = server.mailbox.wait(ann, 2)[-1]
    assert FORM in mail.text and "ssue" in mail.text, mail.text
    org.data("POST", f"{task}/resolved-threads", "standard", json={"content": "It has now."})
    carl.page.reload()
    carl.page.get_by_label(FIRM).fill("Acme Bread")
    carl.button("Done").click()
    expect(carl.page.get_by_text(f"Done: “{FORM}”. Thank you!")).to_be_visible()
    # He becomes a member and a guest again: his work is his.
    carl.open(APPROVAL)
    org.data("DELETE", f"/guests/{address}/disable")
    org.data("PUT", f"/guests/{address}/enable", json={})
    member = org.data("POST", f"/guests/{address}/to/member", json={"role": "light"})
    assert carl.page.reload().status == 404, "a member has no guest's link"
    org.data("PUT", f"/users/{member['id']}/to/guest", json={})
    locator = org.data("GET", f"/guests/{address}")["link"]
    carl.context.clear_cookies()
    carl.enter_by_code(locator)
    carl.page.get_by_role("link", name="Done (1)").click()
    expect(carl.page.get_by_role("link", name=FORM)).to_be_visible()
    assert process.stats(address)[1] == 1
    carl.open(APPROVAL)
    carl.button("Approve").click()
    expect(carl.page.get_by_text(f"Done: “{APPROVAL}”. Thank you!")).to_be_visible()
    # The notice runs out by itself.
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    org.data("PUT", f"/runs/{process.id}/tasks/{process.tasks[NOTICE]}", "standard", json={"deadline": soon})
    until(lambda: process.read(NOTICE)["status_label"], "Expired")
    carl.goto(f"{carl.base}/tasks/{process.tasks[NOTICE]}")
    expect(carl.page.get_by_text("Its time ran out.")).to_be_visible()
    # With the last step everything is done, there to be read, and counted.
    org.data("POST", f"/runs/{process.id}/completed-tasks", "standard", json={"task_id": process.tasks[INTERNAL]})
    assert org.data("GET", f"/runs/{process.id}")["status"] == "complete"
    carl.goto(f"{carl.base}{task}")
    expect(carl.page.get_by_text("The whole process is complete.")).to_be_visible()
    expect(carl.page.get_by_role("link", name="Contract.pdf")).to_be_visible()
    expect(carl.button("Save")).to_have_count(0)
    assert process.stats(address) == (0, 2)
    feed = org.data("GET", "/activity-feeds?per_page=100")
    completed = {row["auditable_id"]: str(row) for row in feed if row["verb"] == ["completed"]}
    assert all(address in completed[process.tasks[title]] for title in (FORM, APPROVAL)), feed
    # What is wrong after the end is heard.
    carl.page.get_by_text("Report a problem", exact=True).click()
    carl.page.get_by_label("What is wrong?").fill("The name is wrong.")
    carl.button("Report the problem").click()
    expect(carl.page.get_by_text("Thank you. Somebody will look at it.")).to_be_visible()
    assert process.read(FORM)["status"] == "in-progress"
