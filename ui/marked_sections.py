"""Sections of the documentation that are written from the code, between two markers of a Markdown page."""

import re
from collections.abc import Mapping
from pathlib import Path


def redrawn(page: str, sections: Mapping[str, str]) -> str:
    """Return a page with the text between the markers of these names replaced."""
    for name, section in sections.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        page = between.sub(lambda found, section=section: f"{found[1]}{section}{found[2]}", page)  # type: ignore[misc]
    return page


def redraw(sections: Mapping[str, str], *files: str) -> None:
    """Replace the sections in these files."""
    for name in files:
        path = Path(name)
        path.write_text(redrawn(path.read_text(encoding="utf-8"), sections), encoding="utf-8")
