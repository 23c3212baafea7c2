"""Adding people: what a file may look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from campaigns.models import Variant
from issuance.models import DraftStep, Issuance, Upload
from issuance.pages.links import DraftPage
from ui.components.rewards import terms

EVERYBODY = 100
"""Percent."""


@dataclass(frozen=True, kw_only=True)
class ArmOfPeople:
    """What some of the guests get, or that they get nothing."""

    icon: str
    title: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PeoplePage(DraftPage):
    """The first step. `replaces` names the file that a new one replaces, if there is one."""

    STEP = DraftStep.PEOPLE

    file_name: str
    replaces: str
    country: str
    limit: str
    batch_size: int
    arms: Sequence[ArmOfPeople]
    is_over: bool


def people_page(issuance: Issuance, *, at: datetime) -> PeoplePage:
    """Return the page on which people are added."""
    ends = issuance.campaign.end_at
    upload: Upload | None = getattr(issuance, "upload", None)
    return PeoplePage(
        issuance=issuance,
        file_name=upload.file_name if upload else "",
        replaces=f"{upload.file_name} is here already" if upload else "",
        country=issuance.merchant.country,
        limit=filesizeformat(settings.MAX_UPLOAD_BYTES),
        batch_size=settings.THANX_BATCH_SIZE,
        arms=_arms(issuance),
        is_over=ends is not None and ends < at,
    )


def _arms(issuance: Issuance) -> list[ArmOfPeople]:
    variants = issuance.campaign.variants.select_related("reward_template")
    return [_arm(variant, issuance) for variant in variants if issuance.only_variant_id in (None, variant.pk)]


def _arm(variant: Variant, issuance: Issuance) -> ArmOfPeople:
    reward = variant.reward_template
    who = "Everybody" if issuance.only_variant_id or variant.share == EVERYBODY else f"{variant.share} % of the guests"
    if variant.is_control:
        told = (
            "Thanx is told who they are" if issuance.campaign.registers_controls else "Thanx never learns who they are"
        )
        return ArmOfPeople(icon="hand-stop", title="No reward", sentence=f"{who}, held back to compare. {told}.")
    if reward is None:
        return ArmOfPeople(icon="gift", title=variant.name, sentence=f"{who}. Its reward is not in the published list.")
    return ArmOfPeople(icon="gift", title=reward.name, sentence=" · ".join([who, *terms(reward)]))
