from __future__ import annotations

import subprocess
import sys

CORE = [
    "wire",
    "schemas",
    "values",
    "errors",
    "signatures",
    "events",
    "pacing",
    "configuration",
    "transport",
    "calling",
    "guest_calls",
    "people",
    "client",
]


def test_the_core_runs_without_django():
    code = "import sys; sys.modules['django'] = None\n" + "\n".join(f"import partner_api.{name}" for name in CORE)

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stderr
