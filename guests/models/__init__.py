"""The models of guests: lookups, tags, lists of subscribers, feedback and recoveries."""

from guests.models.feedback import Feedback, FeedbackSync, Reply
from guests.models.guest import CachedGuest, Remark, Subscriber, SubscriberFile, Subscription, Tagging
from guests.models.keeping import GuestErasure, Keeping
from guests.models.recovery import Recovery, RecoveryBatch, RecoveryPlan, RecoveryRule

__all__ = [
    "CachedGuest",
    "Feedback",
    "FeedbackSync",
    "GuestErasure",
    "Keeping",
    "Recovery",
    "RecoveryBatch",
    "RecoveryPlan",
    "RecoveryRule",
    "Remark",
    "Reply",
    "Subscriber",
    "SubscriberFile",
    "Subscription",
    "Tagging",
]
