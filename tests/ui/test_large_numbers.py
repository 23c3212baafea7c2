"""Quantities have separators, as in "1,385 guests". Identifiers, addresses and the names of fields have none."""

import re

import pytest
from django.template import engines

from accounts.models import Role
from issuance.models import CorrectedLine, Issuance, RejectedLine
from tests.support.desk import Desk
from tests.support.factories import IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db
LARGE = 1385


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER)


@pytest.fixture
def run(desk):
    parent = IssuanceFactory(pk=LARGE - 1, campaign=desk.campaign, lines=60)
    issuance = IssuanceFactory(pk=LARGE, campaign=desk.campaign, lines=1800, parent=parent)
    variant = desk.campaign.variants.first()
    create_batch_with_job(issuance=issuance, variant=variant, size=1800, issued_count=1200, failed_count=2)
    return issuance


def test_a_template_shows_a_number_as_it_is_unless_it_is_a_quantity():
    template = engines["django"].from_string("{% load portal %}{{ number }} {{ number|number }}")

    assert template.render({"number": LARGE}) == "1385 1,385"


@pytest.mark.parametrize("page", ["detail", "recipients", "failures", "left-out", "stop", "revoke", "reissue", "list"])
def test_an_issuance_is_called_by_its_number_without_separators(desk, run, page):
    text = desk.get(page, None if page == "list" else run).text

    assert "#1385" in text
    assert not re.search(r"\D1,38[45]\D", text)


def test_the_discarding_of_a_draft_names_it_without_separators(desk):
    draft = desk.draft()
    Issuance.objects.filter(pk=draft.pk).update(parent=IssuanceFactory(pk=LARGE, campaign=desk.campaign))

    assert "#1385" in desk.get("discard", draft).text


def test_a_line_beyond_the_thousandth_can_be_corrected_where_it_is_shown(desk):
    draft = desk.ready(b"email\r\nana@example.com\r\nnot an address\r\n")
    RejectedLine.objects.filter(line=3).update(line=LARGE)

    page = desk.get("check", draft)
    assert 'name="value-1385"' in page.text
    assert "Line 1,385: who is meant" in page.text

    desk.post("correct-lines", draft, {"value-1385": "dee@example.com"})
    assert CorrectedLine.objects.get().line == LARGE
