"""Which runner runs the steps: the threads of this process alone, or Procrastinate's workers on PostgreSQL."""

from typing import Protocol

from django.conf import settings
from django.db import connection

from engine.embedded_runner import EmbeddedRunner
from engine.steps import load_steps

AUTO, EMBEDDED, PROCRASTINATE = CHOICES = ("auto", "embedded", "procrastinate")


class Runner(Protocol):
    """What `manage.py work` starts and stops."""

    def start(self) -> None:
        """Start working and return."""

    def stop(self) -> None:
        """Let each thread finish its unit and end. Returns at once."""

    def is_alive(self) -> bool:
        """Whether everything that was started is alive."""

    def join(self) -> None:
        """Wait until everything has ended."""


def chosen() -> str:
    """Return which runner ENGINE_RUNNER means for this database."""
    if settings.ENGINE_RUNNER != AUTO:
        return str(settings.ENGINE_RUNNER)
    return PROCRASTINATE if connection.vendor == "postgresql" else EMBEDDED


def runner(*, threads: int) -> Runner:
    """Return the runner of the steps in the settings, not yet started."""
    steps, idle_seconds = load_steps(threads=threads), settings.ENGINE_IDLE_SECONDS
    if chosen() == EMBEDDED:
        return EmbeddedRunner(steps, threads=threads, idle_seconds=idle_seconds)
    from engine.postgres_runner import PostgresRunner  # noqa: PLC0415 (its queue is installed on PostgreSQL only)

    return PostgresRunner(steps, threads=threads, idle_seconds=idle_seconds)
