"""The portal's settings with one step, which claims due merchants and writes each claim to a file."""

from thanx_portal.settings import *  # noqa: F403

ROOT_URLCONF = __name__
urlpatterns: list[object] = []  # a worker serves no page

STEP = "tests.support.settings.runner.mark_one_merchant"
ENGINE_STEPS = {STEP: "campaigns.Merchant"}


def mark_one_merchant() -> bool:
    import os
    import time
    from pathlib import Path

    from campaigns.models import Merchant
    from engine.clock import now
    from engine.leases import claim_one, finish

    merchant = claim_one(Merchant.objects.all(), at=now())
    if merchant is None:
        return False
    with Path(os.environ["MARKS"]).open("a", encoding="ascii") as marks:
        marks.write(f"{merchant.pk} {now().timestamp()} {os.getpid()}\n")
    time.sleep(float(os.environ["UNIT_SECONDS"]))
    finish(merchant, due_at=None)
    return True
