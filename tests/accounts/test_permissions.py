"""The table of roles and acts, and who asks it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import permission_table
from accounts.models import Role
from accounts.permissions import NO_RIGHTS, TABLE, Act, InstallationRole, Rights, may, rights, role_of, roles_that_may
from tests.support.factories import NOON, MembershipFactory, MerchantFactory, UserFactory
from tests.support.root import ROOT
from ui.marked_sections import redrawn


def test_the_table_names_every_role_and_every_act():
    assert set(TABLE) == {*Role, *InstallationRole}
    assert frozenset().union(*TABLE.values()) == frozenset(Act)


def test_each_role_at_a_merchant_includes_those_below_it():
    for lower, higher in zip([*Role][:-1], [*Role][1:], strict=True):
        assert TABLE[lower] < TABLE[higher]


def test_viewers_only_see_and_neither_reveal_nor_export():
    assert TABLE[Role.VIEWER] == {Act.SEE_MERCHANT}
    assert roles_that_may(Act.EXPORT_PEOPLE) == roles_that_may(Act.REVEAL_IDENTIFIERS) == [*Role][1:]


def test_a_certifier_reads_the_proofs_and_nothing_of_a_guest():
    assert TABLE[InstallationRole.CERTIFIER] == {Act.READ_PROOFS}


def test_guests_tokens_and_accounts_are_not_an_operators():
    assert TABLE[InstallationRole.SUPERUSER] - TABLE[InstallationRole.OPERATOR] == {
        Act.OPEN_GUEST_TOKENS,
        Act.MANAGE_ACCOUNTS,
        Act.OFFBOARD_MERCHANTS,
    }


@pytest.mark.django_db
def test_a_role_holds_at_its_own_merchant_and_not_for_the_installation():
    manager = MembershipFactory(role=Role.MANAGER)

    assert may(manager.user, Act.READ_AUDIT, manager.merchant)
    assert not may(manager.user, Act.READ_AUDIT, MerchantFactory())
    assert not may(manager.user, Act.READ_AUDIT)


@pytest.mark.django_db
def test_an_operator_acts_at_every_merchant_and_for_the_installation():
    operator = UserFactory(is_staff=True)

    assert may(operator, Act.ISSUE, MerchantFactory())
    assert may(operator, Act.STOP_SENDING)
    assert not may(operator, Act.OPEN_GUEST_TOKENS)


@pytest.mark.django_db
def test_a_certifiers_role_ends_with_its_time(time_machine):
    time_machine.move_to(NOON, tick=False)
    certifier = UserFactory(certifies_until=NOON + timedelta(days=1))
    assert may(certifier, Act.READ_PROOFS)

    time_machine.move_to(NOON + timedelta(days=1), tick=False)

    assert not may(certifier, Act.READ_PROOFS)


@pytest.mark.django_db
def test_guests_tokens_are_granted_to_a_single_operator_and_to_no_one_else():
    assert may(UserFactory(is_staff=True, may_open_guest_tokens=True), Act.OPEN_GUEST_TOKENS)
    assert not may(MembershipFactory(user__may_open_guest_tokens=True).user, Act.OPEN_GUEST_TOKENS)


@pytest.mark.django_db
def test_inactive_users_and_visitors_have_no_rights():
    gone = MembershipFactory(role=Role.MANAGER, user__is_active=False)

    assert rights(gone.user, gone.merchant) == rights(UserFactory(is_staff=True, is_active=False)) == NO_RIGHTS
    assert rights(AnonymousUser()) == NO_RIGHTS
    assert role_of(gone.user, merchant=gone.merchant) is None


def test_an_act_that_there_is_not_is_no_act_that_is_refused():
    assert Rights(role=Role.VIEWER)["see_merchant"]
    with pytest.raises(ValueError, match="fly"):
        Rights(role=Role.MANAGER)["fly"]


def test_templates_ask_for_acts_that_there_are():
    pages = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    asked = {act for page in pages for act in re.findall(r"\brights\.(\w+)", page)}

    assert asked
    assert asked <= {act.value for act in Act}


def test_no_page_asks_for_a_role_or_a_flag_instead_of_an_act():
    pages = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]

    assert not [page for page in pages if re.search(r"is_staff|is_superuser|\brole ==", page)]


def test_the_documentation_shows_the_table():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

    assert redrawn(page, permission_table.drawn()) == page
    assert permission_table.drawn()["roles"] in page
