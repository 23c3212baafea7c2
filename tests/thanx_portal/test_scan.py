"""A scan: what is known of guests is put into every feature; then everything that is kept is searched for it.

Every table of the database as it is dumped, the libraries' tables among them; all files of the installation; every log
line of every logger; mails; and the evidence. `test_demo.py` looks at the process list of a running demo.
"""

import base64
import io
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.entrance.sealed_sessions import SessionStore
from accounts.models import Role
from campaigns.models import Halt
from certification import evidence
from guests.erasure.erasing import erase_one_guest
from guests.models import Subscription
from guests.subscribers.reading_step import read_one_list
from issuance.audience.intake_step import read_one_upload
from issuance.models import Issuance
from tests.support.acts import guests, merchant, outcomes
from tests.support.desk import Desk
from tests.support.factories import UserFactory
from tests.support.private_postgres import binaries
from tests.thanx_portal.test_nothing_leaks import ears, leaked, quiet, run_everything  # noqa: F401 - fixtures

KNOWN = ("leak", "5550188", "555-0188", "2125550199", "nosuchname")
ANA, PHONE = "ana.leak@example.com", "(212) 555-0188"
IN_BYTES = ("leak@example", "5550188", "555-0188", "2125550199", "nosuchname")
"""So long that no sealed value contains them by chance."""

TYPED = {"note", "reason", "name"}
"""Texts that users type, and in which they may name a guest."""

pytestmark = pytest.mark.django_db(transaction=True)


