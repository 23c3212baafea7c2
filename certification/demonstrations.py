"""The six demonstrations, run through the same acts as the pages.

Each demonstration is a generator: it acts, and yields the condition to wait for before it goes on. Workers, or the
command that waits, run the engine's steps meanwhile.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import User
from campaigns import creation, halts
from campaigns.catalog import refresh
from campaigns.catalog.credential import current_credential, ensure_credential, make_credential_due
from campaigns.draft import drafts
from campaigns.draft.content import Content, DraftArm
from campaigns.models import Campaign, Credential, Merchant, Variant
from campaigns.schedule import Dates
from campaigns.states import CampaignState
from certification import simulator
from certification.calls.manners import REPEAT_WITHIN
from engine.clock import Clock
from issuance.drafts import drafts as intake
from issuance.followup import revocation
from issuance.models import Delivery, Issuance
from issuance.models.observed import DeliveryState
from issuance.sending import confirmation, refusals, status
from issuance.states import IssuanceState
from partner_api import connect

READING_TAKES = timedelta(seconds=60)
"""A read this long before the catalog's `as_of` may belong to the same reading."""

FRESH = REPEAT_WITHIN + timedelta(seconds=5)
"""A younger catalog is not read again: that would be a needless repeat."""

LONGEST_WAIT = 300.0
"""Seconds to wait for one condition by default: a job of the demo takes four minutes."""

WHOLE_RUN = 570.0
"""Seconds after which a run waits for nothing more: a demonstration takes less than ten minutes."""

WEBHOOKS_TAKE = 15.0
"""Seconds to wait for a webhook about an ended job. It may be lost, and polling does not need it."""


