"""The page /staff/design/: every component of the UI in every state, in light and in dark."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.guards import for_installation
from accounts.permissions import Act
from ui.status import Status, Tone
from ui.values import BarRow, Chart, ChartPoint, Drawing, Link, Segment, Series


@dataclass(frozen=True, kw_only=True)
class SampleReward:
    """A made-up reward with the attributes that the reward card reads."""

    name: str
    discount_type: str
    discount_value: Decimal | None
    redemption_venue: str = "instore"
    fine_print: str = ""
    image_url: str = ""
    unpublished_at: datetime | None = None


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="Guests do not see it.", initial="Win back lapsed regulars")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    merchant = forms.ChoiceField(label="Merchant", choices=[("a", "Café Zoë"), ("b", "O'Malley's <Grill>")])
    share = forms.IntegerField(label="Share", min_value=0, max_value=100, help_text="500 guests of 5,000.")
    preference = forms.ChoiceField(
        label="When a line has both",
        choices=[("email", "Use the email address"), ("phone", "Use the phone number")],
        widget=forms.RadioSelect,
        initial="email",
    )
    agreed = forms.BooleanField(label="Register controls at Thanx", required=False)
    file = forms.FileField(label="Your file", help_text="CSV, up to 200 MB. Any delimiter, any usual encoding.")


SEGMENTS = (
    Segment(label="Issued", count=17_270, tone=Tone.SUCCESS, href="?shown=issued"),
    Segment(label="Failed", count=61, tone=Tone.DANGER, href="?shown=failed"),
    Segment(label="In progress", count=3_200, tone=Tone.INFO),
    Segment(label="Not sent", count=2_204, tone=Tone.FAINT),
    Segment(label="Held back", count=2_527, tone=Tone.ACCENT),
    Segment(label="Left out", count=238, tone=Tone.NEUTRAL, href="?shown=left-out"),
)
STEPS = (
    Link(label="Add people", href="#1"),
    Link(label="Match columns", href="#2"),
    Link(label="Check and fix"),
    Link(label="Split into groups"),
    Link(label="Review and issue"),
)
REWARDS = (
    SampleReward(
        name="$5 off your next visit",
        discount_type="dollars",
        discount_value=Decimal(5),
        fine_print="Minimum purchase $15. One per guest. Not valid with other offers.",
    ),
    SampleReward(
        name="A slice of Zoë's tarte", discount_type="free_item", discount_value=None, redemption_venue="both"
    ),
    SampleReward(
        name="Autumn 20",
        discount_type="percent",
        discount_value=Decimal(20),
        redemption_venue="online",
        fine_print="Orders placed in the app only.",
        unpublished_at=timezone.now(),
    ),
)
ARMS = (
    BarRow(
        label="Burger",
        note="$5 off your next visit",
        href="?arm=1",
        parts=(
            Segment(label="Issued", count=8_640, tone=Tone.SUCCESS),
            Segment(label="Failed", count=61, tone=Tone.DANGER, href="?shown=failed"),
        ),
    ),
    BarRow(
        label="Fries",
        note="Free item",
        parts=(
            Segment(label="Issued", count=4_120, tone=Tone.SUCCESS),
            Segment(label="Failed", count=0, tone=Tone.DANGER),
        ),
    ),
)
REASONS = tuple(
    BarRow(label=label, parts=(Segment(label="Guests", count=count, tone=Tone.DANGER, href="?reason"),))
    for label, count in (("Not a member", 51), ("Already has this reward", 9), ("Account closed", 1))
)
ISSUED_AND_FAILED = (Series(label="Issued", tone=Tone.SUCCESS), Series(label="Failed", tone=Tone.DANGER))
ROWS = (
    {"name": "Holiday treats · wave 1", "status": Status.IN_PROGRESS, "issued": 17_270, "failed": 61, "of": 20_531},
    {
        "name": "Win back lapsed regulars",
        "status": Status.COMPLETED_WITH_FAILURES,
        "issued": 1_727,
        "failed": 73,
        "of": 1_800,
    },
    {"name": "Birthday club, November", "status": Status.DRAFT, "issued": 0, "failed": 0, "of": 412},
)


def forms_shown() -> dict[str, Any]:
    """Return the sample form as it is at first, and with an error in each field."""
    bad = SampleForm({"name": "", "merchant": "z", "share": "140", "note": "", "preference": "", "agreed": "on"})
    bad.add_error(None, "The four dates cannot all be the same: a guest needs time to redeem.")
    return {"form": SampleForm(prefix="good"), "bad_form": bad}


def charts_shown(now: datetime) -> dict[str, Chart]:
    """Return a chart of each kind: many points, few, and none."""
    minutes = [(0, 0, 0), (2, 9_900, 12), (3, 19_700, 40), (6, 29_450, 61), (7, 31_240, 73)]
    weeks = [0, 1_800, 12_400, 0, 0, 31_240, 2_000, 450, 0, 8_100, 17_270, 412]
    return {
        "over_time": Chart(
            key="over-time",
            title="Rewards over time",
            series=ISSUED_AND_FAILED,
            points=[ChartPoint(at=now + timedelta(minutes=at), counts=counts) for at, *counts in minutes],
        ),
        "by_week": Chart(
            key="by-week",
            title="Rewards by week",
            moments="Week of",
            drawing=Drawing.BARS,
            series=ISSUED_AND_FAILED,
            points=[
                ChartPoint(
                    at=(week := now - timedelta(weeks=11 - n)), counts=(count, count // 40), label=f"{week:%-d %b}"
                )
                for n, count in enumerate(weeks)
            ],
        ),
    }


def sample_page(now: datetime) -> dict[str, Any]:
    """Return all samples of the page."""
    return {
        "statuses": list(Status),
        "segments": SEGMENTS,
        "empty_segments": [Segment(label=part.label, count=0, tone=part.tone) for part in SEGMENTS[:3]],
        "steps": STEPS,
        "rewards": REWARDS,
        "rows": ROWS,
        "arms": ARMS,
        "reasons": REASONS,
        **charts_shown(now),
        "list_page": Paginator(range(1, 1_201), 25).get_page(2),
        "moments": [now - timedelta(seconds=s) for s in (1, 22, 400, 9_000, 200_000)] + [now + timedelta(seconds=38)],
        **forms_shown(),
    }


@for_installation(Act.WATCH_HEALTH)
def page(request: HttpRequest) -> HttpResponse:
    """Show the components, in the user's theme or in both themes side by side."""
    return render(request, "thanx_portal/design.html", {"page": sample_page(timezone.now())})
