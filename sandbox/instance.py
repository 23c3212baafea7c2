"""One running sandbox: its options, store, faults, log, world and webhooks."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.faults.fault import Fault, Faults
from sandbox.models import JobState
from sandbox.options import Options
from sandbox.request_log import RequestLog
from sandbox.store import Store
from sandbox.webhooks import WebhookSender
from sandbox.wire.request_checks import RateLimiter
from sandbox.world.catalog import World, build_world

Clock = Callable[[], float]


class Sandbox:
    """The parts that all endpoints share. A reset replaces them, but for the store, which it empties."""

    def __init__(self, *, options: Options, store: Store, faults: list[Fault], clock: Clock = time.time) -> None:
        self.started_with = options
        self.options = options
        self.store = store
        self.clock = clock
        self.faults = Faults(seed=options.seed)
        self.faults.all.extend(faults)
        self.request_log = RequestLog()
        self.limiter = RateLimiter()
        self.began = store.guests.began(now=clock())
        self.world: World = build_world().edited(store.template_edits())
        self.webhooks = WebhookSender(store=store, clock=clock)
        self.webhooks.configure(options, world=self.world)

    def reset(self, settings: Mapping[str, Any]) -> None:
        """Start again with the options of the start, overridden by `settings`.

        Hanging requests are cut off and deliveries under way are dropped: no call outlives a reset. ValueError, and no
        reset, if the settings are malformed.
        """
        self.options = self.started_with.changed(settings)
        self.webhooks.stop_all()
        self.faults.over.set()
        self.store.wipe()
        self.began = self.store.guests.began(now=self.clock())
        self.faults = Faults(seed=self.options.seed)
        self.request_log = RequestLog()
        self.limiter = RateLimiter()
        self.reread_world()

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change options and keep all data. ValueError if the settings are malformed."""
        self.options = self.options.changed(settings)
        self.webhooks.configure(self.options, world=self.world)

    def reread_world(self) -> None:
        """Apply the edits of templates."""
        self.world = build_world().edited(self.store.template_edits())
        self.webhooks.configure(self.options, world=self.world)

    def finish(self, job_id: str) -> bool:
        """End a job now, also a stuck one. Return whether there is such a job."""
        job, now = self.store.job(job_id), self.clock()
        if job is None:
            return False
        if job.state(at=now) in {JobState.PENDING, JobState.PROCESSING}:
            reach = job.total if job.outcome == JobState.COMPLETED else job.reach
            started = min(job.started_at, now)
            self.store.change_job(job_id, started_at=started, completed_at=now, reach=reach)
        if job.state(at=now) == JobState.REVOKING:
            self.store.change_job(job_id, revoked_at=now)
        return True
