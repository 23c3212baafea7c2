import csv
import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from certification.demonstrations import made_up_people
from issuance.views.people import SAMPLE
from sandbox.options import Options
from sandbox.world.catalog import build_world
from sandbox.world.failing_identifiers import failure_of
from tests.support.root import ROOT
from thanx_portal.demo import ports, surroundings
from thanx_portal.demo.programs import demonstrated_to
from thanx_portal.demo.sample_file import HEADER, member_file, sample_csv
from thanx_portal.demo.stage import PASSWORD, USERS


def lines_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# --- The file ------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_file():
    assert sample_csv(lines=300) == sample_csv(lines=300)
    assert sample_csv(lines=300) != sample_csv(lines=300, seed=2)


def test_the_file_has_the_lines_it_was_asked_for():
    header, *lines = lines_of(sample_csv(lines=1000))

    assert tuple(header) == HEADER
    assert len(lines) == 1000
    assert {len(line) for line in lines} == {0, len(HEADER)}


def test_most_lines_can_be_used_and_some_cannot():
    filled = [line for line in lines_of(sample_csv(lines=2000))[1:] if line]

    emails = [line for line in filled if "@example." in line[3].lower()]
    neither = [line for line in filled if not line[3] and not line[4]]
    assert 0.7 < len(emails) / len(filled) < 0.9
    assert 0 < len(neither) < 40


def test_every_telephone_number_is_reserved_for_fiction():
    phones = [line[4] for line in lines_of(sample_csv(lines=2000))[1:] if line]

    numbers = [digits[-7:] for phone in phones if len(digits := re.sub(r"\D", "", phone)) >= 10]
    assert len(numbers) > 400
    assert all(number.startswith("55501") for number in numbers)


# --- Ports and secrets ---------------------------------------------------------------------------------------


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_refused_with_its_holder(taken):
    with pytest.raises(ports.PortTaken, match=f"Port {taken} is taken by process {os.getpid()} "):
        ports.claim(taken, otherwise=8000)


def test_without_a_wish_the_next_free_port_is_chosen(taken):
    chosen = ports.claim(None, otherwise=taken)

    assert taken < chosen < taken + ports.TRIES
    assert ports.is_free(chosen)


def test_secrets_are_made_once_and_readable_by_the_owner_only(tmp_path):
    first = surroundings.secrets_of(tmp_path)

    assert surroundings.secrets_of(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_only_one_demo_uses_a_folder(tmp_path):
    surroundings.lock(tmp_path / "demo")

    with pytest.raises(surroundings.AlreadyRunning):
        surroundings.lock(tmp_path / "demo")


def test_the_demo_never_uses_a_credential_or_a_database_of_its_surroundings(tmp_path):
    given = {"DATABASE_URL": "postgres://real", "THANX_ACCESS_TOKEN": "real", "THANX_API_URL": "https://api.thanx.com"}

    changed = surroundings.process_environment(tmp_path, port=1, sandbox_port=2, given=given)

    assert changed["THANX_API_URL"] == "http://127.0.0.1:2"
    assert "real" not in "".join(changed[name] for name in given)


# --- The whole -----------------------------------------------------------------------------------------------


def descendants(pid):
    """Return all descendants of a process."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = dict(map(int, line.split()) for line in found.splitlines())
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {pid}


def are_gone(pids, *, seconds=15):
    """Wait until no process is left. A zombie counts as gone."""
    deadline = time.monotonic() + seconds
    while any(state_of(pid) != "Z" for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def state_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


class RunningDemo:
    """A demo in a folder of its own, with the URL that it printed."""

    def __init__(self, folder):
        bare = {
            name: value for name, value in os.environ.items() if not name.startswith(("THANX_", "DATABASE_", "DJANGO_"))
        }
        command = [sys.executable, "manage.py", "demo", "--folder", str(folder / "demo")]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=bare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.told = ""
        while "Ctrl-C stops everything" not in self.told:
            line = self.process.stdout.readline()
            assert line, self.told
            self.told += line
        self.url = re.search(r"at +(http://127\.0\.0\.1:\d+)/", self.told)[1]

    def end(self, number):
        """Send a signal; return whether all processes have ended."""
        family = descendants(self.process.pid)
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        assert len(family) >= 5  # sandbox, worker, web and its two workers
        return are_gone(family)


def signed_in(url, email):
    session = requests.Session()
    session.trust_env = False
    login = f"{url}/accounts/login/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', session.get(login, timeout=10).text)[1]
    session.post(login, data={"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}, timeout=10)
    return session


def secrets_in_the_process_list(demo, folder):
    """Return the arguments of the demo's programs that hold a secret: every user of the machine can read them."""
    secrets = json.loads((folder / "secrets.json").read_text()).values()
    lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in {demo.process.pid, *descendants(demo.process.pid)}]
    return [line for line in lines if any(secret in line for secret in secrets)]


