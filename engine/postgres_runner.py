"""The runner on PostgreSQL: Procrastinate's worker and the polling on one event loop, and threads that run the steps.

It is a `Runner` like the embedded one. When the database goes away it finishes its units, waits and starts again.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any

import psycopg
from procrastinate import exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from engine import postgres_tasks, postgres_triggers
from engine.outages import cause_of
from engine.steps import Step

logger = logging.getLogger(__name__)

POLLING_SECONDS = 1.0
"""How often a worker reads the queue without a NOTIFY."""

HEARTBEAT_SECONDS = postgres_tasks.DEAD_AFTER_SECONDS / 3
CONNECTIONS = 4
CONNECT_SECONDS = 5.0
AGAIN_AFTER_SECONDS = 1.0
DATABASE_AWAY = (exceptions.ConnectorException, psycopg.Error, OSError)


class PostgresRunner:
    """The runner of one worker process. All workers of the installation share one queue."""

    def __init__(self, steps: Iterable[Step], *, threads: int, idle_seconds: float) -> None:
        self._step_threads = postgres_tasks.StepThreads(steps, threads=threads)
        self._threads = threads
        self._idle_seconds = idle_seconds
        self._loop = asyncio.new_event_loop()
        self._stop_asked = asyncio.Event()
        self._thread = threading.Thread(target=self._work, name="postgres-runner")

    def start(self) -> None:
        """Start working and return."""
        self._thread.start()

    def stop(self) -> None:
        """Let each thread finish its unit and end. Returns at once."""
        self._step_threads.stop()
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._stop_asked.set)

    def is_alive(self) -> bool:
        """Whether it works or waits for the database. Only a defect ends it early; then the process should end, too."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait until everything has ended."""
        self._thread.join()

    def _work(self) -> None:
        self._loop.set_exception_handler(_note)
        try:
            self._loop.run_until_complete(self._keep_working())
        finally:
            self._loop.close()

    async def _keep_working(self) -> None:
        while not self._stop_asked.is_set():
            try:
                await self._work_while_connected()
            except DATABASE_AWAY as error:
                logger.warning("the database is away: %s", await asyncio.to_thread(cause_of, error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop_asked.wait(), AGAIN_AFTER_SECONDS)

    async def _work_while_connected(self) -> None:
        """Work until `stop` or until the connection breaks. Raises DATABASE_AWAY."""
        async with _connected():
            tasks = {asyncio.create_task(part) for part in (self._worker(), self._poll(), self._stop_asked.wait())}
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()  # this lets the worker finish its units
                await asyncio.wait(tasks)
        for task in done:
            task.result()

    async def _worker(self) -> None:
        await app.run_worker_async(
            queues=[postgres_triggers.QUEUE],
            concurrency=self._threads,
            fetch_job_polling_interval=POLLING_SECONDS,
            delete_jobs="always",
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=postgres_tasks.DEAD_AFTER_SECONDS,
            additional_context={postgres_tasks.STEP_THREADS: self._step_threads},
            install_signal_handlers=False,
        )

    async def _poll(self) -> None:
        await postgres_tasks.poll_due_rows(list(self._step_threads.steps), every_seconds=self._idle_seconds)


@contextlib.asynccontextmanager
async def _connected() -> AsyncIterator[None]:
    """Give Procrastinate connections of its own: it listens on one of them."""
    connector = PsycopgConnector()
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        kwargs=connector_params(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=CONNECT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=CONNECT_SECONDS)
        await connector.open_async(pool)
        with app.replace_connector(connector):
            yield
    finally:
        await pool.close()


def _note(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop without its text, such as a task that could not be deleted during an outage."""
    error = context.get("exception")
    logger.warning("in the background: %s", type(error).__name__ if error else context.get("message"))
