"""The status that pages show for each state of a campaign."""

from campaigns.states import CampaignState
from ui.status import Status

UNTITLED = "Untitled draft"
"""The name that pages show for a campaign without one."""

OF_CAMPAIGN: dict[CampaignState, Status] = {
    CampaignState.DRAFT: Status.DRAFT,
    CampaignState.QUEUED: Status.QUEUED,
    CampaignState.CREATING: Status.CREATING,
    CampaignState.UNSURE: Status.CHECKING,
    CampaignState.LIVE: Status.LIVE,
    CampaignState.REFUSED: Status.REFUSED,
    CampaignState.DISCARDED: Status.STOPPED,
}
"""Lists leave discarded campaigns out."""
