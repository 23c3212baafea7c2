"""An experiment whose guests did what a test says, and the files in which Thanx would tell it."""

import csv
import io
import json
from datetime import timedelta

from django.core.management import CommandError, call_command
from django.utils import timezone

from issuance.manifests import identifiers_of
from issuance.models import Issuance
from tests.support.desk import Desk, people

DAY = timedelta(days=1)


class Trial:
    """A confirmed issuance and its guests by arm, in the order of the arms' names."""

    def __init__(self, client, *, guests=200, shares=(80,), control=20, **campaign) -> None:
        self.desk = Desk(client, shares=shares, control=control, **campaign)
        self.issuance = self.desk.confirmed(people(guests))
        self.campaign, self.merchant = self.desk.campaign, self.desk.merchant
        self.arms = arms_of(self.issuance)

    @property
    def start(self):
        return self.issuance.confirmed_at

    def everyone(self):
        return sorted(guest for guests in self.arms.values() for guest in guests)


def arms_of(issuance: Issuance) -> dict[str, list[str]]:
    """Return the identifiers of every arm's guests."""
    found: dict[str, list[str]] = {}
    for batch in issuance.batches.order_by("number").select_related("variant"):
        found.setdefault(batch.variant.name, []).extend(each.value for each in identifiers_of(batch))
    return found


def members(guests, *, merchant="merchant", **columns) -> str:
    """Return a file of memberships: the guest's address, and ids made from it."""
    rows = [
        {"merchant_id": "7", "user_id": number(guest), "email": guest, "phone": "", "merchant_uid": merchant, **columns}
        | {"user_uid": f"uid-{number(guest)}"}
        for guest in guests
    ]
    return as_csv(rows)


def purchase(guest, at, *, id, settled="10.00", authorized="10.00", **columns):  # noqa: A002
    return {
        "purchase_id": id,
        "merchant_id": "7",
        "user_id": number(guest),
        "authorization_amount": authorized,
        "settlement_amount": settled,
        "channel": "instore",
        "purchased_at": at if isinstance(at, str) else f"{at:%Y-%m-%d %H:%M:%S}",
        **columns,
    }


def number(guest) -> str:
    """Return the internal number that Thanx has for a guest."""
    return "".join(sign for sign in guest if sign.isdigit()) or "0"


def as_csv(rows) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def run(*arguments, code=0):
    """Run a command; return what it printed as JSON, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), "--json", stdout=out, stderr=err)
        ended = 0
    except CommandError as error:
        ended = error.returncode
        err.write(str(error))
    assert ended == code, err.getvalue()
    return json.loads(out.getvalue() or "null"), err.getvalue()


def bring(folder, merchant, *, code=0, **texts):
    """Import files with these contents, by their names; return the document by file, and what was said."""
    paths = []
    for name, text in texts.items():
        path = folder / f"{name}.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    told, said = run("import_outcomes", *paths, "--merchant", merchant.handle, code=code)
    return {each["file"].removesuffix(".csv"): each for each in told["files"]} if told else said


def arm_named(document, name):
    return next(arm for arm in document["arms"] if arm["name"] == name)


def now():
    return timezone.now()
