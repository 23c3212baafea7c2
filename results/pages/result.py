"""The result of one campaign: the sentence, the checks, the figures, and the picture of the intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.urls import reverse

from campaigns.models import Campaign
from experiments.soundness import Light
from results.pages.verdict_words import CHECKS, LIGHTS, NOT_CHECKED, VerdictWord, word_of
from ui.status import Tone
from ui.values import Chart, ChartPoint, Link, Series

TONES = (Tone.SUCCESS, Tone.INFO, Tone.WARNING, Tone.DANGER)
LEFT, RIGHT, ROW = 16.0, 584.0, 44
"""The picture of intervals: where its scale begins and ends, and the height of a row."""


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """One health check."""

    title: str
    light: VerdictWord
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    """An arm's counts as they are shown; a dash for what is hidden."""

    name: str
    control: bool
    assigned: int
    found: str
    visited: str
    rate: str
    visits: str
    spend: str
    redeemed: str
    cost: str


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One metric of an arm against the control, in words."""

    arm: str
    metric: str
    difference: str
    interval: str
    p: str
    relative: str
    level: str


@dataclass(frozen=True, kw_only=True)
class NetRow:
    """What an arm brought after costs."""

    arm: str
    value: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class Whisker:
    """An interval in the picture, in its units: from `low` to `high`, with `middle` between."""

    label: str
    words: str
    low: float
    high: float
    middle: float
    y: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The intervals of all arms on one scale; `zero` is where nothing was changed."""

    whiskers: Sequence[Whisker]
    zero: float
    height: int

    @property
    def spoken(self) -> str:
        """The picture in words, for screen readers."""
        return " ".join(f"{each.label}: {each.words}." for each in self.whiskers)


@dataclass(frozen=True, kw_only=True)
class ResultPage:
    """The page of a campaign's result."""

    campaign: Campaign
    word: VerdictWord
    sentence: str
    window: str
    counted_at: datetime | None
    checks: Sequence[CheckRow]
    arms: Sequence[ArmRow]
    comparisons: Sequence[ComparisonRow]
    net: Sequence[NetRow]
    picture: Picture | None
    chart: Chart | None
    is_causal: bool

    @property
    def crumbs(self) -> Sequence[Link]:
        handle = self.campaign.merchant.handle
        return [
            Link(label="Results", href=reverse("results:list", args=[handle])),
            Link(label=self.campaign.name, href=reverse("campaigns:detail", args=[handle, self.campaign.pk])),
        ]


def result_page(campaign: Campaign, document: Mapping[str, Any], *, counted_at: datetime | None) -> ResultPage:
    """Return the page of a result as it was counted. No query."""
    figures = [each for each in document["comparisons"] if each["difference"] is not None]
    return ResultPage(
        campaign=campaign,
        word=word_of(document["verdict"], document["state"]),
        sentence=document["sentence"],
        window=_window(document["window"]),
        counted_at=counted_at,
        checks=[_check(check, document["sentences"]) for check in document["health"]],
        arms=[_arm(arm) for arm in document["arms"]],
        comparisons=[_comparison(each) for each in figures],
        net=[_net(each) for each in document["net"] if each["value"] is not None],
        picture=_picture([each for each in figures if each["metric"] == "visited"]),
        chart=_chart(document),
        is_causal=document["verdict"] is not None,
    )


def _window(window: Mapping[str, str | None]) -> str:
    if window["from"] is None or window["to"] is None or window["decision_at"] is None:
        return ""
    start, end, decided = (_day(window[name] or "") for name in ("from", "to", "decision_at"))
    return f"Visits count from {start} to {end}. The result is read on {decided}, once amounts are settled."


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%-d %B %Y}"


def _check(check: Mapping[str, Any], sentences: Mapping[str, str]) -> CheckRow:
    name, light = check["check"], Light(check["state"])
    unchecked = light is Light.GREEN and check["value"] is None  # nothing came in that could be checked
    return CheckRow(title=CHECKS[name], light=NOT_CHECKED if unchecked else LIGHTS[light], sentence=sentences[name])


