"""Objects for tests, each valid by itself. Say only what the test is about."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from accounts.models import Membership, Role, User
from campaigns.models import Campaign, Location, Merchant, RewardTemplate, Variant
from campaigns.states import CampaignState
from issuance.audience.batching import frozen_body, phones_among
from issuance.manifests import seal_manifest
from issuance.models import Batch, Issuance, Manifest, Recipient
from issuance.states import BatchState, IssuanceState
from vault.sealing import Fingerprinter

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@partner.example")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        kwargs.setdefault("password", PASSWORD)
        user = model_class.objects.create_user(*args, **kwargs)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class MerchantFactory(DjangoModelFactory):
    class Meta:
        model = Merchant

    thanx_id = factory.Sequence(lambda n: f"merchant-{n}")
    name = factory.Sequence(lambda n: f"Peño's Tacos {n}")
    handle = factory.Sequence(lambda n: f"tacos-{n}")
    as_of = NOON


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    merchant = factory.SubFactory(MerchantFactory)
    role = Role.MARKETER


class UserWithRoleFactory(UserFactory):
    """A user who may sign in: with a role at some merchant."""

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        user = super()._create(model_class, *args, **kwargs)
        MembershipFactory(user=user)
        return user


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = Location

    merchant = factory.SubFactory(MerchantFactory)
    thanx_id = factory.Sequence(lambda n: f"location-{n}")
    name = factory.Sequence(lambda n: f"Main Street {n}")
    as_of = NOON


class RewardTemplateFactory(DjangoModelFactory):
    class Meta:
        model = RewardTemplate

    merchant = factory.SubFactory(MerchantFactory)
    thanx_id = factory.Sequence(lambda n: f"template-{n}")
    name = factory.Sequence(lambda n: f"$5 off, reward {n + 1}")
    type = "discount"
    discount_type = "amount"
    discount_value = 5
    redemption_venue = "in_store"
    as_of = NOON


class CampaignFactory(DjangoModelFactory):
    """A live campaign without variants; `create_live_campaign` adds them."""

    class Meta:
        model = Campaign

    merchant = factory.SubFactory(MerchantFactory)
    thanx_id = factory.Sequence(lambda n: f"campaign-{n}")
    state = CampaignState.LIVE
    name = factory.Sequence(lambda n: f"Come back soon {n}")
    objective = "Bring back guests who have not been here for a month."
    fine_print = "One per visit."
    start_at = NOON
    end_at = NOON + timedelta(days=7)
    redeemable_from = NOON
    redeemable_to = NOON + timedelta(days=21)
    created_at = NOON
    updated_at = NOON


class VariantFactory(DjangoModelFactory):
    class Meta:
        model = Variant

    campaign = factory.SubFactory(CampaignFactory)
    position = factory.Sequence(lambda n: n)
    name = factory.Sequence(lambda n: f"Reward {n}")
    share = 100
    thanx_id = factory.Sequence(lambda n: f"variant-{n}")
    reward_template = factory.SubFactory(RewardTemplateFactory, merchant=factory.SelfAttribute("..campaign.merchant"))


class IssuanceFactory(DjangoModelFactory):
    """A confirmed issuance without batches."""

    class Meta:
        model = Issuance

    campaign = factory.SubFactory(CampaignFactory)
    merchant = factory.SelfAttribute("campaign.merchant")
    state = IssuanceState.CONFIRMED
    created_at = NOON
    confirmed_at = NOON


class BatchFactory(DjangoModelFactory):
    """A queued batch without a manifest."""

    class Meta:
        model = Batch

    issuance = factory.SubFactory(IssuanceFactory)
    variant = factory.SubFactory(VariantFactory, campaign=factory.SelfAttribute("..issuance.campaign"))
    number = factory.Sequence(lambda n: n + 1)
    size = 100
    state = BatchState.QUEUED
    idempotency_key = factory.LazyFunction(uuid.uuid4)
    body_digest = hashlib.sha256(b"").hexdigest()
    due_at = NOON


def create_live_campaign(*, shares: tuple[int, ...] = (45, 45), control: int = 10, **fields) -> Campaign:
    """Return a live campaign with one reward variant per share, and a control when it has one."""
    campaign = CampaignFactory(**fields)
    for position, share in enumerate(shares):
        VariantFactory(campaign=campaign, position=position, name=f"Reward {position + 1}", share=share)
    if control:
        VariantFactory(campaign=campaign, position=len(shares), name="Control", share=control, reward_template=None)
    return campaign


# --- Batches that can be sent --------------------------------------------------------------------------------


def create_frozen_batch(*values: str, **fields) -> Batch:
    """Return a queued batch of these identifiers, with its manifest and its recipients, as the intake freezes it."""
    batch = BatchFactory(size=len(values), **fields)
    merchant = batch.issuance.merchant
    body = frozen_body(campaign=batch.issuance.campaign, variant=batch.variant, values=values)
    sealed_body, sealed_lines = seal_manifest(body=body, lines=range(2, len(values) + 2))
    Manifest.objects.create(batch=batch, sealed_body=sealed_body, sealed_lines=sealed_lines)
    Batch.objects.filter(pk=batch.pk).update(phones=phones_among(values), body_digest=hashlib.sha256(body).hexdigest())
    fingerprinter = Fingerprinter(merchant.pk)
    for position, value in enumerate(values):
        kind = "email" if "@" in value else "phone"
        fingerprint = fingerprinter.of(kind=kind, value=value)
        Recipient.objects.create(batch=batch, position=position, line=position + 2, fingerprint=fingerprint)
    batch.refresh_from_db()
    return batch


def create_batch_with_job(*, state: BatchState = BatchState.WATCHING, **fields) -> Batch:
    """Return a batch whose job Thanx has accepted, due for a poll; a stopped one was never sent and has none."""
    accepted = {"job_state": "pending", "submitted_at": NOON, "changed_at": NOON, "seen_at": NOON}
    fields.setdefault("job_id", None if state == BatchState.STOPPED else f"job-{uuid.uuid4().hex[:8]}")
    return BatchFactory(state=state, **accepted | fields)
