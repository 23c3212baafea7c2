"""The guided demo: an operator shows the six demonstrations on the real pages."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.catalog.credential import make_credential_due
from campaigns.models import Merchant
from certification.demonstrations import check_environment, made_up_people
from certification.models import GuidedDemo
from partner_api import connect


def start_demo(*, merchant: Merchant, by: User | None, at: datetime) -> GuidedDemo:
    """Start a demo. Raises CannotDemonstrate in production and without a credential."""
    check_environment()
    # The demo shows a read of scopes and merchants, which happens once an hour: make it due as soon as it is allowed.
    refresh = make_credential_due(at=at)
    if refresh.good_until is not None:
        make_credential_due(at=refresh.good_until)
    with transaction.atomic():
        demo = GuidedDemo.objects.create(merchant=merchant, host=connect.environment().host, started_at=at, by=by)
        audit.record(action="demo.started", on=demo, by=by, at=at, merchant_id=merchant.pk)
    return demo


def latest_demo() -> GuidedDemo | None:
    """Return the demo started last at the host in use."""
    host = connect.environment().host
    return GuidedDemo.objects.filter(host=host).select_related("merchant", "by").first()


def list_of(kind: str) -> bytes:
    """Return a CSV file of made-up guests for our own sandbox; `kind` is `email` or `phone`. Raises KeyError."""
    people = made_up_people()
    values = {"email": [*people.emails, *people.unknown], "phone": people.phones}[kind]
    return "\r\n".join([kind, *values, ""]).encode()
