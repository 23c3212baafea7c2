"""How a view answers when an act was not possible: with a message on the page that is shown next."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

Message = str | Callable[[Any], str]
"""What the message says, or what makes it of the exception (`str` for an exception that says it itself)."""


Messages = Mapping[type[Exception], Message]
"""The message for each exception."""


class MessageOn:
    """A block of a view that ends early with a message, instead of an error, on the exceptions that it names."""

    def __init__(self, request: HttpRequest, refusals: Messages, *, level: int) -> None:
        self._request, self._refusals, self._level = request, refusals, level

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        words = next((words for refusal, words in self._refusals.items() if isinstance(error, refusal)), None)
        if words is None:
            return False
        messages.add_message(self._request, self._level, words if isinstance(words, str) else words(error))
        return True


def message_on(
    request: HttpRequest, refusals: Mapping[type[Exception], Message], *, level: int = messages.INFO
) -> MessageOn:
    """Return a block that does an act and leaves a message where the act is refused. The first that fits counts.

    What follows in the block is skipped then; what follows the block is the answer in either case.
    """
    return MessageOn(request, refusals, level=level)
