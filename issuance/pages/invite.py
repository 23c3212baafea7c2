"""Guests who are no members: how many, what an invitation does, and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issuance.drafts import original_rows
from issuance.followup.guest_files import name_columns
from issuance.jobs.failure_reasons import MAY_JOIN
from issuance.models import Failure, Issuance
from issuance.pages.links import place


@dataclass(frozen=True, kw_only=True)
class InvitePage:
    """`guests` are open failures who are no members; `columns` of the file that invites them."""

    issuance: Issuance
    guests: int
    unchanged: int
    columns: Sequence[str]
    back: str


def invite_page(issuance: Issuance) -> InvitePage:
    """Return the page, with three queries at most."""
    rows = Failure.objects.open().filter(batch__issuance=issuance, reason_code__in=sorted(MAY_JOIN))
    return InvitePage(
        issuance=issuance,
        guests=rows.count(),
        unchanged=rows.filter(correction=None).count(),
        columns=["email", *name_columns(original_rows.upload_of(issuance))],
        back=f"{place('failures', issuance)}#guests",
    )
