"""Habits that keep the engine right: one writer of each state, one clock, errors that are not swallowed."""

import ast
import re
from pathlib import PurePath

import pytest
from django.apps import apps

from engine.moves import Moving
from tests.conventions.sources import product
from tests.support.root import ROOT

NAMED_FOR_WHAT_THEY_SHOW = {"admin", "apps", "commands", "forms", "pages", "views"}
CLOCK_READERS = {"now", "utcnow", "today", "localtime", "localdate"}
OUTERMOST = ("views", "management", "admin.py", "demo", "middleware.py", "receivers.py", "single_sign_on.py")
VIEWS_OF_THE_PORTAL = {
    *("thanx_portal/home/views.py", "thanx_portal/health/views.py", "thanx_portal/design.py"),
    *("thanx_portal/offboarding/views.py", "thanx_portal/audit/views.py", "thanx_portal/audit/reveal.py"),
}
VIEWS = {"issuance/views/webhook_endpoint.py", "notifications/views.py", *VIEWS_OF_THE_PORTAL}
CLOCKS = {
    "engine/clock.py",
    "partner_api/pacing/governor.py",  # like the former it asks the database instead where that has a clock
    "partner_api/alone.py",  # there is no view and no worker above it
    "accounts/guards.py",  # part of every view
    "accounts/recent_sign_in.py",  # allauth and Django hand in no clock
    "accounts/permissions.py",  # a certifier's role ends with its time, and templates and the admin hand in no clock
    "accounts/user_limits.py",  # it wraps views, as guards do
    "accounts/entrance/adapter.py",  # allauth's views call it, and hand in no clock
    # Signals and a middleware call these, as a request calls a view.
    *("accounts/account_acts.py", "accounts/admin_acts.py", "thanx_portal/http/audited.py"),
}
TABLES_OF_STATES = ("campaigns.Campaign", "issuance.Batch", "issuance.Issuance")


def found_by(look, *, without=()):
    return [
        f"{source.name}:{node.lineno}"
        for source in product()
        if source.name not in without and not source.name.startswith("sandbox")
        for node in ast.walk(source.tree)
        if look(node)
    ]


def writes_a_state(node):
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in node.targets)
    is_update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
    return is_update and any(word.arg == "state" for word in node.keywords)


def reads_the_clock(node):
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if not is_method or node.func.attr not in CLOCK_READERS:
        return False
    owner = node.func.value
    return isinstance(owner, ast.Name) and owner.id in {"timezone", "datetime", "date"}


def swallows(node):
    """Whether an except clause catches whatever comes and does nothing, or catches even what is no error."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = ast.unparse(node.type) if node.type else ""
    is_silent = all(isinstance(line, ast.Pass) for line in node.body)
    return caught == "" or (is_silent and caught in {"Exception", "BaseException"})


def locks_rows(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "select_for_update"


def is_outermost(name):
    return name in VIEWS | CLOCKS or any(part in OUTERMOST for part in PurePath(name).parts)


def test_only_move_writes_a_state():
    own_states = {"issuance/jobs/webhook_inbox.py"}  # a delivery has no table of edges: it is judged once

    assert found_by(writes_a_state, without=own_states) == []


@pytest.mark.parametrize("name", TABLES_OF_STATES)
def test_every_model_with_a_table_of_states_moves_in_the_one_way(name):
    assert issubclass(apps.get_model(name), Moving)


def test_the_one_move_compares_before_it_writes():
    text = (ROOT / "engine/moves.py").read_text(encoding="utf-8")

    assert text.count("def move(") == 1
    assert "state=self.state, lease_token=self.lease_token)\n            if mine.update(**written) != 1:" in text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("batch.state = 'queued'", True),
        ("Batch.objects.update(state='queued')", True),
        ("Batch.objects.filter(state='queued')", False),
        ("batch.state == 'queued'", False),
    ],
)
def test_writing_a_state_is_recognised(code, expected):
    assert any(writes_a_state(node) for node in ast.walk(ast.parse(code))) == expected


def test_issuing_takes_its_locks_in_one_module_whose_order_all_follow():
    rows_of_their_own = {"issuance/jobs/webhook_inbox.py", "issuance/drafts/exclusion_lists.py"}
    places = found_by(locks_rows, without={"issuance/locks.py", *rows_of_their_own})

    assert [place for place in places if place.startswith("issuance/")] == []


def test_below_views_and_commands_the_clock_is_an_argument():
    assert [place for place in found_by(reads_the_clock) if not is_outermost(place.partition(":")[0])] == []


def test_errors_are_not_swallowed():
    assert found_by(swallows) == []


def test_public_functions_and_classes_say_what_they_promise():
    """Views, pages and forms are named for what they show: there a docstring stands only where it says more."""
    undocumented = [
        f"{source.name}:{node.name}"
        for source in product()
        if source.path.stem not in NAMED_FOR_WHAT_THEY_SHOW
        if not NAMED_FOR_WHAT_THEY_SHOW & set(source.path.parts)
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert undocumented == []


def test_every_module_says_what_it_is_about():
    silent = [
        source.name
        for source in product()
        if source.text.strip() and not ast.get_docstring(source.tree) and source.path.name != "apps.py"
    ]

    assert silent == []


def test_nothing_is_left_to_be_done_later():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

    assert [source.name for source in product() if marks.search(source.text)] == []


def test_nothing_sleeps_but_the_governor_and_programs_that_wait_for_others():
    sleepers = {place.partition(":")[0] for place in found_by(lambda node: "time.sleep" in _called(node))}

    assert [name for name in sleepers if name != "partner_api/pacing/governor.py" and not is_outermost(name)] == []


def _called(node):
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""
