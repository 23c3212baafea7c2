"""How a user matched the columns of a file. The merchant's next file of the same shape is matched the same way."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.models import Merchant
from issuance.models import RememberedColumns
from lists.columns.choice import ENOUGH
from lists.columns.names import KINDS
from lists.columns.vocabulary import plain_name
from lists.detection import Shape
from lists.tables import Beginning


@dataclass(frozen=True, kw_only=True)
class Recalled:
    """A shape as a user matched it the last time, and which identifier counts where a line has both."""

    shape: Shape
    prefers: str


def recall(beginning: Beginning, *, merchant: Merchant) -> Recalled | None:
    """Return how a file of this shape was matched the last time; None where that is unknown or does not fit."""
    guess = beginning.shape(country=merchant.country)
    if not isinstance(guess, Shape):
        return None
    known = RememberedColumns.objects.filter(merchant=merchant, key=shape_key(guess)).first()
    if known is None:
        return None
    sheet = next((each.index for each in beginning.sheets or () if each.name == known.sheet), None)
    shape = beginning.shape(country=merchant.country, sheet=sheet, header_row=known.header_row)
    if not isinstance(shape, Shape) or max(known.mapping.values()) >= len(shape.columns):
        return None
    return Recalled(shape=replace(shape, mapping=known.mapping, questions={}), prefers=known.prefers)


def remember_columns(beginning: Beginning, *, merchant: Merchant, matched: Shape, prefers: str, at: datetime) -> None:
    """Save how a user matched the columns of a file, under the shape that was detected before."""
    guess = beginning.shape(country=merchant.country)
    if not isinstance(guess, Shape):
        return
    names = {each.index: each.name for each in beginning.sheets or ()}
    said = {
        "mapping": dict(matched.mapping),
        "prefers": prefers,
        # Titles above the header come and go, so the row's number counts only where the user chose another row.
        "header_row": None if matched.header_row == guess.header_row else matched.header_row,
        "sheet": names.get(matched.sheet, "") if matched.sheet is not None else "",
        "used_at": at,
    }
    RememberedColumns.objects.update_or_create(merchant=merchant, key=shape_key(guess), defaults=said)


def shape_key(shape: Shape) -> str:
    """Return the same key for all files of one shape: a digest of their columns' names, or of what the columns hold."""
    if shape.has_header:
        what = ["named", *(plain_name(name) for name in shape.columns)]
    else:
        what = ["unnamed", *(_holds(shape, index) for index in range(len(shape.columns)))]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _holds(shape: Shape, index: int) -> str:
    return next((kind for kind in KINDS if shape.shares[kind][index] >= ENOUGH), "")
