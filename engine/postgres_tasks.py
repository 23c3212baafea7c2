"""What waits in Procrastinate's queue, on PostgreSQL only: bells, no work. The rows are the truth.

Whoever makes a row due asks for its steps (`engine.nudges`); every worker looks out for rows that have become due, or
whose bell was lost; and every half minute all steps are asked for. A drain runs its step until it finds nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.conf import settings
from procrastinate import JobContext, exceptions, jobs
from procrastinate.contrib.django import app

from engine import nudges
from engine.loop import Step, load_steps

HANDS = "hands"
TURN_SECONDS = 10.0
"""A drain gives way to more important ones at least this often."""

EVERY_HALF_MINUTE = "* * * * * 0,30"
EVERY_MINUTE = "* * * * *"
DEAD_AFTER_SECONDS = 30.0


class Hands:
    """The threads of one process, and the steps they do. Several may do one step, as far as the step has room."""

    def __init__(self, steps: Iterable[Step], *, threads: int) -> None:
        self.steps = {step.name: step for step in steps}
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._resting = threading.Event()

    async def take_turn(self, name: str) -> bool:
        """Do a step until it finds no work. Return whether the turn was over before; an unknown step has no work."""
        step = self.steps.get(name)
        if step is None:  # asked for by another release
            return False
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._drain, step)

    def rest(self) -> None:
        """Let every thread finish the unit in hand, and begin none."""
        self._resting.set()

    def _drain(self, step: Step) -> bool:
        ends = time.monotonic() + TURN_SECONDS
        while not self._resting.is_set() and step.run():
            if time.monotonic() >= ends:
                return True
        return False


@cache
def _own_hands() -> Hands:
    """Return those of a worker that Procrastinate's own command line started."""
    return Hands(load_steps(threads=settings.ENGINE_THREADS), threads=settings.ENGINE_THREADS)


# --- What is asked for -----------------------------------------------------------------------------------------------


@app.task(name=nudges.DRAIN, queue=nudges.QUEUE, pass_context=True)
async def drain(context: JobContext, timestamp: int = 0, *, step: str) -> None:  # noqa: ARG001
    """Do a step until it finds no work; what takes longer than a turn is asked for again."""
    hands = context.additional_context.get(HANDS) or _own_hands()
    if await hands.take_turn(step):
        await ask_for([step])


for _step, _priority in nudges.priorities().items():
    app.periodic(
        cron=EVERY_HALF_MINUTE,
        periodic_id=_step,
        queueing_lock=_step,
        priority=_priority,
        task_kwargs={"step": _step},
    )(drain)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="engine.clear_up", queue=nudges.QUEUE, queueing_lock="engine.clear_up", pass_context=True)
async def clear_up(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete the drains of workers that died. Nothing waits for them: only drains that nobody has begun are unique."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        # It raises when the worker was merely slow and has finished meanwhile.
        with contextlib.suppress(exceptions.ConnectorException):
            await manager.finish_job(job, status=jobs.Status.ABORTED, delete_job=True)
    await manager.prune_stalled_workers(DEAD_AFTER_SECONDS)


async def ask_for(steps: Iterable[str]) -> None:
    """Let each step be drained, unless a drain of it waits already."""
    priorities = nudges.priorities()
    for step in steps:
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            configured = drain.configure(queueing_lock=step, priority=priorities.get(step, 0))
            await configured.defer_async(step=step)


# --- The look-out ----------------------------------------------------------------------------------------------------


async def look_out(steps: Sequence[str], *, every_seconds: float) -> None:
    """Ask for all steps, and from then on for those that have due rows and no drain waiting. Never returns."""
    wanted = _wanted(steps)
    await ask_for(steps)
    while wanted:
        await asyncio.sleep(every_seconds)
        rows = await app.connector.execute_query_all_async(wanted)
        await ask_for(row["step"] for row in rows)
    await asyncio.Event().wait()


def _wanted(steps: Sequence[str]) -> str:
    """Return the question which steps to ask for, all in one; '' if no step takes rows."""
    due = [
        f"""SELECT '{step}' AS step WHERE EXISTS (SELECT FROM "{table}" WHERE due_at <= now())"""  # noqa: S608
        for table, takers in nudges.steps_of_tables().items()
        for step in takers
        if step in steps
    ]
    waits = "EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = step AND status = 'todo')"
    return f"SELECT step FROM ({' UNION ALL '.join(due)}) AS due WHERE NOT {waits}" if due else ""  # noqa: S608
