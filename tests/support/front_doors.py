"""The two doors by which a list comes in: the upload on a page, and the command line."""

import io
import json
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from issuance.audience import intake_step
from issuance.audience.left_out_cells import cell_of
from issuance.drafts import exclusion_lists
from issuance.models import Issuance
from lists.suggestions import suggested
from tests.support.desk import Desk


def uploaded(desk: Desk, name: str, data: bytes) -> Issuance:
    """Return a draft whose file came by the page, and was read."""
    draft = desk.draft()
    answer = desk.post("people", draft, {"file": SimpleUploadedFile(name, data), "pasted": ""})
    assert answer.status_code == 302, answer.context["form"].errors
    assert intake_step.read_one_upload()
    draft.refresh_from_db()
    return draft


def rehearsed(desk: Desk, path: Path, *more: str, code: int = 0) -> tuple[dict, str]:
    """Return what the command line tells of a file as JSON, and what it says beside it."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ["issue_rewards", str(path), "--campaign", str(desk.campaign.pk), "--dry-run", "--json", *more]
    try:
        call_command(*arguments, stdout=out, stderr=err)
        ended = 0
    except CommandError as refusal:
        ended = refusal.returncode
        err.write(str(refusal))
    assert ended == code, err.getvalue()
    return json.loads(out.getvalue()), err.getvalue()


def left_out(issuance: Issuance) -> dict[int, tuple[str, str]]:
    """Return the reason and the suggestion of every line that is left out."""
    country = issuance.merchant.country
    return {
        row.line: (row.reason, suggested(row.reason, cell_of(row), country=country))
        for row in issuance.rejected_lines.with_cells()
    }


def exclude(desk: Desk, address: str) -> None:
    """Put a guest on an exclusion list of the merchant."""
    kept = exclusion_lists.create(merchant=desk.merchant, name="Never", by=None, at=timezone.now())
    exclusion_lists.add_guests(exclusion_list=kept, rows=[(1, [address])], by=None, at=timezone.now())
