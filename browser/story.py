"""What the tests tell: a template, a process for guests, and how a person at a browser gets through the pages."""

import re
import time
from contextlib import contextmanager

from conftest import codes
from playwright.sync_api import expect

FIRM, SIZE, KIND = "Name of the firm", "Size", "Kind of firm"
ABOUT, WANTS, SINCE = "About the firm", "What do you want?", "Founded on"
CONTACT, PEOPLE = "Whom to write to", "Who works there"
COMPANY = "Your company"
FORM, APPROVAL, INTERNAL, NOTICE = "Tell us about your firm", "Approve the offer", "Check the books", "We close on Friday"
# The last one is required, and is left empty when somebody forgets something.
FIELDS = [
    {"id": "about", "label": ABOUT, "field_type": "textarea", "guidance": "<p>What you make, and for <b>whom</b>.</p>"},
    {"id": "size", "label": SIZE, "field_type": "radio", "options": [{"id": 1, "text": "small"}, {"id": 2, "text": "large"}]},
    {"id": "kind", "label": KIND, "field_type": "dropdown", "options": [{"id": 1, "text": "Bakery"}, {"id": 2, "text": "Forge"}]},
    {
        "id": "wants",
        "label": WANTS,
        "field_type": "multiselect",
        "options": [{"id": 1, "text": "Advice"}, {"id": 2, "text": "Books"}, {"id": 3, "text": "Cash"}],
    },
    {"id": "since", "label": SINCE, "field_type": "date"},
    {"id": "contact", "label": CONTACT, "field_type": "email"},
    {"id": "people", "label": PEOPLE, "field_type": "table", "columns": [{"id": 1, "label": "Name"}, {"id": 2, "label": "Phone"}]},
    {"id": "firm", "label": FIRM, "field_type": "text", "required": True},
]


# The smallest file that is what it says.
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n"


# What is filled in elsewhere, or by picking people.
MORE_FIELDS = [
    {"id": "paper", "label": "Contract", "field_type": "file"},
    {"id": "others", "label": "Who else should know", "field_type": "assignees_form"},
]


def template(ann, more=False):
    """A form and a notice for the guest, an approval once the form is done, and something internal."""

    def assign(step):
        return {
            "action_type": "assignment",
            "action_verb": "assign_only",
            "target_step_id": step,
            "actionable_id": "client",
            "actionable_type": "Prerun",
        }

    def rule(alias, step, operation, kind, verb, target):
        return {
            "automated_alias": alias,
            "conditions": [{"conditionable_id": step, "conditionable_type": "Step", "operation": operation}],
            "then_actions": [{"action_type": kind, "action_verb": verb, "target_step_id": target}],
        }

    client = {"conditionable_id": "client", "conditionable_type": "Prerun", "operation": "is_not_empty"}
    picker = {"id": "client", "alias": "client", "label": "Client", "field_type": "assignees_form"}
    deadline = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    return {
        "title": "Onboarding",
        "type": "procedure",
        "prerun": [{**picker, "default_to_guest": True}],
        "steps": [
            {"id": "form", "title": FORM, "summary": "<p>It takes <b>five minutes</b>.</p>", "captures": FIELDS + MORE_FIELDS * more},
            {"id": "approve", "title": APPROVAL, "step_type": "approval"},
            {"id": "check", "title": INTERNAL, "assignees": [ann]},
            {"id": "notice", "title": NOTICE, "step_type": "expiring", "deadline": deadline},
        ],
        "automated_actions": [
            {
                "automated_alias": "The client's tasks",
                "conditions": [client],
                "then_actions": [assign("form"), assign("approve"), assign("notice")],
            },
            rule("Now approve", "form", "completed", "visibility", "show", "approve"),
            rule("Once more", "approve", "rejected", "status", "reopen", "form"),
            rule("Decide again", "form", "completed", "status", "reopen", "approve"),
        ],
    }


class PublicForm:
    """The kick-off form of such a template, open to everybody who has its address; with more fields if wanted."""

    def __init__(self, org, fields=()):
        self.org = org
        body = template(org.members["standard"])
        company = {"id": "company", "label": COMPANY, "field_type": "text", "required": True}
        body |= {"is_public_kickoff": True, "prerun": [company, *body["prerun"], *fields]}
        self.template = org.data("POST", "/checklists", "standard", json=body)["id"]
        self.address = f"/kickoff/{org.id}/{self.template}"

    def send(self, person, company="Acme Bread"):
        """Fills in what must be filled in."""
        person.goto(self.address)
        person.page.get_by_label(COMPANY).fill(company)
        person.page.get_by_label("Your e-mail address").fill(person.email)
        person.button("Send").click()
        expect(person.heading("Look into your mailbox")).to_be_visible()

    def mailed(self, person):
        """The mail with which the address is verified."""
        return person.server.mailbox.wait(person.email, 1)[-1]

    def start(self, person):
        """All of it, by the link in the mail."""
        self.send(person)
        [link] = self.mailed(person).links("/kickoff/")
        person.goto(link)
        person.page.get_by_role("checkbox", name="Yes, I filled in this form").check()
        person.button("Start").click()
        expect(person.page.get_by_role("link", name="Devices")).to_be_visible()
        return Process(self.org, person.email, run=self.org.data("GET", "/runs", "standard")[0]["id"])


