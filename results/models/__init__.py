"""Outcomes of guests, and what they say of campaigns."""

from results.models.experiments import CampaignResult, ExperimentPlan
from results.models.outcomes import FileKind, GuestLink, ImportStage, OutcomeFile, OutcomeImport, UsedReward, Visit

__all__ = [
    "CampaignResult",
    "ExperimentPlan",
    "FileKind",
    "GuestLink",
    "ImportStage",
    "OutcomeFile",
    "OutcomeImport",
    "UsedReward",
    "Visit",
]
