"""The tasks in Procrastinate's queue, on PostgreSQL only. A task says only which step to run: the rows are the truth.

A row that becomes due defers the tasks of its steps (`engine.postgres_triggers`); every worker polls for due rows
without a waiting task; and every half minute each step is deferred. A task runs its step until it finds nothing.
"""

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

from engine import postgres_triggers
from engine.steps import Step, load_steps

STEP_THREADS = "step_threads"
LONGEST_RUN_SECONDS = 10.0
"""A task gives way to more important ones at least this often."""

EVERY_HALF_MINUTE = "* * * * * 0,30"
EVERY_MINUTE = "* * * * *"
DEAD_AFTER_SECONDS = 30.0


class StepThreads:
    """The threads of one process and the steps they run. A step runs in as many threads as it has slots."""

    def __init__(self, steps: Iterable[Step], *, threads: int) -> None:
        self.steps = {step.name: step for step in steps}
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._stopping = threading.Event()

    async def run(self, name: str) -> bool:
        """Run a step until it finds no work. Return whether the time was over before; an unknown step has no work."""
        step = self.steps.get(name)
        if step is None:  # deferred by another release
            return False
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run_until_idle, step)

    def stop(self) -> None:
        """Let every thread finish its unit, and begin none."""
        self._stopping.set()

    def _run_until_idle(self, step: Step) -> bool:
        ends = time.monotonic() + LONGEST_RUN_SECONDS
        while not self._stopping.is_set() and step.run():
            if time.monotonic() >= ends:
                return True
        return False


@cache
def _own_threads() -> StepThreads:
    """Return the threads of a worker that was started with Procrastinate's own command line."""
    return StepThreads(load_steps(threads=settings.ENGINE_THREADS), threads=settings.ENGINE_THREADS)


# --- The tasks -------------------------------------------------------------------------------------------------------


@app.task(name=postgres_triggers.RUN_STEP, queue=postgres_triggers.QUEUE, pass_context=True)
async def run_step(context: JobContext, timestamp: int = 0, *, step: str) -> None:  # noqa: ARG001
    """Run a step until it finds no work; defer it again if that takes too long."""
    threads = context.additional_context.get(STEP_THREADS) or _own_threads()
    if await threads.run(step):
        await defer_steps([step])


for _step, _priority in postgres_triggers.priorities().items():
    app.periodic(
        cron=EVERY_HALF_MINUTE, periodic_id=_step, queueing_lock=_step, priority=_priority, task_kwargs={"step": _step}
    )(run_step)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="engine.clear_up", queue=postgres_triggers.QUEUE, queueing_lock="engine.clear_up", pass_context=True)
async def clear_up(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete the tasks that dead workers were running. They block nothing: only waiting tasks are unique."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        # It raises when the worker was only slow and has finished meanwhile.
        with contextlib.suppress(exceptions.ConnectorException):
            await manager.finish_job(job, status=jobs.Status.ABORTED, delete_job=True)
    await manager.prune_stalled_workers(DEAD_AFTER_SECONDS)


async def defer_steps(steps: Iterable[str]) -> None:
    """Defer a task for each step that has no waiting one."""
    priorities = postgres_triggers.priorities()
    for step in steps:
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            configured = run_step.configure(queueing_lock=step, priority=priorities.get(step, 0))
            await configured.defer_async(step=step)


# --- Polling ---------------------------------------------------------------------------------------------------------


async def poll_due_rows(steps: Sequence[str], *, every_seconds: float) -> None:
    """Defer all steps, and from then on those with due rows and no waiting task. Never returns."""
    query = _missing(steps)
    await defer_steps(steps)
    while query:
        await asyncio.sleep(every_seconds)
        rows = await app.connector.execute_query_all_async(query)
        await defer_steps(row["step"] for row in rows)
    await asyncio.Event().wait()


def _missing(steps: Sequence[str]) -> str:
    """Return one query for all steps with due rows and no waiting task; '' if no step claims rows."""
    due = [
        f"""SELECT '{step}' AS step WHERE EXISTS (SELECT FROM "{table}" WHERE due_at <= now())"""  # noqa: S608
        for table, claimants in postgres_triggers.steps_of_tables().items()
        for step in claimants
        if step in steps
    ]
    waits = "EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = step AND status = 'todo')"
    return f"SELECT step FROM ({' UNION ALL '.join(due)}) AS due WHERE NOT {waits}" if due else ""  # noqa: S608
