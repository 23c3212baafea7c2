"""Errors in a form that may be logged."""

import traceback
from pathlib import Path

LIBRARIES = "site-packages"


def where(error: BaseException) -> str:
    """Return an error's class and the lines it passed through, without its text, which may hold a guest's identifier.

    Of the lines in libraries only the last is named.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if LIBRARIES not in Path(frame.filename).parts]
    named = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in [*ours, *frames[-1:]]]
    return f"{type(error).__name__} at {' > '.join(named)}"
