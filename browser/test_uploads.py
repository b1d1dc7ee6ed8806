"""Files: brought from a phone and a desk, with script and without, and what keeps them from coming."""

import pytest
from conftest import DESK, FILE_LIMIT, PHONE, look, picture
from playwright.sync_api import expect
from story import ABOUT, FORM, PDF, Person, Process, mails_after, until

PAPER = "Contract"
BROKEN = "The upload broke off. Nothing else is lost; please try again."


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def script(request):
    return request.param


@pytest.fixture
def at_form(server, device, new_email, script):
    """A guest who has the form open, with something typed that is not saved yet."""

    def open_form(size=PHONE):
        email = new_email()
        org = server.organization(f"Files {email[5:11]}")
        process = Process(org, email, more=True)
        [mail] = mails_after(org, email, 1)
        carl = Person(server, email, device(size, script))
        carl.enter(mail.links("/in/")[-1])
        carl.open(FORM)
        carl.page.get_by_label(ABOUT).fill("Bread & rolls")
        return carl, process

    return open_form


def see(page, name, script):
    # axe-core waits for ever where no script runs.
    if script:
        look(page, f"{name}-script")
    else:
        picture(page, f"{name}-plain")


def chooser(carl):
    return carl.page.locator("input[type=file]")


def bring(carl, *files):
    """Chooses files by name and content, and presses the button."""
    chooser(carl).set_input_files([{"name": name, "mimeType": "application/pdf", "buffer": content} for name, content in files])
    carl.button("Upload").click()


def expect_said(carl, text):
    """The text stands beside the field, and whoever comes to the field hears it."""
    note = carl.page.locator("p.fault")
    expect(note).to_have_text(text)
    assert note.get_attribute("id") in chooser(carl).get_attribute("aria-describedby").split()
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Bread & rolls")


def names(process):
    read = process.org.data("GET", f"/runs/{process.id}/tasks/{process.tasks[FORM]}?with=form_fields")
    [field] = [field["id"] for field in read["form_fields"]["data"] if field["label"] == PAPER]
    return sorted(file["filename"] for file in read["taskdata"].get(field) or [])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_files_come_and_go_and_what_is_typed_is_saved_with_them(at_form, size, script):
    carl, process = at_form(size)
    expect(carl.page.get_by_text("No files.")).to_be_visible()
    bring(carl, ("Contract, signed.pdf", PDF), ("Annex.pdf", PDF))
    expect(carl.page.get_by_text("The files were added.")).to_be_visible()
    expect(carl.page.get_by_role("link", name="Contract, signed.pdf")).to_be_visible()
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Bread & rolls")
    assert names(process) == ["Annex.pdf", "Contract, signed.pdf"]
    assert "Bread & rolls" in process.read(FORM)["taskdata"].values()
    with carl.page.expect_download() as download:
        carl.page.get_by_role("link", name="Annex.pdf").click()
    assert download.value.path().read_bytes() == PDF
    see(carl.page, "files-there", script)
    carl.page.get_by_label(ABOUT).fill("Rolls")
    with carl.leaves_page():
        carl.button("Remove Annex.pdf").click()
    expect(carl.page.get_by_text("The file was removed.")).to_be_visible()
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Rolls")
    assert names(process) == ["Contract, signed.pdf"]


def test_what_cannot_come_is_said_beside_the_field(at_form, script):
    carl, process = at_form()
    bring(carl, ("run.exe", b"MZ"))
    expect_said(carl, "run.exe: files of this kind cannot be added here.")
    bring(carl, ("lies.pdf", b"MZ" + bytes(5000)))
    expect_said(carl, "lies.pdf: the content is not what the name says.")
    see(carl.page, "files-fault", script)
    bring(carl, ("large.pdf", PDF + bytes(FILE_LIMIT)))
    expect_said(carl, "A file may have at most 2 MB." if script else "large.pdf: the file is too large.")
    assert names(process) == []
    # The others come.
    bring(carl, ("lies.pdf", b"MZ" + bytes(5000)), ("good.pdf", PDF))
    expect_said(carl, "lies.pdf: the content is not what the name says.")
    expect(carl.page.get_by_role("link", name="good.pdf")).to_be_visible()
    expect(carl.page.get_by_text("The files were added.")).to_be_visible()
    assert names(process) == ["good.pdf"]


