"""Issuances, their audiences and batches, and what happened to them."""

from issuance.models.approval import ApprovalRequest, RequestOutcome, RevocationRequest
from issuance.models.audience import (
    CorrectedLine,
    DoubtfulLine,
    Manifest,
    Recipient,
    RejectedLine,
    RememberedColumns,
    Upload,
)
from issuance.models.batch import Batch, BatchEvent
from issuance.models.exclusion import ExcludedGuest, ExclusionList
from issuance.models.followup import Correction, Settlement
from issuance.models.issuance import DraftStep, Issuance, IssuanceEvent, Origin, PauseReason
from issuance.models.member import Member, MemberIndex
from issuance.models.observed import Delivery, Failure, IssuedReward

__all__ = [
    "ApprovalRequest",
    "Batch",
    "BatchEvent",
    "CorrectedLine",
    "Correction",
    "Delivery",
    "DoubtfulLine",
    "DraftStep",
    "ExcludedGuest",
    "ExclusionList",
    "Failure",
    "Issuance",
    "IssuanceEvent",
    "IssuedReward",
    "Manifest",
    "Member",
    "MemberIndex",
    "Origin",
    "PauseReason",
    "Recipient",
    "RejectedLine",
    "RememberedColumns",
    "RequestOutcome",
    "RevocationRequest",
    "Settlement",
    "Upload",
]
