"""The client of the Thanx Partner API, one method for each endpoint.

`partner_api.connect.thanx` makes a client. Every method returns typed values or raises one of `partner_api.errors`;
every request is paced by the governor and recorded in the exchange log.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from partner_api import wire
from partner_api.answers import catalog, jobs
from partner_api.calls.caller import Page, items_of, one
from partner_api.calls.guest_calls import GuestCalls
from partner_api.wire import Call

# The documentation and the OpenAPI description have different paths: the second is tried after a 404 on the first.
SCOPES = ("/partner/scopes", "/partner/metadata/scopes")
MERCHANTS = ("/partner/merchants", "/partner/metadata/merchants")
LOCATIONS = ("/partner/locations", "/partner/metadata/locations")


class ThanxClient(GuestCalls):
    """Calls Thanx. The calls about guests are in `GuestCalls`. Not to be shared between threads."""

    # --- Discovery -------------------------------------------------------------------------------------------

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes of this credential."""
        return self._in_either_dialect(SCOPES, lambda path: self._send(Call("GET", path), _scopes))

    def merchants(self) -> tuple[catalog.Merchant, ...]:
        """Return the merchants that are connected to this partner."""
        return self._in_either_dialect(
            MERCHANTS, lambda path: self._all(path, {}, name="merchants", read=catalog.merchant)
        )

    def locations(self, *, merchant_id: str) -> tuple[catalog.Location, ...]:
        """Return the merchant's locations."""
        query = {"merchant_id": merchant_id}
        return self._in_either_dialect(
            LOCATIONS, lambda path: self._all(path, query, name="locations", read=catalog.location)
        )

    def reward_templates(self, *, merchant_id: str) -> tuple[catalog.RewardTemplate, ...]:
        """Return the merchant's published reward templates."""
        return items_of(self.reward_template_pages(merchant_id=merchant_id))

    def reward_template_pages(self, *, merchant_id: str, first: int = 1) -> Iterator[Page[catalog.RewardTemplate]]:
        """Yield the pages of the merchant's published reward templates from `first` on."""
        query, name = {"merchant_id": merchant_id}, "reward_templates"
        return self._pages("/partner/reward_templates", query, name=name, read=catalog.reward_template, first=first)

    def reward_template(self, *, id: str, merchant_id: str) -> catalog.RewardTemplate:  # noqa: A002
        """Return one published reward template."""
        call = Call("GET", "/partner/reward_templates/{id}", ids={"id": id}, query={"merchant_id": merchant_id})
        return self._send(call, one("reward_template", catalog.reward_template))

    # --- Campaigns -------------------------------------------------------------------------------------------

    def campaigns(self, *, merchant_id: str) -> tuple[catalog.Campaign, ...]:
        """Return the merchant's active campaigns that were created with this credential."""
        return items_of(self.campaign_pages(merchant_id=merchant_id))

    def campaign_pages(self, *, merchant_id: str, first: int = 1) -> Iterator[Page[catalog.Campaign]]:
        """Yield the pages of the merchant's campaigns from `first` on."""
        query = {"merchant_id": merchant_id}
        return self._pages("/partner/campaigns", query, name="campaigns", read=catalog.campaign, first=first)

    def campaign(self, *, id: str) -> catalog.Campaign:  # noqa: A002
        """Return one campaign."""
        call = Call("GET", "/partner/campaigns/{id}", ids={"id": id})
        return self._send(call, one("campaign", catalog.campaign))

    def create_campaign(self, *, new: catalog.NewCampaign) -> catalog.Campaign:
        """Create a campaign. It is not idempotent: after OutcomeUnknown list the campaigns before a retry."""
        call = Call("POST", "/partner/campaigns", body=wire.campaign_body(new=new))
        return self._send(call, one("campaign", catalog.campaign))

    # --- Issuance --------------------------------------------------------------------------------------------

    def issue(self, *, key: UUID, body: bytes) -> jobs.IssuanceJob:
        """Issue rewards. `body` comes from `wire.issue_body`; the same key must always carry the same bytes.

        After OutcomeUnknown the same key and body may be sent again: the partner then returns its first answer.
        """
        call = Call("POST", "/partner/campaigns/issue", body=body, key=key)
        return self._send(call, one("issuance_job", jobs.issuance_job))

    def issuance_job(self, *, id: str, merchant_id: str) -> jobs.IssuanceJob:  # noqa: A002
        """Return the current state of a job, with its failures only once it is completed."""
        call = Call("GET", "/partner/issuance_jobs/{id}", ids={"id": id}, query={"merchant_id": merchant_id})
        return self._send(call, one("issuance_job", jobs.issuance_job))

    def revoke(self, *, id: str, merchant_id: str) -> jobs.IssuanceJob:  # noqa: A002
        """Revoke all rewards of a completed or failed job. After OutcomeUnknown read the job before a retry."""
        body = wire.encoded({"merchant_id": merchant_id})
        call = Call("POST", "/partner/issuance_jobs/{id}/revoke", ids={"id": id}, body=body)
        return self._send(call, one("issuance_job", jobs.issuance_job))


def _scopes(payload: Any) -> tuple[str, ...]:
    return tuple(item for item in wire.page(payload, name="scopes").items if isinstance(item, str))
