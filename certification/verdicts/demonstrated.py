"""The part "The six demonstrations": whether each was done in the period."""

from collections.abc import Sequence

from certification.calls import manners
from certification.calls.manners import Sent
from certification.verdicts.facts import BatchFacts, Facts
from certification.verdicts.requirements import Requirement, requirement, to_batch, to_call, to_campaign
from certification.verdicts.self_check import CONTROL
from ui.wording import counted

DISCOVERED = {
    "scopes": ("/partner/scopes", "/partner/metadata/scopes"),
    "merchants": ("/partner/merchants", "/partner/metadata/merchants"),
    "locations": ("/partner/locations", "/partner/metadata/locations"),
    "reward templates": ("/partner/reward_templates",),
}


def discovery(facts: Facts) -> Requirement:
    """Scopes, merchants, locations and templates have been read."""
    read = {name: _answered(facts, paths) for name, paths in DISCOVERED.items()}
    missing = [name for name, calls in read.items() if not calls]
    catalog = facts.catalog
    return requirement(
        "discovery",
        "1. Discovery of merchants, locations, reward templates and scopes",
        shown=not missing,
        good=True,
        found=f"{counted(catalog.scopes, 'scope')}, {counted(catalog.merchants, 'merchant')},"
        f" {counted(catalog.locations, 'location')}, {counted(catalog.templates, 'template')}.",
        pointers=(to_call(calls[-1]) for calls in read.values() if calls),
        missing=f"Not read in this period: {', '.join(missing)}.",
    )


def creation(facts: Facts) -> Requirement:
    """A live campaign with several variants, created by this installation."""
    fitting = [each for each in facts.campaigns if each.is_live and len(each.variants) > 1]
    controlled = [each for each in fitting if any(variant.name == CONTROL for variant in each.variants)]
    return requirement(
        "creation",
        "2. Creation of a campaign with variants",
        shown=bool(fitting),
        good=True,
        found=f"{counted(len(fitting), 'live campaign')} with several variants, {len(controlled):,} with a control.",
        pointers=map(to_campaign, fitting),
        missing="No live campaign with several variants has been created here in this period.",
    )


def by_email(facts: Facts) -> Requirement:
    """Rewards issued to email addresses."""
    shown = [each for each in facts.batches if _sure(each, mine=_emails(each), others=each.phones or 0)]
    return _issued("by-email", "3. Issuance by email address", shown, "email addresses")


def by_phone(facts: Facts) -> Requirement:
    """Rewards issued to phone numbers."""
    shown = [each for each in facts.batches if _sure(each, mine=each.phones or 0, others=_emails(each))]
    return _issued("by-phone", "3. Issuance by phone number", shown, "phone numbers")


def by_polling(facts: Facts) -> Requirement:
    """Jobs polled until they ended."""
    watched = [each for each in facts.batches if each.has_ended and each.polls]
    return _by_jobs(
        "by-polling",
        "4. Monitoring by polling",
        watched,
        found=f"{counted(len(watched), 'job')} watched to the end,"
        f" with {counted(sum(each.polls for each in watched), 'poll')}.",
        missing="No job has been watched to its end in this period.",
    )


def by_webhook(facts: Facts) -> Requirement:
    """Jobs with at least one genuine webhook that was matched to them."""
    heard = [each for each in facts.batches if each.deliveries]
    return _by_jobs(
        "by-webhook",
        "4. Monitoring by webhook (or by polling alone)",
        heard,
        found=f"{counted(sum(each.deliveries for each in heard), 'genuine delivery', 'genuine deliveries')}"
        f" about {counted(len(heard), 'job')}.",
        missing="No webhook about a job has come in this period."
        if facts.hears_webhooks
        else "Webhooks are not set up; polling does the work.",
    )


def failures(facts: Facts) -> Requirement:
    """Failed guests, each listed with a reason."""
    failed = [each for each in facts.batches if each.has_ended and each.listed]
    return _by_jobs(
        "failures",
        "5. Handling of failed issuances",
        failed,
        found=f"{counted(sum(each.listed for each in failed), 'failed guest')} listed with a reason,"
        f" in {counted(len(failed), 'job')}.",
        missing="No guest has failed in this period.",
    )


def revocation(facts: Facts) -> Requirement:
    """Jobs revoked by this installation."""
    asked = {each.about for each in facts.sent if each.path == manners.REVOKE and not each.error}
    revoked = [each for each in facts.batches if each.is_revoked and f"batch:{each.id}" in asked]
    return _by_jobs(
        "revocation",
        "6. Revocation of rewards",
        revoked,
        found=f"{counted(len(revoked), 'job')} revoked,"
        f" with {counted(sum(each.issued for each in revoked), 'reward')}.",
        missing="No job has been revoked here in this period.",
    )


REQUIREMENTS = (discovery, creation, by_email, by_phone, by_polling, by_webhook, failures, revocation)


def _answered(facts: Facts, paths: Sequence[str]) -> list[Sent]:
    return [each for each in facts.sent if each.method == "GET" and each.path in paths and not each.error]


def _emails(batch: BatchFacts) -> int:
    return batch.size - batch.phones if batch.phones is not None else 0


def _sure(batch: BatchFacts, *, mine: int, others: int) -> bool:
    """Whether at least one recipient of this kind got a reward: more were issued than there are of the other kind."""
    return mine > 0 and batch.issued > others


def _issued(key: str, asked: str, shown: Sequence[BatchFacts], kind: str) -> Requirement:
    found = f"{counted(len(shown), 'job')} in which rewards surely went to {kind}."
    return _by_jobs(key, asked, shown, found=found, missing=f"No reward has surely gone to {kind} in this period.")


def _by_jobs(key: str, asked: str, jobs: Sequence[BatchFacts], *, found: str, missing: str) -> Requirement:
    return requirement(
        key, asked, shown=bool(jobs), good=True, found=found, pointers=map(to_batch, jobs), missing=missing
    )
