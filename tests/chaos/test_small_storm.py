"""A small storm: real processes are killed and restarted, and afterwards both sides have the same records."""

import pytest
from django.db import connection

from tests.chaos.__main__ import play
from tests.chaos.plan import Size, draw
from tests.support.private_postgres import NotFound, binaries

SMALL = Size(
    recipients=2_000,
    kills=6,
    restarts=1,
    outages=1,
    batch_size=250,
    seconds=10.0,
    job_seconds=1.0,
    kinds_each=1,
    one_of_each_kind=True,
    with_credential_faults=False,
    settle_seconds=300.0,
    issued_events=0.2,
    campaigns=2,
    like_production=False,
)
WORKERS = {"sqlite": 1, "postgres": 2}
"""Two are enough to meet at the same rows; `make chaos` has more."""


@pytest.mark.slow
@pytest.mark.each_database
def test_after_kills_and_faults_both_sides_have_the_same_records(tmp_path):
    plan = draw(seed=20_261, size=SMALL)

    result = play(plan, database=database(), folder=tmp_path, workers=WORKERS[database()])

    assert result["differences"] == []
    assert result["lines"] == 2_000
    assert sum(result["kills"].values()) == 6
    assert min(result["issued"], result["failed"], result["revoked"], result["held_back"], result["excluded"]) > 0
    assert {"approval_asked", "confirmed", "reread"} <= set(result["moves_of_issuances"])


def test_the_same_seed_draws_the_same_storm():
    assert draw(seed=5, size=SMALL) == draw(seed=5, size=SMALL)
    assert draw(seed=5, size=SMALL) != draw(seed=6, size=SMALL)


def database() -> str:
    """Return the database of the tests. For PostgreSQL the storm needs a server that it may crash."""
    if connection.vendor != "postgresql":
        return "sqlite"
    try:
        binaries()
    except NotFound:
        pytest.skip("this machine has no PostgreSQL that may be crashed")
    return "postgres"
