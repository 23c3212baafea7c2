"""Makes the data of the demo through the same acts as the pages. Each part does only what is still missing."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from accounts.memberships import add_member, add_operator
from accounts.models import Role, User
from campaigns import creation
from campaigns.catalog import refresh
from campaigns.catalog.credential import ensure_credential
from campaigns.draft import drafts
from campaigns.draft.content import Content, DraftArm
from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from certification.demonstrations import from_today
from engine.clock import Clock
from guests.feedback import sync
from guests.models import Feedback, Recovery
from guests.recovery import recovery
from issuance.drafts import drafts as intake
from issuance.models import Batch, Issuance
from issuance.sending import confirmation
from issuance.states import IssuanceState
from thanx_portal.demo.sample_file import sample_csv
from thanx_portal.demo.supervisor import Supervisor

Found = TypeVar("Found")

PASSWORD = "all-the-tacos-26"  # noqa: S105 (printed at every start; the demo answers on the loopback interface only)
FILE_NAME = "guests-spring.csv"
LINES = 25_000
CAMPAIGN = "Come back this spring"
APOLOGY = "We are sorry"
BAD = 4
"""The highest rating of a bad visit."""

PATIENCE_SECONDS = 120.0
CAPILLARY_ORG = "100458"
"""The sandbox's organisation at Capillary. Its customer 383428154 got the rewards 84630, 84631 and 84632."""


@dataclass(frozen=True, kw_only=True)
class DemoUser:
    """A user of the demo. `merchant` is an index in the list of merchants; operators have no role."""

    email: str
    what: str
    role: Role | None = None
    merchant: int = 0


USERS = (
    DemoUser(email="marketer@demo.example", what="Marketer", role=Role.MARKETER),
    DemoUser(email="approver@demo.example", what="Approver", role=Role.APPROVER),
    DemoUser(email="admin@demo.example", what="Administrator"),
    DemoUser(email="elsewhere@demo.example", what="Marketer", role=Role.MARKETER, merchant=1),
)


class Stage:
    """The data of the demo. A worker does the work; `supervisor` waits for it."""

    def __init__(self, *, supervisor: Supervisor, clock: Clock, say: Callable[[str], None]) -> None:
        self._supervisor = supervisor
        self._clock = clock
        self._say = say

    def set_up(self) -> list[Merchant]:
        """Make everything; return the merchants of the users."""
        merchants = self._catalog()
        self._people(merchants)
        campaign = self._campaign(merchants[0])
        self._issuance(campaign)
        self._recovery(merchants[0])
        return merchants

    def _catalog(self) -> list[Merchant]:
        self._say("reading the catalog")
        # The sandbox, which serves the pictures, may have another port now.
        for merchant in Merchant.objects.exclude(as_of=None):
            refresh.ask_for_refresh(merchant=merchant, by=None, at=self._clock())
        ensure_credential(at=self._clock())
        self._until(
            lambda: Merchant.objects.exists() and not Merchant.objects.filter(as_of=None).exists(), "The catalog"
        )
        Merchant.objects.filter(capillary_org="").update(capillary_org=CAPILLARY_ORG)
        return list(Merchant.objects.order_by("name")[:2])

    def _people(self, merchants: list[Merchant]) -> None:
        for person in USERS:
            if User.objects.filter(email=person.email).exists():
                continue
            if person.role is None:
                add_operator(email=person.email, password=PASSWORD, by=None, at=self._clock())
            else:
                handle = merchants[person.merchant].handle
                add_member(
                    email=person.email, handle=handle, role=person.role, by=None, at=self._clock(), password=PASSWORD
                )

    def _campaign(self, merchant: Merchant, *, apology: bool = False) -> Campaign:
        campaign = merchant.campaigns.kept().filter(name=APOLOGY if apology else CAMPAIGN).first()
        if campaign is None:
            self._say("creating a campaign")
            content = spring_campaign(merchant, at=self._clock())
            content = apology_campaign(content) if apology else content
            campaign = drafts.start(merchant=merchant, content=content, by=marketer(), at=self._clock())
        if campaign.state == CampaignState.DRAFT:
            creation.confirm(campaign=campaign, by=marketer(), at=self._clock())
        live = Campaign.objects.filter(pk=campaign.pk).exclude(thanx_id=None)
        return self._until(live.first, "Creating the campaign")

    def _issuance(self, campaign: Campaign) -> None:
        issuance = campaign.issuances.kept().order_by("pk").first()
        if issuance is None:
            issuance = intake.start(campaign=campaign, by=marketer(), at=self._clock())
        if issuance.state == IssuanceState.DRAFT:
            self._say(f"issuing rewards to a file of {LINES:,} lines")
            file = io.BytesIO(sample_csv(lines=LINES))
            intake.add_file(issuance=issuance, file=file, name=FILE_NAME, by=marketer(), at=self._clock())
        rows = Issuance.objects.filter(pk=issuance.pk)
        self._until(lambda: rows.exclude(state=IssuanceState.READING).exists(), "Reading the file")
        issuance = rows.get()
        if issuance.state == IssuanceState.READY:
            confirmation.confirm(issuance=issuance, by=approver(), at=self._clock())
        if issuance.state == IssuanceState.CONFIRMED:
            jobs = Batch.objects.filter(issuance=issuance).exclude(job_id=None)
            self._until(jobs.exists, "Handing the first job over")

    def _recovery(self, merchant: Merchant) -> None:
        """Queue a reward for a guest with a bad visit, for the daily batch of recoveries."""
        reward = self._campaign(merchant, apology=True).variants.get()
        sync.sync_of(merchant=merchant, at=self._clock())
        bad_visits = Feedback.objects.filter(merchant=merchant, rating__lte=BAD, handled_at=None).exclude(user_id="")
        visit = self._until(bad_visits.filter(stage="reviewed").order_by("-given_at").first, "Reading feedback")
        if not Recovery.objects.filter(merchant=merchant).exists():
            recovery.recover(feedback=visit, variant=reward, daily=True, by=marketer(), at=self._clock())

    def _until(self, condition: Callable[[], Found | None], what: str) -> Found:
        return self._supervisor.until(condition, what=what, seconds=PATIENCE_SECONDS)


def spring_campaign(merchant: Merchant, *, at: datetime) -> Content:
    """Return a running campaign with two of the merchant's rewards and a control group."""
    cheapest = merchant.reward_templates.published().exclude(discount_value=None).order_by("discount_value", "name")
    first, second = cheapest[0], cheapest.exclude(discount_value=cheapest[0].discount_value)[0]
    return Content(
        name=CAMPAIGN,
        objective="Bring back guests who have not visited for two months, and learn which reward does it better.",
        fine_print="One reward per guest and visit. Cannot be combined with other offers.",
        dates=from_today(merchant, at=at),
        arms=(
            DraftArm(name="Smaller reward", template_id=first.pk, share=45),
            DraftArm(name="Larger reward", template_id=second.pk, share=45),
        ),
        control_share=10,
    )


def apology_campaign(content: Content) -> Content:
    """Return a campaign with one of these rewards, for guests with a bad visit."""
    return replace(
        content,
        name=APOLOGY,
        objective="Make it right when a guest tells us of a bad visit.",
        arms=(replace(content.arms[0], name="Apology", share=100),),
        control_share=None,
    )


def marketer() -> User:
    """Return the user who makes the campaigns and the issuance."""
    return User.objects.get(email=USERS[0].email)


def approver() -> User:
    """Return the user who confirms the issuance."""
    return User.objects.get(email=USERS[1].email)
