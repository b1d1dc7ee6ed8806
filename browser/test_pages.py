"""Every page of the workplace: for eyes, for pointers, for keyboards and for programs that read pages aloud."""

import pytest
from conftest import DESK, PHONE, look
from playwright.sync_api import expect
from story import ABOUT, APPROVAL, FIRM, FORM, NOTICE, Person, Process, mails_after

NOBODY = "/guest/" + "x" * 40


class World:
    """Guests who are in, with mails that nobody has opened yet."""

    def __init__(self, server, context, other_context):
        self.server = server
        self.org = server.organization("Bakers & Sons")
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
        self.carl = context.storage_state()
        # The mail about the second order is opened by nobody.
        mail = mails_after(self.org, self.email, 3)[-1]
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
    "task-done": (IN, FORM, task("done")),
    "task-missing": (IN, "This page does not exist", at(lambda world: f"{world.base}/tasks/{'0' * 32}")),
    "devices": (IN, "Where you are signed in", at(lambda world: world.base + "/devices")),
    "preferences": (IN, "Preferences", at(lambda world: world.base + "/preferences")),
    "preferences-fault": (IN, "Preferences", no_zone),
    "held": (IN, "What is held about you", at(lambda world: world.base + "/held")),
    "unsubscribe": (OUT, "Stop these mails?", at(lambda world: world.unsubscribe)),
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


# What the tab key must reach, in this order: of radio buttons the one that is chosen, or the first or last of them.
CONTROLS = """() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    const shown = all.filter(each => !each.disabled && each.type !== "hidden" && each.checkVisibility());
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
