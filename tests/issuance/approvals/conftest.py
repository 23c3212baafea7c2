"""A campaign, an issuance of it, and the two users that an approval takes."""

import pytest

from accounts.models import Role
from issuance.approvals.to_issue import to_issue
from tests.support.factories import NOON, MembershipFactory, create_live_campaign
from tests.support.read_drafts import read


@pytest.fixture
def campaign(db):
    return create_live_campaign()


@pytest.fixture
def issuance(campaign):
    return read(campaign)


@pytest.fixture
def person(campaign):
    def member(role):
        return MembershipFactory(merchant=campaign.merchant, role=role).user

    return member


@pytest.fixture
def marketer(person):
    return person(Role.MARKETER)


@pytest.fixture
def approver(person):
    return person(Role.APPROVER)


@pytest.fixture
def asked(issuance, marketer):
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)
    return issuance
