"""The part "In the product": what certifiers see on our pages."""

from datetime import timedelta

from certification.verdicts.facts import BatchFacts, Facts
from certification.verdicts.requirements import Pointer, PointerKind, Requirement, requirement, to_batch, to_campaign
from ui.wording import counted

NO_CAMPAIGNS = "No campaign has been created here in this period."
LISTED_WITHIN = timedelta(minutes=2)
"""Thanx may list the failures of a job so long after its end."""


def listed_templates(facts: Facts) -> Requirement:
    """Every rewarding variant uses a template from the merchant's list."""
    arms = [(each, arm) for each in facts.campaigns for arm in each.variants if arm.has_template]
    strange = [each for each, arm in arms if not arm.is_listed]
    return requirement(
        "listed-templates",
        "Campaigns only with reward templates from the merchant's list",
        shown=bool(arms),
        good=not strange,
        found=f"{len(arms) - len(strange):,} of {counted(len(arms), 'rewarding variant')} have a listed template.",
        pointers=map(to_campaign, strange or facts.campaigns[:1]),
        missing=NO_CAMPAIGNS,
    )


def failures_shown(facts: Facts) -> Requirement:
    """Every failure is listed on the page of its job, once Thanx has had time to list it."""
    ended = [each for each in facts.batches if each.has_ended]
    failed = sum(each.failed for each in ended)
    hiding = [each for each in ended if hidden(each) and _list_is_due(each, facts)]
    total = sum(hidden(each) for each in hiding)
    return requirement(
        "failures-shown",
        "Failures shown to the merchant, none silently dropped",
        shown=failed > 0,
        good=not hiding,
        found=f"{total:,} of {counted(failed, 'failure')} hidden.",
        pointers=map(to_batch, hiding or [each for each in ended if each.failed]),
        missing="No guest has failed in this period.",
    )


def accounted_for(facts: Facts) -> Requirement:
    """Every line of every file is in exactly one bucket of the ledger."""
    lost = [each for each in facts.issuances if each.lines != each.accounted_for]
    lines = sum(each.lines for each in facts.issuances)
    shown = lost or facts.issuances[:1]
    return requirement(
        "accounted-for",
        "Every line of every list is accounted for",
        shown=bool(facts.issuances),
        good=not lost,
        found=f"{counted(lines, 'line')} in {counted(len(facts.issuances), 'issuance')}; {len(lost):,} do not add up.",
        pointers=(Pointer(kind=PointerKind.ISSUANCE, number=each.id, words=f"Issuance #{each.id}") for each in shown),
        missing="Nothing has been issued in this period.",
    )


REQUIREMENTS = (listed_templates, failures_shown, accounted_for)


def hidden(batch: BatchFacts) -> int:
    """Return how many failures of a batch its page does not show."""
    return max(0, batch.failed - batch.listed)


def _list_is_due(batch: BatchFacts, facts: Facts) -> bool:
    return batch.ended_at is None or facts.until - batch.ended_at > LISTED_WITHIN
