#!/usr/bin/env python3
"""Lists and keeps the guests of one organization. Needs Python 3.10 or newer and requests."""

import argparse
import json
import os
import sys
import time
import uuid
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import requests

SETTINGS = ("TALLYFY_BASE_URL", "TALLYFY_ORG_ID", "TALLYFY_ACCESS_TOKEN")

MAX_TRIES = 4
TIMEOUT_S = (10, 30)  # connect, read
MAX_WAIT_S = 60  # A longer wait than this is the user's decision, not ours.

LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class ApiError(Exception):
    """An answer outside 2xx: the server's message, and one line per refused field."""

    def __init__(self, response):
        try:
            body = response.json()
        except requests.JSONDecodeError:
            body = None  # A proxy's error page must not hide the status.
        body = body if isinstance(body, dict) else {}
        super().__init__(f"{response.status_code}: {body.get('message') or 'the request failed'}")
        self.fields = [
            f"  {field}: {texts if isinstance(texts, str) else ' '.join(map(str, texts))}"
            for field, texts in dict(body.get("errors") or {}).items()
        ]


def retry_after(response):
    """Seconds that `Retry-After` asks for (a number or a date), or None."""
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return int(value)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(timezone.utc)).total_seconds()
    except (TypeError, ValueError):
        return None
    return max(0.0, seconds)


class Guests:
    def __init__(self, base_url, organization, token):
        self.url = f"{base_url.rstrip('/')}/organizations/{quote(organization, safe='')}/guests"
        self.session = requests.Session()
        self.session.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "X-Tallyfy-Client": "APIClient",
            }
        )

    def list(self, per_page):
        guests, page, pages = [], 1, 1
        while page <= pages:
            query = {"with": "stats", "page": page, "per_page": per_page}
            answer = self._call("GET", params=query)
            guests += answer["data"]
            pages = int(answer["meta"]["pagination"]["total_pages"])
            page += 1
        return guests

    def get(self, email):
        return self._call("GET", email)["data"]

    def create(self, guest):
        return self._call("POST", json=guest)["data"]

    def update(self, email, changes):
        return self._call("PUT", email, json=changes)["data"]

    def remove(self, email):
        return self._call("DELETE", email)["data"]

    def _call(self, method, email=None, **body_or_query):
        # safe="" turns + into %2B; a bare + may be read differently along the way.
        url = self.url if email is None else f"{self.url}/{quote(email, safe='')}"
        # The key stays the same over all tries, so the server carries out the write once.
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}

        for tries in range(1, MAX_TRIES + 1):
            last_try = tries == MAX_TRIES
            wait = 2.0 ** (tries - 2)
            try:
                response = self.session.request(
                    method, url, headers=headers, timeout=TIMEOUT_S, **body_or_query
                )
            except LOST:
                if last_try:
                    raise
            else:
                # 429 is decided before anything is written: any method may be sent again.
                asked = retry_after(response)
                wait = wait if asked is None else asked
                if response.status_code != 429 or last_try or wait > MAX_WAIT_S:
                    break
            time.sleep(wait)

        if not response.ok:
            raise ApiError(response)
        return response.json()


def assignment(word):
    key, equals, value = word.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"not KEY=VALUE: {word}")
    return key, value


def command_line():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="environment: TALLYFY_BASE_URL, TALLYFY_ORG_ID, TALLYFY_ACCESS_TOKEN",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    command = commands.add_parser("list", help="every guest with statistics, as one JSON array")
    command.add_argument("--per-page", type=int, default=100, metavar="N")

    for name in ("get", "remove"):
        commands.add_parser(name).add_argument("email", metavar="EMAIL")

    command = commands.add_parser("create")
    command.add_argument("email", metavar="EMAIL")
    command.add_argument("first_name", metavar="FIRST", nargs="?")
    command.add_argument("last_name", metavar="LAST", nargs="?")
    command.add_argument("company_name", metavar="COMPANY", nargs="?")

    command = commands.add_parser("update")
    command.add_argument("email", metavar="EMAIL")
    command.add_argument("changes", metavar="KEY=VALUE", nargs="+", type=assignment)

    arguments = parser.parse_args()
    missing = [name for name in SETTINGS if not os.environ.get(name)]
    if missing:
        parser.error(f"{missing[0]} is not set")
    return arguments


def run(guests, arguments):
    if arguments.command == "list":
        return guests.list(arguments.per_page)
    if arguments.command == "get":
        return guests.get(arguments.email)
    if arguments.command == "update":
        return guests.update(arguments.email, dict(arguments.changes))
    if arguments.command == "remove":
        return guests.remove(arguments.email)
    fields = ("email", "first_name", "last_name", "company_name")
    given = {name: getattr(arguments, name) for name in fields}
    return guests.create({name: value for name, value in given.items() if value is not None})


def main():
    arguments = command_line()
    guests = Guests(*(os.environ[name] for name in SETTINGS))
    try:
        print(json.dumps(run(guests, arguments), indent=2, ensure_ascii=False))
    except ApiError as error:
        sys.exit("\n".join([f"guests: {error}", *error.fields]))
    except requests.RequestException as error:
        sys.exit(f"guests: no usable answer: {error}")
    except (KeyError, TypeError) as error:
        sys.exit(f"guests: the answer is not shaped as documented: {error}")


if __name__ == "__main__":
    main()
