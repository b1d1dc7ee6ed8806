"""Guests really do the work: one story from the launch to the statistics (`product.md` 1.21)."""

import pytest
from conftest import DESK, PHONE
from playwright.sync_api import expect
from story import (
    ABOUT, APPROVAL, CONTACT, FIRM, FORM, INTERNAL, KIND, NOTICE, PEOPLE, SINCE, SIZE, WANTS,
    Person, Process, mails_after,
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
    process = Process(org, carl_address)
    strangers = [org.emails[role] for role in ("admin", "standard", "light")] + [org.id, "Ada Archer", "Bo Archer"]

    def at_browser(address):
        return Person(server, address, device(size, script))

    # One mail for two tasks, with one link that opens both.
    [mail] = mails_after(org, carl_address, 1)
    assert FORM in mail.text and NOTICE in mail.text, mail.text
    assert APPROVAL not in mail.text + mail.html and INTERNAL not in mail.text + mail.html, mail.text
    carl = at_browser(carl_address)
    carl.enter(mail.links("/in/")[-1])
    assert sorted(carl.tasks()) == sorted([FORM, NOTICE])
    assert process.stats(carl_address) == (2, 0)
    # He saves half of it,
    carl.open(FORM)
    fill_half(carl.page)
    carl.button("Save").click()
    expect(carl.page.get_by_text("Saved. You can go on later, on any device.")).to_be_visible()
    # and goes on elsewhere: the link in the mail was used up, so a code is mailed.
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
