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


def kept(page):
    """What the browser keeps beside cookies."""
    return page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")


def stuck(carl, text):
    """Something is typed and cannot be sent."""
    carl.context.route("**/save", lambda route: route.abort())
    carl.page.get_by_label(ABOUT).fill(text)
    expect(status(carl)).to_have_text("Not saved yet, will try again")
    assert len(kept(carl.page)) == 1


def leave(carl):
    carl.button("Sign out").last.click()


def end_all(carl):
    carl.page.get_by_role("link", name="Devices").click()
    carl.button("End all").click()


@pytest.mark.parametrize("way_out", [leave, end_all])
def test_nothing_is_left_on_a_shared_device(at_form, way_out):
    carl, process = at_form()
    stuck(carl, "My secret")
    task = carl.page.url
    way_out(carl)
    expect(carl.heading("Nothing is open here")).to_be_visible()
    assert kept(carl.page) == []
    carl.page.go_back()
    assert "My secret" not in carl.page.content() and kept(carl.page) == []
    # Whoever comes next, be it the same person, finds what is saved.
    carl.context.unroute("**/save")
    carl.enter_by_code(carl.base)
    carl.goto(task)
    expect(carl.page.get_by_label(ABOUT)).to_have_value("")
    assert kept(carl.page) == [] and answers(process) == []


def test_a_session_that_was_ended_elsewhere_leaves_nothing(at_form):
    carl, process = at_form()
    stuck(carl, "My secret")
    process.org.data("DELETE", f"/guests/{carl.email}/sessions")
    # What is on the screen may be copied; nothing is kept.
    carl.context.unroute("**/save")
    carl.page.get_by_label(ABOUT).press("End")
    carl.page.get_by_label(ABOUT).press_sequentially("!")
    expect(status(carl)).to_contain_text("You are not signed in here any more.")
    assert kept(carl.page) == []
    expect(carl.page.get_by_label(ABOUT)).to_have_value("My secret!")
    # Whoever does not come back to the form loses it at the entrance.
    carl.enter_by_code(carl.base)
    carl.open(FORM)
    stuck(carl, "My secret")
    process.org.data("DELETE", f"/guests/{carl.email}/sessions")
    carl.page.reload()
    expect(carl.button("Mail me a code")).to_be_visible()
    assert kept(carl.page) == []


def test_signing_out_reaches_every_tab(at_form):
    carl, _ = at_form()
    other = carl.context.new_page()
    other.goto(carl.base)
    stuck(carl, "My secret")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Nothing is open here")).to_be_visible()
    expect(carl.heading("Nothing is open here")).to_be_visible()
    assert kept(carl.page) == [] and kept(other) == []


def test_other_people_s_drafts_stay(at_form):
    carl, _ = at_form()
    stuck(carl, "My secret")
    carl.page.evaluate("localStorage.setItem('unsaved:/guest/somebody-else:s:/guest/somebody-else/tasks/1', Date.now() + '|f.1=x')")
    carl.page.evaluate("localStorage.setItem('unsaved:/guest/long-ago:s:/guest/long-ago/tasks/1', Date.now() - 15 * 864e5 + '|f.1=x')")
    leave(carl)
    expect(carl.heading("Nothing is open here")).to_be_visible()
    assert [name.split(":")[1] for name in kept(carl.page)] == ["/guest/somebody-else"]


def test_what_could_not_be_sent_does_not_pass_over_what_others_did(at_form):
    carl, process = at_form()
    task = carl.page.url
    read = process.org.data("GET", f"/runs/{process.id}/tasks/{process.tasks[FORM]}?with=form_fields")
    [about] = [field["id"] for field in read["form_fields"]["data"] if field["label"] == ABOUT]
    stuck(carl, "Rolls")
    carl.page.close()
    process.org.data("PUT", f"/runs/{process.id}/tasks/{process.tasks[FORM]}", json={"taskdata": {about: "Cakes"}})
    carl.context.unroute("**/save")
    carl.page = carl.context.new_page()
    carl.goto(task)
    told = "Somebody filled in something else in the meantime: Cakes. Save again to keep what is typed here."
    expect(carl.page.get_by_text(told)).to_be_visible()
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Rolls")
    assert answers(process) == ["Cakes"]
    # The button says the same, and once more is meant so.
    with carl.leaves_page():
        carl.button("Save").click()
    expect(carl.page.get_by_role("alert")).to_contain_text(told)
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Rolls")
    assert answers(process) == ["Cakes"]
    carl.button("Save").click()
    expect(carl.page.get_by_text("Saved. You can go on later, on any device.")).to_be_visible()
    assert answers(process) == ["Rolls"] and kept(carl.page) == []


def test_a_press_that_gets_nowhere_loses_nothing(at_form):
    carl, process = at_form()
    task = carl.page.url
    carl.context.route("**/save", lambda route: route.abort("connectionreset"))
    carl.page.get_by_label(ABOUT).fill("Rolls")
    carl.button("Save").click()
    carl.page.wait_for_timeout(300)
    carl.context.unroute("**/save")
    carl.goto(task)
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Rolls")
    expect(status(carl)).to_have_text("Saved")
    assert answers(process) == ["Rolls"] and kept(carl.page) == []


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
