"""Facts of a period that meet every requirement, for tests that spoil one of them."""

import uuid
from dataclasses import replace
from datetime import timedelta

from certification.calls import manners
from certification.calls.manners import Sent
from certification.verdicts import judged
from certification.verdicts.facts import BatchFacts, CampaignFacts, CatalogFacts, Facts, IssuanceFacts, VariantFacts
from certification.verdicts.requirements import Requirement
from tests.support.factories import NOON

KEY = uuid.UUID(int=7)


def sent(number: int, path: str, *, seconds: float, **fields) -> Sent:
    usual = {"host": "h", "method": "GET", "target": path, "body_digest": ""}
    return Sent(id=number, at=NOON + timedelta(seconds=seconds), path=path, **usual | fields)


CALLS = (
    sent(1, "/partner/scopes", seconds=0),
    sent(2, "/partner/merchants", seconds=1),
    sent(3, "/partner/locations", seconds=2),
    sent(4, "/partner/reward_templates", seconds=3, about="merchant:1"),
    sent(5, manners.CREATE_CAMPAIGN, seconds=10, method="POST", about="campaign:1", status=201, body_digest="c"),
    sent(6, manners.ISSUE, seconds=20, method="POST", about="batch:1", status=None, error="OutcomeUnknown", key=KEY),
    sent(7, manners.ISSUE, seconds=25, method="POST", about="batch:1", status=202, key=KEY),
    sent(8, manners.POLL, seconds=31, about="batch:1"),
    sent(9, manners.POLL, seconds=41, about="batch:1"),
    sent(10, "/partner/campaigns", seconds=50, status=429, error="RateLimited", ms=40),
    sent(11, manners.REVOKE, seconds=60, method="POST", about="batch:1", status=202),
)
CAMPAIGN = CampaignFacts(
    id=1,
    name="Come back soon",
    objective="Bring guests back.",
    fine_print="One each.",
    dates=(NOON, NOON + timedelta(days=7), NOON, NOON + timedelta(days=30)),
    variants=(
        VariantFacts(name="Reward", has_template=True, is_listed=True),
        VariantFacts(name="Control", has_template=False, is_listed=False),
    ),
    is_live=True,
    issuances=1,
)
BATCH = BatchFacts(
    id=1,
    issuance=1,
    number=1,
    size=5,
    phones=2,
    issued=4,
    failed=1,
    listed=1,
    has_ended=True,
    is_revoked=True,
    ended_at=NOON + timedelta(seconds=41),
    polls=2,
    deliveries=1,
)
GOOD = Facts(
    since=NOON,
    until=NOON + timedelta(hours=1),
    calls=CALLS,
    is_cut=False,
    campaigns=(CAMPAIGN,),
    batches=(BATCH,),
    issuances=(IssuanceFacts(id=1, lines=7, accounted_for=7),),
    catalog=CatalogFacts(
        scopes=2,
        merchants=1,
        locations=3,
        templates=4,
        stalest=(1, "Burgers"),
        oldest=timedelta(minutes=5),
        may_be=timedelta(hours=2),
    ),
    hears_webhooks=True,
)
NOTHING = replace(
    GOOD, calls=(), campaigns=(), batches=(), issuances=(), catalog=replace(GOOD.catalog, stalest=None, oldest=None)
)


def lines(facts: Facts) -> dict[str, Requirement]:
    return {line.key: line for group in judged(facts) for line in group.requirements}


def with_call(number: int, **changes) -> Facts:
    """Return the good facts with one call changed."""
    return replace(GOOD, calls=[replace(call, **changes) if call.id == number else call for call in CALLS])


def with_more(*calls: Sent) -> Facts:
    return replace(GOOD, calls=[*CALLS, *calls])


def with_campaign(**changes) -> Facts:
    return replace(GOOD, campaigns=[replace(CAMPAIGN, **changes)])


def with_batch(**changes) -> Facts:
    return replace(GOOD, batches=[replace(BATCH, **changes)])
