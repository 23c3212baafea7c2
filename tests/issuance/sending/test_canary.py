"""The confirmation cuts the canary: the same guests, each in exactly one job, as the review has shown."""

import hashlib

import pytest

from issuance.manifests import identifiers_of, open_body, open_lines
from issuance.models import Batch, Issuance, Manifest, Recipient
from issuance.sending import canary
from issuance.sending.confirmation import confirm
from issuance.sending.refusals import PeopleLost
from issuance.states import BatchState, IssuanceState
from tests.support.audiences import arms, emails, take_in
from tests.support.factories import NOON, IssuanceFactory, create_live_campaign
from vault.sealing import Fingerprinter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(settings):
    settings.CANARY_SIZE, settings.THANX_BATCH_SIZE = 3, 10


@pytest.fixture
def ready() -> Issuance:
    """Sixteen guests in two arms of two jobs each at most, and a control."""
    return take_in(create_live_campaign(), emails(30))


def confirmed(issuance, *, wanted=True) -> list[Batch]:
    canary.choose(issuance=issuance, wanted=wanted, by=None, at=NOON)
    confirm(issuance=issuance, by=None, at=NOON)
    return list(issuance.batches.order_by("number").select_related("variant", "manifest"))


def test_the_first_guests_of_the_first_rewarding_arm_go_first(ready):
    before = identifiers_of(ready.batches.get(number=1))

    first, rest, *_ = confirmed(ready)

    assert [(batch.is_canary, batch.size) for batch in (first, rest)] == [(True, 3), (False, len(before) - 3)]
    assert identifiers_of(first) + identifiers_of(rest) == before


def test_no_guest_is_lost_doubled_or_moved_to_another_arm(ready):
    before = arms(ready)

    batches = confirmed(ready)

    assert arms(ready) == before
    assert sum(batch.size for batch in batches) == len(before) == Recipient.objects.count()


def test_what_is_sent_stored_and_found_by_fingerprint_agrees_in_both_parts(ready):
    prints = Fingerprinter(ready.merchant_id)

    for batch in confirmed(ready)[:2]:
        assert hashlib.sha256(open_body(batch.manifest)).hexdigest() == batch.body_digest
        rows = list(batch.recipients.order_by("position").values_list("position", "line", "fingerprint"))
        expected = [
            (position, line, prints.of(kind="email", value=found.value))
            for position, (line, found) in enumerate(
                zip(open_lines(batch.manifest), identifiers_of(batch), strict=True)
            )
        ]
        assert [(position, line, bytes(found)) for position, line, found in rows] == expected


def test_numbers_stay_in_a_row_and_the_design_tells_of_the_jobs_as_they_are(ready):
    batches = confirmed(ready)

    ready.refresh_from_db()
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    assert ready.design["canary"] == 3
    assert [arm["jobs"] for arm in ready.design["arms"]] == [3, 2, 0]


def test_only_the_canary_is_due_and_the_others_wait_for_it(ready):
    batches = confirmed(ready)

    ready.refresh_from_db()
    assert ready.awaits_canary
    queued = [batch for batch in batches if batch.state == BatchState.QUEUED]
    assert [batch.due_at for batch in queued] == [NOON] + [None] * 4


def test_no_job_goes_first_unless_a_user_wants_that(ready):
    batches = confirmed(ready, wanted=False)

    ready.refresh_from_db()
    assert not ready.awaits_canary
    assert [batch.size for batch in batches] == [10, 4, 10, 3, 3]
    assert not any(batch.is_canary for batch in batches)


def test_a_first_job_that_is_small_anyway_goes_first_as_it_is(settings):
    issuance = take_in(create_live_campaign(shares=(10, 90), control=0), emails(20))

    first, *others = confirmed(issuance)

    assert (first.is_canary, first.size) == (True, 2)
    assert [batch.size for batch in others] == [10, 8]


@pytest.mark.parametrize("guests", [1, 3])
def test_where_it_would_be_everybody_there_is_no_canary(guests):
    issuance = take_in(create_live_campaign(shares=(100,), control=0), emails(guests))

    [only] = confirmed(issuance)

    assert (only.is_canary, only.due_at) == (False, NOON)


def test_the_setting_can_do_without(settings, ready):
    settings.CANARY_SIZE = 0

    assert canary.cut_of(list(ready.batches.select_related("variant"))) is None


def test_people_who_cannot_be_read_any_more_are_not_cut(ready):
    Manifest.objects.filter(batch__issuance=ready, batch__number=1).update(sealed_body=b"")

    with pytest.raises(PeopleLost):
        confirmed(ready)

    ready.refresh_from_db()
    assert ready.state == IssuanceState.READY
    assert not ready.batches.filter(is_canary=True).exists()


@pytest.mark.parametrize("state", sorted(set(IssuanceState) - {IssuanceState.READY}))
def test_it_is_chosen_as_long_as_nothing_is_confirmed(state):
    issuance = IssuanceFactory(state=state)

    with pytest.raises(canary.DraftNotReady):
        canary.choose(issuance=issuance, wanted=True, by=None, at=NOON)

    assert not Issuance.objects.get().canary
