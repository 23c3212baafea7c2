"""Issuances that have been read and wait for a decision, with one draft batch for each arm."""

from issuance.models import Issuance, Upload
from issuance.states import BatchState, IssuanceMove, IssuanceState
from tests.support.factories import NOON, IssuanceFactory, create_frozen_batch

ANA, BO, CLEO = "ana@example.com", "bo@example.com", "cleo@example.com"


def read(campaign, *, people=((ANA,), (BO,), (CLEO,)), at=NOON, digest="a" * 64, **fields) -> Issuance:
    """Return an issuance that has been read: a draft batch per arm, in the order of the variants."""
    issuance = IssuanceFactory(campaign=campaign, state=IssuanceState.READING, confirmed_at=None, **fields)
    for number, (variant, values) in enumerate(zip(campaign.variants.all(), people, strict=False), start=1):
        if values:
            draft = {"number": number, "state": BatchState.DRAFT, "idempotency_key": None, "due_at": None}
            create_frozen_batch(*values, issuance=issuance, variant=variant, is_control=variant.is_control, **draft)
    Upload.objects.create(issuance=issuance, file_name="guests.csv", size=1, digest=digest, uploaded_at=at)
    issuance.move(IssuanceMove.READ, by=None, at=at)
    return issuance
