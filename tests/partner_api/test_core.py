"""The core of the client can be used in a script without Django."""

import subprocess
import sys

from tests.conventions.contracts import WITHOUT_DJANGO, modules_of
from tests.support.root import ROOT


def test_the_core_runs_without_django():
    paths = [path.relative_to(ROOT).with_suffix("") for path in modules_of(WITHOUT_DJANGO)]
    imports = [f"import {'.'.join(path.parts).removesuffix('.__init__')}" for path in paths]
    code = "\n".join(["import sys; sys.modules['django'] = None", *imports])

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)

    assert found.returncode == 0, found.stderr
