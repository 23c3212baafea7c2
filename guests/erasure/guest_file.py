"""Everything that the portal knows of one guest at a merchant, as one document for the guest."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from campaigns.models import Merchant
from guests.erasure.from_guests import feedback_of, webhooks_about
from guests.erasure.from_issuances import issuances_with
from guests.erasure.known_guest import KnownGuest, known_guest
from guests.feedback import replies, sync
from guests.lookup.history import guest_lines_of
from guests.lookup.lookup import PURPOSE as PROFILE
from guests.models import CachedGuest, Feedback, Recovery, Reply, Subscriber
from guests.subscribers.reading_step import PERSON
from issuance.files.original_rows import with_original
from issuance.models import ExclusionList, Issuance, IssuedReward, Member, Recipient
from results.outcome_lifetimes import outcomes_of
from vault.sealing import Unsealable, unseal


class _OfLine:
    """A line whose original cells are wanted."""

    def __init__(self, line: int) -> None:
        self.line = line


def guest_file(*, merchant: Merchant, typed: Sequence[str], at: datetime) -> dict[str, Any]:
    """Return the document, from our own rows and files alone."""
    guest = known_guest(merchant=merchant, typed=typed)
    return {
        "merchant": merchant.name,
        "at": at.isoformat(),
        "asked_about": list(typed),
        "ids_at_thanx": sorted(guest.user_ids),
        "rewards": [_told(line) for line in guest_lines_of(merchant=merchant, fingerprints=sorted(guest.prints))],
        "reward_ids": sorted(_reward_ids(guest)),
        "lines_of_files": list(_original_lines(guest)),
        "exclusion_lists": list(_exclusions(guest)),
        "is_known_as_member": Member.objects.filter(merchant=merchant, fingerprint__in=guest.prints).exists(),
        "profile_at_thanx": list(_profiles(guest)),
        "feedback": [_feedback(one) for one in feedback_of(guest)],
        "subscriptions": list(_subscriptions(guest)),
        "visits": list(outcomes_of(merchant=merchant, fingerprints=guest.prints)),
        "webhooks": [{"received_at": one.received_at.isoformat(), "event": one.event} for one in webhooks_about(guest)],
    }


def _told(line: Any) -> dict[str, Any]:
    facts = {"issuance": line.issuance_id, "campaign": line.campaign, "line": line.line, "arm": line.arm}
    return {**facts, "at": line.at.isoformat(), "status": line.status.value, "reason": line.reason}


def _reward_ids(guest: KnownGuest) -> Iterator[str]:
    named = Recipient.objects.filter(fingerprint__in=guest.prints, batch__issuance__merchant=guest.merchant)
    for batch, position in named.values_list("batch", "position"):
        yield from IssuedReward.objects.filter(batch=batch, position=position).values_list("reward_id", flat=True)


def _original_lines(guest: KnownGuest) -> Iterator[dict[str, Any]]:
    for issuance, places in issuances_with(guest):
        lines = iter([_OfLine(line) for line in sorted(places.lines)])
        for cells, note in with_original(issuance, lines):
            yield {"issuance": issuance.pk, "file": _file_name(issuance), "line": note.line, "cells": cells}


def _file_name(issuance: Issuance) -> str:
    upload = getattr(issuance, "upload", None)
    return upload.file_name if upload else ""


def _exclusions(guest: KnownGuest) -> Any:
    lists = ExclusionList.objects.filter(merchant=guest.merchant, excluded__fingerprint__in=guest.prints).distinct()
    return lists.values_list("name", flat=True)


def _profiles(guest: KnownGuest) -> Iterator[Any]:
    rows = CachedGuest.objects.filter(merchant=guest.merchant, fingerprint__in=guest.prints)
    for sealed in {bytes(row.sealed) for row in rows}:
        if text := _opened(sealed, PROFILE):
            yield json.loads(text)


def _feedback(one: Feedback) -> dict[str, Any]:
    reply, reward = Reply.objects.filter(feedback=one).first(), Recovery.objects.filter(feedback=one).first()
    return {
        "given_at": one.given_at.isoformat(),
        "rating": one.rating,
        "review": _opened(one.sealed_review, sync.PURPOSE),
        "response": _opened(one.sealed_response, sync.PURPOSE),
        "reply": _opened(reply.sealed_text, replies.PURPOSE) if reply else "",
        "reward": reward.standing if reward else "",
    }


def _subscriptions(guest: KnownGuest) -> Iterator[dict[str, Any]]:
    named = Subscriber.objects.filter(fingerprint__in=guest.prints, subscription__merchant=guest.merchant)
    for row in named.select_related("subscription"):
        consent = row.subscription
        facts = {"agreed_to": consent.statement, "where": consent.source, "agreed_on": consent.agreed_on.isoformat()}
        yield {**facts, "standing": row.standing, "person": json.loads(_opened(row.sealed, PERSON) or "{}")}


def _opened(sealed: Any, purpose: str) -> str:
    try:
        return unseal(sealed, purpose=purpose).decode() if sealed else ""
    except Unsealable:
        return ""
