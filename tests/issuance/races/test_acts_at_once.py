"""Steps and users at the same rows at the same time: each act succeeds or is refused, and no guest is lost."""

import hashlib
import json
import random
import threading
import time

import pytest
from django.db import close_old_connections, connections

from accounts.models import Role, User
from campaigns import halts
from engine.clock import now
from engine.leases import LeaseLost
from engine.moves import IllegalMove, Overtaken
from issuance import ledger
from issuance.approvals.to_revoke import to_revoke
from issuance.approvals.two_person import AlreadyAsked, NotWaiting
from issuance.drafts import drafts
from issuance.followup import edit_failures, reissues, retries, revocation, revocation_step, settlements
from issuance.jobs import holds, polling, recording, webhook_inbox
from issuance.jobs.observation import Observation, Source
from issuance.jobs.webhook_inbox import PURPOSE
from issuance.models import Batch, Delivery, Failure, Issuance
from issuance.sending import stopping, submission
from issuance.states import WITH_JOB
from tests.issuance.conftest import VALUES, campaign_at
from tests.support.factories import IssuanceFactory, MembershipFactory, create_frozen_batch
from vault.sealing import seal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SECONDS = 3
ISSUANCES, BATCHES = 3, 5
# How acts that meet may be refused: the other was faster, or there is nothing to do.
REFUSALS = (
    IllegalMove,
    LeaseLost,
    Overtaken,
    halts.SwitchedAlready,
    polling.NothingToCheck,
    polling.TooSoon,
    reissues.NothingToReissue,
    retries.NothingToRetry,
    revocation.NothingToRevoke,
    AlreadyAsked,
    NotWaiting,
    settlements.NothingToSettle,
    settlements.ReopenedBefore,
    stopping.NothingToChange,
)


@pytest.fixture
def issuances(sandbox):
    campaign = campaign_at(sandbox)
    variant = campaign.variants.get(position=0)
    for role in (Role.MARKETER, Role.MANAGER):
        MembershipFactory(merchant=campaign.merchant, role=role)
    made = IssuanceFactory.create_batch(ISSUANCES, campaign=campaign, lines=BATCHES * len(VALUES))
    for number in range(1, BATCHES + 1):
        for issuance in made:
            create_frozen_batch(*VALUES, issuance=issuance, variant=variant, number=number)
    return made


