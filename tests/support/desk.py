"""A user at the portal: signed in at a merchant, with the addresses of its issuances."""

from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from issuance.audience import intake_step
from issuance.audience.screening import Exclusion
from issuance.drafts import drafts
from issuance.models import Issuance
from issuance.sending import confirmation
from tests.support.factories import MembershipFactory, create_live_campaign
from tests.support.reveals import show

PEOPLE = b"name,email\r\nAna,ana@example.com\r\nBo,bo@example.com\r\nCy,not an address\r\nAna,ANA@example.com\r\n"


def number_of(issuance: Issuance) -> int:
    """Return the number of the latest request for approval, as the page shows it."""
    return issuance.approvals.values_list("pk", flat=True).first() or 0


def number_to_revoke(issuance: Issuance) -> int:
    """Return the number of the latest request to revoke, as the page shows it."""
    return issuance.revocation_requests.values_list("pk", flat=True).first() or 0


SHOWN = {
    **dict.fromkeys(("approve", "decline", "withdraw"), lambda issuance: {"request": number_of(issuance)}),
    **dict.fromkeys(
        ("approve-revocation", "decline-revocation", "withdraw-revocation"),
        lambda issuance: {"request": number_to_revoke(issuance)},
    ),
}
"""What the forms of these pages send unseen."""


class Desk:
    """A person of this role at the merchant of a live campaign."""

    def __init__(self, client: Client, *, role: Role = Role.MARKETER, **campaign) -> None:
        now = timezone.now()
        ahead = {"end_at": now + timezone.timedelta(days=7), "redeemable_to": now + timezone.timedelta(days=21)}
        self.client = client
        self.campaign = create_live_campaign(**{"shares": (100,), "control": 0, **ahead, **campaign})
        self.merchant = self.campaign.merchant
        self.person = MembershipFactory(merchant=self.merchant, role=role).user
        client.force_login(self.person)

    def at(self, name: str, *more: int) -> str:
        return reverse(f"issuance:{name}", args=[self.merchant.handle, *more])

    def get(self, name: str, issuance: Issuance | None = None, query: str = "", **headers):
        return self.client.get(self.at(name, *([issuance.pk] if issuance else [])) + query, **headers)

    def post(self, name: str, issuance: Issuance, data: dict | None = None, query: str = "", **options):
        data = (SHOWN[name](issuance) if name in SHOWN else {}) | (data or {})
        return self.client.post(self.at(name, issuance.pk) + query, data, **options)

    def shown(self, name: str, issuance: Issuance, query: str = ""):
        """Return a page with its guests in clear."""
        return show(self.client, self.merchant, self.get(name, issuance, query))

    def draft(self, **fields) -> Issuance:
        return drafts.start(campaign=self.campaign, by=self.person, at=timezone.now(), **fields)

    def uploaded(self, people: bytes = PEOPLE, **fields) -> Issuance:
        issuance = self.draft(**fields)
        now = timezone.now()
        drafts.add_file(issuance=issuance, file=ContentFile(people), name="people.csv", by=self.person, at=now)
        return issuance

    def ready(self, people: bytes = PEOPLE, **fields) -> Issuance:
        issuance = self.uploaded(people, **fields)
        assert intake_step.read_one_upload()
        issuance.refresh_from_db()
        return issuance

    def confirmed(self, people: bytes = PEOPLE, **fields) -> Issuance:
        """Return one that goes out, also to guests that this campaign has rewarded, as when the same file is meant."""
        issuance = self.ready(people, **{"included_anyway": [Exclusion.REWARDED_HERE], **fields})
        confirmation.confirm(issuance=issuance, by=self.person, at=timezone.now(), acknowledged_same_file=True)
        return issuance


def people(number: int) -> bytes:
    return b"email\r\n" + b"".join(b"guest%d@example.com\r\n" % n for n in range(number))
