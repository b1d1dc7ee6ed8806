"""One server for the whole run, started as its users start it, and the browser to look at it with."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from mailbox import Mailbox
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("HOSPES_BIN") or ROOT / "target" / "debug" / "hospes")
PAGES = Path(os.environ.get("HOSPES_PAGES") or ROOT / "target" / "browser-pages")
START_SECONDS = 60
STOP_SECONDS = 30
PHONE = {"width": 390, "height": 844}
# The networks that browsers came from so far.
NETWORK = []
DESK = {"width": 1280, "height": 900}
FILE_LIMIT = 2 << 20
# What people need is asked for, not taste: the levels of WCAG 2.2 AA, and what axe-core calls best practice.
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def in_ci():
    return os.environ.get("CI", "").lower() in ("1", "true")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Organization:
    """An organization on the running server, with a member of each role."""

    def __init__(self, server, name, zone="Europe/Berlin"):
        self.server, self.name = server, name
        self.id = server.command("org", "create", "--name", name, "--timezone", zone)
        self.tokens, self.emails, self.members = {}, {}, {}
        for role, first in (("admin", "Ada"), ("standard", "Ann"), ("light", "Bo")):
            address = f"{first.lower()}@{self.id[:20]}.example"
            person = ["--email", address, "--first-name", first, "--last-name", "Archer", "--role", role]
            self.members[role] = int(server.command("member", "create", "--org", self.id, *person))
            token = ["--org", self.id, "--member", address, "--name", "tests"]
            self.tokens[role] = server.command("token", "create", *token)
            self.emails[role] = address

    def call(self, method, path, role="admin", **options):
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Accept": "application/json"}
        url = f"{self.server.url}/organizations/{self.id}{path}"
        return requests.request(method, url, headers=headers, timeout=30, **options)

    def data(self, method, path, role="admin", **options):
        """The `data` of an answer that must be a success."""
        answer = self.call(method, path, role, **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:800]}"
        return answer.json()["data"] if answer.content else None

    def upload_logo(self, name, content):
        headers = {"Authorization": f"Bearer {self.tokens['admin']}", "Accept": "application/json"}
        said = {"subject_type": "Organization", "subject_id": self.id}
        url = f"{self.server.url}/organizations/{self.id}/file"
        answer = requests.post(url, headers=headers, data=said, files={"name": (name, content)}, timeout=30)
        assert answer.ok, answer.text


class Server:
    """A running server."""

    def __init__(self, folder, mailbox):
        self.folder, self.mailbox = folder, mailbox
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def settings(self):
        return {
            "HOSPES_DATA": str(self.data),
            "HOSPES_LISTEN": f"127.0.0.1:{self.port}",
            "HOSPES_PUBLIC_URL": self.url,
            "HOSPES_MAIL": "smtp",
            "HOSPES_SMTP_URL": self.mailbox.url,
            "HOSPES_MAIL_FROM": "hospes@example.org",
            # Each browser has a network of its own, or they would use up each other's share of codes and links.
            "HOSPES_TRUST_PROXY": "true",
            "HOSPES_REQUESTS_PER_MINUTE": "0",
            "HOSPES_GUESTS_PER_HOUR": "0",
            "HOSPES_ATTEMPTS_PER_MINUTE": "0",
            # So that what is too large is soon made.
            "HOSPES_FILE_SIZE_LIMIT": str(FILE_LIMIT),
        }

    def command(self, *arguments):
        """Runs a command, and returns what it printed."""
        environment = {**os.environ, **self.settings()}
        done = subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout.strip()

    def start(self):
        environment = {**os.environ, **self.settings()}
        with self.log.open("a") as output:
            self.process = subprocess.Popen([BINARY, "serve"], env=environment, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended:\n{self.log.read_text()}"
            if "listens on" in self.log.read_text():
                return
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready after {START_SECONDS} s:\n{self.log.read_text()}")

    def stop(self):
        assert self.process.poll() is None, f"the server died during the tests:\n{self.log.read_text()}"
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(STOP_SECONDS) == 0, f"SIGTERM:\n{self.log.read_text()}"

    def organization(self, name):
        return Organization(self, name)


@pytest.fixture(scope="session")
def mailbox():
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory, mailbox):
    if not BINARY.is_file():
        pytest.fail(f"no server at {BINARY}: build it (cargo build) or set HOSPES_BIN")
    running = Server(tmp_path_factory.mktemp("hospes"), mailbox)
    running.start()
    try:
        yield running
        running.stop()
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if in_ci():
            pytest.fail("there is no Chromium, and in CI nothing may be skipped")
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        # As root, which CI often is, Chromium refuses to run in its sandbox.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=path, args=options, headless=not os.environ.get("HOSPES_HEADED")
        )
        yield browser
        browser.close()


@pytest.fixture
def device(chromium):
    """Makes browsers of their own: `device(PHONE, script=False)`. Nothing may reach beyond the server."""
    made = []

    def make(size=PHONE, script=True, **options):
        NETWORK.append(len(NETWORK))
        address = f"10.{len(NETWORK) // 256}.{len(NETWORK) % 256}.7"
        headers = {"X-Forwarded-For": address, **options.pop("extra_http_headers", {})}
        context = chromium.new_context(
            viewport=size, java_script_enabled=script, extra_http_headers=headers, **{"locale": "en-GB", **options}
        )
        context.set_default_timeout(10_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


def picture(page, name):
    """Keeps a picture of a page, which must not be wider than the window."""
    PAGES.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"]
    page.screenshot(path=PAGES / f"{name}-{width}.png", full_page=True)
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, f"{name} is {sideways} px too wide at {width} px"


def look(page, name):
    """Keeps a picture of a page, and says what is wrong with it for people who cannot see or point."""
    picture(page, name)
    width = page.viewport_size["width"]
    found = Axe().run(page, options=AXE).response["violations"]
    told = [f"{each['id']}: {each['help']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
    assert not told, f"{name} at {width} px:\n" + "\n".join(told)


@pytest.fixture
def new_email():
    """Makes addresses that no other test uses."""
    return lambda name="carl": f"{name}.{uuid.uuid4().hex[:10]}@client.example"


def codes(text):
    """The typed codes in a mail: eight digits, maybe with a gap in the middle."""
    return [code.replace(" ", "") for code in re.findall(r"\b\d{4} ?\d{4}\b", text)]
