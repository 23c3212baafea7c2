"""The stop-all switch: whether anything is sent, for a merchant or for the whole installation, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.urls import reverse

from campaigns import halts
from campaigns.models import Campaign, Halt, Merchant
from campaigns.states import CampaignState
from issuance.models import Batch
from issuance.states import BatchState, IssuanceState
from ui.wording import counted


@dataclass(frozen=True, kw_only=True)
class SendingPage:
    """`halt` is the one that this page's button lifts; `above` the installation's, on a merchant's page.

    The figures are what a stop holds up, or would hold up.
    """

    merchant: Merchant | None
    halt: Halt | None
    above: Halt | None
    jobs: int
    guests: int
    issuances: int
    campaigns: int
    past: Sequence[Halt]

    @property
    def lede(self) -> str:
        """Whether anything is sent, where `halt` is None."""
        if self.above:
            return f"Operators have stopped all sending of all merchants: “{self.above.reason}”"
        return f"Rewards are issued and campaigns created for {self.whose} as they become due."

    @property
    def waiting(self) -> str:
        """The jobs that wait, or would."""
        guests, issuances = counted(self.guests, "guest"), counted(self.issuances, "issuance")
        return f"{self.jobs:,}, with {guests} of {issuances}"

    @property
    def stop(self) -> str:
        """The address that stops all sending."""
        return self._address("issuance:stop-sending", "staff-stop-sending")

    @property
    def resume(self) -> str:
        """The address that lets it go on."""
        return self._address("issuance:resume-sending", "staff-resume-sending")

    def _address(self, of_merchant: str, of_all: str) -> str:
        return reverse(of_merchant, args=[self.merchant.handle]) if self.merchant else reverse(of_all)

    @property
    def whose(self) -> str:
        """Whose sending it is, in words."""
        return self.merchant.name if self.merchant else "all merchants"


def sending_page(merchant: Merchant | None) -> SendingPage:
    """Return the page of a merchant, or for None the installation's."""
    merchant_id = merchant.pk if merchant else None
    found = halts.in_force(merchant)
    queued = Batch.objects.filter(state=BatchState.QUEUED, issuance__state=IssuanceState.CONFIRMED)
    campaigns = Campaign.objects.filter(state=CampaignState.QUEUED)
    if merchant is not None:
        queued, campaigns = queued.filter(issuance__merchant=merchant), campaigns.filter(merchant=merchant)
    waiting = queued.aggregate(jobs=Count("pk"), guests=Sum("size"), issuances=Count("issuance", distinct=True))
    return SendingPage(
        merchant=merchant,
        halt=next((halt for halt in found if halt.merchant_id == merchant_id), None),
        above=next((halt for halt in found if halt.merchant_id != merchant_id), None),
        jobs=waiting["jobs"],
        guests=waiting["guests"] or 0,
        issuances=waiting["issuances"],
        campaigns=campaigns.count(),
        past=list(_past(merchant)),
    )


def _past(merchant: Merchant | None) -> Sequence[Halt]:
    over = Halt.objects.filter(merchant=merchant, lifted_at__isnull=False).select_related("by", "lifted_by")
    return list(over[:10])
