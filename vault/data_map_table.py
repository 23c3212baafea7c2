"""The data map in the documentation, written from the registry.

`python -m vault.data_map_table docs/security.md` writes it between the page's markers.
"""

import re
import sys
from pathlib import Path

from vault.data_map import PERSONAL

BETWEEN = re.compile(r"(<!-- data map -->\n).*?(\n<!-- end of data map -->)", re.DOTALL)


def markdown() -> str:
    """Return the data map as a Markdown table."""
    lines = ["| table | what | kept |", "| --- | --- | --- |"]
    lines += [f"| `{kept.table}` | {kept.what} | {kept.lifetime.value} |" for kept in PERSONAL]
    return "\n".join(lines)


def rewritten(page: str) -> str:
    """Return a Markdown page with the data map between its markers replaced."""
    return BETWEEN.sub(lambda found: f"{found[1]}{markdown()}{found[2]}", page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