def _arm(arm: Mapping[str, Any]) -> ArmRow:
    rate = arm["visited"] / arm["assigned"] if arm["visited"] is not None and arm["assigned"] else None
    return ArmRow(
        name=arm["name"],
        control=arm["control"],
        assigned=arm["assigned"],
        rate="–" if rate is None else f"{100 * rate:.1f} %",
        **{name: _count(arm[name]) for name in ("found", "visited", "visits", "redeemed")},
        **{name: _money(arm[name]) for name in ("spend", "cost")},
    )


def _comparison(each: Mapping[str, Any]) -> ComparisonRow:
    is_rate = each["metric"] == "visited"
    words = _points if is_rate else _signed_money
    return ComparisonRow(
        arm=each["arm"],
        metric="Guests who visited" if is_rate else "Spend of a guest",
        difference=words(each["difference"]),
        interval=f"{words(each['low'])} to {words(each['high'])}",
        p=f"{each['p']:.3f}" if each["p"] >= 0.001 else "below 0.001",  # noqa: PLR2004 - as many digits as are shown
        relative="–" if each["relative"] is None else f"{100 * each['relative']:+.0f} %",
        level=f"{100 * each['level']:.4g} %",
    )


def _net(each: Mapping[str, Any]) -> NetRow:
    return NetRow(
        arm=each["arm"],
        value=_signed_money(each["value"]),
        interval=f"{_signed_money(each['low'])} to {_signed_money(each['high'])}",
    )


def _picture(visited: Sequence[Mapping[str, Any]]) -> Picture | None:
    """Return the intervals on one scale that holds zero; None where there is nothing to show."""
    if not visited:
        return None
    low, high = min(0.0, *(each["low"] for each in visited)), max(0.0, *(each["high"] for each in visited))
    scale = (RIGHT - LEFT) / (high - low or 1)

    def place(value: Any) -> float:
        return LEFT + round(float(value - low) * scale, 1)

    whiskers = [
        Whisker(
            label=each["arm"],
            words=f"{_points(each['difference'])}, between {_points(each['low'])} and {_points(each['high'])}",
            low=place(each["low"]),
            high=place(each["high"]),
            middle=place(each["difference"]),
            y=ROW * row + 34,
        )
        for row, each in enumerate(visited)
    ]
    return Picture(whiskers=whiskers, zero=place(0.0), height=ROW * len(whiskers) + 24)


def _chart(document: Mapping[str, Any]) -> Chart | None:
    """Return the visits so far by arm, for 1,000 guests of each, so that arms of different sizes compare."""
    sizes = {arm["name"]: arm["assigned"] for arm in document["arms"] if arm["assigned"]}
    days = {name: list(accumulate(visits)) for name, visits in document["days"].items() if name in sizes}
    length = max(map(len, days.values()), default=0)
    if length < 2 or document["window"]["from"] is None:  # noqa: PLR2004 - a line has two ends
        return None
    start = datetime.fromisoformat(document["window"]["from"])
    points = [
        ChartPoint(
            at=start + timedelta(days=day + 1),
            counts=[round(1000 * days[name][day] / sizes[name]) for name in days],
            label=f"Day {day + 1}",
        )
        for day in range(length)
    ]
    controls = {arm["name"] for arm in document["arms"] if arm["control"]}
    names = dict(
        zip(days, (Tone.ACCENT if name in controls else TONES[place] for place, name in enumerate(days)), strict=True)
    )
    series = [Series(label=name, tone=tone) for name, tone in names.items()]
    return Chart(
        key="visits", title="Visits for every 1,000 guests so far", series=series, points=points, moments="Day"
    )


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _money(amount: float | None) -> str:
    return "–" if amount is None else f"${amount:,.2f}"


def _signed_money(amount: float) -> str:
    return f"{'−' if amount < 0 else '+'}${abs(amount):,.2f}"


def _points(gain: float) -> str:
    return f"{100 * gain:+.1f}".replace("-", "−") + " points"
