"""The part "Self-check": the questions that Thanx publishes for partners."""

from collections.abc import Sequence
from datetime import datetime

from certification.calls.manners import CREATE_CAMPAIGN
from certification.verdicts.facts import CampaignFacts, Facts
from certification.verdicts.in_the_product import NO_CAMPAIGNS
from certification.verdicts.requirements import Pointer, PointerKind, Requirement, requirement, to_call, to_campaign
from ui.wording import counted

CONTROL = "Control"
MOST_VARIANTS = 4
SHORTEST_NAME = 5
CATALOG = ("/merchants", "/reward_templates", "/locations", "/scopes")
OPERATIONS = ("batch:", "campaign:")


def cached(facts: Facts) -> Requirement:
    """No catalog read was made for one batch or one campaign."""
    reads = [each for each in facts.sent if each.method == "GET" and any(part in each.path for part in CATALOG)]
    needless = [each for each in reads if each.about.startswith(OPERATIONS)]
    operations = {each.about for each in facts.sent if each.about.startswith(OPERATIONS)}
    return requirement(
        "cached",
        "Merchants and templates are cached, not fetched for each operation",
        shown=bool(reads) and bool(operations),
        good=not needless,
        found=f"{counted(len(reads), 'catalog read')} beside {counted(len(operations), 'operation')};"
        f" {len(needless):,} made for an operation.",
        pointers=map(to_call, needless or reads[-1:]),
        missing="It takes a read of the catalog and an operation to see this.",
    )


def refreshed(facts: Facts) -> Requirement:
    """The stalest catalog is not older than allowed."""
    oldest = facts.catalog.oldest
    stalest = facts.catalog.stalest
    minutes = round(oldest.total_seconds() / 60) if oldest is not None else 0
    return requirement(
        "refreshed",
        "The cache is refreshed periodically",
        shown=oldest is not None,
        good=oldest is not None and oldest <= facts.catalog.may_be,
        found=f"{counted(facts.catalog.merchants, 'merchant')}, {counted(facts.catalog.templates, 'template')};"
        f" the stalest catalog is {minutes:,} min old, {facts.catalog.may_be.total_seconds() / 60:,.0f} are allowed.",
        pointers=[Pointer(kind=PointerKind.MERCHANT, number=stalest[0], words=f"Catalog of {stalest[1]}")]
        if stalest
        else (),
        missing="No catalog has been read yet.",
    )


def described(facts: Facts) -> Requirement:
    """Every campaign has a name of at least 5 characters, an objective and fine print."""
    bare = [each for each in facts.campaigns if not _is_described(each)]
    return _of_campaigns(
        "described", "A campaign has a descriptive name, an objective and fine print", facts, bare, "All three"
    )


def controls(facts: Facts) -> Requirement:
    """Control variants have no reward template, and all others have one."""
    odd = [
        each
        for each in facts.campaigns
        if any((variant.name == CONTROL) == variant.has_template for variant in each.variants)
    ]
    controlled = [each for each in facts.campaigns if any(variant.name == CONTROL for variant in each.variants)]
    return requirement(
        "controls",
        "Control variants omit the reward template, all others have one",
        shown=bool(facts.campaigns),
        good=not odd,
        found=f"So it is in {len(facts.campaigns) - len(odd):,} of {counted(len(facts.campaigns), 'campaign')},"
        f" {len(controlled):,} with a control.",
        pointers=map(to_campaign, odd or controlled),
        missing=NO_CAMPAIGNS,
    )


def few_variants(facts: Facts) -> Requirement:
    """One to four variants."""
    odd = [each for each in facts.campaigns if not 1 <= len(each.variants) <= MOST_VARIANTS]
    return _of_campaigns("few-variants", "A campaign has 1 to 4 variants", facts, odd, "1 to 4")


def dates(facts: Facts) -> Requirement:
    """The four dates differ, and redeeming ends after it begins."""
    odd = [each for each in facts.campaigns if not _leaves_time(each.dates)]
    return _of_campaigns(
        "dates", "The four dates are not all the same: guests have time to redeem", facts, odd, "Time to redeem"
    )


def reused(facts: Facts) -> Requirement:
    """No campaign was created twice; issuances reuse it."""
    created: dict[str, list[int]] = {}
    for each in facts.sent:
        if each.method == "POST" and each.path == CREATE_CAMPAIGN and not each.error:
            created.setdefault(each.about, []).append(each.id)
    twice = {about for about, calls in created.items() if len(calls) > 1}
    again = [each for each in facts.sent if each.about in twice and each.path == CREATE_CAMPAIGN]
    issuances = sum(each.issuances for each in facts.campaigns)
    return requirement(
        "reused",
        "Campaigns are created once and reused for every issuance",
        shown=bool(facts.campaigns),
        good=not twice,
        found=f"{counted(len(facts.campaigns), 'campaign')} for {counted(issuances, 'issuance')};"
        f" {len(twice):,} created more than once. After a lost answer the list is searched before anything is sent.",
        pointers=map(to_call, again) if twice else map(to_campaign, facts.campaigns[:1]),
        missing=NO_CAMPAIGNS,
    )


REQUIREMENTS = (cached, refreshed, described, controls, few_variants, dates, reused)


def _of_campaigns(key: str, asked: str, facts: Facts, bad: list[CampaignFacts], do_so: str) -> Requirement:
    total = len(facts.campaigns)
    return requirement(
        key,
        asked,
        shown=total > 0,
        good=not bad,
        found=f"{do_so}: {total - len(bad):,} of {counted(total, 'campaign')}.",
        pointers=map(to_campaign, bad or facts.campaigns[:1]),
        missing=NO_CAMPAIGNS,
    )


def _is_described(found: CampaignFacts) -> bool:
    name = found.name.strip()
    return len(name) >= SHORTEST_NAME and bool(found.objective.strip()) and bool(found.fine_print.strip())


def _leaves_time(moments: Sequence[datetime | None]) -> bool:
    """Whether all four are set, not all equal, and redeeming ends after it begins."""
    known = [each for each in moments if each is not None]
    return len(known) == 4 and len(set(known)) > 1 and known[2] < known[3]  # noqa: PLR2004
