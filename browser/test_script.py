"""What the pages do beyond forms where script runs: saving what is typed, and pressing once."""

import pytest
from conftest import PHONE
from playwright.sync_api import expect
from story import ABOUT, FIRM, FORM, SIZE, Person, Process, mails_after


@pytest.fixture
def at_form(server, device, new_email):
    """A guest who has the form open."""

    def open_form(script=True):
        email = new_email()
        org = server.organization(f"Type {email[5:11]}")
        process = Process(org, email)
        [mail] = mails_after(org, email, 1)
        carl = Person(server, email, device(PHONE, script))
        carl.enter(mail.links("/in/")[-1])
        carl.open(FORM)
        return carl, process

    return open_form


def status(carl):
    return carl.page.locator("form").filter(has=carl.button("Save")).get_by_role("status")


def answers(process):
    return [answer for answer in process.read(FORM)["taskdata"].values() if answer]


def test_what_is_typed_is_saved_without_a_button(at_form):
    carl, process = at_form()
    carl.page.get_by_label(ABOUT).press_sequentially("Bread, every day")
    expect(status(carl)).to_have_text("Saved")
    assert answers(process) == ["Bread, every day"]
    with carl.page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        carl.page.get_by_role("group", name=SIZE).get_by_role("radio", name="large").check()
    expect(status(carl)).to_have_text("Saved")
    assert sorted(map(str, answers(process))) == ["Bread, every day", "large"]
    # What was saved in the background does not stand in the way of the button.
    carl.page.get_by_label(FIRM).fill("Acme")
    carl.button("Done").click()
    expect(carl.page.get_by_text(f"Done: “{FORM}”. Thank you!")).to_be_visible()
    assert process.read(FORM)["status"] == "completed"


def test_without_a_network_it_says_so_and_saves_later(at_form):
    carl, process = at_form()
    carl.context.set_offline(True)
    carl.page.get_by_label(ABOUT).fill("In the tunnel")
    expect(status(carl)).to_have_text("Not saved yet, will try again")
    assert answers(process) == []
    carl.context.set_offline(False)
    expect(status(carl)).to_have_text("Saved")
    assert answers(process) == ["In the tunnel"]


def test_what_could_not_be_sent_is_there_on_the_next_visit(at_form):
    carl, process = at_form()
    carl.context.set_offline(True)
    carl.page.get_by_label(ABOUT).fill("Battery at 1 %")
    expect(status(carl)).to_have_text("Not saved yet, will try again")
    address = carl.page.url
    carl.page.close()
    carl.context.set_offline(False)
    carl.page = carl.context.new_page()
    carl.goto(address)
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Battery at 1 %")
    expect(status(carl)).to_have_text("Saved")
    assert answers(process) == ["Battery at 1 %"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_pressing_twice_completes_once(at_form, script):
    carl, process = at_form(script)
    carl.page.get_by_label(FIRM).fill("Acme")
    carl.button("Done").dblclick()
    expect(carl.page.get_by_text(f"Done: “{FORM}”. Thank you!")).to_be_visible()
    task = process.tasks[FORM]
    feed = process.org.data("GET", "/activity-feeds?per_page=100")
    completed = [row for row in feed if row["verb"] == ["completed"] and row["auditable_id"] == task]
    assert len(completed) == 1, completed
