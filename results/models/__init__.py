"""Outcomes of guests, and what they say of campaigns."""

from results.models.experiments import CampaignResult, ExperimentPlan
from results.models.outcomes import FileKind, GuestLink, OutcomeFile, OutcomeImport, UsedReward, Visit

__all__ = [
    "CampaignResult",
    "ExperimentPlan",
    "FileKind",
    "GuestLink",
    "OutcomeFile",
    "OutcomeImport",
    "UsedReward",
    "Visit",
]
