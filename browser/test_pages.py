"""Every page of the workplace: for eyes, for pointers, for keyboards and for programs that read pages aloud."""

import struct
import uuid
import zlib

import pytest
from conftest import DESK, PHONE, look, picture
from playwright.sync_api import expect
from story import (
    ABOUT, APPROVAL, FIELDS, FIRM, FORM, MORE_FIELDS, NOTICE, PDF,
    Person, Process, PublicForm, mails_after,
)

NOBODY = "/guest/" + "x" * 40
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
LONG = f"Please look at everything that we wrote about {WORD}, and say what you think of it before the end of the week"
TALK = "This takes a while to read. " * 40


def logo():
    """A picture, wide and half empty, as logos are."""
    wide, high = 240, 60
    dark, clear = b"\x20\x30\x50\xff", bytes(4)
    rows = b"".join(b"\0" + b"".join(dark if (x // 30 + y // 30) % 2 else clear for x in range(wide)) for y in range(high))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class World:
    """Guests who are in, with mails that nobody has opened yet."""

    def __init__(self, server, context, other_context):
        self.server = server
        self.org = server.organization("Bakers & Sons")
        self.org.upload_logo("logo.png", logo())
        self.email = "carl.the.longest.name.of.all@a-rather-long-name-for-a-client.example"
        done = Process(self.org, self.email, "The first order", more=True)
        carl = self.arrive(context, self.email, mails_after(self.org, self.email, 1)[-1])
        carl.open(FORM)
        carl.page.get_by_label(FIRM).fill("Acme")
        carl.page.get_by_label(ABOUT).fill("Bread")
        carl.button("Done").click()
        expect(carl.page.get_by_text(f"Done: “{FORM}”. Thank you!")).to_be_visible()
        mails_after(self.org, self.email, 2)
        self.tasks = {"done": done.tasks[FORM], "approval": done.tasks[APPROVAL], "notice": done.tasks[NOTICE]}
        self.tasks["form"] = Process(self.org, self.email, "The second order", more=True).tasks[FORM]
        self.base = carl.base.removeprefix(server.url)
        self.tasks["full"] = self.fill(carl)
        self.carl = context.storage_state()
        # The mail about the second order is opened by nobody.
        mails = [mail for mail in server.mailbox.settled(self.email) if "The second order" in mail.text]
        mail = mails[-1]
        self.link = mail.links("/in/")[-1]
        [self.unsubscribe] = mail.links("/unsubscribe/")
        # Somebody who has nothing to do.
        self.idle_email = "idle@client.example"
        self.org.data("POST", "/guests", json={"email": self.idle_email})
        locator = self.org.data("GET", f"/guests/{self.idle_email}")["link"]
        idle = Person(server, self.idle_email, other_context)
        idle.enter_by_code(locator)
        self.idle, self.idle_base = other_context.storage_state(), idle.base.removeprefix(server.url)
        # An organization that asks for less.
        self.open_org = server.organization("Open House")
        self.open_org.data("PUT", "", json={"guest_link_policy": "open"})
        self.open_org.data("POST", "/guests", json={"email": self.email})
        self.open_link = self.open_org.data("GET", f"/guests/{self.email}")["link"]
        # A form for strangers: one was sent, one has started a process, one is not open.
        self.form = PublicForm(self.org, [{**field, "id": "start-" + field["id"], "required": False} for field in [*FIELDS, *MORE_FIELDS]])
        self.form_link, self.used_link = (self.submitted(other_context, name) for name in ("waiting", "started"))
        starting = Person(server, self.email, other_context)
        confirm(starting, self.used_link)
        expect(starting.page.get_by_role("link", name="Devices")).to_be_visible()

    def submitted(self, context, name):
        stranger = Person(self.server, f"{name}@client.example", context)
        self.form.send(stranger)
        [link] = self.form.mailed(stranger).links("/kickoff/")
        return link

    def fill(self, carl):
        """A task with more of everything than one likes."""
        fields = [
            {"label": "Papers of every kind that you have", "field_type": "file", "required": False},
            {"label": WORD, "field_type": "text", "required": False},
        ]
        table = "<table><tr>" + "".join(f"<td>{WORD[:40]}</td>" for _ in range(6)) + "</tr></table>"
        body = {
            "title": LONG,
            "task_type": "task",
            "summary": f"<p>{WORD}</p><ul><li>One thing</li><li><a href='https://example.org/{WORD}'>{WORD}</a></li></ul>{table}",
            "deadline": "2020-01-01 12:00:00",
            "owners": {"users": [self.org.members["standard"]], "guests": [self.email, "dora@client.example"], "groups": []},
            "form_fields": fields,
        }
        task = self.org.data("POST", "/tasks", "standard", json=body)["id"]
        for text in (TALK, "Short.", WORD, "مرحبا بكم في هذه المهمة، من فضلكم أرسلوا الأوراق."):
            self.org.data("POST", f"/tasks/{task}/comment", "standard", json={"content": text, "state": "open"})
        carl.goto(f"{carl.base}/tasks/{task}")
        names = [f"{WORD}.pdf", "عقد العمل 2026.pdf", *(f"Page {number}.pdf" for number in range(1, 11))]
        chosen = [{"name": name, "mimeType": "application/pdf", "buffer": PDF} for name in names]
        carl.page.locator("input[type=file]").set_input_files(chosen)
        carl.button("Upload").click()
        expect(carl.page.get_by_role("link", name="Page 10.pdf")).to_be_visible()
        carl.page.get_by_label("Say something about this task").fill(TALK + WORD)
        carl.button("Send").click()
        expect(carl.page.get_by_text("Thank you. Your comment was sent.")).to_be_visible()
        return task

    def arrive(self, context, email, mail):
        person = Person(self.server, email, context)
        person.enter(mail.links("/in/")[-1])
        return person


@pytest.fixture(scope="module")
def world(server, chromium):
    contexts = [chromium.new_context(locale="en-GB") for _ in range(2)]
    yield World(server, *contexts)
    for context in contexts:
        context.close()


def submit_unchecked(person, button):
    """As a browser does that does not check forms itself."""
    with person.page.expect_navigation():
        person.button(button).evaluate("button => { button.form.noValidate = true; button.form.requestSubmit(button) }")


def wrong_code(person, world):
    person.goto(world.base + "/code")
    person.page.get_by_label("The eight digits in the mail").fill("0000 0000")
    person.button("Go on").click()
    expect(person.page.get_by_role("alert")).to_contain_text("This is not the code")


def no_tick(person, world):
    person.goto(world.link)
    submit_unchecked(person, "Open my tasks")
    expect(person.page.get_by_role("alert")).to_contain_text("tick the box")


def no_address(person, world):
    person.goto("/guest")
    person.page.get_by_label("E-mail address").fill("carl")
    submit_unchecked(person, "Mail me a link")
    expect(person.page.get_by_role("alert")).to_contain_text("e-mail address")


def confirm(person, link):
    person.goto(link)
    person.page.get_by_role("checkbox", name="Yes, I filled in this form").check()
    person.button("Start").click()


def no_start(person, world):
    person.goto(world.form_link)
    submit_unchecked(person, "Start")
    expect(person.page.get_by_role("alert")).to_contain_text("tick the box")


def empty_kickoff(person, world):
    person.goto(world.form.address)
    with person.page.expect_navigation():
        person.button("Send").click()
    expect(person.page.get_by_text("Please fill this in.", exact=True)).to_be_visible()
    expect(person.page.get_by_role("alert")).to_contain_text("e-mail address")


def sent_kickoff(person, world):
    person.email = f"{uuid.uuid4().hex[:10]}@client.example"
    world.form.send(person)


def wrong_kickoff_code(person, world):
    sent_kickoff(person, world)
    person.page.get_by_label("The eight digits in the mail").fill("0000 0000")
    person.button("Go on").click()
    expect(person.page.get_by_role("alert")).to_contain_text("This is not the code")


def kickoff_with_file(person, world):
    person.goto(world.form.address)
    person.page.get_by_label("Choose files").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"})
    with person.page.expect_navigation():
        person.button("Upload").click()
    expect(person.page.get_by_text("The files were added.")).to_be_visible()


def empty_form(person, world):
    person.goto(f"{world.base}/tasks/{world.tasks['form']}")
    with person.page.expect_navigation():
        person.button("Done").click()
    expect(person.page.get_by_text("Please fill this in.", exact=True)).to_be_visible()


def no_zone(person, world):
    person.goto(world.base + "/preferences")
    person.page.get_by_label("Time zone").fill("Bakery/Oven")
    with person.page.expect_navigation():
        person.button("Save").click()
    expect(person.page.get_by_text("There is no time zone with this name.")).to_be_visible()


def press_on_notice(name, summary=None):
    def go(person, world):
        person.goto(f"{world.base}/tasks/{world.tasks['notice']}")
        if summary:
            person.page.get_by_text(summary, exact=True).click()
        with person.page.expect_navigation():
            person.button(name).click()
        expect(person.page.get_by_role("alert")).to_contain_text("Please check")

    return go


no_comment = press_on_notice("Send")
no_issue = press_on_notice("Report the problem", "Report a problem")
no_colleague = press_on_notice("Add", "Add a colleague")


def full(person, world):
    person.goto(f"{world.base}/tasks/{world.tasks['full']}")
    for summary in person.page.locator("summary").all():
        summary.click()


def preferences_saved(person, world):
    person.goto(world.base + "/preferences")
    with person.page.expect_navigation():
        person.button("Save").click()
    expect(person.page.get_by_role("status")).to_be_visible()


def unsubscribe_kept(person, world):
    person.goto(world.unsubscribe)
    with person.page.expect_navigation():
        person.page.get_by_role("button").last.click()


def opened_up(person, world):
    person.goto(f"{world.base}/tasks/{world.tasks['approval']}")
    for summary in person.page.locator("summary").all():
        summary.click()


def at(path):
    def go(person, world):
        person.goto(path(world))

    return go


def task(name):
    return at(lambda world: f"{world.base}/tasks/{world.tasks[name]}")


# Who looks at it, what its heading says, and how to get there.
OUT, IN, IDLE = "nobody", "carl", "idle"
ALL = {
    "front": (OUT, "Find your tasks", at(lambda world: "/guest")),
    "front-fault": (OUT, "Find your tasks", no_address),
    "sent": (OUT, "Look into your mailbox", at(lambda world: "/guest/sent")),
    "entrance-verify": (OUT, "Your tasks", at(lambda world: world.link)),
    "entrance-fault": (OUT, "Your tasks", no_tick),
    "entrance-open": (OUT, "Your tasks", at(lambda world: world.open_link)),
    "entrance-code": (OUT, "Your tasks", at(lambda world: world.base)),
    "code": (OUT, "Type in the code", at(lambda world: world.base + "/code")),
    "code-fault": (OUT, "Type in the code", wrong_code),
    "dead": (OUT, "This link does not work any more", at(lambda world: NOBODY)),
    "left": (OUT, "Nothing is open here", at(lambda world: world.base + "/leave")),
    "missing": (OUT, "This page does not exist", at(lambda world: "/guest/assets/nothing")),
    "list-todo": (IN, "My tasks", at(lambda world: world.base)),
    "list-done": (IN, "My tasks", at(lambda world: world.base + "?show=done")),
    "list-all": (IN, "My tasks", at(lambda world: world.base + "?show=all")),
    "list-empty": (IDLE, "My tasks", at(lambda world: world.idle_base)),
    "task-form": (IN, FORM, task("form")),
    "task-form-fault": (IN, FORM, empty_form),
    "task-approval": (IN, APPROVAL, opened_up),
    "task-notice": (IN, NOTICE, task("notice")),
    "task-full": (IN, LONG, full),
    "comment-fault": (IN, NOTICE, no_comment),
    "issue-fault": (IN, NOTICE, no_issue),
    "colleague-fault": (IN, NOTICE, no_colleague),
    "task-done": (IN, FORM, task("done")),
    "task-missing": (IN, "This page does not exist", at(lambda world: f"{world.base}/tasks/{'0' * 32}")),
    "devices": (IN, "Where you are signed in", at(lambda world: world.base + "/devices")),
    "preferences": (IN, "Preferences", at(lambda world: world.base + "/preferences")),
    "preferences-fault": (IN, "Preferences", no_zone),
    "held": (IN, "What is held about you", at(lambda world: world.base + "/held")),
    "preferences-saved": (IN, "Preferences", preferences_saved),
    "unsubscribe": (OUT, "Stop these mails?", at(lambda world: world.unsubscribe)),
    "unsubscribe-kept": (OUT, "Nothing was changed", unsubscribe_kept),
    "kickoff": (OUT, "Onboarding", at(lambda world: world.form.address)),
    "kickoff-fault": (OUT, "Onboarding", empty_kickoff),
    "kickoff-file": (OUT, "Onboarding", kickoff_with_file),
    "kickoff-sent": (OUT, "Look into your mailbox", sent_kickoff),
    "kickoff-code-fault": (OUT, "Look into your mailbox", wrong_kickoff_code),
    "kickoff-confirm": (OUT, "Onboarding", at(lambda world: world.form_link)),
    "kickoff-confirm-fault": (OUT, "Onboarding", no_start),
    "kickoff-used": (OUT, "This has started already", at(lambda world: world.used_link)),
    "kickoff-dead": (OUT, "This link does not work any more", at(lambda world: world.form.address + "/in/" + "0" * 64)),
    "kickoff-closed": (OUT, "This form is not available", at(lambda world: world.form.address[:-32] + "0" * 32)),
}


def bring_up(name, world, device, size, **options):
    who, heading, go = ALL[name]
    state = {OUT: None, IN: world.carl, IDLE: world.idle}[who]
    person = Person(world.server, world.email, device(size, storage_state=state, **options))
    go(person, world)
    expect(person.page.get_by_role("heading", level=1)).to_have_text(heading)
    return person


@pytest.mark.parametrize("name", ALL)
def test_a_page_keeps_nobody_out(world, device, name):
    page = bring_up(name, world, device, PHONE).page
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            look(page, f"{name}-{scheme}")


@pytest.mark.parametrize("name", ALL)
def test_a_page_reads_from_right_to_left(world, device, name):
    page = bring_up(name, world, device, PHONE).page
    page.evaluate("document.documentElement.dir = 'rtl'")
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        picture(page, f"{name}-rtl")


@pytest.mark.parametrize("language", ["en-GB", "de-DE", "fr-FR", "es-ES"])
def test_the_menu_has_room_on_small_phones(world, device, language):
    page = Person(world.server, world.email, device(PHONE, storage_state=world.carl, locale=language)).page
    for path in ("", "/preferences", f"/tasks/{world.tasks['full']}"):
        page.goto(world.server.url + world.base + path)
        for width in (320, 360, 390):
            page.set_viewport_size({"width": width, "height": 700})
            picture(page, f"menu-{language[:2]}{path.replace('/', '-')[:12]}")
            links = page.get_by_role("navigation").first.get_by_role("link")
            boxes = [link.bounding_box() for link in links.all()]
            assert len(boxes) == 4
            assert all(44 <= box["height"] < 47 for box in boxes), f"a word of the menu is broken at {width}: {boxes}"
            assert boxes[0]["y"] == boxes[1]["y"] and boxes[2]["y"] == boxes[3]["y"], boxes
            assert boxes[0]["x"] == boxes[2]["x"] and boxes[1]["x"] == boxes[3]["x"], boxes


@pytest.mark.parametrize("language", ["en-GB", "de-DE", "fr-FR", "es-ES"])
def test_the_filter_stays_on_one_line(world, device, language):
    page = Person(world.server, world.email, device(PHONE, storage_state=world.carl, locale=language)).page
    page.goto(world.server.url + world.base)
    links = page.locator(".filter a").all()
    assert len(links) == 3
    # As many tasks as may be, in any place.
    for link in links[:2]:
        link.evaluate("link => { link.textContent = link.textContent.replace(/\\d+/, '188') }")
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 700})
        for current in links:
            for link in links:
                link.evaluate("link => link.removeAttribute('aria-current')")
            current.evaluate("link => link.setAttribute('aria-current', 'page')")
            picture(page, f"filter-{language[:2]}")
            boxes = [link.bounding_box() for link in links]
            assert all(44 <= box["height"] < 47 for box in boxes), f"a word is broken at {width}: {boxes}"
            assert len({box["y"] for box in boxes}) == 1, f"the filter has two lines at {width}: {boxes}"


@pytest.mark.parametrize("width", [320, 390])
def test_a_wide_table_scrolls_in_its_own_box(world, device, width):
    words = ["Bestellnummer", "Liefertermin", "Ansprechpartner", "Rechnungsbetrag", "Zahlungsziel"]
    cells = lambda kind: "<tr>" + "".join(f"<{kind}>{word}</{kind}>" for word in words) + "</tr>"
    body = {
        "title": "A wide table",
        "task_type": "task",
        "summary": f"<p>Please read this.</p><table>{cells('th')}{cells('td') * 2}</table><table><tr><td>It</td><td>fits</td></tr></table>",
        "deadline": "2031-01-01 12:00:00",
        "owners": {"users": [world.org.members["standard"]], "guests": [world.email], "groups": []},
    }
    task = world.org.data("POST", "/tasks", "standard", json=body)["id"]
    page = Person(world.server, world.email, device({"width": width, "height": 700}, storage_state=world.carl)).page
    page.goto(f"{world.server.url}{world.base}/tasks/{task}")
    look(page, "table")
    wide, narrow = page.locator(".rich .wide").all()
    # Each word on one line.
    heights = wide.locator("th").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().height)")
    assert max(heights) < 40, heights
    scrolls = "box => box.scrollWidth - box.clientWidth"
    assert wide.evaluate(scrolls) > 0 and narrow.evaluate(scrolls) == 0
    # Keys move it.
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=wide.element_handle())


