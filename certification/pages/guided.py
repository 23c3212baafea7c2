"""The page of the guided demo: for each step what to say, what to show, and whether it was shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.urls import reverse

from campaigns.models import Merchant
from certification import guided, verdicts
from certification.demonstrations import CannotDemonstrate, check_environment
from certification.models import GuidedDemo
from certification.pages.badges import Badge
from certification.pages.certification import MARKS
from certification.verdicts import gathering
from certification.verdicts.requirements import Verdict
from issuance.models import Issuance
from partner_api import connect
from ui.values import Link


class StartDemoForm(forms.Form):
    merchant = forms.ModelChoiceField(
        label="Merchant",
        queryset=Merchant.objects.filter(vanished_at=None),
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose a merchant.", "invalid_choice": "Choose a merchant of the list."},
    )


@dataclass(frozen=True, kw_only=True)
class Script:
    """The text of one step. `keys` are the requirements that it should meet."""

    title: str
    say: str
    show: Sequence[str]
    keys: Sequence[str]


SCRIPTS: Mapping[str, Script] = {
    "discovery": Script(
        title="Discovery",
        say="The portal reads merchants, locations and reward templates in the background, keeps them, and refreshes"
        " them. No page waits for Thanx.",
        show=(
            "The reward cards, with the time of the data above them.",
            "Press Check now: the catalog is read once. Pressed again within a minute, it says when it can be.",
            "The API log: one read of each list, all five headers.",
        ),
        keys=("discovery",),
    ),
    "campaign": Script(
        title="A campaign with variants",
        say="A campaign needs a name, an objective, fine print, four dates and one to four variants. Rewards come from"
        " the list only; the control has none.",
        show=(
            "Choose two rewards and leave the control in.",
            "Give all four dates the same day: the builder says why that will not do.",
            "Create it, and watch it become live.",
        ),
        keys=("creation",),
    ),
    "issuance": Script(
        title="Issuance by email and phone",
        say="Every line of a list becomes a recipient or is left out with a reason. One confirmation; each job has its"
        " own key, so no answer that gets lost can issue twice.",
        show=(
            "Issue to the list by email address, everybody in the first group.",
            "Issue to the list by phone number, everybody in the second group.",
            "The key of each job in the API log.",
        ),
        keys=("by-email", "by-phone"),
    ),
    "monitoring": Script(
        title="Monitoring",
        say="Jobs are looked at from five seconds after the answer on, ever more rarely. Webhooks make it faster and"
        " are not needed.",
        show=("The numbers that move by themselves.", "The inbox with its verdicts.", "The budget: both windows."),
        keys=("by-polling", "by-webhook"),
    ),
    "failures": Script(
        title="Failed issuances",
        say="Guests who got no reward are listed with a reason and with what to do. No guest is silently dropped: the"
        " numbers add up to the lines of the list.",
        show=("The failures, by reason.", "Download them, or retry them as an issuance of its own."),
        keys=("failures",),
    ),
    "revocation": Script(
        title="Revocation",
        say="A job is revoked whole. The page says how many rewards that takes away before anything happens, and asks"
        " for a reason.",
        show=("Revoke the issuance by phone.", "Watch it become revoked.", "The reason in the log of the issuance."),
        keys=("revocation",),
    ),
}


@dataclass(frozen=True, kw_only=True)
class ShownStep:
    """One step with its links; `mark`: whether it was shown, `found`: the counts behind that."""

    number: int
    script: Script
    mark: Badge
    found: Sequence[str]
    links: Sequence[Link]


@dataclass(frozen=True, kw_only=True)
class GuidedPage:
    """The demo. `why_not`: why none can be shown here; `demo` is None before the first start."""

    demo: GuidedDemo | None
    why_not: str
    steps: Sequence[ShownStep]
    shown: int
    form: StartDemoForm
    has_lists: bool


def guided_page(*, at: datetime, form: StartDemoForm | None = None) -> GuidedPage:
    """Return the demo that was started last, with its progress."""
    demo = guided.latest_demo()
    why_not = _why_not()
    steps = _steps(demo, at=at) if demo is not None and not why_not else []
    return GuidedPage(
        demo=demo,
        why_not=why_not,
        steps=steps,
        shown=sum(step.mark is MARKS[Verdict.PASS] for step in steps),
        form=form or StartDemoForm(),
        has_lists=connect.environment().is_local,
    )


def _why_not() -> str:
    try:
        check_environment()
    except CannotDemonstrate as reason:
        return str(reason)
    return ""


def _steps(demo: GuidedDemo, *, at: datetime) -> list[ShownStep]:
    facts = gathering.facts(since=demo.started_at, until=at)
    found = {each.key: each for group in verdicts.judged(facts) for each in group.requirements}
    places = _places(demo)
    return [
        ShownStep(
            number=number,
            script=script,
            mark=_mark([found[each].verdict for each in script.keys if each != "by-webhook"]),
            found=[found[each].found for each in script.keys],
            links=places[key](),
        )
        for number, (key, script) in enumerate(SCRIPTS.items(), start=1)
    ]


def _mark(found: Sequence[Verdict]) -> Badge:
    if Verdict.FAIL in found:
        return MARKS[Verdict.FAIL]
    return MARKS[Verdict.PASS] if set(found) == {Verdict.PASS} else MARKS[Verdict.NOT_SHOWN]


def _places(demo: GuidedDemo) -> Mapping[str, Callable[[], list[Link]]]:
    """Return the links of each step, at the merchant of the demo."""
    handle = demo.merchant.handle
    made = Issuance.objects.confirmed().filter(merchant=demo.merchant, confirmed_at__gte=demo.started_at)
    latest = list(made.order_by("-confirmed_at", "-pk").values_list("pk", flat=True)[:2])

    def at_merchant(label: str, name: str, *more: int) -> Link:
        return Link(label=label, href=reverse(name, args=[handle, *more]))

    def of_issuances(words: str, name: str) -> list[Link]:
        return [at_merchant(f"{words} #{pk}", name, pk) for pk in latest]

    log = Link(label="API log", href=reverse("certification:api-log"))
    budget = Link(label="Budget", href=reverse("certification:budget"))
    inbox = Link(label="Webhooks", href=reverse("staff-webhooks"))
    return {
        "discovery": lambda: [
            at_merchant("Rewards", "campaigns:rewards"),
            at_merchant("Locations", "campaigns:locations"),
            Link(label="Connection", href=reverse("certification:connection")),
            log,
        ],
        "campaign": lambda: [at_merchant("New campaign", "campaigns:new"), at_merchant("Campaigns", "campaigns:list")],
        "issuance": lambda: [at_merchant("New issuance", "issuance:new"), log],
        "monitoring": lambda: [*of_issuances("Issuance", "issuance:detail"), inbox, budget],
        "failures": lambda: of_issuances("Failures of", "issuance:failures"),
        "revocation": lambda: of_issuances("Revoke", "issuance:revoke"),
    }