def test_nothing_chosen_is_no_file(at_form, script):
    carl, process = at_form()
    carl.button("Upload").click()
    if script:
        expect_said(carl, "Please choose a file first.")
        expect(chooser(carl)).to_be_focused()
    else:
        expect(carl.page.get_by_text("Saved. You can go on later, on any device.")).to_be_visible()
    assert names(process) == []


def test_an_upload_that_breaks_off_loses_nothing_else(at_form, script):
    carl, process = at_form()
    if not script:
        carl.button("Save").click()
        expect(carl.page.get_by_text("Saved. You can go on later, on any device.")).to_be_visible()
    carl.context.route("**/files", lambda route: route.abort("connectionreset"))
    address = f"{carl.base}/tasks/{process.tasks[FORM]}"
    bring(carl, ("Contract.pdf", PDF))
    if script:
        expect_said(carl, BROKEN)
        expect(carl.button("Upload")).to_be_enabled()
    carl.context.unroute("**/files")
    if not script:
        carl.goto(address)
        expect(carl.page.get_by_label(ABOUT)).to_have_value("Bread & rolls")
        chooser(carl).set_input_files([{"name": "Contract.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    carl.button("Upload").click()
    expect(carl.page.get_by_text("The files were added.")).to_be_visible()
    assert names(process) == ["Contract.pdf"]
    assert "Bread & rolls" in process.read(FORM)["taskdata"].values()


@pytest.mark.parametrize("script", [True], indirect=True)
@pytest.mark.parametrize("status", [413, 429, 503])
def test_an_upload_that_is_refused_loses_nothing_else(at_form, status):
    carl, process = at_form()
    carl.context.route("**/files", lambda route: route.fulfill(status=status, content_type="text/html", body="<p>No</p>"))
    # Neither does the form itself arrive for a while.
    carl.context.route("**/save", lambda route: route.abort("connectionreset"))
    bring(carl, ("Contract.pdf", PDF))
    expect_said(carl, "A file may have at most 2 MB." if status == 413 else BROKEN)
    address = carl.page.url
    carl.page.close()
    carl.context.unroute("**/files")
    carl.context.unroute("**/save")
    carl.page = carl.context.new_page()
    carl.goto(address)
    expect(carl.page.get_by_label(ABOUT)).to_have_value("Bread & rolls")
    until(lambda: "Bread & rolls" in process.read(FORM)["taskdata"].values(), True)
    assert names(process) == []


# Without script the browser itself says so.
@pytest.mark.parametrize("script", [True], indirect=True)
def test_whoever_waits_sees_how_far_it_is(at_form):
    carl, process = at_form()
    line = carl.context.new_cdp_session(carl.page)
    slow = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 400_000}
    line.send("Network.emulateNetworkConditions", slow)
    bring(carl, ("Contract.pdf", PDF + bytes(FILE_LIMIT - len(PDF))))
    bar = carl.page.get_by_role("progressbar", name="Uploading")
    expect(bar).to_be_visible()
    expect(carl.page.get_by_text("Uploading… ").filter(has_text="%")).to_be_visible()
    expect(carl.button("Upload")).to_be_disabled()
    look(carl.page, "files-uploading")
    # Meanwhile one goes on typing.
    carl.page.get_by_label(ABOUT).fill("Rolls")
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    expect(carl.page.get_by_text("The files were added.")).to_be_visible(timeout=30_000)
    expect(bar).to_have_count(0)
    expect(carl.page.get_by_role("link", name="Contract.pdf")).to_be_visible()
    until(lambda: "Rolls" in process.read(FORM)["taskdata"].values(), True)


def test_a_file_is_brought_without_a_pointer(at_form):
    carl, process = at_form(DESK)
    chooser(carl).set_input_files([{"name": "Contract.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    chooser(carl).focus()
    carl.page.keyboard.press("Tab")
    expect(carl.button("Upload")).to_be_focused()
    carl.page.keyboard.press("Enter")
    expect(carl.page.get_by_text("The files were added.")).to_be_visible()
    assert names(process) == ["Contract.pdf"]
