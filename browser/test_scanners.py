"""Mail scanners fetch every link, run script and press buttons before the person does: nobody gets in by that."""

import re
import sqlite3

import pytest
import requests
from conftest import DESK, PHONE
from playwright.sync_api import expect
from story import FORM, NOTICE, Person, Process, mails_after

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
    "BarracudaCentral/1.0",
    "Mozilla/5.0 (compatible; MimecastLinkScanner)",
    "curl/8.5.0",
    "",
]
FETCHES = [
    {},
    {"Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"},
    {"X-Moz": "prefetch"},
    {"X-Purpose": "preview"},
    {"Accept": "*/*", "Range": "bytes=0-1023"},
]
# Written whenever the API is called with a token, as the tests do.
PRESENCE = {"token"}


def contents(server):
    """Everything that is stored, by table."""
    [file] = [path for path in server.data.rglob("*") if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"]
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        tables = set(names) - PRESENCE
        return {name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in tables}
    finally:
        database.close()


def expect_same(before, after):
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    told = [f"{name}: {set(new) - set(old)} in place of {set(old) - set(new)}" for name, (old, new) in changed.items()]
    assert not told, "this was written:\n" + "\n".join(told)


class Target:
    """A guest with a mail that nobody has opened yet."""

    def __init__(self, server, email, policy):
        self.server, self.email, self.policy = server, email, policy
        self.org = server.organization(f"Scan {email[5:11]}")
        self.org.data("PUT", "", json={"guest_link_policy": policy})
        self.process = Process(self.org, email)
        [self.mail] = mails_after(self.org, email, 1)
        # Under `verify` it holds a secret, else it is the guest's own address.
        [self.link] = {link for link in self.mail.links("/guest/") if re.search(r"/guest/\w+(/in/\w+)?$", link)}
        self.secrets = [FORM, NOTICE, "Carl's firm", email]

    def expect_closed(self, text, where):
        assert not [word for word in self.secrets if word in text], f"{where} shows what is for the guest alone:\n{text}"


@pytest.fixture(params=["open", "verify", "strict"])
def target(server, new_email, request):
    return Target(server, new_email(), request.param)


def expect_no_session(context, where):
    names = [cookie["name"] for cookie in context.cookies()]
    assert "hospes_guest" not in names, f"{where} gave a session: {names}"


def test_fetching_changes_nothing(server, target):
    addresses = set(target.mail.links("/guest/")) | set(re.findall(r'href="([^"]+/guest/[^"]+)"', target.mail.html))
    assert target.link in addresses and len(addresses) >= 3, addresses
    before = contents(server)
    for address in sorted(addresses):
        for method in ("HEAD", "GET", "OPTIONS"):
            for agent in AGENTS:
                for headers in FETCHES:
                    # One that keeps cookies, and follows where it is led.
                    client = requests.Session()
                    client.headers.update({"User-Agent": agent, **headers})
                    answer = client.request(method, address, timeout=30, allow_redirects=True)
                    where = f"{method} {address} by {agent!r} with {headers}"
                    assert answer.status_code < 500, f"{where}: {answer.status_code}"
                    assert not client.cookies.get_dict(), f"{where} set cookies: {client.cookies}"
                    target.expect_closed(answer.text, where)
    expect_same(before, contents(server))


def press_without_filling(page, address, is_submitted_by_script):
    """Presses each button of a page as it comes, every one on the page as it was first."""
    page.goto(address)
    for place in range(page.get_by_role("button").count()):
        page.goto(address)
        button = page.get_by_role("button").nth(place)
        if is_submitted_by_script:
            with page.expect_navigation():
                button.evaluate("button => { button.form.noValidate = true; button.form.requestSubmit(button) }")
        else:
            button.click()
            page.wait_for_load_state()
        yield page


def test_pressing_every_button_of_a_mailed_link_opens_nothing(server, device, new_email):
    target = Target(server, new_email(), "verify")
    before = contents(server)
    context = device(DESK)
    page = context.new_page()
    for by_script in (False, True):
        for pressed in press_without_filling(page, target.link, by_script):
            target.expect_closed(pressed.content(), pressed.url)
            expect_no_session(context, pressed.url)
    expect_same(before, contents(server))
    # Whom the mail is for gets in with the same link afterwards.
    carl = Person(server, target.email, device(PHONE))
    carl.enter(target.link)
    assert sorted(carl.tasks()) == sorted([FORM, NOTICE])


def test_pressing_the_only_button_opens_nothing(server, device, target):
    before = contents(server)
    context = device(DESK)
    page = context.new_page()
    page.goto(target.link)
    buttons = page.get_by_role("button")
    # With the policy `strict` the only button mails a code to the guest, and opens nothing.
    expected = {"open": ["Open my tasks", "This is not for me"], "verify": ["Open my tasks"], "strict": ["Mail me a code"]}
    assert buttons.all_inner_texts() == expected[target.policy]
    if buttons.count() == 1:
        for _ in press_without_filling(page, target.link, True):
            pass
    target.expect_closed(page.content(), page.url)
    expect_no_session(context, page.url)
    if target.policy == "strict":
        expect(page.get_by_role("heading", level=1)).to_have_text("Type in the code")
        server.mailbox.wait(target.email, 2)
    else:
        expect_same(before, contents(server))
