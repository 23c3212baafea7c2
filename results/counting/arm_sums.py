"""The arms of a campaign counted: from the rows of the database to the figures that the statistics take."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, Min, Sum

from campaigns.arm_quotas import quota
from campaigns.models import Campaign, Variant
from experiments.counted_arms import ArmFigures
from experiments.means import Sums
from experiments.soundness import Coverage
from issuance.models import Batch, Issuance
from results.counting import outcome_sums
from results.counting.outcome_sums import GuestGroup, Window
from results.fixed_plans import LOOKBACK, Span, window_end
from results.models import COUNTED, ExperimentPlan, FileKind, GuestLink, OutcomeFile, Visit


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A campaign's arms in the order of its variants, and what the checks need beside them."""

    arms: Sequence[ArmFigures]
    coverage: Coverage
    unreadable: float | None
    dealt: Sequence[tuple[int, int]]
    days: Mapping[str, Sequence[int]]

    @property
    def has_outcomes(self) -> bool:
        """Whether anything came in that speaks of the window."""
        return self.coverage.last is not None or self.coverage.first is not None


@dataclass
class _Tally:
    """The sums over the guests of one arm as they are added up."""

    found: int = 0
    visitors: int = 0
    visitors_before: int = 0
    visits: Counter[str] = field(default_factory=Counter)
    spend: Counter[str] = field(default_factory=Counter)

    def add(self, group: GuestGroup) -> None:
        self.found += group.guests * group.found
        self.visitors += group.guests * (group.visits > 0)
        self.visitors_before += group.guests * (group.visits_before > 0)
        _add(self.visits, group.guests, group.visits, group.visits_before)
        _add(self.spend, group.guests, group.cents, group.cents_before)


def counted(
    campaign: Campaign, issuances: Sequence[Issuance], plan: ExperimentPlan, *, span: Span, at: datetime
) -> Counted:
    """Count what the guests of these issuances did, as of a moment."""
    variants = list(campaign.variants.select_related("reward_template"))
    windows = _windows(campaign, issuances, plan)
    keys = [each.pk for each in issuances]
    double = keys if outcome_sums.doubles(campaign.merchant_id, keys) else []
    tallies, sizes, doubles = defaultdict[int, _Tally](_Tally), Counter[int](), Counter[int]()
    for window in windows:
        sizes.update(outcome_sums.assigned(window))
        if double:
            doubles.update(outcome_sums.assigned(window, only_double=double))
        for group in outcome_sums.groups(window, without=double):
            tallies[group.variant_id].add(group)
    has_members = GuestLink.objects.filter(merchant=campaign.merchant_id, in_members=True).exists()
    used = outcome_sums.used_rewards(
        campaign.merchant_id, program_uid=campaign.thanx_id or "", variants=[each.pk for each in variants]
    )
    arms = [
        _arm(
            each,
            tallies[each.pk],
            sizes[each.pk],
            doubles[each.pk],
            used.get(each.pk, (0, 0, 0)),
            has_members=has_members,
        )
        for each in variants
    ]
    return Counted(
        arms=arms,
        coverage=_coverage(campaign, span, at=at),
        unreadable=_unreadable(campaign),
        dealt=_dealt(campaign, issuances, variants),
        days=_days(windows, variants, double),
    )


def _windows(campaign: Campaign, issuances: Sequence[Issuance], plan: ExperimentPlan) -> list[Window]:
    """Return the window of each issuance. A guest of several counts in the first."""
    found, earlier = [], list[int]()
    for each in issuances:
        assert each.confirmed_at is not None
        found.append(
            Window(
                merchant_id=campaign.merchant_id,
                issuance_id=each.pk,
                earlier=list(earlier),
                lookback=each.confirmed_at - LOOKBACK,
                start=each.confirmed_at,
                end=window_end(plan, campaign, start=each.confirmed_at),
            )
        )
        earlier.append(each.pk)
    return found


