"""A guest's own token, for operators who look into what a guest sees. It is shown once and stored nowhere."""

from __future__ import annotations

from datetime import datetime

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from guests.lookup.lookup import NotAnIdentifier
from lists.identifiers import normalise_email, normalise_phone
from partner_api import connect
from partner_api.answers.guests import UserToken


def request_token(*, merchant: Merchant, text: str, seconds: int, by: User, at: datetime) -> UserToken:
    """Ask Thanx for a token that acts as the guest with this identifier. Raises NotAnIdentifier and PartnerError.

    The audit row, written before the call, names the operator and the merchant, but neither the guest nor the token.
    """
    email, phone = normalise_email(text), normalise_phone(text, country=merchant.country)
    if isinstance(email, str):
        named = {"email": email}
    elif isinstance(phone, str):
        named = {"phone": phone}
    else:
        raise NotAnIdentifier
    audit.record(action="guest token requested", on=merchant, by=by, at=at, merchant_id=merchant.pk, expires_in=seconds)
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about="user token")
    return thanx.user_token(merchant_id=merchant.thanx_id, expires_in=seconds, **named)
