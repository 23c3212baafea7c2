"""What the columns of a list of people hold: its first rows beside what they look like."""

from dataclasses import dataclass

from guests.models import Subscription
from guests.subscribers.drafts import recognise
from lists.file_problems import FileProblem
from lists.first_rows import FirstRows, columns_asked, columns_found, first_rows

KINDS = {
    "email": "email addresses",
    "first_name": "first names",
    "last_name": "last names",
    "birthday": "birthdays",
    "zip_code": "zip codes",
}
NOT_FOUND = "No column looks like email addresses. Please say which one holds them."


@dataclass(frozen=True, kw_only=True)
class SubscriberColumnsPage:
    subscription: Subscription
    sentence: str
    table: FirstRows


def subscriber_columns_page(
    subscription: Subscription, *, sheet: int | None = None, header_row: int | None = None, encoding: str | None = None
) -> SubscriberColumnsPage | None:
    """Return the page on which the columns of a list are matched; None where there is no table. No query."""
    recognised = recognise(subscription, sheet=sheet, header_row=header_row, encoding=encoding)
    if isinstance(recognised, FileProblem):
        return None
    shape = recognised.shape
    held = {place: KINDS[kind] for kind, place in shape.mapping.items()}
    guesses = [held.get(place, "not used") for place in range(len(shape.columns))]
    return SubscriberColumnsPage(
        subscription=subscription,
        sentence=columns_asked(shape, kinds=KINDS)
        or (columns_found(shape, kinds=KINDS) if "email" in shape.mapping else NOT_FOUND),
        table=first_rows(recognised, guesses=guesses, noun="person"),
    )
