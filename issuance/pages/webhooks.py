"""Webhook deliveries for operators: the list, and one of them with its guests masked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.forms import BoundField
from django.urls import reverse

from issuance.jobs import due_times, webhook_inbox
from issuance.jobs.webhook_inbox import PURPOSE
from issuance.models import Batch, Delivery, IssuedReward
from issuance.models.observed import DeliveryState
from ui.status import Tone
from vault import masking
from vault.sealing import Unsealable, unseal

PER_PAGE = 50
MOST_COPIES = 20
MOST_JOBS = 20
LATELY = timedelta(days=1)
KNOWN_EVENTS = ("reward.issued", "reward_batch.completed")
OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class DeliveryVerdict:
    """What became of a delivery, in a word and a sentence."""

    words: str
    tone: str
    icon: str
    means: str


V = DeliveryState
VERDICTS: Mapping[DeliveryState, DeliveryVerdict] = {
    V.NEW: DeliveryVerdict(
        words="New", tone=Tone.INFO.value, icon="hourglass", means="It is stored; a worker digests it within seconds."
    ),
    V.PARKED: DeliveryVerdict(
        words="Waiting for its job",
        tone=Tone.INFO.value,
        icon="clock",
        means="It names a job that no answer of Thanx has named yet. It is digested as soon as one does; after a day"
        " the job is taken for that of another portal.",
    ),
    V.DIGESTED: DeliveryVerdict(
        words="Digested",
        tone=Tone.SUCCESS.value,
        icon="circle-check",
        means="What it says has been taken over. Digesting it once more changes nothing.",
    ),
    V.DUPLICATE: DeliveryVerdict(
        words="Duplicate", tone=Tone.NEUTRAL.value, icon="copy", means="The same bytes had come before; ignored."
    ),
    V.UNKNOWN_JOB: DeliveryVerdict(
        words="Unknown job",
        tone=Tone.WARNING.value,
        icon="help-circle",
        means="For a day no job of this installation had this id. Another program may use the same credential.",
    ),
    V.UNREADABLE: DeliveryVerdict(
        words="Unreadable",
        tone=Tone.DANGER.value,
        icon="alert-octagon",
        means="It is genuine, but no event that can be used, or its key is gone from DATA_KEYS. The jobs are polled,"
        " so nothing is missing.",
    ),
    V.FORGED: DeliveryVerdict(
        words="Bad signature",
        tone=Tone.DANGER.value,
        icon="shield-lock",
        means="The sender does not know the secret, or THANX_WEBHOOK_SECRETS lacks the one that Thanx uses now."
        " Its body was not kept.",
    ),
}


class DeliveryFilterForm(forms.Form):
    """Which deliveries the list shows."""

    job = forms.CharField(label="Job", required=False, max_length=100)
    verdict = forms.ChoiceField(
        label="Verdict",
        choices=[("", "Any verdict"), *((state.value, VERDICTS[state].words) for state in DeliveryState)],
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    event = forms.ChoiceField(
        label="Event",
        choices=[("", "Any event"), *((name, name) for name in KNOWN_EVENTS), (OTHER, "Another, or none")],
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """One delivery of the list. `issuance` is the one it was matched with, empty if there is none."""

    href: str
    at: datetime
    event: str
    verdict: DeliveryVerdict
    job_id: str
    issuance: str
    issuance_href: str


@dataclass(frozen=True, kw_only=True)
class MissingAnnouncements:
    """A job with fewer webhooks of issued rewards than Thanx counts rewards."""

    issuance: str
    href: str
    issued: int
    announced: int

    @property
    def missing(self) -> int:
        """How many webhooks have not come."""
        return self.issued - self.announced


@dataclass(frozen=True, kw_only=True)
class WebhooksPage:
    """The list. `are_set_up` is whether there is a secret, `heard_at` when the last genuine delivery came."""

    rows: Sequence[DeliveryRow]
    page: Page[Delivery]
    form: DeliveryFilterForm
    filters: Sequence[BoundField]
    filtered: bool
    are_set_up: bool
    heard_at: datetime | None
    heard_lately: bool
    gaps: Sequence[MissingAnnouncements]


@dataclass(frozen=True, kw_only=True)
class DeliveryCopy:
    """Another delivery of the same bytes."""

    href: str
    at: datetime
    verdict: DeliveryVerdict


@dataclass(frozen=True, kw_only=True)
class DeliveryPage:
    """One delivery. `payload` is masked; where it is empty, `why_not` says why."""

    delivery: Delivery
    row: DeliveryRow
    payload: str
    why_not: str
    copies: Sequence[DeliveryCopy]
    more_copies: int
    gap: MissingAnnouncements | None
    can_replay: bool


# --- The list ------------------------------------------------------------------------------------------------


def webhooks_page(*, form: DeliveryFilterForm, number: str, at: datetime) -> WebhooksPage:
    """Return one page of the deliveries, newest first. The number of queries does not depend on the rows."""
    chosen = _filtered(_with_places(Delivery.objects.defer("sealed_body")), form)
    page = Paginator(chosen, PER_PAGE).get_page(number)
    genuine = Delivery.objects.exclude(state=V.FORGED).order_by("-received_at")
    heard_at = genuine.values_list("received_at", flat=True).first()
    return WebhooksPage(
        rows=[_row(delivery) for delivery in page.object_list],
        page=page,
        form=form,
        filters=[form["verdict"], form["event"]],
        filtered=form.is_valid() and any(form.cleaned_data.values()),
        are_set_up=any(settings.THANX_WEBHOOK_SECRETS),
        heard_at=heard_at,
        heard_lately=heard_at is not None and at - heard_at < due_times.WEBHOOKS_ARE_RECENT,
        gaps=_gaps(at=at),
    )


def _with_places(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.select_related("batch__issuance__merchant", "batch__issuance__campaign")


def _filtered(deliveries: QuerySet[Delivery], form: DeliveryFilterForm) -> QuerySet[Delivery]:
    if not form.is_valid():
        return deliveries
    job, verdict, event = (form.cleaned_data[name] for name in ("job", "verdict", "event"))
    if job:
        deliveries = deliveries.filter(job_id=job.strip())
    if verdict:
        deliveries = deliveries.filter(state=verdict)
    if event == OTHER:
        return deliveries.exclude(event__in=KNOWN_EVENTS)
    return deliveries.filter(event=event) if event else deliveries


def _row(delivery: Delivery) -> DeliveryRow:
    name, href = _issuance(delivery.batch) if delivery.batch else ("", "")
    return DeliveryRow(
        href=reverse("staff-webhook", args=[delivery.pk]),
        at=delivery.received_at,
        event=delivery.event,
        verdict=VERDICTS[V(delivery.state)],
        job_id=delivery.job_id,
        issuance=name,
        issuance_href=href,
    )


def _issuance(batch: Batch) -> tuple[str, str]:
    """Return the issuance of a batch, in words and as an address."""
    issuance = batch.issuance
    name = f"#{issuance.pk} {issuance.campaign.name}, job {batch.number}"
    return name, reverse("issuance:detail", args=[issuance.merchant.handle, issuance.pk])


def _gaps(*, at: datetime) -> list[MissingAnnouncements]:
    """Return the latest ended jobs that got webhooks, but not one for each of their rewards."""
    with_webhooks = Exists(Delivery.objects.filter(batch=OuterRef("pk")))
    ended = Batch.objects.filter(with_webhooks, ended_at__gt=at - LATELY, issued_count__gt=0).order_by(
        "-ended_at", "-pk"
    )
    latest = list(ended.select_related("issuance__merchant", "issuance__campaign")[:MOST_JOBS])
    announced = _announced(latest)
    found = [_gap(batch, announced=announced.get(batch.pk, 0)) for batch in latest]
    return [gap for gap in found if gap is not None]


def _announced(batches: Sequence[Batch]) -> Mapping[int, int]:
    rewards = IssuedReward.objects.filter(batch__in=batches).order_by()
    return dict(rewards.values_list("batch").annotate(number=Count("pk")))


def _gap(batch: Batch, *, announced: int) -> MissingAnnouncements | None:
    issued = batch.issued_count or 0
    if batch.ended_at is None or announced >= issued:
        return None
    name, href = _issuance(batch)
    return MissingAnnouncements(issuance=name, href=href, issued=issued, announced=announced)


# --- One delivery --------------------------------------------------------------------------------------------


def delivery_page(delivery: Delivery) -> DeliveryPage:
    payload, why_not = _payload(delivery)
    same = Delivery.objects.filter(digest=delivery.digest).exclude(pk=delivery.pk).order_by("received_at", "pk")
    copies = list(same.defer("sealed_body")[:MOST_COPIES])
    return DeliveryPage(
        delivery=delivery,
        row=_row(delivery),
        payload=payload,
        why_not=why_not,
        copies=[_copy(copy) for copy in copies],
        more_copies=same.count() - len(copies) if len(copies) == MOST_COPIES else 0,
        gap=_gap(delivery.batch, announced=_announced([delivery.batch]).get(delivery.batch.pk, 0))
        if delivery.batch
        else None,
        can_replay=webhook_inbox.can_be_replayed(delivery),
    )


def _copy(delivery: Delivery) -> DeliveryCopy:
    href = reverse("staff-webhook", args=[delivery.pk])
    return DeliveryCopy(href=href, at=delivery.received_at, verdict=VERDICTS[V(delivery.state)])


def _payload(delivery: Delivery) -> tuple[str, str]:
    """Return the payload with its guests masked, or why it is not shown."""
    if not delivery.sealed_body:
        return "", "The body was not kept."
    try:
        payload = json.loads(unseal(delivery.sealed_body, purpose=PURPOSE))
        words = json.dumps(masking.masked(payload), indent=2, ensure_ascii=False)
    except Unsealable:
        return "", "The key that sealed it is not among DATA_KEYS any more."
    except (ValueError, RecursionError):
        return "", "It is no JSON, so who is named in it cannot be masked."
    return words.encode("utf-8", "backslashreplace").decode(), ""
