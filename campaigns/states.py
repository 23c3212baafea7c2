"""The states of a campaign, and every edge from one to another. Nothing else.

Creating a campaign at Thanx has no idempotency key, so a call of unknown outcome leads to UNSURE: before it is retried,
the campaigns at Thanx are listed and compared.
"""

from django.db.models import TextChoices


class CampaignState(TextChoices):
    """The state of a campaign."""

    DRAFT = "draft", "Draft"
    QUEUED = "queued", "Queued"
    CREATING = "creating", "Creating"
    UNSURE = "unsure", "Unsure"
    LIVE = "live", "Live"
    REFUSED = "refused", "Refused"
    DISCARDED = "discarded", "Discarded"


class CampaignMove(TextChoices):
    """What happens to a campaign."""

    CONFIRMED = "confirmed", "a user confirmed the summary"
    CLAIMED = "claimed", "a worker is about to call Thanx"
    CREATED = "created", "Thanx answered with the campaign"
    POSTPONED = "postponed", "surely not sent; again later"
    LOST_SIGHT = "lost_sight", "the call may have worked: no readable answer came"
    FOUND = "found", "the campaign was found in Thanx's list"
    NOT_FOUND = "not_found", "Thanx's list does not hold it, so it may be sent again"
    REFUSED = "refused", "Thanx refused it"
    EDITED = "edited", "a user took a refused campaign back to change it"
    DISCARDED = "discarded", "a user discarded the draft"


S, M = CampaignState, CampaignMove

EDGES: dict[tuple[CampaignState, CampaignMove], CampaignState] = {
    (S.DRAFT, M.CONFIRMED): S.QUEUED,
    (S.DRAFT, M.DISCARDED): S.DISCARDED,
    (S.QUEUED, M.CLAIMED): S.CREATING,
    (S.CREATING, M.CREATED): S.LIVE,
    (S.CREATING, M.POSTPONED): S.QUEUED,
    (S.CREATING, M.LOST_SIGHT): S.UNSURE,  # also when the worker died: its lease ran out while it was calling
    (S.CREATING, M.REFUSED): S.REFUSED,
    (S.UNSURE, M.FOUND): S.LIVE,
    (S.UNSURE, M.NOT_FOUND): S.QUEUED,
    (S.REFUSED, M.EDITED): S.DRAFT,
    (S.REFUSED, M.DISCARDED): S.DISCARDED,
}

EDITABLE = frozenset({S.DRAFT})
AT_WORK = frozenset({S.QUEUED, S.CREATING, S.UNSURE})
