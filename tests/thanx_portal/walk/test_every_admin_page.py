"""The admin, asked by every kind of user: each model's list, adding, changing, deleting, history and actions."""

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import Act, InstallationRole
from tests.support.factories import MerchantFactory
from tests.thanx_portal.walk.people import KINDS, VISITOR, Watched, outcome, visitor

pytestmark = pytest.mark.django_db

OPERATOR, SUPERUSER = InstallationRole.OPERATOR, InstallationRole.SUPERUSER
ALL = {"view", "add", "change", "delete"}

MAY = {
    OPERATOR: {"accounts.membership": ALL, "campaigns.merchant": {"view", "change"}},
    SUPERUSER: {
        "accounts.membership": ALL,
        "campaigns.merchant": {"view", "change"},
        "accounts.user": {"view", "change"},
    },
}
"""Beside looking: what the admin lets users do. All else there is for reading."""

HIDDEN_FROM_OPERATORS = {"account.emailaddress", "mfa.authenticator", "socialaccount.socialaccount"}
HIDDEN_FROM_OPERATORS |= {"usersessions.usersession"}
"""Rows of the libraries: how users sign in."""

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def expected(kind, label):
    if kind == OPERATOR and label in HIDDEN_FROM_OPERATORS:
        return set()
    return MAY[kind].get(label, {"view"})


@pytest.mark.parametrize("kind", [OPERATOR, SUPERUSER])
def test_each_model_lets_users_do_what_the_table_says_and_no_more(kind):
    request = HttpRequest()
    request.user = visitor(kind, MerchantFactory()).user
    found = {}
    for model in MODELS:
        shown = admin.site._registry[model]
        asked = {act: getattr(shown, f"has_{act}_permission")(request) for act in sorted(ALL)}
        found[model._meta.label_lower] = {act for act, allowed in asked.items() if allowed}

    assert found == {label: expected(kind, label) for label in found}


@pytest.mark.parametrize("kind", [OPERATOR, SUPERUSER])
def test_pages_and_actions_answer_alike_and_refused_ones_change_nothing(kind):
    who, wrong = visitor(kind, MerchantFactory()), []
    for model in MODELS:
        label, name = model._meta.label_lower, f"admin:{model._meta.app_label}_{model._meta.model_name}"
        may = expected(kind, label)
        pages = {
            "view": [("get", reverse(f"{name}_changelist")), ("head", reverse(f"{name}_changelist"))],
            "add": [(method, reverse(f"{name}_add")) for method in ("get", "head", "post")],
            "change": [("post", reverse(f"{name}_change", args=[0]))],
            "delete": [("post", reverse(f"{name}_delete", args=[0])), ("action", reverse(f"{name}_changelist"))],
        }
        for act, asked in pages.items():
            for method, address in asked:
                found, changes = _ask(who.client, method, address)
                refused = found in ("refused", "without effect")
                if refused != (act not in may) or changes:
                    wrong.append((label, act, method, found, changes))

    assert wrong == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (OPERATOR, SUPERUSER)], ids=str)
def test_the_admin_is_closed_to_everyone_else(kind):
    who = visitor(kind, MerchantFactory())
    assert not who.here.may(Act.USE_ADMIN)
    addresses = [reverse("admin:index"), reverse("admin:accounts_user_changelist"), reverse("admin:autocomplete")]
    addresses += [reverse("admin:accounts_membership_add"), reverse("admin:jsi18n"), "/admin/no/such/"]
    for address in addresses:
        for method in ("get", "head", "post"):
            with Watched() as watched:
                answer = getattr(who.client, method)(address, follow=True)
            there = answer.request["PATH_INFO"]
            assert (there, answer.status_code) in [("/accounts/login/", 200), ("/admin/login/", 403)]
            assert (there == "/accounts/login/") == (kind == VISITOR)
            assert watched.changes == []


def _ask(client, method, address):
    """Return how the admin answered, and what it changed."""
    if method == "action":
        return _try_action(client, address)
    with Watched() as watched:
        answer = getattr(client, method)(address)
    return outcome(answer), watched.changes


def _try_action(client, address):
    """Delete rows by the action that Django offers for that, whether or not the list offers it."""
    shown = client.get(address).context
    form = shown and shown.get("action_form")
    is_offered = bool(form) and "delete_selected" in dict(form.fields["action"].choices)
    with Watched() as watched:
        client.post(address, {"action": "delete_selected", "_selected_action": ["0"], "post": "yes"})
    return ("open" if is_offered else "without effect"), watched.changes
