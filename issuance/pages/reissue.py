"""After a revocation: the guests and the campaign of a reissue."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from campaigns.models import Campaign
from issuance.followup import reissues
from issuance.models import Batch, Issuance
from issuance.pages.links import PageBelowRun, place, run_link
from issuance.states import BatchState
from ui.values import Link

NOT_YET = "Nothing of this issuance is revoked. Once a job is, you can issue its rewards anew."


@dataclass(frozen=True, kw_only=True)
class ReissuePage(PageBelowRun):
    """`guests` had a reward that was revoked and are in no reissue yet. `earlier` are the reissues so far."""

    guests: int
    jobs: int
    why_not: str
    campaigns: Sequence[Campaign]
    earlier: Sequence[Link]
    here: str

    @property
    def lede(self) -> str:
        """Why nothing can be reissued, or what a reissue is."""
        linked = "A new issuance, linked to this one. Nothing is sent before you have checked and confirmed it."
        return self.why_not or linked

    @property
    def taken_over(self) -> str:
        """The end of the sentence on an earlier reissue where no guest is left."""
        return "" if self.guests else ", which has taken the guests over"


def reissue_page(issuance: Issuance) -> ReissuePage:
    """Return the page. Its number of queries is fixed."""
    revoked = Batch.objects.filter(issuance=issuance, state=BatchState.REVOKED, is_control=False)
    free = list(reissues.to_make_good(issuance))
    return ReissuePage(
        issuance=issuance,
        guests=sum(batch.size - (batch.failed_count or 0) for batch in free),
        jobs=len(free),
        why_not="" if free or revoked.aggregate(guests=Sum("size"))["guests"] else NOT_YET,
        campaigns=_campaigns(issuance),
        earlier=[_link(issuance, each) for each in issuance.reissues.kept().select_related("campaign")],
        here=place("reissue", issuance),
    )


def _link(issuance: Issuance, reissue: Issuance) -> Link:
    reissue.merchant = issuance.merchant
    return run_link(reissue)


def _campaigns(issuance: Issuance) -> list[Campaign]:
    """Return the live campaigns, the issuance's own first."""
    live = Campaign.objects.live().filter(merchant=issuance.merchant_id).order_by("name")
    return sorted(live, key=lambda campaign: campaign.pk != issuance.campaign_id)
