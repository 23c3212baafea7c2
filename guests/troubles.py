"""What went wrong with an explicit question to Thanx, in words for whoever asked it."""

from __future__ import annotations

from dataclasses import dataclass

from partner_api import errors

UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What happened, what it means, what to do."""

    title: str
    means: str
    todo: str


def trouble_of(error: errors.PartnerError, *, scope: str = "") -> Trouble:
    """Return the words for an error; `scope` is the one that the call needs."""
    if isinstance(error, errors.Refused):
        return _refused(error, scope=scope)
    if isinstance(error, errors.OutcomeUnknown):
        means = "Thanx may have done it, or not: its answer got lost."
        return Trouble(title="We do not know whether it worked", means=means, todo="Look again before you repeat it.")
    if isinstance(error, errors.AnsweredAlready):
        means = "What you see is its answer. The same is not asked twice within a minute."
        return Trouble(title="Thanx has just been asked this", means=means, todo="Ask again in a minute.")
    is_crowded = isinstance(error, errors.RateLimited | errors.NotSent)
    title = "Too much is being asked of Thanx just now" if is_crowded else "Thanx cannot be reached just now"
    return Trouble(title=title, means=UNCHANGED, todo="Try again in a minute.")


def _refused(error: errors.Refused, *, scope: str) -> Trouble:
    if isinstance(error, errors.NotConfigured):
        return Trouble(title="The portal is not connected to Thanx", means=UNCHANGED, todo=error.remedy)
    if isinstance(error, errors.ScopeMissing):
        todo = f"Ask Thanx to add the scope {scope} to this portal's credential." if scope else "Ask your operator."
        return Trouble(title="Thanx does not let this portal do that", means=UNCHANGED, todo=todo)
    if isinstance(error, errors.CredentialsRefused):
        todo = "Tell your operator: the credential of the portal has to be renewed."
        return Trouble(title="Thanx refused the portal's credential", means=UNCHANGED, todo=todo)
    if error.is_about_the_identifier:
        todo = "Check the spelling and try again."
        return Trouble(title="Thanx does not accept this address or number", means=UNCHANGED, todo=todo)
    todo = "Check what you entered. If it is right, tell your operator."
    return Trouble(title="Thanx refused this", means=UNCHANGED, todo=todo)
