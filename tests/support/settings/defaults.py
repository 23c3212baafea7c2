"""The environment of the tests, set before anything reads the settings. A plugin of pytest, see pyproject.toml."""

import os

os.environ.setdefault("DEBUG", "1")
