"""The statuses that pages show, each with its word, its tone and its icon. There are no others.

Colour never carries the meaning alone.
"""

import enum


class Tone(enum.Enum):
    """What a colour means. The values are parts of class names of the style sheet."""

    NEUTRAL = "neutral"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    ACCENT = "accent"  # bars only: held back on purpose
    FAINT = "faint"  # bars only: what has not begun


class Status(enum.Enum):
    """The status of a campaign, an issuance or a job."""

    label: str
    tone: Tone
    icon: str

    DRAFT = ("Draft", Tone.NEUTRAL, "writing")
    WAITING_FOR_APPROVAL = ("Waiting for approval", Tone.WARNING, "user-check")
    STARTS_SOON = ("Starts soon", Tone.INFO, "clock")
    QUEUED = ("Queued", Tone.NEUTRAL, "hourglass")
    SENDING = ("Sending", Tone.INFO, "send")
    IN_PROGRESS = ("In progress", Tone.INFO, "progress")
    PAUSED = ("Paused", Tone.WARNING, "player-pause")
    COMPLETED = ("Completed", Tone.SUCCESS, "circle-check")
    COMPLETED_WITH_FAILURES = ("Completed with failures", Tone.WARNING, "alert-triangle")
    STOPPED = ("Stopped", Tone.NEUTRAL, "player-stop")
    NEEDS_YOU = ("Needs you", Tone.DANGER, "hand-stop")
    FAILED = ("Failed", Tone.DANGER, "alert-octagon")
    REVOKING = ("Revoking", Tone.WARNING, "arrow-back-up")
    REVOKED = ("Revoked", Tone.NEUTRAL, "ban")
    CREATING = ("Creating", Tone.INFO, "progress")
    CHECKING = ("Checking", Tone.WARNING, "refresh")
    LIVE = ("Live", Tone.SUCCESS, "circle-check")
    REFUSED = ("Refused", Tone.DANGER, "circle-x")

    def __init__(self, label: str, tone: Tone, icon: str) -> None:
        self.label = label
        self.tone = tone
        self.icon = icon
