"""Which runner runs the steps, and the settings with which a worker refuses to start."""

import pytest
from django.db import connection

from engine import checks, runner
from engine.embedded_runner import EmbeddedRunner

pytestmark = pytest.mark.each_database


def found(settings, **changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    return [message.id for message in checks.the_engine_can_run()]


def test_the_settings_of_the_portal_can_run():
    assert checks.the_engine_can_run() == []


def test_the_database_decides_which_runner_runs_the_steps():
    expected = "procrastinate" if connection.vendor == "postgresql" else "embedded"

    assert runner.chosen() == expected


def test_the_embedded_runner_can_be_chosen_on_any_database(settings):
    settings.ENGINE_RUNNER = "embedded"

    assert isinstance(runner.runner(threads=1), EmbeddedRunner)


def test_a_runner_that_does_not_exist_is_refused(settings):
    assert found(settings, ENGINE_RUNNER="celery") == ["engine.E001"]


@pytest.mark.skipif(connection.vendor == "postgresql", reason="it fits PostgreSQL")
def test_procrastinate_is_refused_where_there_is_no_postgresql(settings):
    assert found(settings, ENGINE_RUNNER="procrastinate") == ["engine.E002"]


@pytest.mark.parametrize("label", ["issuance.Nothing", "accounts.User"])
def test_a_step_whose_model_has_no_due_rows_is_refused(settings, label):
    assert found(settings, ENGINE_STEPS={"some.step": label}) == ["engine.E003"]


def test_every_model_with_due_rows_has_a_step_that_claims_them(settings):
    from django.apps import apps

    from engine.leases import Leased

    due = {model._meta.label for model in apps.get_models() if issubclass(model, Leased)}

    assert due == set(settings.ENGINE_STEPS.values()) - {None}
