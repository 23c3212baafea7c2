"""Outcomes of guests, and what they say of campaigns."""

from results.models.experiments import CampaignResult, ExperimentPlan
from results.models.outcomes import (
    COUNTED,
    FileKind,
    GuestLink,
    ImportStage,
    OutcomeFile,
    OutcomeImport,
    UsedReward,
    Visit,
)

__all__ = [
    "COUNTED",
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
