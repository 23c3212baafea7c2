"""Why a person on a list is not subscribed, or is subscribed without a part of the line: what is wrong, what to do."""

from django.conf import settings

from guests.subscribers.reading_step import ACCEPTED_BEFORE, ON_ANOTHER_LIST, TOO_MANY
from guests.subscribers.rows import BIRTHDAY_UNREADABLE, DUPLICATE, NAME_TOO_LONG, NO_EMAIL, ZIP_TOO_LONG
from guests.subscribers.subscribing import UNSEALABLE
from issuance.audience import left_out_reasons
from lists.file_problems import FileProblem
from lists.suggestions import Repair
from partner_api.errors import EMAIL_INVALID
from ui.explained import Explained

_SUBSCRIBED = "The person is subscribed all the same."
_OF_LINES = {
    DUPLICATE: Explained(
        "The same person as another line", "Nothing to do: the person is subscribed by the other line."
    ),
    NO_EMAIL: Explained("No email address", "Add one. If the addresses are in another column, correct the columns."),
    ACCEPTED_BEFORE: Explained("Accepted by Thanx before: not sent again", "Nothing to do."),
    ON_ANOTHER_LIST: Explained(
        "On another list that is being sent", "Nothing to do: the person is subscribed by that one."
    ),
    BIRTHDAY_UNREADABLE: Explained(
        "The birthday could not be read, and is left away", f"{_SUBSCRIBED} Month and day are enough, such as 05-12."
    ),
    NAME_TOO_LONG: Explained("The name is too long, and is left away", _SUBSCRIBED),
    ZIP_TOO_LONG: Explained("The zip code is too long, and is left away", _SUBSCRIBED),
    Repair.EMAIL_IS_PHONE.value: Explained(
        "A phone number where an email address belongs", "Look for the address: people subscribe by email."
    ),
}
_OF_FILES = {
    FileProblem.EMPTY.value: Explained("The list has no lines", "Choose a file with at least one person in it.")
}
_BY_THANX = {
    EMAIL_INVALID: Explained(
        "Thanx does not accept this as an email address", "Look for a typing error and correct it."
    ),
    UNSEALABLE: Explained("The line can no longer be opened", "Add the person again."),
}


def of_line(code: str) -> Explained:
    """Return the explanation of a note on a line."""
    return _OF_LINES.get(code) or left_out_reasons.of_line(code)


def of_file(code: str) -> Explained:
    """Return why a list cannot be read."""
    if code == TOO_MANY:
        title = f"The list has more than {settings.MOST_SUBSCRIBERS_PER_LIST:,} lines"
        return Explained(title, "Split it and add the parts in turn. Thanx takes one person at a time.")
    return _OF_FILES.get(code) or left_out_reasons.of_file(code)


def of_refusal(code: str) -> Explained:
    """Return why Thanx refused a person."""
    return _BY_THANX.get(code) or Explained(f"Thanx said {code or 'no'}", "Try again, or ask Thanx.")
