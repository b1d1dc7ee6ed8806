"""The four example clients, run as a reader of their page would run them."""

import json
import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass

import pytest
from conftest import ROOT, need
from stub import Reply, Stub

CLIENTS = ROOT / "examples" / "clients"
LANGUAGES = ("javascript", "python", "java", "go")

# Statistics: the first two names are those of the oldest page about this list.
STATISTICS = ("active_tasks", "completed_tasks", "assigned_tasks", "tasks_completed")
DETAILS = ("first_name", "last_name", "status", "phone_1", "company_name", "timezone", "disabled_on", "disabled_by")


def build_java(folder):
    # The release flag holds the file to the language level that its page promises.
    source = CLIENTS / "java" / "Guests.java"
    options = ["--release", "11", "-Xlint:all", "-Werror", "-d", folder]
    subprocess.run([need("javac"), *options, source], check=True, timeout=120)
    return [need("java"), "-cp", folder, "Guests"]


def build_go(folder):
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
    command = [need("go"), "build", "-o", folder / "guests", "."]
    subprocess.run(command, cwd=CLIENTS / "go", env=environment, check=True, timeout=300)
    return [folder / "guests"]


BUILD = {
    "javascript": lambda _: [need("node"), CLIENTS / "javascript" / "guests.mjs"],
    "python": lambda _: [sys.executable, CLIENTS / "python" / "guests.py"],
    "java": build_java,
    "go": build_go,
}