class CannotDemonstrate(Exception):
    """The demonstrations cannot be run here, or cannot be finished. The text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class People:
    """The recipients: guests' email addresses, guests' phone numbers, and addresses that no guest has."""

    emails: Sequence[str]
    phones: Sequence[str]
    unknown: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class WaitCondition:
    """What must become true before a demonstration goes on. With `seconds` the run does not insist on it."""

    words: str
    is_true: Callable[[], bool]
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """One of the six. `keys` are the requirements that it should meet."""

    key: str
    title: str
    run: Callable[[], Iterator[WaitCondition]]
    keys: Sequence[str]


def made_up_people() -> People:
    """Return guests that our own sandbox knows and some that it does not; it decides by the spelling."""
    return People(
        emails=[f"certification.guest{number}@example.com" for number in range(1, 11)],
        phones=[f"+1907555010{number}" for number in range(5)],
        unknown=["notfound.certification1@example.com", "notfound.certification2@example.com"],
    )


def check_environment() -> None:
    """Raise CannotDemonstrate in production and without a credential."""
    environment = connect.environment()
    if environment.label == "PRODUCTION":
        raise CannotDemonstrate("This is production: demonstrations would issue real rewards. Connect a sandbox.")
    if environment.label == "NOT CONNECTED":
        raise CannotDemonstrate(f"There is no guest to demonstrate with. {connect.remedy()}")


class Run:
    """One run through all six. `since`: the earliest moment of a call that belongs to the run."""

    def __init__(self, *, handle: str, people: People, by: User | None, clock: Clock) -> None:
        self._handle = handle
        self._people = people
        self._by = by
        self._clock = clock
        self.since: datetime = clock()
        self.merchant: Merchant | None = None
        self.campaign: Campaign | None = None
        self.issuances: list[Issuance] = []

    def demonstrations(self) -> list[Demonstration]:
        """Return the six in order. Each needs the ones before it."""
        issued = ("by-email", "by-phone")
        return [
            Demonstration(key="discovery", title="Discovery", run=self.discover, keys=("discovery",)),
            Demonstration(key="campaign", title="A campaign with variants", run=self.create, keys=("creation",)),
            Demonstration(key="issuance", title="Issuance by email and phone", run=self.issue, keys=issued),
            Demonstration(key="monitoring", title="Monitoring", run=self.monitor, keys=("by-polling",)),
            Demonstration(key="failures", title="Failed issuances", run=self.show_failures, keys=("failures",)),
            Demonstration(key="revocation", title="Revocation", run=self.revoke, keys=("revocation",)),
        ]

    def discover(self) -> Iterator[WaitCondition]:
        """Have the credential and one merchant's catalog read, unless they are FRESH."""
        check_environment()
        began = self._clock()
        credential = ensure_credential(at=began)
        if self._is_stale(credential.as_of):
            make_credential_due(at=began)
        yield WaitCondition(
            words="the credential to be read", is_true=lambda: _is_read(_credential(), since=began - FRESH)
        )
        self.merchant = self._merchant()
        began = self._clock()
        if self._is_stale(self.merchant.as_of):
            refresh.ask_for_refresh(merchant=self.merchant, by=self._by, at=began)
        yield WaitCondition(
            words="the catalog to be read", is_true=lambda: _is_read(self._merchant(), since=began - FRESH)
        )
        self.merchant = self._merchant()
        for read in (_credential().as_of, self.merchant.as_of):
            self.since = min(self.since, (read or began) - READING_TAKES)

    def create(self) -> Iterator[WaitCondition]:
        """Create a campaign with up to two rewards and a control."""
        merchant = self._chosen()
        for halt in halts.in_force(merchant):
            raise CannotDemonstrate(halts.words(halt))
        content = content_for(merchant, at=self._clock())
        campaign = drafts.start(merchant=merchant, content=content, by=self._by, at=self._clock())
        creation.confirm(campaign=campaign, by=self._by, at=self._clock())
        rows = Campaign.objects.filter(pk=campaign.pk)
        yield WaitCondition(
            words="the campaign to be created",
            is_true=rows.filter(state__in=[CampaignState.LIVE, CampaignState.REFUSED]).exists,
        )
        self.campaign = rows.get()
        if self.campaign.state != CampaignState.LIVE:
            raise CannotDemonstrate(
                f"Thanx refused the campaign: {self.campaign.error_text or self.campaign.error_code}"
            )

    def issue(self) -> Iterator[WaitCondition]:
        """Issue to the email addresses, the unknown ones among them, and to the phone numbers.

        Our own sandbox answers the first call with 429, so that backing off is shown, too.
        """
        self._provoke_a_429()
        lists = [("email", [*self._people.emails, *self._people.unknown]), ("phone", self._people.phones)]
        for (column, values), variant in zip(lists, self._variants(), strict=True):
            issuance = self._uploaded(column, values, variant=variant)
            rows = Issuance.objects.filter(pk=issuance.pk)
            yield WaitCondition(
                words=f"the list by {column} to be read", is_true=rows.exclude(state=IssuanceState.READING).exists
            )
            issuance = rows.get()
            try:
                confirmation.confirm(issuance=issuance, by=self._by, at=self._clock(), acknowledged_same_file=True)
            except refusals.CannotConfirm as refusal:
                raise CannotDemonstrate(f"The list by {column} could not be confirmed. {refusal}") from None
            self.issuances.append(issuance)
        for issuance in self.issuances:
            yield self._settled(issuance, "the jobs to end")

    def monitor(self) -> Iterator[WaitCondition]:
        """Wait a little for a webhook about the jobs. Polling has watched them already."""
        if not settings.THANX_WEBHOOK_SECRETS:
            return
        digested = Delivery.objects.filter(batch__issuance__in=self.issuances, state=DeliveryState.DIGESTED)
        yield WaitCondition(words="a webhook", is_true=digested.exists, seconds=WEBHOOKS_TAKE)

    def show_failures(self) -> Iterator[WaitCondition]:
        """Wait until every failure is listed."""
        waiting = Issuance.objects.filter(
            pk__in=[issuance.pk for issuance in self.issuances], batches__failed_count__gt=0
        ).exclude(batches__failures__isnull=False)
        yield WaitCondition(words="the failures to be listed", is_true=lambda: not waiting.exists())

    def revoke(self) -> Iterator[WaitCondition]:
        """Revoke the last issuance."""
        issuance = self.issuances[-1]
        at = self._clock()
        try:
            revocation.revoke_batches(issuance=issuance, by=self._by, at=at, reason="Shown for certification.")
        except revocation.NothingToRevoke:
            raise CannotDemonstrate(f"Nothing of issuance {issuance.pk} can be revoked.") from None
        yield self._settled(issuance, "the revocation")

    # --- How -------------------------------------------------------------------------------------------------

    def _provoke_a_429(self) -> None:
        if not simulator.is_ours():
            return  # Thanx's own sandbox cannot be made to misbehave
        try:
            simulator.press(key="429", by=self._by, at=self._clock())
        except simulator.NoLocalSandbox:
            raise CannotDemonstrate("The sandbox does not answer.") from None

    def _is_stale(self, as_of: datetime | None) -> bool:
        return as_of is None or self._clock() - as_of > FRESH

    def _merchant(self) -> Merchant:
        there = Merchant.objects.filter(vanished_at=None).order_by("name", "pk")
        found = there.filter(handle=self._handle).first() if self._handle else there.first()
        if found is None:
            raise CannotDemonstrate(
                f"There is no merchant {self._handle}." if self._handle else "There is no merchant."
            )
        return found

    def _chosen(self) -> Merchant:
        if self.merchant is None:
            raise CannotDemonstrate("No merchant has been discovered.")
        return self.merchant

    def _variants(self) -> tuple[Variant, Variant]:
        """Return the variant for each of the two lists; the same one if only one has a reward."""
        if self.campaign is None:
            raise CannotDemonstrate("No campaign has been created.")
        treated = list(self.campaign.variants.exclude(reward_template=None).order_by("position"))
        return treated[0], treated[-1]

    def _uploaded(self, column: str, values: Sequence[str], *, variant: Variant) -> Issuance:
        issuance = intake.start(campaign=variant.campaign, by=self._by, at=self._clock(), only_variant=variant)
        file = io.BytesIO("\n".join([column, *values, ""]).encode())
        name = f"certification-{column}.csv"
        return intake.add_file(issuance=issuance, file=file, name=name, by=self._by, at=self._clock())

    def _settled(self, issuance: Issuance, words: str) -> WaitCondition:
        def is_settled() -> bool:
            issuance.refresh_from_db()
            return not status.summaries([issuance], at=self._clock())[issuance.pk].unfinished

        return WaitCondition(words=words, is_true=is_settled)


