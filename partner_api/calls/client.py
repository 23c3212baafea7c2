"""The Thanx Partner API, one method per endpoint.

A client is made by `partner_api.connect.thanx`. Every method either returns typed values or raises one of
`partner_api.errors`; every request is paced by the governor and leaves one row in the ledger.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from partner_api import wire
from partner_api.answers import schemas
from partner_api.calls.call import one
from partner_api.calls.guest_calls import GuestCalls
from partner_api.wire import Call

# Where the documentation and the OpenAPI description differ, the first is sent and the second tried on a 404.
SCOPES = ("/partner/scopes", "/partner/metadata/scopes")
MERCHANTS = ("/partner/merchants", "/partner/metadata/merchants")
LOCATIONS = ("/partner/locations", "/partner/metadata/locations")


class ThanxClient(GuestCalls):
    """Talks to Thanx. What it asks about guests stands in `GuestCalls`. Not to be shared between threads."""

    # --- Discovery -------------------------------------------------------------------------------------------

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes of this credential."""
        return self._in_either_dialect(SCOPES, lambda path: self._send(Call("GET", path), _scopes))

    def merchants(self) -> tuple[schemas.Merchant, ...]:
        """Return the merchants that are connected to this partner."""
        return self._in_either_dialect(
            MERCHANTS, lambda path: self._all(path, {}, name="merchants", read=schemas.merchant)
        )

    def locations(self, *, merchant_id: str) -> tuple[schemas.Location, ...]:
        """Return the merchant's locations."""
        query = {"merchant_id": merchant_id}
        return self._in_either_dialect(
            LOCATIONS, lambda path: self._all(path, query, name="locations", read=schemas.location)
        )

    def reward_templates(self, *, merchant_id: str) -> tuple[schemas.RewardTemplate, ...]:
        """Return the merchant's published reward templates."""
        return self._all(
            "/partner/reward_templates",
            {"merchant_id": merchant_id},
            name="reward_templates",
            read=schemas.reward_template,
        )

    def reward_template(self, *, id: str, merchant_id: str) -> schemas.RewardTemplate:  # noqa: A002
        """Return one published reward template."""
        call = Call("GET", "/partner/reward_templates/{id}", ids={"id": id}, query={"merchant_id": merchant_id})
        return self._send(call, one("reward_template", schemas.reward_template))

    # --- Campaigns -------------------------------------------------------------------------------------------

    def campaigns(self, *, merchant_id: str) -> tuple[schemas.Campaign, ...]:
        """Return the merchant's active campaigns that were made with this credential."""
        return self._all("/partner/campaigns", {"merchant_id": merchant_id}, name="campaigns", read=schemas.campaign)

    def campaign(self, *, id: str) -> schemas.Campaign:  # noqa: A002
        """Return one campaign."""
        call = Call("GET", "/partner/campaigns/{id}", ids={"id": id})
        return self._send(call, one("campaign", schemas.campaign))

    def create_campaign(self, *, new: schemas.NewCampaign) -> schemas.Campaign:
        """Create a campaign. There is no idempotency here: after OutcomeUnknown list the campaigns before a retry."""
        call = Call("POST", "/partner/campaigns", body=wire.campaign_body(new=new))
        return self._send(call, one("campaign", schemas.campaign))

    # --- Issuance --------------------------------------------------------------------------------------------

    def issue(self, *, key: UUID, body: bytes) -> schemas.IssuanceJob:
        """Issue rewards. `body` comes from `wire.issue_body`; the same key must always carry the same bytes.

        After OutcomeUnknown the same key and body may be sent again: the partner then returns its first answer.
        """
        call = Call("POST", "/partner/campaigns/issue", body=body, key=key)
        return self._send(call, one("issuance_job", schemas.issuance_job))

    def issuance_job(self, *, id: str, merchant_id: str) -> schemas.IssuanceJob:  # noqa: A002
        """Return a job as it stands; its failures only once it is completed."""
        call = Call("GET", "/partner/issuance_jobs/{id}", ids={"id": id}, query={"merchant_id": merchant_id})
        return self._send(call, one("issuance_job", schemas.issuance_job))

    def revoke(self, *, id: str, merchant_id: str) -> schemas.IssuanceJob:  # noqa: A002
        """Revoke all rewards of a completed or failed job. After OutcomeUnknown look at the job before a retry."""
        body = wire.encoded({"merchant_id": merchant_id})
        call = Call("POST", "/partner/issuance_jobs/{id}/revoke", ids={"id": id}, body=body)
        return self._send(call, one("issuance_job", schemas.issuance_job))


def _scopes(payload: Any) -> tuple[str, ...]:
    return tuple(item for item in wire.page(payload, name="scopes").items if isinstance(item, str))