def _arm(
    variant: Variant, tally: _Tally, size: int, double: int, used: tuple[int, int, int], *, has_members: bool
) -> ArmFigures:
    redeemed, cents, unpriced = used
    return ArmFigures(
        name=variant.name,
        is_control=variant.is_control,
        share=variant.share,
        assigned=size,
        double=double,
        found=tally.found if has_members else None,
        visitors=tally.visitors,
        visits=Sums(guests=size - double, **_sums(tally.visits)),
        spend=Sums(guests=size - double, **_sums(tally.spend)),
        visitors_before=tally.visitors_before,
        redeemed=redeemed,
        cost=cents + unpriced * _price_of(variant),
    )


def _price_of(variant: Variant) -> int:
    """Return what a used reward costs where Thanx's file names no cost: the amount of its template, in cents."""
    template = variant.reward_template
    if template is None or template.discount_value is None or "percent" in template.discount_type:
        return 0
    return int(template.discount_value * Decimal(100))


def _add(sums: Counter[str], guests: int, y: int, x: int) -> None:
    sums.update({"y": guests * y, "yy": guests * y * y, "x": guests * x, "xx": guests * x * x, "xy": guests * x * y})


def _sums(sums: Counter[str]) -> dict[str, int]:
    return {name: sums[name] for name in ("y", "yy", "x", "xx", "xy")}


def _coverage(campaign: Campaign, span: Span, *, at: datetime) -> Coverage:
    """Return which time is spanned by the files, and by visits that came without one."""
    files = OutcomeFile.objects.filter(
        outcome_import__merchant=campaign.merchant_id,
        outcome_import__stage__in=COUNTED,
        kind__in=[FileKind.PURCHASES, FileKind.SIMPLE],
    )
    ends = files.aggregate(first=Min("first_at"), last=Max("last_at"))
    seen = Visit.objects.filter(merchant=campaign.merchant_id).aggregate(first=Min("at"), last=Max("at"))
    last = max(filter(None, (ends["last"], seen["last"])), default=None)
    first = min(filter(None, (ends["first"], seen["first"])), default=None)
    timeless: datetime | None = files.filter(says_times=False, outcome_import__at__gte=span.start).aggregate(
        at=Max("outcome_import__at")
    )["at"]
    if timeless is not None:  # what says no times speaks of the whole window
        first, last = timeless, None
    return Coverage(first=first, last=last, start=span.start, end=span.end, now=at)


def _unreadable(campaign: Campaign) -> float | None:
    """Return the greatest share of lines that were left out of one of the files of the latest import, if any."""
    counted = OutcomeFile.objects.filter(
        outcome_import__merchant=campaign.merchant_id, outcome_import__stage__in=COUNTED
    )
    latest = counted.order_by("-outcome_import").first()
    if latest is None:
        return None
    files = OutcomeFile.objects.filter(outcome_import=latest.outcome_import_id, rows__gt=0)
    return max((each.rejected / each.rows for each in files), default=0.0)


def _dealt(campaign: Campaign, issuances: Sequence[Issuance], variants: Sequence[Variant]) -> list[tuple[int, int]]:
    """Return size and quota of each arm in the campaign's first issuance: later ones keep arms of returning guests."""
    first = Issuance.objects.confirmed().filter(campaign=campaign).order_by("confirmed_at", "pk").first()
    if first is None or not issuances or first.pk != issuances[0].pk or first.only_variant_id is not None:
        return []
    sizes = dict(
        Batch.objects.kept().filter(issuance=first).order_by().values_list("variant").annotate(sum=Sum("size"))
    )
    frozen = {arm["variant_id"]: arm["share"] for arm in first.design.get("arms", [])}
    shares = [frozen.get(each.thanx_id, each.share) for each in variants]
    if not sum(shares):
        return []
    quotas = quota(sum(sizes.values()), shares)
    return [(sizes.get(each.pk, 0), due) for each, due in zip(variants, quotas, strict=True)]


def _days(windows: Sequence[Window], variants: Sequence[Variant], double: Sequence[int]) -> dict[str, list[int]]:
    """Return the visits of each arm on every day after the start, from the first to the last with any."""
    names = {each.pk: each.name for each in variants}
    found: dict[str, Counter[int]] = {name: Counter() for name in names.values()}
    for window in windows:
        for variant_id, day, visits in outcome_sums.visits_by_day(window, without=double):
            found[names[variant_id]][day] += visits
    length = max((day for days in found.values() for day in days), default=-1) + 1
    return {name: [days[day] for day in range(length)] for name, days in found.items()}
