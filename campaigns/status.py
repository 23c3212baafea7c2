"""The status words of campaigns."""

from __future__ import annotations

from campaigns.states import CampaignState
from ui.status import Status

UNTITLED = "Untitled draft"
"""What a campaign is called that has no name yet."""


OF_CAMPAIGN: dict[CampaignState, Status] = {
    CampaignState.DRAFT: Status.DRAFT,
    CampaignState.QUEUED: Status.QUEUED,
    CampaignState.CREATING: Status.CREATING,
    CampaignState.UNSURE: Status.CHECKING,
    CampaignState.LIVE: Status.LIVE,
    CampaignState.REFUSED: Status.REFUSED,
    CampaignState.DISCARDED: Status.STOPPED,
}
"""How pages call each state of a campaign. Discarded ones are not listed."""
