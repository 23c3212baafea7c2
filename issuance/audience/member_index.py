"""The member check: which guests of an audience Thanx will not know, shown before anything is sent.

Asking Thanx for each guest would take hours. So a step reads GET /partner/users (scope users.read) page by page, within
the budget, into an index of fingerprints. Guests who joined since are not in it, so when only a few guests of a list
are missing, Thanx is asked about each of them. It stays a prediction: guests may join or leave before rewards are sent.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.catalog.credential import current_credential
from campaigns.models import Merchant
from engine import correlation
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, renewing
from issuance.manifests import identifiers_of_some
from issuance.models import Batch, Issuance, Member, MemberIndex, Recipient
from issuance.states import BatchState
from lists.identifiers import normalise_email, normalise_phone
from partner_api import connect, errors
from partner_api.answers.guests import User
from vault.sealing import Fingerprinter

logger = logging.getLogger(__name__)

SCOPE = "users.read"
NO_SCOPE = "scope_missing"
UNAVAILABLE = "unavailable"
OVERLAP = timedelta(minutes=5)
"""Two readings overlap by this much, since clocks differ and a change may show late."""

TRY_AGAIN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(seconds=10)
A_MOMENT = timedelta(seconds=2)
"""What a user who waits for the check may wait for the budget of one question."""

MOST_ASKED_ABOUT = 100
"""Strangers of one list about which Thanx is asked: 20 seconds at five calls a second."""


def may_be_read() -> bool:
    """Whether our credential may list members, as far as is known."""
    credential = current_credential()
    return credential is not None and SCOPE in credential.scopes


def make_due(*, merchant: Merchant, at: datetime) -> None:
    """Have the members read, unless the index is fresh, is being read, or may not be read."""
    if not may_be_read():
        return
    index, _ = MemberIndex.objects.get_or_create(merchant=merchant)
    fresh = index.as_of is not None and at - index.as_of < settings.MEMBERS_FRESH_FOR
    if fresh or index.due_at is not None:
        return
    idle = MemberIndex.objects.filter(pk=index.pk, due_at=None, lease_token=None)
    idle.update(due_at=at, problem="", correlation=correlation.current())


def index_of(merchant: Merchant) -> MemberIndex | None:
    """Return how far the members have been read; None before the first reading."""
    return MemberIndex.objects.filter(merchant=merchant).first()


def strangers(issuance: Issuance) -> int | None:
    """Return how many recipients of a draft are no members; None while the members are not known."""
    index = index_of(issuance.merchant)
    if index is None or index.as_of is None:
        return None
    return _strangers(issuance).count()


def strangers_asked_about(issuance: Issuance) -> int | None:
    """Ask Thanx about the strangers of a draft if they are few, and return how many are left; see `strangers`.

    Who was asked about less than a minute ago is not asked about again: a draft is read again with every choice.
    """
    found = strangers(issuance)
    if not found or found > MOST_ASKED_ABOUT or not may_be_read():
        return found
    positions: dict[Batch, list[int]] = {}
    for row in _strangers(issuance).select_related("batch"):
        positions.setdefault(row.batch, []).append(row.position)
    opened = identifiers_of_some(positions)
    named = [identifier for of_batch in opened.values() for identifier in of_batch.values()]
    thanx = connect.thanx(
        priority=connect.Priority.CATALOG,
        merchant=issuance.merchant.thanx_id,
        about=f"members:{issuance.merchant_id}",
        max_wait=A_MOMENT,
        spares_repeats=True,
    )
    try:
        for guest in named:
            with suppress(errors.AnsweredAlready):
                users = thanx.users(merchant_id=issuance.merchant.thanx_id, **{guest.type: guest.value})
                _store(issuance.merchant, users)
    except errors.PartnerError as error:
        logger.info("the guests who are not in the index could not all be asked about: %s", error)
    return _strangers(issuance).count()


def _strangers(issuance: Issuance) -> QuerySet[Recipient]:
    known = Member.objects.filter(merchant=issuance.merchant_id, fingerprint=OuterRef("fingerprint"))
    sent = Q(batch__issuance=issuance, batch__state=BatchState.DRAFT, batch__is_control=False)
    return Recipient.objects.filter(sent, ~Exists(known))


def known(merchant_id: int, fingerprints: Sequence[bytes]) -> set[bytes]:
    """Return the fingerprints that belong to members."""
    rows = Member.objects.filter(merchant=merchant_id, fingerprint__in=fingerprints)
    return {bytes(one) for one in rows.values_list("fingerprint", flat=True)}


# --- The step ------------------------------------------------------------------------------------------------


def read_one_page_of_members(*, clock: Clock = now) -> bool:
    """Read the next page of members for the index that has waited longest. Return whether there was one."""
    index = claim_one(MemberIndex.objects.select_related("merchant"), at=clock())
    if index is None:
        return False
    begun_at = index.begun_at or clock()
    try:
        with renewing(index, clock=clock):
            thanx = connect.thanx(
                priority=connect.Priority.CATALOG,
                merchant=index.merchant.thanx_id,
                about=f"members:{index.pk}",
                max_wait=LONGEST_WAIT,
            )
            pages = thanx.user_pages(
                merchant_id=index.merchant.thanx_id, updated_after=index.changed_since, first=index.next_page
            )
            page = next(pages)
        with transaction.atomic():
            _store(index.merchant, page.items)
            _advance(index, number=page.number, pages=page.pages, is_last=page.is_last, begun_at=begun_at, at=clock())
    except errors.TryLater as error:
        finish(index, due_at=error.not_before or clock() + TRY_AGAIN)
    except errors.PartnerError as error:
        logger.warning("the members could not be read: %s", error)
        problem = NO_SCOPE if isinstance(error, errors.ScopeMissing) else UNAVAILABLE
        finish(index, due_at=None, problem=problem, begun_at=None, next_page=1, pages=0)
    except LeaseLost:
        return True
    return True


def _advance(index: MemberIndex, *, number: int, pages: int, is_last: bool, begun_at: datetime, at: datetime) -> None:
    if is_last:
        through = {"as_of": begun_at, "changed_since": begun_at - OVERLAP, "begun_at": None, "next_page": 1, "pages": 0}
        finish(index, due_at=None, problem="", **through)
    else:
        finish(index, due_at=at, begun_at=begun_at, next_page=number + 1, pages=pages)


def _store(merchant: Merchant, users: Sequence[User]) -> None:
    """Replace what is known of these users, so that a changed address no longer counts as a member's."""
    Member.objects.filter(merchant=merchant, user_id__in=[user.id for user in users]).delete()
    prints = Fingerprinter(merchant.pk)
    Member.objects.bulk_create(
        Member(merchant=merchant, user_id=user.id, fingerprint=prints.of(kind=kind, value=value))
        for user in users
        for kind, value in _identifiers(user, country=merchant.country)
    )


def _identifiers(user: User, *, country: str) -> list[tuple[str, str]]:
    found = {
        "email": normalise_email(user.email) if user.email else None,
        "phone": normalise_phone(user.phone, country=country) if user.phone else None,
    }
    return [(kind, value) for kind, value in found.items() if isinstance(value, str)]