@pytest.mark.slow
def test_the_demo_shows_a_running_job_and_leaves_nothing_behind(tmp_path):
    demo = RunningDemo(tmp_path)

    assert secrets_in_the_process_list(demo, tmp_path / "demo") == []
    assert stat.S_IMODE((tmp_path / "demo" / "members.csv").stat().st_mode) == 0o600
    home = signed_in(demo.url, USERS[0].email).get(f"{demo.url}/", timeout=10).text
    assert "One issuance is running" in home
    assert all(person.email in demo.told for person in USERS)
    assert demo.end(signal.SIGTERM)
    assert demo.process.returncode == 0

    again = RunningDemo(tmp_path)
    issuances = (
        signed_in(again.url, USERS[0].email).get(f"{again.url}/m/bluebird-burger-bar/issuances/", timeout=10).text
    )
    assert issuances.count("guests-spring.csv") == 1
    assert again.end(signal.SIGKILL)


def test_the_links_of_the_demo_lead_to_the_demo(tmp_path):
    changed = surroundings.process_environment(tmp_path, port=8123, sandbox_port=2, given={})

    assert changed["PORTAL_URL"] == "http://127.0.0.1:8123/"


def test_the_guests_of_the_sample_file_are_members_wherever_the_demo_has_users():
    rows = csv.reader(io.StringIO(SAMPLE))
    next(rows)
    guests = [("email", email) if email else ("phone", phone) for _, email, phone in rows]
    usual = Options()
    merchants = sorted(build_world().merchants.values(), key=lambda merchant: merchant.name)[:2]

    asked = {"seed": usual.seed, "share": usual.failure_share}
    told = [
        failure_of(kind=kind, value=re.sub("[^+@.a-z0-9]", "", value), merchant_id=merchant.id, **asked)
        for merchant in merchants
        for kind, value in guests
    ]

    assert told == [None] * 6


def test_a_made_up_guest_is_mostly_a_member():
    usual = Options()
    merchant = next(iter(build_world().merchants))
    asked = {"kind": "email", "merchant_id": merchant, "seed": usual.seed, "share": usual.failure_share}

    failed = sum(failure_of(value=f"friend{n}@somewhere.example", **asked) is not None for n in range(500))

    assert not usual.members_only
    assert 0 < failed < 50


def test_only_the_guests_of_the_demonstrations_are_members():
    listed = list(csv.reader(io.StringIO(demonstrated_to())))
    people = made_up_people()

    assert [row[0] or row[1] for row in listed] == [*people.emails, *people.phones]
    assert not {row[0] or row[1] for row in listed} & {
        row[0] or row[1] for row in csv.reader(io.StringIO(member_file(sample_csv(lines=2000))))
    }


def test_the_people_of_the_file_are_members_each_once():
    known = list(csv.reader(io.StringIO(member_file(sample_csv(lines=2000)))))

    keys = [email or phone for email, phone, *_ in known]
    assert len(keys) == len(set(keys)) > 1800
    assert all(email.count("@") == 1 for email, phone, *_ in known if not phone)
    assert all(phone.startswith("+1") for email, phone, *_ in known if not email)
