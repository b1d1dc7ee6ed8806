"""Strangers start a process themselves, at a public form: what they bring, and what programs at their mail do."""

import pytest
from conftest import DESK, PHONE, codes
from playwright.sync_api import expect
from story import COMPANY, FORM, NOTICE, Person, PublicForm

PAPER, NOTES = "Contract", "Notes"
PDF = {"name": "offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n1 0 obj\n%%EOF\n"}
MORE = [
    {"id": "notes", "label": NOTES, "field_type": "textarea"},
    {"id": "paper", "label": PAPER, "field_type": "file", "required": True},
]


def runs(org):
    return org.data("GET", "/runs", "standard")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_is_lost_on_the_way_to_the_process(server, device, new_email, size, script):
    org = server.organization(f"Form {new_email('x')[2:8]}")
    carl = Person(server, new_email(), device(size, script))
    form, page = PublicForm(org, MORE), carl.page
    carl.goto(form.address)
    # A file is brought, the name of the company forgotten: both are told, and the rest stays.
    page.get_by_label(NOTES).fill("Bread & rolls,\nevery <morning>")
    page.get_by_label("Your e-mail address").fill(carl.email)
    page.get_by_label("Choose files").set_input_files(PDF)
    with carl.leaves_page():
        carl.button("Send").click()
    expect(page.get_by_label(COMPANY)).to_have_attribute("aria-invalid", "true")
    if script:
        expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_text(PDF["name"])).to_be_visible()
    expect(page.get_by_label(NOTES)).to_have_value("Bread & rolls,\nevery <morning>")
    expect(page.get_by_label("Your e-mail address")).to_have_value(carl.email)
    page.get_by_label(COMPANY).fill("Acme Bread")
    # The enter key sends it.
    page.get_by_label(COMPANY).press("Enter")
    expect(carl.heading("Look into your mailbox")).to_be_visible()
    assert not runs(org) and org.call("GET", f"/guests/{carl.email}").status_code == 404
    [digits] = codes(form.mailed(carl).text)
    page.get_by_label("The eight digits in the mail").fill(digits)
    carl.button("Go on").click()
    expect(page.get_by_role("link", name="Devices")).to_be_visible()
    assert sorted(carl.tasks()) == sorted([FORM, NOTICE])
    [run] = runs(org)
    assert PDF["name"] in str(run["prerun"]) and "every <morning>" in str(run["prerun"]), run
    # He finds his file beside the task.
    carl.open(FORM)
    page.get_by_text("What was filled in at the start").click()
    expect(page.get_by_role("link", name=PDF["name"])).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_program_that_presses_starts_nothing(server, device, new_email, script):
    org = server.organization(f"Press {new_email('x')[2:8]}")
    carl, form = Person(server, new_email(), device(PHONE)), PublicForm(org)
    form.send(carl)
    [link] = form.mailed(carl).links("/kickoff/")
    scanner = Person(server, "", device(DESK, script))
    scanner.goto(link)
    for button in scanner.page.get_by_role("button").all():
        button.evaluate("button => button.form.submit()") if script else button.click()
        scanner.page.wait_for_load_state()
    scanner.goto(link)
    scanner.button("Start").click()
    assert not runs(org), "a press without the tick started a process"
    expect(scanner.page.get_by_role("link", name="Devices")).to_have_count(0)
    # The person comes afterwards.
    carl.goto(link)
    carl.page.get_by_role("checkbox").check()
    carl.button("Start").click()
    expect(carl.page.get_by_role("link", name="Devices")).to_be_visible()
    assert len(runs(org)) == 1
