"""Dividing the guests of a draft among the arms in another way. The file is read again for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.draft import drafts
from campaigns.models import Variant
from issuance.drafts.drafts import NoShares
from issuance.models import DraftStep, Issuance, Upload
from issuance.states import IssuanceMove


def shares_are_free(issuance: Issuance) -> bool:
    """Whether the campaign's percentages may still change: no other issuance has divided guests by them."""
    return not issuance.campaign.issuances.kept().exclude(pk=issuance.pk).exists()


def divide_anew(
    *, issuance: Issuance, only_variant: Variant | None, shares: Mapping[int, int] | None, by: User | None, at: datetime
) -> None:
    """Divide the guests by the campaign's percentages, or put all of them in one arm.

    `shares` are new percentages for the campaign, by the variant's primary key. Does nothing if nothing changes. Raises
    NoShares, drafts.SharesFixed, IllegalMove and Overtaken.
    """
    variants = list(issuance.campaign.variants.all())
    now_shared = {variant.pk: variant.share for variant in variants}
    wanted = now_shared if shares is None or only_variant is not None else dict(shares)
    if only_variant is None and not any(wanted.values()):
        raise NoShares
    only_id = only_variant.pk if only_variant else None
    if wanted == now_shared and only_id == issuance.only_variant_id:
        return
    with transaction.atomic():
        if wanted != now_shared:
            drafts.set_shares(campaign=issuance.campaign, shares=wanted, by=by, at=at, divided_anew=issuance.pk)
        before = issuance.only_variant.name if issuance.only_variant else ""
        facts: dict[str, Any] = {"problem": "", "lines": 0, "left_out": {}, "only_variant": only_variant}
        issuance.move(IssuanceMove.REREAD, by=by, at=at, due_at=at, step=DraftStep.SPLIT, **facts)
        Upload.objects.filter(issuance=issuance).update(bytes_read=0, lines_read=0)
        said: dict[str, Any] = {"only_variant": only_variant.name if only_variant else ""}
        said["shares"] = {variant.name: wanted[variant.pk] for variant in variants}
        audit.record(action="guests divided anew", on=issuance, by=by, at=at, before={"only_variant": before}, **said)
