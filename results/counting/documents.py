"""A campaign's result as plain values, in the shape that commands print and pages read."""

from datetime import datetime
from typing import Any

from campaigns.models import Campaign
from experiments import judgement, soundness
from experiments.counted_arms import ArmFigures, nothing
from experiments.judgement import ArmComparison, ExperimentVerdict, NetGain
from experiments.soundness import HealthCheck
from results import population
from results.counting.arm_sums import Counted, counted
from results.fixed_plans import Span, plan_of, span_of
from results.models import ExperimentPlan

DESIGNED, RUNNING, DUE, READ = "designed", "running", "due", "read"
NO_CONTROL = "Without a control group, nothing can say what the reward changed: guests who came may have come anyway."


def count(campaign: Campaign, *, at: datetime) -> dict[str, Any]:
    """Count a campaign's result as of a moment. `days` and `plan` are beside the documented shape, for pages."""
    issuances = population.issuances_of(campaign)
    plan = plan_of(campaign)
    span = span_of(plan, campaign, issuances)
    if span is None:
        return _designed(campaign)
    found = counted(campaign, issuances, plan, span=span, at=at)
    checks = soundness.checked(found.arms, coverage=found.coverage, unreadable=found.unreadable, dealt=found.dealt)
    is_over, is_red = at >= span.decision_at, soundness.is_red(checks)
    verdict, sentence = _said(found, is_over=is_over, is_red=is_red, span=span)
    sentence = f"{_exploratory(plan)}{sentence}"
    document = {
        "campaign": campaign.pk,
        "state": _state(found, is_over=is_over),
        "verdict": verdict,
        "sentence": sentence,
        "window": {"from": _iso(span.start), "to": _iso(span.end), "decision_at": _iso(span.decision_at)},
        "health": [_check(check) for check in checks],
        "arms": [_arm(arm, hidden=is_red) for arm in found.arms],
        "comparisons": [_comparison(each, hidden=is_red or not is_over) for each in judgement.compared(found.arms)],
        "net": [_net(each, hidden=is_red or not is_over) for each in judgement.net_gains(found.arms)],
    }
    sentences = {check.name: check.sentence for check in checks}
    return {**document, "days": {} if is_red else found.days, "sentences": sentences}


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is documented of a result, for the command line and exports."""
    return {name: value for name, value in document.items() if name not in ("days", "sentences")}


def waiting(campaign: Campaign) -> dict[str, Any]:
    """Return what is shown of a result that a step has still to count."""
    return {**_designed(campaign), "state": RUNNING, "sentence": "It is being counted."}


def _designed(campaign: Campaign) -> dict[str, Any]:
    arms = [
        ArmFigures(
            name=each.name,
            is_control=each.is_control,
            share=each.share,
            assigned=0,
            visits=nothing(0),
            spend=nothing(0),
        )
        for each in campaign.variants.all()
    ]
    return {
        "campaign": campaign.pk,
        "state": DESIGNED,
        "verdict": None,
        "sentence": "No guest has a group yet: the experiment starts with the first issuance.",
        "window": {"from": None, "to": None, "decision_at": None},
        "health": [],
        "arms": [_arm(arm, hidden=False) for arm in arms],
        "comparisons": [],
        "net": [],
        "days": {},
        "sentences": {},
    }


def _state(found: Counted, *, is_over: bool) -> str:
    if not is_over:
        return RUNNING
    return READ if found.has_outcomes else DUE


def _said(found: Counted, *, is_over: bool, is_red: bool, span: Span) -> tuple[str | None, str]:
    """Return the verdict and its sentence. Without guests who were held back there is no verdict."""
    arms = found.arms
    if is_red:
        return ExperimentVerdict.DO_NOT_READ, judgement.sentence_of(ExperimentVerdict.DO_NOT_READ, None, arms)
    if not any(arm.is_control and arm.compared for arm in arms):
        return None, NO_CONTROL
    if not is_over:
        said = (
            f"Too early to tell: the result is read on {span.decision_at:%-d %B %Y}, and until then guests are counted."
        )
        return ExperimentVerdict.TOO_EARLY, said
    if not found.has_outcomes:
        said = "The window is over, but no purchases came in. Add the purchases and memberships of this merchant."
        return ExperimentVerdict.TOO_EARLY, said
    verdict, arm = judgement.verdict(arms)
    return verdict, judgement.sentence_of(verdict, arm, arms)


def _exploratory(plan: ExperimentPlan) -> str:
    """Return what stands before a sentence whose plan was not fixed beforehand."""
    if plan.changed_at is not None:
        return f"Exploratory, since the plan was changed on {plan.changed_at:%-d %B %Y}. "
    return "" if plan.fixed_at is not None else "Exploratory, since no plan was fixed beforehand. "


def _check(check: HealthCheck) -> dict[str, Any]:
    return {"check": check.name, "value": check.value, "state": check.light}


def _arm(arm: ArmFigures, *, hidden: bool) -> dict[str, Any]:
    figures = {
        "visited": arm.visitors,
        "visits": arm.visits.y,
        "spend": _dollars(arm.spend.y),
        "redeemed": arm.redeemed,
        "cost": _dollars(arm.cost),
    }
    shown = dict.fromkeys(figures) if hidden else figures
    return {"name": arm.name, "control": arm.is_control, "assigned": arm.assigned, "found": arm.found, **shown}


def _comparison(each: ArmComparison, *, hidden: bool) -> dict[str, Any]:
    named = {"arm": each.arm, "metric": each.metric}
    if hidden or each.found is None:
        figures = dict.fromkeys(("difference", "low", "high", "p", "relative"))
        return {**named, **figures, "level": each.level}
    scale = 100 if each.metric == "spend" else 1
    interval = each.found.interval
    return {
        **named,
        "difference": each.found.value / scale,
        "low": interval.low / scale,
        "high": interval.high / scale,
        "p": each.found.p,
        "relative": each.relative,
        "level": each.level,
    }


def _net(each: NetGain, *, hidden: bool) -> dict[str, Any]:
    if hidden:
        return {"arm": each.arm, "value": None, "low": None, "high": None}
    return {
        "arm": each.arm,
        "value": _dollars(each.value),
        "low": _dollars(each.interval.low),
        "high": _dollars(each.interval.high),
    }


def _dollars(cents: float) -> float:
    return round(cents / 100, 2)


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
