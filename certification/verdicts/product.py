"""What certifiers see in the product."""

from __future__ import annotations

from datetime import timedelta

from certification.verdicts.facts import Batch, Facts
from certification.verdicts.requirements import Kind, Line, Pointer, campaign, counted, job, line

NO_CAMPAIGNS = "No campaign has been created here in this period."
LISTED_WITHIN = timedelta(minutes=2)
"""Thanx's list of failures may come so long after the job's end."""


def listed_templates(facts: Facts) -> Line:
    """Campaigns only with templates from the merchant's list."""
    arms = [(each, arm) for each in facts.campaigns for arm in each.variants if arm.has_template]
    strange = [each for each, arm in arms if not arm.is_listed]
    return line(
        "listed-templates",
        "Campaigns only with reward templates from the merchant's list",
        shown=bool(arms),
        good=not strange,
        found=f"{len(arms) - len(strange):,} of {counted(len(arms), 'rewarding variant')} have a listed template.",
        pointers=map(campaign, strange or facts.campaigns[:1]),
        missing=NO_CAMPAIGNS,
    )


def failures_shown(facts: Facts) -> Line:
    """Failures are shown to the merchant, none is silently dropped."""
    ended = [each for each in facts.batches if each.has_ended]
    failed = sum(each.failed for each in ended)
    hiding = [each for each in ended if hidden(each) and _list_is_due(each, facts)]
    total = sum(hidden(each) for each in hiding)
    return line(
        "failures-shown",
        "Failures shown to the merchant, none silently dropped",
        shown=failed > 0,
        good=not hiding,
        found=f"{total:,} of {counted(failed, 'failure')} hidden.",
        pointers=map(job, hiding or [each for each in ended if each.failed]),
        missing="No guest has failed in this period.",
    )


def accounted_for(facts: Facts) -> Line:
    """Every line of every file is somewhere."""
    lost = [each for each in facts.issuances if each.lines != each.accounted_for]
    lines = sum(each.lines for each in facts.issuances)
    shown = lost or facts.issuances[:1]
    return line(
        "accounted-for",
        "Every line of every list is accounted for",
        shown=bool(facts.issuances),
        good=not lost,
        found=f"{counted(lines, 'line')} in {counted(len(facts.issuances), 'issuance')}; {len(lost):,} do not add up.",
        pointers=(Pointer(kind=Kind.ISSUANCE, number=each.id, words=f"Issuance #{each.id}") for each in shown),
        missing="Nothing has been issued in this period.",
    )


LINES = (listed_templates, failures_shown, accounted_for)


def hidden(batch: Batch) -> int:
    """Return how many failures of a batch its page does not show."""
    return max(0, batch.failed - batch.listed)


def _list_is_due(batch: Batch, facts: Facts) -> bool:
    return batch.ended_at is None or facts.until - batch.ended_at > LISTED_WITHIN
