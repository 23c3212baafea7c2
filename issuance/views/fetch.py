"""What a view works on, or 404: another merchant's issuance does not exist here."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, QueryDict
from django.utils import timezone

from accounts.guards import MerchantRequest
from accounts.permissions import Act
from campaigns.models import Variant
from engine.moves import IllegalMove, Overtaken
from issuance.models import Batch, DraftStep, Issuance
from issuance.states import IssuanceState

TAKEN = "These failures were retried or settled already. This is how they stand now."
OVERTAKEN = "This issuance has changed in the meantime. This is how it stands now."
CHANGED = {IllegalMove: OVERTAKEN, Overtaken: OVERTAKEN}
"""The messages of acts that another user or a worker has overtaken."""

LONGEST_NUMBER = 19


def posted(request: MerchantRequest) -> QueryDict | None:
    """Return the posted data, None for any other method. An empty form that was posted is bound, too."""
    return request.POST if request.method == "POST" else None


def issuance_of(request: MerchantRequest, issuance_id: int) -> Issuance:
    """Return an issuance of the request's merchant with what every page of it shows. Raises Http404."""
    people = ("created_by", "confirmed_by", "paused_by", "stopped_by")
    rows = Issuance.objects.kept().select_related("campaign", "only_variant", "parent", "reissue_of", *people)
    further = Variant.objects.filter(campaign=OuterRef("campaign"), position__gt=0)
    found = rows.annotate(has_several_arms=Exists(further)).filter(pk=issuance_id, merchant=request.merchant).first()
    if found is None:
        raise Http404
    found.can_be_split = vars(found)["has_several_arms"]
    found.merchant = request.merchant  # the guard has fetched it already
    return found


def visited(request: MerchantRequest, issuance: Issuance, step: DraftStep) -> None:
    """Remember the step at which a draft is continued. Neither a viewer nor a polling region changes it."""
    if request.rights.may(Act.PREPARE_ISSUANCES) and not request.headers.get("HX-Request"):
        issuance.visit(step)


def number_shown(request: MerchantRequest) -> int:
    """Return the number of the request for approval that the user saw when they answered; 0 without one."""
    number = request.POST.get("request", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < LONGEST_NUMBER else 0


def answer_shown(request: MerchantRequest, issuance: Issuance) -> dict[str, Any]:
    """Return what an answer to the request that the user saw is given with."""
    return {"issuance": issuance, "number": number_shown(request), "by": request.user, "at": timezone.now()}


def confirmed_issuance_of(request: MerchantRequest, issuance_id: int) -> Issuance:
    """Return a confirmed issuance. Raises Http404, also for a draft."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state != IssuanceState.CONFIRMED:
        raise Http404
    return issuance


def batch_of(issuance: Issuance, number: int) -> Batch:
    """Return a batch of an issuance by its number. Raises Http404."""
    found = Batch.objects.kept().select_related("variant").filter(issuance=issuance, number=number).first()
    if found is None:
        raise Http404
    return found
