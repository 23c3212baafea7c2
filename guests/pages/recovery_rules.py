"""The page of the rules for feedback: what each does, what it has done, and why it queues nothing at present."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Max, Q

from campaigns.models import Merchant
from guests.models import Recovery, RecoveryRule
from guests.pages.recovery import next_batch_words
from guests.recovery.forms import reward_words
from guests.recovery.plans import daily_at
from guests.recovery.recovery import Standing
from ui.status import Tone
from ui.wording import counted

WHY_A_RULE = "A rule gives guests with a low rating a reward by itself. A manager sets it up and switches it on."


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """One rule. `problem` says why a rule that is on queues nothing."""

    rule: RecoveryRule
    does: str
    reward: str
    word: str
    tone: str
    icon: str
    problem: str
    did: str
    latest: datetime | None
    switched: str


@dataclass(frozen=True, kw_only=True)
class RulesPage:
    rows: Sequence[RuleRow]
    daily_at: time
    next_batch: str
    zone: str
    why_a_rule: str = WHY_A_RULE


def rules_page(merchant: Merchant, *, at: datetime) -> RulesPage:
    """Return the page. Four queries, however many rules there are. `problem` is what the rule's step has found last."""
    related = ("merchant", "variant__campaign", "variant__reward_template", "switched_by")
    rules = list(RecoveryRule.objects.filter(merchant=merchant).select_related(*related))
    did = _did(rules)
    return RulesPage(
        rows=[_row(rule, did.get(rule.pk, {})) for rule in rules],
        daily_at=daily_at(merchant),
        next_batch=next_batch_words(merchant, at=at),
        zone=merchant.time_zone.replace("_", " "),
    )


def _row(rule: RecoveryRule, did: Mapping[str, object]) -> RuleRow:
    problem = rule.problem if rule.is_on else ""
    word, tone, icon = _word(rule, problem)
    latest = did.get("latest")
    return RuleRow(
        rule=rule,
        does=f"{_ratings(rule.top_rating)}, each guest at most once in {counted(rule.within_days, 'day')}",
        reward=reward_words(rule.variant),
        word=word,
        tone=tone.value,
        icon=icon,
        problem=problem,
        did=_sums(did),
        latest=latest if isinstance(latest, datetime) else None,
        switched=f"{'In the name of' if rule.is_on else 'By'} {rule.switched_by}",
    )


def _word(rule: RecoveryRule, problem: str) -> tuple[str, Tone, str]:
    if not rule.is_on:
        return "Off", Tone.NEUTRAL, "circle-x"
    return ("Stopped", Tone.WARNING, "alert-triangle") if problem else ("On", Tone.SUCCESS, "circle-check")


def _ratings(top: int) -> str:
    return "Rating of 1" if top == 1 else f"Ratings of 1 to {top}"


def _sums(did: Mapping[str, object]) -> str:
    if not did:
        return "Nothing yet"
    parts = [f"{did['queued']:,} queued", f"{did['passed_over']:,} passed over"]
    parts += [f"{did['taken_out']:,} taken out"] if did["taken_out"] else []
    return ", ".join(parts)


def _did(rules: Sequence[RecoveryRule]) -> Mapping[int, Mapping[str, object]]:
    """Return the counts of what each rule has done so far. One query."""
    rows = Recovery.objects.filter(rule__in=rules).order_by().values("rule")
    went = Q(standing__in=[Standing.QUEUED, Standing.JOINED, Standing.MISSED])
    sums = {
        "queued": Count("pk", filter=went),
        "passed_over": Count("pk", filter=Q(standing=Standing.PASSED_OVER)),
        "taken_out": Count("pk", filter=Q(standing=Standing.TAKEN_OUT)),
        "latest": Max("at"),
    }
    return {row["rule"]: row for row in rows.annotate(**sums)}