class Actor:
    """Acts at random on random rows, from its own seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def _issuance(self) -> Issuance:
        return self._chance.choice(list(Issuance.objects.filter(parent=None, reissue_of=None)))

    def _person(self, role: Role) -> User:
        return User.objects.get(memberships__role=role)

    def _job(self) -> Batch:
        jobs = list(Batch.objects.filter(state__in=WITH_JOB).select_related("issuance"))
        if not jobs:
            raise polling.NothingToCheck
        return self._chance.choice(jobs)

    def pauses_and_resumes(self) -> None:
        issuance = self._issuance()
        act = stopping.resume if issuance.paused_at else stopping.pause
        act(issuance=issuance, by=None, at=now())

    def halts_and_lifts(self) -> None:
        merchant = self._issuance().merchant
        if halts.in_force(merchant):
            holds.let_sending_go_on(merchant=merchant, by=None, at=now())
        else:
            halts.stop(merchant=merchant, by=None, at=now(), reason="a try")

    def revokes(self) -> None:
        job = self._job()
        only = [job] if self._chance.random() < 0.3 else None
        wish = {"by": None, "at": now(), "reason": "a try", "also_running": True}
        revocation.revoke_batches(issuance=job.issuance, batches=only, **wish)

    def revokes_as_two_people(self) -> None:
        job, asks, answers = self._job(), self._person(Role.MARKETER), self._person(Role.MANAGER)
        wish = {"batches": [job], "also_running": True, "rewards": 1, "reason": "a try", "by": asks, "at": now()}
        request = to_revoke.ask(issuance=job.issuance, **wish)
        try:
            to_revoke.approve(issuance=request.issuance, number=request.pk, by=answers, at=now())
        except (revocation.NothingToRevoke, Overtaken):
            to_revoke.decline(issuance=request.issuance, number=request.pk, by=answers, at=now())

    def reissues_and_discards(self) -> None:
        issuance = self._issuance()
        child = reissues.reissue_to_same(issuance=issuance, campaign=issuance.campaign, by=None, at=now())
        drafts.discard(issuance=child, by=None, at=now())

    def retries_and_discards(self) -> None:
        child = retries.retry_failures(issuance=self._issuance(), by=None, at=now())
        drafts.discard(issuance=child, by=None, at=now())

    def corrects_and_retries(self) -> None:
        issuance = self._issuance()
        failed = Failure.objects.open().filter(batch__issuance=issuance)
        typed = {key: f"new{key}@example.com" for key in failed.values_list("pk", flat=True)}
        edit_failures.save(issuance=issuance, typed=typed, by=None, at=now())
        child = retries.retry_corrected(issuance=issuance, failures=failed, by=None, at=now())
        drafts.discard(issuance=child, by=None, at=now())

    def settles_and_reopens(self) -> None:
        issuance = self._issuance()
        wish = {"failures": Failure.objects.all(), "note": "a try", "by": None, "at": now()}
        settlements.reopen(settlement=settlements.settle(issuance=issuance, **wish), by=None, at=now())

    def checks(self) -> None:
        polling.check_now(batch=self._job(), by=None, at=now())

    def hears_of_progress(self) -> None:
        seen = Observation(source=Source.POLL, processed=1)
        recording.observe(batch_id=self._job().pk, observation=seen, at=now())

    def delivers(self) -> None:
        for _ in range(4):
            job, index = self._job(), self._chance.randrange(len(VALUES))
            data = {
                "issuance_job_id": job.job_id or "none",
                "reward_id": f"{job.pk}-{index}",
                "identifier": {"index": index},
            }
            body = json.dumps({"event": "reward.issued", "data": data}).encode()
            sealed = seal(body, purpose=PURPOSE)
            digest = hashlib.sha256(body).hexdigest()
            delivery = Delivery(received_at=now(), due_at=now(), digest=digest, sealed_body=sealed)
            Delivery.objects.bulk_create([delivery], ignore_conflicts=True)  # the same body is stored once


STEPS = (
    submission.submit_one_batch,
    submission.submit_one_batch,
    polling.poll_one_batch,
    polling.poll_one_batch,
    revocation_step.revoke_one_batch,
    webhook_inbox.digest_one_delivery,
    webhook_inbox.digest_one_delivery,
    retries.prepare_one_retry,
)


def people():
    acts = [name for name in vars(Actor) if not name.startswith("_")]
    return [getattr(Actor(seed), name) for seed, name in enumerate(acts * 2)]


def keep_doing(act, surprises, ends):
    while time.monotonic() < ends and not surprises:
        try:
            if not act():
                time.sleep(0.01)
        except REFUSALS:
            time.sleep(0.01)
        except Exception as error:  # noqa: BLE001 (any other is a surprise)
            surprises.append((act.__name__, error))
        finally:
            close_old_connections()  # as between two requests, so that all share the pool
    connections.close_all()


def test_steps_and_users_at_the_same_rows_meet_no_surprise_and_lose_no_guest(issuances, settings):
    settings.THANX_POLL_FIRST_SECONDS = 1
    settings.ENGINE_LEASE = settings.ENGINE_LEASE / 60
    surprises, ends = [], time.monotonic() + SECONDS

    threads = [threading.Thread(target=keep_doing, args=(act, surprises, ends)) for act in (*STEPS, *people())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert surprises == []
    for issuance in issuances:
        found = ledger.buckets_of_issuance(issuance, ledger.groups_of([issuance.pk]))
        assert found.accounted_for == issuance.lines
