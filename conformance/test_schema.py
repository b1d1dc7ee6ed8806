"""Requests generated from the server's own OpenAPI document, right ones and wrong ones.

Schemathesis runs once, as its users run it, over all operations. Random
identifiers would only ever meet "not found", so most of them are replaced by
those of real objects. What is left random is the wrong data that this is about.

HOSPES_SCHEMA_EXAMPLES  generated requests per operation and kind (default 40)
HOSPES_SCHEMA_SEED      the seed (default 1)
"""

import copy
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from itertools import count
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
from conftest import in_ci

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
EXAMPLES = os.environ.get("HOSPES_SCHEMA_EXAMPLES") or "40"
SEED = os.environ.get("HOSPES_SCHEMA_SEED") or "1"
# Far above the usual time. A server that hangs must not hang the build with it.
LIMIT_SECONDS = 900 if in_ci() else 600

# The routes of this release, without the names of their parameters.
ROUTES = """
GET /me
GET /me/organizations
GET /organizations/{}
PUT /organizations/{}
GET /organizations/{}/me
GET /organizations/{}/users
GET /organizations/{}/users-list
POST /organizations/{}/users/invite
GET /organizations/{}/users/{}
PUT /organizations/{}/users/{}
DELETE /organizations/{}/users/{}
PUT /organizations/{}/users/{}/role
DELETE /organizations/{}/users/{}/disable
PUT /organizations/{}/users/{}/enable
PUT /organizations/{}/users/{}/approve
DELETE /organizations/{}/users/{}/delete
POST /organizations/{}/users/{}/invitation-link
PUT /organizations/{}/users/{}/to/guest
POST /invitations/accept
GET /organizations/{}/guests
POST /organizations/{}/guests
GET /organizations/{}/guests-list
GET /organizations/{}/guests/{}
PUT /organizations/{}/guests/{}
DELETE /organizations/{}/guests/{}
DELETE /organizations/{}/guests/{}/disable
PUT /organizations/{}/guests/{}/enable
PUT /organizations/{}/guests/{}/email
POST /organizations/{}/guests/{}/to/member
GET /organizations/{}/guests/{}/sessions
DELETE /organizations/{}/guests/{}/sessions
DELETE /organizations/{}/guests/{}/sessions/{}
PUT /organizations/{}/guests/{}/reset-link
POST /organizations/{}/guests/{}/copy-link
GET /organizations/{}/guests/{}/tasks
GET /organizations/{}/tasks
POST /organizations/{}/tasks
GET /organizations/{}/tasks/{}
PUT /organizations/{}/tasks/{}
DELETE /organizations/{}/tasks/{}
PUT /organizations/{}/tasks/{}/restore
DELETE /organizations/{}/tasks/{}/delete
POST /organizations/{}/completed-tasks
DELETE /organizations/{}/completed-tasks/{}
GET /organizations/{}/me/tasks
GET /organizations/{}/users/{}/tasks
GET /organizations/{}/groups
POST /organizations/{}/groups
GET /organizations/{}/groups/{}
PUT /organizations/{}/groups/{}
DELETE /organizations/{}/groups/{}
GET /organizations/{}/checklists
POST /organizations/{}/checklists
GET /organizations/{}/checklists/{}
PUT /organizations/{}/checklists/{}
DELETE /organizations/{}/checklists/{}
DELETE /organizations/{}/checklists/{}/delete
PUT /organizations/{}/checklists/{}/restore
PUT /organizations/{}/checklists/{}/publish
POST /organizations/{}/checklists/{}/clone
GET /organizations/{}/checklists/{}/form-fields
DELETE /organizations/{}/checklists/{}/preruns/{}
GET /organizations/{}/checklists/{}/steps
POST /organizations/{}/checklists/{}/steps
GET /organizations/{}/checklists/{}/steps/{}
PUT /organizations/{}/checklists/{}/steps/{}
DELETE /organizations/{}/checklists/{}/steps/{}
POST /organizations/{}/checklists/{}/steps/{}/clone
PUT /organizations/{}/checklists/{}/steps/{}/reorder
POST /organizations/{}/checklists/{}/steps/{}/captures
PUT /organizations/{}/checklists/{}/steps/{}/captures
PUT /organizations/{}/checklists/{}/steps/{}/captures/{}
DELETE /organizations/{}/checklists/{}/steps/{}/captures/{}
PUT /organizations/{}/checklists/{}/steps/{}/captures/{}/move-out
GET /organizations/{}/checklists/{}/automated-actions
POST /organizations/{}/checklists/{}/automated-actions
PUT /organizations/{}/checklists/{}/automated-actions/{}
DELETE /organizations/{}/checklists/{}/automated-actions/{}
POST /organizations/{}/assets
POST /organizations/{}/file
POST /organizations/{}/upload
GET /organizations/{}/assets/{}
DELETE /organizations/{}/assets/{}
GET /organizations/{}/file/{}
DELETE /organizations/{}/file/{}
GET /organizations/{}/file/{}/dl
GET /organizations/{}/activity-feeds
POST /organizations/{}/tasks/{}/reminder
GET /organizations/{}/guests/{}/mails
GET /organizations/{}/guests/{}/mail-status
GET /organizations/{}/guests/{}/preferences
PUT /organizations/{}/guests/{}/preferences
POST /organizations/{}/tasks/{}/clone
POST /organizations/{}/tasks/{}/captures
PUT /organizations/{}/form-field/value
POST /organizations/{}/guests/{}/form-field/value
GET /organizations/{}/runs
POST /organizations/{}/runs
GET /organizations/{}/runs/{}
PUT /organizations/{}/runs/{}
DELETE /organizations/{}/runs/{}
PUT /organizations/{}/runs/{}/activate
DELETE /organizations/{}/runs/{}/delete
POST /organizations/{}/runs/{}/complete-prerun
DELETE /organizations/{}/runs/{}/complete-prerun
POST /organizations/{}/runs/{}/export
GET /organizations/{}/runs/{}/form-fields
GET /organizations/{}/runs/{}/tasks
GET /organizations/{}/runs/{}/tasks/{}
PUT /organizations/{}/runs/{}/tasks/{}
POST /organizations/{}/runs/{}/completed-tasks
DELETE /organizations/{}/runs/{}/completed-tasks/{}
POST /organizations/{}/tasks/{}/comment
PUT /organizations/{}/tasks/{}/comment/{}
DELETE /organizations/{}/tasks/{}/comment/{}
POST /organizations/{}/tasks/{}/bot-comment
POST /organizations/{}/tasks/{}/problem
POST /organizations/{}/tasks/{}/resolved-threads
POST /organizations/{}/runs/{}/comment
PUT /organizations/{}/runs/{}/comment/{}
DELETE /organizations/{}/runs/{}/comment/{}
POST /organizations/{}/runs/{}/problem
POST /organizations/{}/runs/{}/resolved-threads
POST /organizations/{}/checklists/{}/comment
PUT /organizations/{}/checklists/{}/comment/{}
DELETE /organizations/{}/checklists/{}/comment/{}
POST /organizations/{}/checklists/{}/problem
POST /organizations/{}/checklists/{}/resolved-threads
"""
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def document(api):
    answer = api.call("GET", "/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document):
    return {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if method in METHODS
    }


def test_every_route_is_in_the_document(document):
    assert document["openapi"].startswith("3.1")
    documented = {f"{method} {re.sub('{[^}]*}', '{}', path)}" for method, path in operations(document)}
    assert set(ROUTES.split("\n")) - {""} - documented == set()


def test_the_document_asks_for_a_token(document):
    """Otherwise the check that a token is needed would be vacuous."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS and path.startswith("/organizations/"):
                assert operation.get("security", document.get("security")), f"{method} {path}"
                assert {"401", "4XX", "default"} & set(operation["responses"]), f"{method} {path}"


def real_objects(api):
    """Identifiers by the path segment that they follow."""
    guests = api.data("GET", "/guests", params={"per_page": 999})
    users = [user["id"] for user in api.data("GET", "/users")]
    tasks = []
    for number in range(160):
        body = {
            "title": f"Material {number}",
            "task_type": "task",
            "deadline": "2031-02-03 04:05:06",
            "owners": {"users": users[:1], "guests": [], "groups": []},
        }
        tasks.append(api.data("POST", "/tasks", json=body)["id"])
    to_remind = {"title": "Remind", "task_type": "task", "deadline": "2031-02-03 04:05:06", "owners": {"users": users[1:2]}}
    reminded = [api.data("POST", "/tasks", json=to_remind)["id"] for _ in range(20)]
    # Some are only ever completed: the others may be gone when it is their turn.
    tasks, open_tasks = tasks[:60], tasks[60:]
    for task in tasks[::2]:
        api.data("POST", "/completed-tasks", json={"task_id": task})
    open_tasks, archived_tasks = open_tasks[:70], open_tasks[70:]
    for task in archived_tasks:
        assert api.in_org("DELETE", f"/tasks/{task}").ok
    invited, secrets = invitations(api)
    leaving, removed, renamed, blocked, barred = (
        [f"{name}{number}@guests.example" for number in range(60)]
        for name in ("leaving", "removed", "renamed", "blocked", "barred")
    )
    for email in leaving + removed + renamed + blocked + barred:
        api.data("POST", "/guests", json={"email": email})
    for email in barred:
        api.data("DELETE", f"/guests/{email}/disable")
    watched, sessions = signed_in(api)
    groups = [api.data("POST", "/groups", json={"name": f"Material {number}"})["id"] for number in range(40)]
    codes = [guest["link"].rsplit("/", 1)[1] for guest in guests]
    # One template whose parts are asked for, and others that come and go.
    field = {"label": "Material", "field_type": "text", "required": False}
    template = {
        "title": "Material",
        "type": "procedure",
        "prerun": [field] * 60,
        "steps": [{"title": "Form", "captures": [field] * 120}] + [{"title": "Material"}] * 160,
    }
    parts = api.data("POST", "/checklists?with=steps", json=template)
    form, *steps = parts["steps"]["data"]
    asked = {"conditionable_id": form["id"], "conditionable_type": "Step", "operation": "completed"}
    done = {"action_type": "visibility", "action_verb": "hide", "target_step_id": form["id"]}
    rule = {"automated_alias": "Material", "conditions": [asked], "then_actions": [done]}
    rules = [api.data("POST", f"/checklists/{parts['id']}/automated-actions", json=rule)["id"] for _ in range(60)]
    spare = []
    for number in range(80):
        spare.append(api.data("POST", "/checklists", json={"title": f"Spare {number}", "type": "form"})["id"])
    for checklist in spare[::2]:
        assert api.in_org("DELETE", f"/checklists/{checklist}").status_code == 200
    processes = real_processes(api, guests[0]["email"])
    processes |= discussed(api, "task", f"/tasks/{talked_task(api, users)}")
    processes |= discussed(api, "run", f"/runs/{processes['talked-run'][0]}")
    processes |= discussed(api, "checklist", f"/checklists/{parts['id']}")
    return processes | real_files(api, users[0]) | {
        "checklists": [parts["id"]],
        "spare-checklists": spare[1::4],
        "changed-checklists": spare[3::4],
        "archived-checklists": spare[::4],
        "ended-checklists": spare[2::4],
        "steps": [step["id"] for step in steps[:80]],
        "spare-steps": [step["id"] for step in steps[80:]],
        "form-steps": [form["id"]],
        # Those of one request are not deleted or moved away by another.
        "captures": [field["id"] for field in form["captures"][:40]],
        "moved-captures": [field["id"] for field in form["captures"][40:100]],
        "kept-captures": [field["id"] for field in form["captures"][100:]],
        "preruns": [field["id"] for field in parts["prerun"]],
        "automated-actions": rules[:40],
        "kept-rules": rules[40:],
        "organizations": [api.org],
        "guests": [guest["email"] for guest in guests] + codes,
        "users": users,
        "tasks": tasks,
        "groups": groups,
        "invited": invited[0],
        "linked": invited[1],
        "disabled": invited[2],
        "members": invited[3],
        "secrets": secrets,
        "leaving-guests": leaving,
        "removed-guests": removed,
        "renamed-guests": renamed,
        "blocked-guests": blocked,
        "barred-guests": barred,
        "watched-guests": [watched],
        "sessions": sessions,
        "completed-tasks": tasks[::2],
        "open-tasks": open_tasks,
        "reminded-tasks": reminded,
        "archived-tasks": archived_tasks[::2],
        "ended-tasks": archived_tasks[1::2],
    }


def signed_in(api):
    """A guest, and the sessions of as many visits."""
    api.data("PUT", "", json={"guest_link_policy": "open"})
    email = "watched@guests.example"
    link = api.data("POST", "/guests", json={"email": email})["link"]
    for _ in range(40):
        page = requests.get(link, timeout=30).text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
        entered = requests.post(
            f"{link}/enter", data=hidden | {"answer": "open"}, timeout=30, allow_redirects=False
        )
        assert entered.status_code == 303, entered.text
    return email, [session["id"] for session in api.data("GET", f"/guests/{email}/sessions")]


def invitations(api):
    """Members to be administered, for each kind of operation some of its own, and secrets to come in with."""

    def invite(number):
        body = {"email": f"material{number}@members.example", "name": f"Member {number}", "role": "light"}
        return api.data("POST", "/users/invite", json=body)["id"]

    lists = [[invite(list * 100 + number) for number in range(60)] for list in range(5)]
    for user in lists[2]:
        api.data("DELETE", f"/users/{user}/disable")
    secrets = [api.data("POST", f"/users/{user}/invitation-link")["secret"] for user in lists[4]]
    return lists[:4], secrets


# What operations are about that would leave nothing for the others.
OF_THEIR_OWN = {
    "POST /organizations/{org}/guests/{guest}/to/member": "leaving-guests",
    "DELETE /organizations/{org}/guests/{guest}": "removed-guests",
    "DELETE /organizations/{org}/guests/{guest}/disable": "blocked-guests",
    "PUT /organizations/{org}/guests/{guest}/enable": "barred-guests",
    "PUT /organizations/{org}/guests/{guest}/email": "renamed-guests",
    "PUT /organizations/{org}/guests/{guest}/reset-link": "renamed-guests",
    "DELETE /organizations/{org}/guests/{guest}/sessions/{session}": "watched-guests",
    "DELETE /organizations/{org}/users/{user}": "members",
    "DELETE /organizations/{org}/users/{user}/disable": "members",
    "PUT /organizations/{org}/users/{user}/to/guest": "members",
    "DELETE /organizations/{org}/users/{user}/delete": "disabled",
    "POST /organizations/{org}/users/{user}/invitation-link": "linked",
    "PUT /organizations/{org}/users/{user}": "invited",
    "PUT /organizations/{org}/users/{user}/role": "invited",
    "PUT /organizations/{org}/users/{user}/approve": "invited",
    "PUT /organizations/{org}/users/{user}/enable": "invited",
}


def real_files(api, user):
    """Files of a task that nobody touches, by the path segments that they follow."""
    body = {
        "title": "Files",
        "task_type": "task",
        "deadline": "2031-02-03 04:05:06",
        "owners": {"users": [user], "guests": [], "groups": []},
        "form_fields": [{"label": "File", "field_type": "file"}],
    }
    task = api.data("POST", "/tasks?with=form_fields", json=body)
    field = task["form_fields"]["data"][0]["id"]
    said = {"subject_type": "Task", "subject_id": task["id"], "uploaded_from": field}

    def upload(number):
        files = {"name": (f"material{number}.pdf", b"%PDF-1.7")}
        return api.data("POST", "/assets", data=said, files=files)["id"]

    return {
        "assets": [upload(number) for number in range(40)],
        "file": [upload(number) for number in range(80)],
        "file-subject-types": [said["subject_type"]],
        "file-subjects": [said["subject_id"]],
        "file-fields": [said["uploaded_from"]],
    }


def real_processes(api, guest):
    """Processes for different ends: what one request does must not spoil another."""
    body = {
        "title": "Material",
        "type": "procedure",
        "prerun": [{"label": "Firm", "field_type": "text"}],
        "steps": [{"title": f"Step {n}", "captures": [{"label": "Note", "field_type": "text"}]} for n in range(30)],
    }
    template = api.data("POST", "/checklists", json=body)["id"]
    api.data("PUT", f"/checklists/{template}", json={"title": "Material", "can_add_oot": True})
    steps = [step["id"] for step in api.data("GET", f"/checklists/{template}/steps", params={"per_page": 100})]

    def launch(**more):
        return api.data("POST", "/runs", json={"checklist_id": template, "name": "Material"} | more)["id"]

    working = launch(tasks={steps[0]: {"owners": {"guests": [guest]}}})
    tasks = [task["id"] for task in api.data("GET", f"/runs/{working}/tasks", params={"per_page": 100})]
    for task in tasks[20:]:
        api.data("POST", f"/runs/{working}/completed-tasks", json={"task_id": task})
    archived = [launch() for _ in range(20)]
    for run in archived:
        assert api.in_org("DELETE", f"/runs/{run}").ok
    values = api.data("GET", f"/runs/{working}/form-fields")["form_fields"]
    return {
        "templates": [template],
        "runs": [launch() for _ in range(20)],
        "talked-run": [launch()],
        "archived-runs": archived,
        "working-run": [working],
        "run-tasks": tasks[:10],
        "open-run-tasks": tasks[10:20],
        "done-run-tasks": tasks[20:],
        "values": [value["id"] for value in values[:10]],
        "guest-value": [values[0]["id"]],
        "guest": [guest],
    }


def talked_task(api, users):
    body = {
        "title": "Material",
        "task_type": "task",
        "deadline": "2031-02-03 04:05:06",
        "owners": {"users": users[:1], "guests": [], "groups": []},
    }
    return api.data("POST", "/tasks", json=body)["id"]


def discussed(api, kind, path):
    """Something with comments and issues, of which some are only ever changed."""

    def write(what):
        return api.data("POST", f"{path}/{what}", json={"content": "Material"})["id"]

    comments = [write("comment") for _ in range(80)]
    return {
        f"talked-{kind}": [path.rsplit("/", 1)[1]],
        f"{kind}-comments": comments[:20],
        f"{kind}-spare-comments": comments[20:],
        f"{kind}-issues": [write("problem") for _ in range(60)],
    }


def about_comments(method, path):
    """The same of operations about comments and issues."""
    if not re.search("/(bot-)?comment|/problem$|/resolved-threads$", path):
        return {}
    kind = re.search("{(task|run|checklist)}", path)[1]
    bound = {f"path.{kind}": (f"talked-{kind}", 0.9), "body.sent_to[*]": ("users", 0.9)}
    bound["body.thread_id"] = (f"{kind}-issues", 0.9)
    if "{comment}" in path:
        bound["path.comment"] = (f"{kind}-spare-comments" if method == "delete" else f"{kind}-comments", 0.9)
    return bound


def about_processes(operation):
    """Which parameters of an operation take their values from which objects."""
    method, path = operation.split(" ")
    if path.endswith("/runs/{run}/delete"):
        return {"path.run": ("archived-runs", 0.8)}
    if path.endswith("/guests/{guest}/form-field/value"):
        return {"path.guest": ("guest", 0.9), "body.id": ("guest-value", 0.9), "body.form_value": ("texts", 0.9)}
    if path.endswith("/form-field/value"):
        return {"body.id": ("values", 0.9), "body.form_value": ("texts", 0.9)}
    if "/runs/{run}/completed-tasks" in path:
        done, still_open = {"path.task": ("done-run-tasks", 0.9)}, {"body.task_id": ("open-run-tasks", 0.9)}
        return (done if method == "DELETE" else still_open) | {"path.run": ("working-run", 0.9)}
    if "/runs/{run}/tasks/{task}" in path:
        return {"path.run": ("working-run", 0.9), "path.task": ("run-tasks", 0.9)}
    if path.endswith("/tasks/{task}/captures"):
        return {"path.task": ("open-tasks", 0.9)}
    return {"body.checklist_id": ("templates", 0.9)} if path.endswith("/runs") else {}


def bound_parameters(document, objects):
    """Which parameter of which path takes its values from which objects."""
    values = objects | {"deadlines": ["2031-02-03 04:05:06", "2031-02-03T04:05:06Z", "2031-02-03"]}
    values |= {"kinds": ["Step"], "outcomes": ["completed"], "actions": ["visibility"], "verbs": ["show", "hide"]}
    values |= {"clauses": ["any_time", "on-time"], "texts": ["Words", "42"], "any-state": ["*"]}
    values |= {"web-addresses": ["https://hooks.example/task"]}
    values |= {"addresses": [f"fresh{number}@new.example" for number in range(400)]}
    body = {
        # What was read before is rarely still so.
        "header.If-Match": ("any-state", 0.8),
        "body.task_id": ("open-tasks", 0.8),
        "body.override_user": ("users", 0.9),
        "body.email": ("addresses", 0.6),
        "body.deadline": ("deadlines", 0.8),
        "body.owners.users[*]": ("users", 0.8),
        "body.owners.guests[*]": ("guests", 0.5),
        "body.owners.groups[*]": ("groups", 0.5),
        "body.members[*]": ("users", 0.8),
        "body.guests[*]": ("guests", 0.5),
        "body.secret": ("secrets", 0.9),
        "body.to": ("users", 0.6),
        "body.webhook": ("web-addresses", 0.8),
        "body.assignees[*]": ("users", 0.8),
        "body.users[*]": ("users", 0.8),
        "body.subject_type": ("file-subject-types", 0.9),
        "body.subject_id": ("file-subjects", 0.9),
        "body.uploaded_from": ("file-fields", 0.9),
        "body.capture_id": ("kept-captures", 0.95),
        "body.target_step_id": ("steps", 0.9),
        "body.conditions[*].conditionable_id": ("form-steps", 0.95),
        "body.then_actions[*].target_step_id": ("form-steps", 0.95),
        "body.conditions[*].conditionable_type": ("kinds", 0.95),
        "body.conditions[*].statement": ("clauses", 0.95),
        "body.conditions[*].operation": ("outcomes", 0.95),
        "body.then_actions[*].action_type": ("actions", 0.95),
        "body.then_actions[*].action_verb": ("verbs", 0.95),
    }
    bindings = {}
    for path in document["paths"]:
        bound = {}
        for before, parameter in re.findall(r"([^/]+)/{([^}]*)}", path):
            if before in objects:
                bound[f"path.{parameter}"] = (before, 0.95 if before == "organizations" else 0.6)
        for method in document["paths"][path]:
            own = bound | body
            if method == "put" and "path.task" in bound:
                # Not among those that other requests complete, archive or delete.
                own["path.task"] = ("open-tasks", 0.8)
            if path.endswith(("{task}/delete", "{task}/restore")):
                own["path.task"] = ("ended-tasks" if path.endswith("/delete") else "archived-tasks", 0.8)
            if path.endswith("/reminder"):
                own["path.task"] = ("reminded-tasks", 0.8)
            if "{checklist}/" in path:
                own["path.checklist"] = ("checklists", 0.9)
            if method == "put" and "path.rule" in bound:
                own["path.rule"] = ("kept-rules", 0.8)
            if "/captures" in path:
                own["path.step"] = ("form-steps", 0.8)
            if "path.field" in bound and "/captures" in path:
                kept = {"delete": "captures", "put": "kept-captures"}[method]
                own["path.field"] = ("moved-captures" if path.endswith("/move-out") else kept, 0.8)
            if path.endswith(("/delete", "/restore")) and "path.checklist" in bound:
                ended = path.endswith("/delete")
                own["path.checklist"] = ("ended-checklists" if ended else "archived-checklists", 0.8)
            if path.endswith("{checklist}") and method in ("put", "delete"):
                own["path.checklist"] = ("changed-checklists" if method == "put" else "spare-checklists", 0.8)
            if method == "delete" and path.endswith("{step}"):
                own["path.step"] = ("spare-steps", 0.8)
            operation = f"{method.upper()} {path}"
            if operation in OF_THEIR_OWN:
                parameter = "path.guest" if "path.guest" in own else "path.user"
                own = own | {parameter: (OF_THEIR_OWN[operation], 0.8)}
            own |= about_processes(operation) | about_comments(method, path)
            if "/groups" in path:
                keys = f"keys-{len(bindings)}"
                values[keys] = [f"{keys}-{number}" for number in range(200)]
                own["header.Idempotency-Key"] = (keys, 0.8)
            bindings[operation] = own
    return values, bindings


def configuration(values, bindings):
    """The same, as schemathesis reads it."""
    # What others' answers show is not taken up: it would leave nothing for them.
    lines = []
    for phase in ("examples", "coverage", "fuzzing"):
        lines += [f"[phases.{phase}.extra-data-sources]", "responses = false"]
    for name, entries in values.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(entries)}"]
    for operation, own in bindings.items():
        lines += ["[[operations]]", f"include-name = {json.dumps(operation)}", "[operations.parameters]"]
        for parameter, (values_of, probability) in own.items():
            entry = f"dictionary = {json.dumps(values_of)}, probability = {probability}"
            lines.append(f"{json.dumps(parameter)} = {{ {entry} }}")
    return "\n".join(lines) + "\n"


def with_examples(document, values, bindings):
    """The document with a real object in each path, because only fuzzing uses the dictionaries.

    An Idempotency-Key serves one request, and a generated one would come with
    many, so that all but the first would be refused. It is left to a few operations.
    """
    document, turns = copy.deepcopy(document), defaultdict(count)
    for operation, own in bindings.items():
        method, path = operation.split(" ")
        described = document["paths"][path][method.lower()]
        parameters = described.get("parameters", [])
        if "header.Idempotency-Key" not in own:
            parameters = [parameter for parameter in parameters if parameter["name"] != "Idempotency-Key"]
        for parameter in parameters:
            name = f"{parameter['in']}.{parameter['name']}"
            if name in own:
                # Each operation begins with another object.
                objects = own[name][0]
                parameter["example"] = values[objects][next(turns[objects]) % len(values[objects])]
        described["parameters"] = parameters
        form = described.get("requestBody", {}).get("content", {}).get("multipart/form-data")
        if form:
            # Any text will do for a file of this name.
            disposition = {"schema": {"type": "string"}, "example": 'form-data; name="name"; filename="material.txt"'}
            form["encoding"] = {"name": {"headers": {"Content-Disposition": disposition}}}
            filled_in = {name: values[own[f"body.{name}"][0]][0] for name in ("subject_type", "subject_id", "uploaded_from")}
            form["example"] = filled_in | {"name": "Material"}
    return document


@pytest.fixture(scope="module")
def run(api, document, tmp_path_factory):
    """One run of schemathesis: how it ended, what it said, and every exchange."""
    folder = tmp_path_factory.mktemp("schemathesis")
    values, bindings = bound_parameters(document, real_objects(api))
    (folder / "schemathesis.toml").write_text(configuration(values, bindings))
    (folder / "openapi.json").write_text(json.dumps(with_examples(document, values, bindings)))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"]
    command += ["openapi.json", "--url", api.base_url]
    command += ["--header", f"Authorization: Bearer {api.token}", "--header", "X-Tallyfy-Client: APIClient"]
    command += ["--phases", "examples,coverage,fuzzing", "--mode", "all", "--checks", ",".join(CHECKS)]
    command += ["--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none"]
    command += ["--continue-on-failure", "--request-timeout", "20", "--no-color", "--warnings", "off"]
    command += ["--report", "har", "--report-har-path", "exchanges.har"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=LIMIT_SECONDS)
    exchanges = json.loads((folder / "exchanges.har").read_text())["log"]["entries"]
    return SimpleNamespace(returncode=done.returncode, output=done.stdout + done.stderr, exchanges=exchanges)


@pytest.fixture(scope="module")
def statuses(run, document):
    """The status codes that each operation gave, by method and path of the document."""
    # Longer templates first, so that a literal segment wins over a parameter.
    templates = sorted(document["paths"], key=lambda path: (path.count("/"), -path.count("{")), reverse=True)
    patterns = [(re.compile(re.sub(r"{[^}]*}", "[^/]*", path)), path) for path in templates]
    found = defaultdict(set)
    for exchange in run.exchanges:
        target = urlsplit(exchange["request"]["url"]).path
        path = next((path for pattern, path in patterns if pattern.fullmatch(target)), None)
        found[exchange["request"]["method"], path].add(exchange["response"]["status"])
    return found


def test_the_server_keeps_to_its_document(run):
    assert run.returncode == 0, run.output[-20_000:]


def test_every_operation_was_tried(statuses, document):
    assert operations(document) - set(statuses) == set()


def test_right_requests_reached_the_handlers(statuses, document):
    """A fuzzer that is turned away at the door finds nothing behind it."""
    turned_away = {
        operation for operation in operations(document) if not any(200 <= status < 300 for status in statuses[operation])
    }
    assert not turned_away, "\n".join(sorted(" ".join(operation) for operation in turned_away))


def test_wrong_requests_were_made_and_refused(statuses, document):
    for method, path in operations(document):
        if method in ("POST", "PUT") and "requestBody" in document["paths"][path][method.lower()]:
            assert statuses[method, path] & {400, 415, 422}, f"{method} {path}: {statuses[method, path]}"
