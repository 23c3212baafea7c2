"""The parts of one running sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.audit_log import Books
from sandbox.deliveries import Announcer
from sandbox.faults.requested import Fault, Faults
from sandbox.options import Options
from sandbox.rows import State
from sandbox.store import Store
from sandbox.wire.gate import RateLimiter
from sandbox.world.catalog import World, build_world

Clock = Callable[[], float]


class Running:
    """Everything the endpoints share. A reset replaces the parts; the store is wiped, not replaced."""

    def __init__(self, *, options: Options, store: Store, faults: list[Fault], clock: Clock = time.time) -> None:
        self.started_with = options
        self.options = options
        self.store = store
        self.clock = clock
        self.faults = Faults(seed=options.seed)
        self.faults.all.extend(faults)
        self.books = Books()
        self.limiter = RateLimiter()
        self.began = store.guests.began(now=clock())
        self.world: World = build_world().edited(store.template_edits())
        self.announcer = Announcer(store=store, clock=clock)
        self.announcer.configure(options, world=self.world)

    def reset(self, settings: Mapping[str, Any]) -> None:
        """Forget everything and start again with the options of the start and `settings` over them.

        Hanging requests are cut off and deliveries under way are dropped: no call reaches over a reset.
        ValueError, and no reset, when the settings are malformed.
        """
        self.options = self.started_with.changed(settings)
        self.announcer.stop_all()
        self.faults.over.set()
        self.store.wipe()
        self.began = self.store.guests.began(now=self.clock())
        self.faults = Faults(seed=self.options.seed)
        self.books = Books()
        self.limiter = RateLimiter()
        self.reread_world()

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change options without forgetting anything. ValueError when the settings are malformed."""
        self.options = self.options.changed(settings)
        self.announcer.configure(self.options, world=self.world)

    def reread_world(self) -> None:
        """Apply the edits of templates."""
        self.world = build_world().edited(self.store.template_edits())
        self.announcer.configure(self.options, world=self.world)

    def finish(self, job_id: str) -> bool:
        """Let a job that is under way, or stuck, end now. Return whether there is such a job."""
        job, now = self.store.job(job_id), self.clock()
        if job is None:
            return False
        if job.state(at=now) in {State.PENDING, State.PROCESSING}:
            reach = job.total if job.outcome == State.COMPLETED else job.reach
            started = min(job.started_at, now)
            self.store.change_job(job_id, started_at=started, completed_at=now, reach=reach)
        if job.state(at=now) == State.REVOKING:
            self.store.change_job(job_id, revoked_at=now)
        return True
