"""Sends webhooks: one event for each issued reward and one for each ended job, signed, and never sent again."""

import asyncio
import hashlib
import hmac
import json
import logging
import random
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp

from sandbox.models import Failure, Job, JobState, iso8601
from sandbox.options import Dialect, Options
from sandbox.store import Identifiers, Store
from sandbox.world.catalog import World, opaque_id
from sandbox.world.members import MerchantMembers

ANSWER_WITHIN = aiohttp.ClientTimeout(total=15)
CHECK_SECONDS = 0.2  # between two checks of a job without a known end
REDEEMABLE_SECONDS = 30 * 86_400
BATCH_EVENTS = {Dialect.USUAL: "reward_batch.completed", Dialect.OTHER: "reward.batch_completed"}

log = logging.getLogger("sandbox.webhooks")
Clock = Callable[[], float]
Event = dict[str, Any]


class WebhookSender:
    """Waits for jobs to end and posts their events to the partner's webhook."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._options = Options()
        self._world: World | None = None
        self._chance = random.Random(0)  # noqa: S311
        self.delivered: dict[str, int] = {"sent": 0, "dropped": 0, "refused": 0, "unreachable": 0}

    def configure(self, options: Options, *, world: World) -> None:
        """Use new options, also for the jobs that are already waited for."""
        self._options = options
        self._world = world
        self._chance = random.Random(options.seed)  # noqa: S311

    def watch(self, job: Job) -> None:
        """Begin to wait for the end of a job, unless its events are already sent, or not wanted."""
        if job.announced:
            return
        task = asyncio.get_running_loop().create_task(self._send_when_over(job.id))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))

    def resume(self) -> None:
        """Wait for the jobs whose events were not sent when the sandbox stopped."""
        for job in self._store.jobs():
            self.watch(job)

    async def settled(self, job_id: str) -> None:
        """Return when all events of this job are delivered."""
        if job_id in self._tasks:
            await self._tasks[job_id]

    def stop_all(self) -> None:
        """Send no event of the jobs that are waited for."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        self.delivered = dict.fromkeys(self.delivered, 0)

    async def _send_when_over(self, job_id: str) -> None:
        job = self._store.job(job_id)
        while job is not None and job.state(at=self._clock()) in {JobState.PENDING, JobState.PROCESSING}:
            left = CHECK_SECONDS if job.completed_at is None else job.completed_at - self._clock()
            await asyncio.sleep(max(0.001, min(left, CHECK_SECONDS)))
            job = self._store.job(job_id)
        if job is not None:
            await self._deliver_all(job)
            self._store.change_job(job_id, announced=1)

    async def _deliver_all(self, job: Job) -> None:
        events = list(self._events(job))
        if self._options.webhook.reorder:
            self._chance.shuffle(events)
        gate = asyncio.Semaphore(max(1, self._options.webhook.concurrency))
        async with aiohttp.ClientSession(timeout=ANSWER_WITHIN) as session:
            for first in range(0, len(events), 500):
                await asyncio.gather(*(self._deliver(session, gate, event) for event in events[first : first + 500]))

    def _events(self, job: Job) -> Iterator[Event]:
        identifiers = self._store.identifiers(job.id)
        now = self._clock()
        variant = self._variant(job)
        if variant["reward_template_id"] is not None and self._options.webhook.issued:
            failed = {failure.index for failure in job.failures}
            for index, (kind, value) in enumerate(identifiers[: job.reach]):
                if index not in failed and self._chance.random() < self._options.webhook.issued:
                    yield self._issued_event(job, variant, index=index, kind=kind, value=value, now=now)
        yield batch_event(job, identifiers=identifiers, name=BATCH_EVENTS[self._options.dialect], now=now)

    def _variant(self, job: Job) -> dict[str, Any]:
        campaign = self._store.campaign(job.campaign_id)
        variant = campaign.variant(job.variant_id) if campaign else None
        return variant or {"id": job.variant_id, "name": "", "reward_template_id": None}

    def _issued_event(
        self, job: Job, variant: dict[str, Any], *, index: int, kind: str, value: str, now: float
    ) -> Event:
        return {
            "event": "reward.issued",
            "timestamp": iso8601(now),
            "data": {
                "issuance_job_id": job.id,
                "merchant_id": job.merchant_id,
                "reward_id": opaque_id("reward", job.id, index),
                "identifier": {"type": kind, "index": index},
                "user_id": self._user_id(job.merchant_id, kind, value),
                "state": "issued",
                "expires_at": iso8601(now + REDEEMABLE_SECONDS),
                "campaign": {"id": job.campaign_id, "variant": variant},
            },
        }

    def _user_id(self, merchant_id: str, kind: str, value: str) -> str:
        merchant = self._world.merchants.get(merchant_id) if self._world else None
        if merchant is None:
            return opaque_id("user", merchant_id, kind, value)
        members = MerchantMembers(merchant=merchant, options=self._options, store=self._store)
        return members.user_id(kind=kind, value=value)

    async def _deliver(self, session: aiohttp.ClientSession, gate: asyncio.Semaphore, event: Event) -> None:
        webhook, chance = self._options.webhook, self._chance
        if chance.random() < webhook.drop:
            self.delivered["dropped"] += 1
            return
        body = json.dumps(event).encode()
        async with gate:
            if chance.random() < webhook.forge:
                await self._post(session, body, signed_with="not the secret")
            await self._post(session, body, signed_with=webhook.secret)
            if chance.random() < webhook.duplicate:
                await self._post(session, body, signed_with=webhook.secret)

    async def _post(self, session: aiohttp.ClientSession, body: bytes, *, signed_with: str) -> None:
        headers = {"Content-Type": "application/json", "X-Thanx-Signature": signature(body, secret=signed_with)}
        try:
            async with session.post(self._options.webhook.url, data=body, headers=headers) as answer:
                self.delivered["sent" if answer.ok else "refused"] += 1
        except (aiohttp.ClientError, TimeoutError) as problem:
            # Never sent again: Thanx promises no more.
            self.delivered["unreachable"] += 1
            log.info("a delivery was lost: %s", type(problem).__name__)


def batch_event(job: Job, *, identifiers: Identifiers, name: str, now: float) -> Event:
    """Return the event that ends a job. It names failed guests by identifier, where the job names positions."""
    reached = [failure for failure in job.failures if failure.index < job.reach]
    return {
        "event": name,
        "timestamp": iso8601(now),
        "data": {
            "issuance_job_id": job.id,
            "merchant_id": job.merchant_id,
            "state": str(job.outcome),
            "total_count": job.total,
            "issued_count": job.reach - len(reached),
            "failed_count": len(reached),
            "failures": [_failure(failure, identifiers) for failure in reached],
        },
    }


def _failure(failure: Failure, identifiers: Identifiers) -> dict[str, str]:
    return {"user_identifier": identifiers[failure.index][1], "reason": failure.error}


def signature(body: bytes, *, secret: str) -> str:
    """Return the hex HMAC-SHA256 of the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
