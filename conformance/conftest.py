"""One demo server for the whole run, and what every test file shares.

The server is started as its users start it, through its command line, and is
known to the tests only by its environment file and its HTTP interface.
"""

import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("HOSPES_BIN") or ROOT / "target" / "debug" / "hospes")
START_SECONDS = 60
STOP_SECONDS = 30
SETTINGS = ("TALLYFY_BASE_URL", "TALLYFY_ORG_ID", "TALLYFY_ACCESS_TOKEN")


def in_ci():
    return os.environ.get("CI", "").lower() in ("1", "true")


def need(tool):
    """The path of a tool. Without it the test is skipped, but never in CI."""
    path = shutil.which(tool)
    if path:
        return path
    if in_ci():
        pytest.fail(f"{tool} is not installed, and in CI nothing may be skipped")
    pytest.skip(f"{tool} is not installed")


def pytest_collection_modifyitems(items):
    # Generated requests leave a mess, so they come after the tests that look at the demo data.
    items.sort(key=lambda item: item.path.name == "test_schema.py")


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if in_ci() and exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        reporter.write_line("A test was skipped in CI.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class Api:
    """The running server, seen by a caller who trusts no client library."""

    def __init__(self, settings):
        self.settings = settings
        self.base_url = settings["TALLYFY_BASE_URL"].rstrip("/")
        self.org = settings["TALLYFY_ORG_ID"]
        self.token = settings["TALLYFY_ACCESS_TOKEN"]
        self.http = requests.Session()
        self.http.headers.update(
            {
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/json",
                "X-Tallyfy-Client": "APIClient",
            }
        )

    def call(self, method, path, **options):
        return self.http.request(method, self.base_url + path, timeout=30, **options)

    def in_org(self, method, path, **options):
        return self.call(method, f"/organizations/{self.org}{path}", **options)

    def data(self, method, path, **options):
        """The `data` of an answer that must be a success."""
        answer = self.in_org(method, path, **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()["data"]


def read_settings(env_file):
    """The settings, or None while the file is missing or incomplete."""
    if not env_file.exists():
        return None
    lines = (line.partition("=") for line in env_file.read_text().splitlines())
    settings = {key.strip(): value.strip().strip("\"'") for key, _, value in lines}
    return settings if all(settings.get(name) for name in SETTINGS) else None


def await_ready(process, env_file, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{log.read_text()}")
        if settings := read_settings(env_file):
            return settings
        time.sleep(0.05)
    pytest.fail(f"the server was not ready after {START_SECONDS} s:\n{log.read_text()}")


@pytest.fixture(scope="session")
def api(tmp_path_factory):
    if not BINARY.is_file():
        pytest.fail(f"no server at {BINARY}: build it (cargo build) or set HOSPES_BIN")
    folder = tmp_path_factory.mktemp("hospes")
    env_file, log = folder / "hospes.env", folder / "server.log"
    command = [BINARY, "demo", "--listen", "127.0.0.1:0"]
    command += ["--data", folder / "data", "--env-file", env_file]
    if database := os.environ.get("HOSPES_DATABASE_URL"):
        command += ["--database", database]

    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        settings = await_ready(process, env_file, log)
        assert "/" not in settings["TALLYFY_BASE_URL"].split("://", 1)[1].rstrip("/")
        yield Api(settings)
        assert process.poll() is None, f"the server died during the tests:\n{log.read_text()}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0, f"SIGTERM:\n{log.read_text()}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def new_email():
    """Makes addresses that no other test uses. Each carries a +, the sign that is easily lost."""
    return lambda name="pat": f"{name}+{uuid.uuid4().hex[:12]}@guests.example.org"
