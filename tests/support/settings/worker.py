"""The portal's settings with one step that creates a file when it begins and one when it ends."""

from thanx_portal.settings import *  # noqa: F403

ROOT_URLCONF = __name__
urlpatterns = []  # a worker serves no page

ENGINE_STEPS = {"tests.support.settings.worker.write_for_a_while": None}


def write_for_a_while() -> bool:
    import os
    import time
    from pathlib import Path

    marks = Path(os.environ["MARKS"])
    if (marks / "begun").exists():
        return False
    (marks / "begun").touch()
    time.sleep(0.5)
    (marks / "ended").touch()
    return True
