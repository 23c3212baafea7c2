"""A guest's own token, for operators who look into what a guest sees. It is shown once and stored nowhere."""

from datetime import datetime

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from guests.lookup.lookup import named_by
from partner_api import connect
from partner_api.answers.guests import UserToken


def request_token(*, merchant: Merchant, guest: str, seconds: int, by: User, at: datetime) -> UserToken:
    """Ask Thanx for a token that acts as the guest with this identifier. Raises NotAnIdentifier and PartnerError.

    The audit row, written before the call, names the operator and the merchant, but neither the guest nor the token.
    """
    named = named_by(guest, merchant=merchant)
    audit.record(action="guest token requested", on=merchant, by=by, at=at, merchant_id=merchant.pk, expires_in=seconds)
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, merchant=merchant.thanx_id, about="user token")
    return thanx.user_token(merchant_id=merchant.thanx_id, expires_in=seconds, **named)