def dump():
    """Return every row of every table as text: what is binary in both spellings of a dump, and as it is."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [f"{table}: {_text(value)}" for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def dumped_by_its_own_tool():
    """Return what pg_dump writes; of SQLite its dump, and its file byte for byte, in which deleted rows may lie."""
    if connection.vendor == "postgresql":
        at = connection.settings_dict
        where = ["--host", at["HOST"], "--port", str(at["PORT"]), "--username", at["USER"], at["NAME"]]
        return subprocess.run([binaries() / "pg_dump", *where], capture_output=True, check=True).stdout.decode(
            "latin-1"
        )
    file = Path(connection.settings_dict["NAME"])
    raw = [
        path.read_bytes() for path in file.parent.glob(f"{file.name}*")
    ]  # the log of what is not yet in the file, too
    return "\n".join([*connection.connection.iterdump(), *(data.decode("latin-1") for data in raw)])


def encoded():
    """Return what tables hold in an encoding that a search would not see through: sessions, and the cache."""
    sessions = [SessionStore().decode(session.session_data) for session in Session.objects.all()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM shared_cache")
        cached = [base64.b64decode(value).decode("latin-1") for (value,) in cursor.fetchall()]
    return f"{sessions} {cached}"


def _text(value):
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return f"{raw.hex()} {raw.decode('latin-1')}"
    return str(value)


def files(folder):
    return {str(path): path.read_bytes().decode("latin-1") for path in Path(folder).rglob("*") if path.is_file()}


def naming(data):
    """Return what a browser sends, with a guest in every text that a user types."""
    return {name: f"{value} {ANA} {PHONE}" if name in TYPED else value for name, value in data.items()}


def act_everywhere(client):
    """Do everything that can be done at a merchant, each at a merchant of its own."""
    for act in (*merchant.ACTS, *guests.ACTS, *outcomes.ACTS):
        desk = Desk(client, role=Role.MANAGER, shares=(45, 45), control=10)
        name, args, data = act(desk)
        name, _, query = name.partition("?")
        typed = data if name.startswith("campaigns:") else naming(data)  # Thanx and guests see a campaign's texts
        desk.client.post(reverse(name, args=[desk.merchant.handle, *args]) + f"?{query}", typed)
        while read_one_upload():
            pass


def use_guests(desk):
    """Look a guest up, read feedback, add a list of subscribers, export and erase a guest."""

    def at(name, *args):
        return reverse(f"guests:{name}", args=[desk.merchant.handle, *args])

    found = desk.client.post(at("find"), {"q": ANA})
    if found.status_code == 302:
        desk.client.get(found.url)
    consent = {"statement": "Yes.", "source": "Till", "agreed_on": "2026-01-02"}
    people = SimpleUploadedFile(f"{ANA}.csv", b"email,first name\nana.leak@example.com,Nosuchname\nleak,Nosuchname\n")
    desk.client.post(at("subscribe"), {**consent, "file": people})
    columns = {"email": "0", "first_name": "1", **dict.fromkeys(("last_name", "birthday", "zip_code"), "none")}
    desk.client.post(at("subscription-columns", Subscription.objects.latest("pk").pk), columns)
    while read_one_list():
        pass
    desk.client.post(at("export-guest"), {"email": ANA, "phone": PHONE})
    desk.client.post(at("erase-guest"), {"email": ANA, "phone": PHONE, "confirmed": "on"})
    while erase_one_guest():
        pass


def name_files_and_lists(desk):
    desk.client.post(reverse("issuance:exclusions", args=[desk.merchant.handle]), {"name": f"Never {ANA}"})
    draft = desk.draft()
    people = SimpleUploadedFile(f"list of {ANA}.csv", b"email\nana.leak@example.com\n(212) 555-0188\nleak at example\n")
    desk.client.post(reverse("issuance:people", args=[desk.merchant.handle, draft.pk]), {"file": people})


def download(desk):
    """Download each file of an issuance, and open a token that acts as a guest."""
    draft = desk.ready(b"email\nana.leak@example.com\nleak at example\n")
    for name in ("left-out-csv", "not-sent-csv", "recipients-csv", "failures-csv"):
        desk.get(name, draft)
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    client.post(reverse("guest-token"), {"guest": ANA})


def the_evidence():
    found = evidence.bundle(since=timezone.now() - timedelta(days=1), until=timezone.now())
    with zipfile.ZipFile(io.BytesIO(found.zipped())) as archive:
        return "\n".join(archive.read(name).decode("latin-1") for name in archive.namelist())


@pytest.fixture
def filled(client, quiet, sandbox, ears, mailoutbox):  # noqa: F811
    """An installation in which everything was done."""
    call_command("createcachetable")
    run_everything(client, sandbox)
    act_everywhere(client)
    desk = Desk(client, role=Role.MANAGER)
    name_files_and_lists(desk)
    download(desk)
    use_guests(desk)
    return desk


@pytest.mark.slow
def test_no_dump_file_log_mail_or_evidence_names_a_guest(filled, uploads, ears, mailoutbox):  # noqa: F811
    assert Issuance.objects.count() > 10
    assert [line[:160] for line in dump().splitlines() if leaked(line, KNOWN)] == []
    assert leaked(dumped_by_its_own_tool(), IN_BYTES) == []
    assert leaked(encoded(), KNOWN) == []
    assert leaked(the_evidence(), KNOWN) == []
    assert [name for name, text in files(uploads).items() if leaked(text, KNOWN)] == []
    assert leaked("\n".join(ears.lines), KNOWN) == []
    assert leaked("\n".join(mail.message().as_string() for mail in mailoutbox), KNOWN) == []


def test_the_scan_would_find_what_is_in_clear_in_a_session_or_in_the_cache(client):
    call_command("createcachetable")
    cache.set("guest", ANA)
    session = client.session
    session["guest"] = PHONE
    session.save()
    Halt.objects.create(reason=ANA, at=timezone.now())

    assert leaked(dump(), KNOWN) == ["leak"]
    assert leaked(dumped_by_its_own_tool(), IN_BYTES) == ["leak@example"]
    assert leaked(encoded(), KNOWN) == ["leak", "555-0188"]


def test_commands_take_no_guest_as_an_argument(capsys):
    for command in ("erase_guest", "export_guest"):
        with pytest.raises(SystemExit):
            call_command(command, "--help")
        assert "standard input" in capsys.readouterr().out.replace("\n", " ")
