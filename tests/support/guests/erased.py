"""The erasure of one guest, at once, and a guest on a list of subscribers."""

import json
from datetime import date

from guests.erasure.erasing import ask_to_erase, erase_one_guest
from guests.models import Subscriber, Subscription
from tests.support.factories import NOON, UserFactory
from vault.sealing import fingerprint_of, seal

ANA, BO = "ana@example.com", "bo@example.com"
LIST = "email,name\nana@example.com,Ana\nbo@example.com,Bo\nana@example.com (home),Ana\n"


def erase(merchant, *typed, **said):
    asked = ask_to_erase(merchant=merchant, typed=typed or [ANA], exclusions_too=False, by=None, at=NOON, **said)
    assert erase_one_guest(clock=lambda: NOON)
    asked.refresh_from_db()
    return asked


def print_of(merchant, value=ANA):
    return fingerprint_of(merchant_id=merchant.pk, kind="email" if "@" in value else "phone", value=value)


def subscribed(merchant, standing="accepted", **fields):
    facts = {"statement": "I agree", "source": "till", "agreed_on": date(2026, 5, 1), "created_at": NOON}
    made = Subscription.objects.create(merchant=merchant, created_by=UserFactory(), **facts | fields)
    person = seal(json.dumps({"email": ANA}).encode(), purpose="subscriber")
    return Subscriber.objects.create(
        subscription=made, line=1, fingerprint=print_of(merchant), sealed=person, standing=standing
    )
