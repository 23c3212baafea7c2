"""System checks: refuse to start with an engine that cannot run, or that would leave due rows undone."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import connection

from engine import runner
from engine.leases import Leased


@register("settings")
def the_engine_can_run(**_: Any) -> list[CheckMessage]:
    """Refuse a runner that does not exist or does not fit the database, and a step whose model has no due rows."""
    return [*_about_the_runner(), *_about_the_steps()]


def _about_the_runner() -> Iterator[CheckMessage]:
    name = settings.ENGINE_RUNNER
    if name not in runner.CHOICES:
        yield Error(f"There is no runner {name!r}.", hint=f"One of {', '.join(runner.CHOICES)}.", id="engine.E001")
    elif name == runner.PROCRASTINATE and connection.vendor != "postgresql":
        hint = "Set ENGINE_RUNNER=auto, or DATABASE_URL=postgres://…"
        yield Error("ENGINE_RUNNER is procrastinate, which needs PostgreSQL.", hint=hint, id="engine.E002")


def _about_the_steps() -> Iterator[CheckMessage]:
    leased = {model._meta.label for model in apps.get_models() if issubclass(model, Leased)}
    for step, label in settings.ENGINE_STEPS.items():
        if label is not None and label not in leased:
            hint = "ENGINE_STEPS names, for each step, the model whose due rows it takes, or None."
            yield Error(f"The step {step} takes rows of {label}, which has none.", hint=hint, id="engine.E003")