@dataclass
class Client:
    command: list
    settings: dict

    def run(self, *arguments, **settings):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TALLYFY_")}
        environment |= {key: value for key, value in (self.settings | settings).items() if value is not None}
        return subprocess.run(
            [*self.command, *arguments],
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    def json(self, *arguments, **settings):
        done = self.run(*arguments, **settings)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    def refusal(self, *arguments, **settings):
        """What standard error says about a request that the server refuses."""
        done = self.run(*arguments, **settings)
        assert done.returncode == 1, done
        assert done.stdout == ""
        assert done.stderr.startswith("guests: "), "a stack trace is not a message"
        return done.stderr


@pytest.fixture(scope="session", params=LANGUAGES)
def command(request, tmp_path_factory):
    return BUILD[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture
def client(command, api):
    return Client(command, api.settings)


@pytest.fixture
def alone(command):
    """The client without the demo server; each test brings its own stub."""
    settings = {"TALLYFY_ORG_ID": "0" * 32, "TALLYFY_ACCESS_TOKEN": "token"}
    return Client(command, settings)


def test_a_guest_from_creation_to_removal(client, api, new_email):
    email = new_email()
    made = client.json("create", email, "Zoë", 'O"Neil\\', "Łódź & Sons")
    assert made["email"] == email
    assert (made["first_name"], made["last_name"]) == ("Zoë", 'O"Neil\\')
    assert made["details"]["company_name"] == "Łódź & Sons"

    changed = client.json("update", email, "company_name=A=B", "first_name=Zora")
    assert changed["details"]["company_name"] == "A=B"
    assert changed["first_name"] == "Zora"

    read = client.json("get", email)
    assert read["email"] == email
    assert read["first_name"] == "Zora"
    assert read["last_name"] == 'O"Neil\\', "an update leaves the rest alone"

    assert client.json("remove", email)["email"] == email
    assert client.refusal("get", email).startswith("guests: 404: ")


def test_the_list_holds_every_guest_exactly_once(client, api):
    guests = client.json("list", "--per-page", "7")
    first_page = api.in_org("GET", "/guests", params={"per_page": 7, "page": 1}).json()
    everybody = api.data("GET", "/guests", params={"per_page": 999})

    pagination = first_page["meta"]["pagination"]
    assert pagination["count"] == len(first_page["data"]) == 7
    assert pagination["total"] == len(everybody) >= 60
    emails = [guest["email"] for guest in guests]
    assert len(emails) == len(set(emails))
    assert set(emails) == {guest["email"] for guest in everybody}

    for guest in guests:
        assert all(type(guest["stats"][name]) is int for name in STATISTICS), guest
        assert set(DETAILS) <= set(guest["details"])
    # Zeros everywhere would satisfy the types and say nothing.
    assert any(guest["stats"]["assigned_tasks"] for guest in guests)
    assert client.json("list") == guests


def test_a_known_guest_is_not_created_again(client, new_email):
    email = new_email()
    client.json("create", email)
    refusal = client.refusal("create", email)
    assert refusal.startswith("guests: 422: ")
    assert "\n  email: " in refusal


def test_an_invalid_address_is_refused_by_field(client):
    refusal = client.refusal("create", "no-address")
    assert refusal.startswith("guests: 422: ")
    assert "\n  email: " in refusal


def test_an_unknown_guest_is_an_error(client, new_email):
    email = new_email()
    assert client.refusal("get", email).startswith("guests: 404: ")
    assert client.refusal("update", email, "first_name=Nobody").startswith("guests: 404: ")
    assert client.refusal("remove", email).startswith("guests: 422: ")


def test_a_bad_token_is_an_error(client):
    refusal = client.refusal("list", TALLYFY_ACCESS_TOKEN="not-a-token")
    assert refusal.startswith("guests: 401: ")
    assert "the request failed" not in refusal, "the server's own message is shown"


def test_mistakes_on_the_command_line_end_with_2(alone):
    here = {"TALLYFY_BASE_URL": "http://127.0.0.1:9"}
    for arguments in ([], ["fetch", "a@b.example"], ["get"], ["update", "a@b.example"], ["update", "a@b.example", "x"]):
        done = alone.run(*arguments, **here)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert "usage" in done.stderr.lower()

    for name in ("TALLYFY_BASE_URL", "TALLYFY_ORG_ID", "TALLYFY_ACCESS_TOKEN"):
        done = alone.run("list", **(here | {name: None}))
        assert done.returncode == 2
        assert f"{name} is not set" in done.stderr


def page(number, *guests, pages):
    pagination = {"total": 3, "count": len(guests), "per_page": 2, "current_page": number, "total_pages": pages}
    return Reply(200, {"data": [{"email": guest} for guest in guests], "meta": {"pagination": pagination}})


def test_the_walk_follows_the_server_and_sends_the_headers(alone):
    # The second page announces a third: somebody was added in the meantime.
    replies = [page(1, "a", "b", pages=2), page(2, "c", "d", pages=3), page(3, "e", pages=3)]
    with Stub(*replies) as stub:
        guests = alone.json("list", "--per-page", "2", TALLYFY_BASE_URL=stub.base_url + "/")

    assert [guest["email"] for guest in guests] == ["a", "b", "c", "d", "e"]
    path = f"/organizations/{'0' * 32}/guests"
    for number, seen in enumerate(stub.seen, start=1):
        target, _, query = seen.target.partition("?")
        assert (seen.method, target) == ("GET", path)
        assert sorted(query.split("&")) == [f"page={number}", "per_page=2", "with=stats"]
        assert seen.headers["authorization"] == "Bearer token"
        assert seen.headers["accept"] == "application/json"
        assert seen.headers["x-tallyfy-client"] == "APIClient"
    assert len(stub.seen) == 3


def test_a_list_without_page_numbers_is_an_error(alone):
    with Stub(Reply(200, {"data": [], "meta": {}})) as stub:
        alone.refusal("list", TALLYFY_BASE_URL=stub.base_url)


GUEST = {"data": {"email": "ada+office@x.example"}}


@pytest.mark.parametrize("arguments", (["get"], ["update", "first_name=Ada"], ["remove"]), ids=lambda words: words[0])
def test_the_address_is_encoded_in_the_path(alone, arguments):
    name, *rest = arguments
    with Stub(Reply(200, GUEST)) as stub:
        alone.json(name, "ada+office@x.example", *rest, TALLYFY_BASE_URL=stub.base_url)
    assert [seen.target for seen in stub.seen] == [f"/organizations/{'0' * 32}/guests/ada%2Boffice%40x.example"]


def test_429_is_waited_out_with_the_same_key(alone):
    slow_down = Reply(429, {"message": "Too many"}, headers=(("Retry-After", "1"),))
    with Stub(slow_down, slow_down, Reply(201, GUEST)) as stub:
        start = time.monotonic()
        alone.json("create", "ada+office@x.example", "Ada", TALLYFY_BASE_URL=stub.base_url)
        assert time.monotonic() - start >= 2
    assert [seen.method for seen in stub.seen] == ["POST"] * 3
    bodies = [json.loads(seen.body) for seen in stub.seen]
    assert bodies == [{"email": "ada+office@x.example", "first_name": "Ada"}] * 3
    keys = {seen.headers["idempotency-key"] for seen in stub.seen}
    assert len(keys) == 1
    assert uuid.UUID(keys.pop()).version == 4


def test_429_does_not_go_on_for_ever(alone):
    with Stub(Reply(429, {"message": "Too many"}, headers=(("Retry-After", "0"),))) as stub:
        refusal = alone.refusal("get", "a@x.example", TALLYFY_BASE_URL=stub.base_url)
    assert refusal.startswith("guests: 429: Too many")
    assert len(stub.seen) == 4


def test_a_long_429_is_left_to_the_user(alone):
    with Stub(Reply(429, {"message": "Too many"}, headers=(("Retry-After", "3600"),))) as stub:
        alone.refusal("create", "a@x.example", TALLYFY_BASE_URL=stub.base_url)
    assert len(stub.seen) == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_key(alone):
    with Stub(Reply(0, hang_up=True), Reply(201, GUEST)) as stub:
        alone.json("create", "ada+office@x.example", TALLYFY_BASE_URL=stub.base_url)
    assert len(stub.seen) == 2
    assert len({seen.headers["idempotency-key"] for seen in stub.seen}) == 1


def test_two_writes_have_two_keys(alone):
    with Stub(Reply(200, GUEST)) as stub:
        for _ in range(2):
            alone.json("create", "ada+office@x.example", TALLYFY_BASE_URL=stub.base_url)
    assert len({seen.headers["idempotency-key"] for seen in stub.seen}) == 2


def test_an_error_page_of_a_proxy_is_still_a_message(alone):
    with Stub(Reply(502, b"<html>Bad Gateway</html>")) as stub:
        refusal = alone.refusal("get", "a@x.example", TALLYFY_BASE_URL=stub.base_url)
    assert refusal.startswith("guests: 502: ")


def test_the_errors_of_a_field_may_be_one_text_or_several(alone):
    body = {"message": "No.", "errors": {"email": ["Too short.", "Too \"odd\"."], "phone_1": "Too long."}}
    with Stub(Reply(422, body)) as stub:
        refusal = alone.refusal("create", "a", TALLYFY_BASE_URL=stub.base_url)
    assert refusal == 'guests: 422: No.\n  email: Too short. Too "odd".\n  phone_1: Too long.\n'


def test_java_runs_straight_from_its_source(api):
    source = CLIENTS / "java" / "Guests.java"
    straight = Client([need("java"), source], api.settings)
    assert len(straight.json("list", "--per-page", "50")) >= 60
