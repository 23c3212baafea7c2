"""The page on which the guests of an issuance are tagged with their arm."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from guests import scopes
from guests.models import Tagging
from guests.scopes import Scope
from guests.tags.tagging import arm_key_of
from issuance.models import Issuance

ONLY_REWARDED = (
    "Who is held back gets no reward and stays without a tag. With the scope users.read the list of members is read,"
    " and everybody on it is tagged."
)


@dataclass(frozen=True, kw_only=True)
class TaggedArm:
    name: str
    guests: int
    tagged: int


@dataclass(frozen=True, kw_only=True)
class TaggingPage:
    """The whole page. It `refreshes` while a worker tags; `only_rewarded` says why not all guests can be tagged."""

    issuance: Issuance
    key: str
    sentence: str
    problem: str
    lacks: str
    only_rewarded: str
    arms: Sequence[TaggedArm]
    done: int
    total: int
    refreshes: bool
    action: str


def tagging_page(issuance: Issuance) -> TaggingPage:
    """Return the page. Three queries."""
    held = scopes.held()
    tagging = Tagging.objects.filter(issuance=issuance).first()
    sizes = issuance.batches.exclude(state="discarded").order_by().values_list("variant__name").annotate(Sum("size"))
    tagged = tagging.tagged if tagging else {}
    return TaggingPage(
        issuance=issuance,
        key=arm_key_of(issuance),
        sentence=_sentence(tagging),
        problem=tagging.problem if tagging else "",
        lacks=scopes.lacking(Scope.TAGS_WRITE, among=held),
        only_rewarded="" if Scope.USERS in held else ONLY_REWARDED,
        arms=[TaggedArm(name=name, guests=size, tagged=tagged.get(name, 0)) for name, size in sizes],
        done=tagging.place if tagging and tagging.places else 0,
        total=tagging.places if tagging else 0,
        refreshes=tagging is not None and tagging.due_at is not None,
        action="Tag once more from the beginning" if tagging else "Tag the guests",
    )


def _sentence(tagging: Tagging | None) -> str:
    if tagging is None:
        return "No guest on this list has been tagged yet."
    number = sum(tagging.tagged.values())
    if tagging.problem:
        return f"It stopped after {number:,} guests."
    if tagging.done_at:
        return f"Done: {number:,} guests carry the name of their group."
    return f"At work: {number:,} guests tagged so far."