def test_the_logo_takes_its_place_before_it_comes(world, device):
    page = Person(world.server, world.email, device(PHONE, storage_state=world.carl)).page
    waiting = []
    page.route("**/logo-*", lambda route: waiting.append(route))
    page.goto(world.server.url + world.base, wait_until="domcontentloaded")
    before = page.locator("h1").bounding_box()
    [route] = waiting
    with page.expect_response("**/logo-*"):
        route.continue_()
    image = page.locator(".brand img")
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") == 240
    assert page.locator("h1").bounding_box() == before
    assert image.bounding_box()["height"] == 32


# What the tab key must reach, in this order: of radio buttons the one that is chosen, or the first or last of them.
CONTROLS = """() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
    // The button behind the enter key in forms with files is for nobody to press.
    const meant = all.filter(each => !each.disabled && each.type !== "hidden" && !each.matches(".skip[aria-hidden]"));
    const shown = meant.filter(each => each.checkVisibility());
    window.shown = shown;
    const groups = new Set();
    return shown.flatMap((each, place) => {
        if (each.type !== "radio") return [place];
        if (groups.has(each.name)) return [];
        groups.add(each.name);
        const chosen = shown.findIndex(other => other.name === each.name && other.checked);
        return [chosen < 0 ? place : chosen];
    });
}"""
FOCUSED = """() => {
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    return {
        place: window.shown.indexOf(each),
        html: each.outerHTML.slice(0, 160),
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        color: style.outlineColor,
        inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""
OF_PLACE = "place => window.shown[place].outerHTML.slice(0, 160)"


@pytest.mark.parametrize("name", ALL)
def test_the_tab_key_reaches_everything_and_shows_where_it_is(world, device, name):
    page = bring_up(name, world, device, DESK).page
    expected = page.evaluate(CONTROLS)
    page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
    # From the top, wherever a page has put the focus.
    page.locator("body").evaluate("body => { body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex') }")
    reached = []
    # Dates and times take several presses, one for each of their parts.
    for _ in range(4 * len(expected) + 8):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["place"] < 0 or (reached and focused["place"] == reached[0]):
            break
        if focused["place"] in reached[-1:]:
            continue
        reached.append(focused["place"])
        assert focused["outline"] >= 2, f"nobody sees that the focus is on {focused['html']}"
        assert focused["color"] != "rgba(0, 0, 0, 0)", f"the outline of {focused['html']} is transparent"
        assert focused["inView"], f"the focus is out of sight, on {focused['html']}"
    missed = [page.evaluate(OF_PLACE, place) for place in expected if place not in reached]
    assert not missed, "the tab key does not reach:\n" + "\n".join(missed)
    assert reached == expected, f"in another order than on the page: {reached}, not {expected}"


def test_all_of_it_without_a_pointer(server, device, new_email):
    email = new_email()
    org = server.organization(f"Keys {email[5:11]}")
    process = Process(org, email)
    carl = Person(server, email, device(DESK))
    keyboard = carl.page.keyboard

    def tab_to(element):
        for _ in range(60):
            if element.evaluate("element => element === document.activeElement"):
                return
            keyboard.press("Tab")
        raise AssertionError(f"the tab key does not reach {element}")

    # The enter key sends the address on the front page,
    carl.goto("/guest")
    tab_to(carl.page.get_by_label("E-mail address"))
    keyboard.type(email)
    keyboard.press("Enter")
    expect(carl.heading("Look into your mailbox")).to_be_visible()
    # opens the workplace from the tick,
    carl.goto(server.mailbox.wait(email, 2)[-1].links("/in/")[-1])
    tab_to(carl.page.get_by_role("checkbox"))
    keyboard.press("Space")
    keyboard.press("Enter")
    expect(carl.heading("My tasks")).to_be_visible()
    # leads to a task, saves from a field of text, and presses the button.
    tab_to(carl.page.get_by_role("link", name=FORM))
    keyboard.press("Enter")
    expect(carl.heading(FORM)).to_be_visible()
    tab_to(carl.page.get_by_label(FIRM))
    keyboard.type("Acme")
    keyboard.press("Enter")
    expect(carl.page.get_by_text("Saved. You can go on later, on any device.")).to_be_visible()
    assert process.read(FORM)["status"] != "completed", "the enter key in a field must not finish a task"
    tab_to(carl.button("Done"))
    keyboard.press("Enter")
    expect(carl.page.get_by_text(f"Done: “{FORM}”. Thank you!")).to_be_visible()
    assert process.read(FORM)["status"] == "completed"


def test_a_screen_reader_is_told_of_faults_first(world, device):
    page = bring_up("task-form-fault", world, device, PHONE).page
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label(FIRM)).to_be_focused()
