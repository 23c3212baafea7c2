"""One feedback as a row: on the page of feedback, and on the page of the guest who gave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.models import Location, Merchant
from guests.feedback.replies import ANSWERABLE
from guests.feedback.sync import PURPOSE
from guests.lookup.explanations import GuestLine
from guests.models import Feedback, Recovery, Reply
from guests.pages.recovery import WITH_RECOVERY, RecoveryState, may_recover, state_of
from guests.recovery.results import results_of
from issuance.models import Member
from vault.masked_names import without_names
from vault.sealing import Unsealable, unseal

SHOWN = ("reply", "handled_by", *WITH_RECOVERY)
"""The relations that a row needs, for the page's one query."""

MOST_SAID = 20
"""Rows on the page of one guest."""

STAGES = {
    "unviewed": "Not opened",
    "viewed": "Opened",
    "expired": "Expired",
    "rated": "Rated",
    "reviewed": "Reviewed",
    "responded": "Answered",
}


@dataclass(frozen=True, kw_only=True)
class FeedbackRow:
    pk: int
    rating: int | None
    tone: str
    stage: str
    location: str
    review: str = field(repr=False)
    response: str = field(repr=False)
    given_at: datetime
    may_answer: bool
    reply_is_open: bool
    handled_by: str
    recovery: RecoveryState | None
    may_recover: bool


def feedback_rows(found: Sequence[Feedback], *, places: Mapping[str, str], clear: bool) -> list[FeedbackRow]:
    """Return the rows of feedback that was selected with `SHOWN`, masked unless `clear`.

    At most four queries, however many there are.
    """
    results = results_of([one.recovery for one in found if hasattr(one, "recovery")])
    return [_row(one, places, results, clear=clear) for one in found]


def feedback_of_guest(
    merchant: Merchant, *, fingerprints: Sequence[bytes], user_id: str, clear: bool
) -> list[FeedbackRow]:
    """Return the feedback of one guest, the latest first. At most eight queries.

    `user_id` is the guest's id at Thanx, '' if unknown. Further ids come from the index of members, and from rewards
    for earlier feedback.
    """
    members = Member.objects.filter(merchant=merchant, fingerprint__in=fingerprints).values_list("user_id", flat=True)
    rewarded = Recovery.objects.filter(merchant=merchant, fingerprint__in=fingerprints)
    ids = {user_id, *members, *rewarded.values_list("feedback__user_id", flat=True)} - {""}
    if not ids:
        return []
    rows = Feedback.objects.filter(merchant=merchant, user_id__in=ids).select_related(*SHOWN)
    found = list(rows.order_by("-given_at", "-pk")[:MOST_SAID])
    places = dict(Location.objects.filter(merchant=merchant).values_list("thanx_id", "name")) if found else {}
    return feedback_rows(found, places=places, clear=clear)


def unsealed_text(sealed: bytes | memoryview) -> str:
    """Return an encrypted text; '' if there is none, or if it cannot be decrypted."""
    try:
        return unseal(sealed, purpose=PURPOSE).decode() if sealed else ""
    except Unsealable:
        return ""


def shown_text(sealed: bytes | memoryview, *, clear: bool = False) -> str:
    """Return an encrypted text, without the people that it names unless `clear`."""
    text = unsealed_text(sealed)
    return text if clear else without_names(text)


def _row(one: Feedback, places: Mapping[str, str], results: Mapping[int, GuestLine], *, clear: bool) -> FeedbackRow:
    reply: Reply | None = getattr(one, "reply", None)
    recovery: Recovery | None = getattr(one, "recovery", None)
    return FeedbackRow(
        pk=one.pk,
        rating=one.rating,
        tone=_tone(one.rating),
        stage=STAGES.get(one.stage, one.stage),
        location=places.get(one.location_id, ""),
        review=shown_text(one.sealed_review, clear=clear),
        response=shown_text(one.sealed_response, clear=clear),
        given_at=one.given_at,
        may_answer=one.stage in ANSWERABLE and reply is None,
        reply_is_open=reply is not None and reply.standing == Reply.Standing.OPEN,
        handled_by=str(one.handled_by) if one.handled_by else "",
        recovery=state_of(recovery, results) if recovery else None,
        may_recover=may_recover(one, recovery),
    )


def _tone(rating: int | None) -> str:
    if rating is None:
        return "neutral"
    return next(tone for tone, top in (("danger", 6), ("warning", 8), ("success", 10)) if rating <= top)