class Process:
    """A process that was launched for a guest, here or before."""

    def __init__(self, org, guest, name="Carl's firm", more=False, run=None):
        self.org, self.guest = org, guest
        self.id = run or self.launched(name, more)
        listed = org.data("GET", f"/runs/{self.id}/tasks?sort=position", "standard")
        self.tasks = {task["title"]: task["id"] for task in listed}

    def launched(self, name, more):
        made = self.org.data("POST", "/checklists?with=steps", "standard", json=template(self.org.members["standard"], more))
        picked = {made["prerun"][0]["id"]: {"users": [], "guests": [self.guest], "groups": []}}
        launch = {"checklist_id": made["id"], "name": name, "prerun": picked}
        return self.org.data("POST", "/runs", "standard", json=launch)["id"]

    def read(self, title):
        return self.org.data("GET", f"/runs/{self.id}/tasks/{self.tasks[title]}", "standard")

    def stats(self, guest):
        """Open tasks and completed tasks of a guest."""
        stats = self.org.data("GET", f"/guests/{guest}?with=stats", "standard")["stats"]
        return stats["active_tasks"], stats["tasks_completed"]


def mails_after(org, guest, count):
    """The mails to a guest of one organization once nothing waits to be sent; there must be so many.

    Those with which an address is verified were sent to somebody who was no guest yet, and do not count.
    """
    deadline = time.monotonic() + 30
    while True:
        known = org.data("GET", f"/guests/{guest}/mails?per_page=100")
        if all(mail["state"] not in ("queued", "sending") for mail in known):
            break
        assert time.monotonic() < deadline, f"these are still not sent: {known}"
        time.sleep(0.1)
    name = org.name
    all_mails = org.server.mailbox.of(guest)
    mails = [mail for mail in all_mails if name in mail.text and not mail.links("/kickoff/")]
    assert len(mails) == count, f"{guest} should have {count} mails of {name}, and has {mails}; the API knows {known}"
    return mails


def until(read, wanted, seconds=20):
    """Asks until the answer is the wanted one."""
    deadline = time.monotonic() + seconds
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"still {found!r}, not {wanted!r}"
        time.sleep(0.1)


class Person:
    """Somebody at a browser, who knows pages by what they say."""

    def __init__(self, server, email, context):
        self.server, self.email, self.context = server, email, context
        self.page = context.new_page()

    def goto(self, address):
        if address.startswith("/"):
            address = self.server.url + address
        return self.page.goto(address)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def heading(self, name):
        return self.page.get_by_role("heading", name=name, level=1)

    def enter(self, link):
        """By a link that was mailed, as the policy `verify` wants it."""
        self.goto(link)
        self.page.get_by_role("checkbox", name="Yes, this mail was sent to me").check()
        self.button("Open my tasks").click()
        expect(self.page.get_by_role("link", name="Devices")).to_be_visible()

    def enter_by_code(self, locator):
        """By the digits that are mailed to whoever comes without a mailed link."""
        self.goto(locator)
        count = len(self.server.mailbox.of(self.email))
        self.button("Mail me a code").click()
        expect(self.heading("Type in the code")).to_be_visible()
        mail = self.server.mailbox.wait(self.email, count + 1)[-1]
        [digits] = codes(mail.text)
        self.page.get_by_label("The eight digits in the mail").fill(digits)
        self.button("Go on").click()
        expect(self.page.get_by_role("link", name="Devices")).to_be_visible()

    @property
    def base(self):
        """The address of the workplace that is open."""
        return re.match(r".*/guest/[^/?]+", self.page.url)[0]

    def open(self, title):
        """A task of the list."""
        self.page.get_by_role("link", name="My tasks", exact=True).click()
        self.page.get_by_role("link", name=title).click()
        expect(self.heading(title)).to_be_visible()

    def tasks(self):
        """The titles in the list."""
        return [title.inner_text() for title in self.page.locator("ul.tasks strong").all()]

    @contextmanager
    def leaves_page(self):
        """What is done inside leads to another page, or to the same one anew."""
        with self.page.expect_navigation():
            yield