def content_for(merchant: Merchant, *, at: datetime) -> Content:
    """Return a campaign with up to two of a merchant's rewards and a control.

    Raises CannotDemonstrate without a reward.
    """
    rewards = list(merchant.reward_templates.published().order_by("discount_value", "name", "pk")[:2])
    if not rewards:
        raise CannotDemonstrate(f"{merchant.name} has no published reward template.")
    names = ("First reward", "Second reward")
    return Content(
        name=f"Certification {at:%d %b %Y %H:%M:%S}",
        objective="Show that campaigns, issuance, monitoring and revocation work end to end.",
        fine_print="For certification only. One reward per guest. Cannot be combined with other offers.",
        dates=from_today(merchant, at=at),
        arms=tuple(
            DraftArm(name=name, template_id=reward.pk, share=90 // len(rewards))
            for name, reward in zip(names, rewards, strict=False)
        ),
        control_share=10,
    )


def from_today(merchant: Merchant, *, at: datetime) -> Dates:
    """Return the dates of a campaign that runs for 14 days from last midnight, with rewards to redeem for 30 days."""
    start = at.astimezone(ZoneInfo(merchant.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    end, last = start + timedelta(days=14), start + timedelta(days=30)
    return Dates(start_at=start, end_at=end, redeemable_from=start, redeemable_to=last)


def _credential() -> Credential:
    found = current_credential()
    if found is None:
        raise CannotDemonstrate("There is no credential.")
    return found


def _is_read(row: Credential | Merchant, *, since: datetime) -> bool:
    if row.problem:
        raise CannotDemonstrate(f"The catalog cannot be read: {row.problem.replace('_', ' ')}.")
    return row.as_of is not None and row.as_of >= since
