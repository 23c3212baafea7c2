"""Links through the pages of a list. They keep the filters of the address."""

from typing import Any

from django.core.paginator import Page
from django.http import QueryDict

from ui.components import figures


def query_string(query: QueryDict, *, number: int) -> str:
    """Return the query string of another page of the list."""
    changed = query.copy()
    changed["page"] = str(number)
    return f"?{changed.urlencode()}"


def links(page: Page[Any], *, query: QueryDict, noun: str) -> dict[str, Any]:
    """Return what the template of the pagination needs. The sentence always names the total."""
    total = page.paginator.count
    first, last = (figures.number(page.start_index()), figures.number(page.end_index()))
    return {
        "several": page.paginator.num_pages > 1,
        "sentence": f"{first} to {last} of {figures.number(total)} {noun}" if total else f"No {noun}",
        "before": query_string(query, number=page.previous_page_number()) if page.has_previous() else "",
        "after": query_string(query, number=page.next_page_number()) if page.has_next() else "",
    }
