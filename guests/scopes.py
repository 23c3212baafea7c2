"""The scopes of our credential that the portal uses, and what each of them opens."""

from enum import StrEnum

from campaigns.catalog.credential import current_credential


class Scope(StrEnum):
    """A scope that Thanx can give our credential."""

    REWARDS = "rewards.issue"
    USERS = "users.read"
    SETTINGS_READ = "communication_settings.read"
    SETTINGS_WRITE = "communication_settings.write"
    SUBSCRIBERS = "subscribers.write"
    FEEDBACK_READ = "feedbacks.read"
    FEEDBACK_WRITE = "feedbacks.write"
    TAGS_READ = "tags.read"
    TAGS_WRITE = "tags.write"
    TOKENS = "auth.create"


OPENS: dict[Scope, str] = {
    Scope.REWARDS: "Campaigns, reward templates and issuing",
    Scope.USERS: "Guests by name, birthday, tier and points",
    Scope.SETTINGS_READ: "What a guest agreed to receive",
    Scope.SETTINGS_WRITE: "Changing what a guest receives",
    Scope.SUBSCRIBERS: "Subscribing people to marketing",
    Scope.FEEDBACK_READ: "The feedback inbox",
    Scope.FEEDBACK_WRITE: "Answering feedback",
    Scope.TAGS_READ: "Reading guests' tags",
    Scope.TAGS_WRITE: "Tagging guests with their group",
    Scope.TOKENS: "Short-lived tokens of guests, for operators",
}


def held() -> frozenset[str]:
    """Return the scopes that our credential had when Thanx was last asked. One query."""
    credential = current_credential()
    return frozenset(credential.scopes) if credential else frozenset()


def without(scope: Scope) -> str:
    """Return what to do about a missing scope, in a sentence."""
    opens = OPENS[scope][0].lower() + OPENS[scope][1:]
    return f"Ask Thanx to add the scope {scope.value} to this portal's credential. It opens: {opens}."


def lacking(scope: Scope, *, among: frozenset[str] | None = None) -> str:
    """Return what to do if the scope is not among those `held`, '' if it is. One query without `among`."""
    return "" if scope in (held() if among is None else among) else without(scope)
