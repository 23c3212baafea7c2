"""Settings are read in one place, which names everything that is missing, wrong or contradictory, with the remedy."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from thanx_portal.demo import surroundings

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "DEBUG": "0",
    "SECRET_KEY": "s" * 50,
    "DATA_KEYS": "ab" * 32,
    "ALLOWED_HOSTS": "portal.example",
    "TRUSTED_PROXY_COUNT": "1",
}
MISSING = {"SECRET_KEY", "DATA_KEYS", "ALLOWED_HOSTS"}


@pytest.fixture
def problems(monkeypatch, tmp_path):
    """Return what the settings say of an environment."""

    def read(**values):
        monkeypatch.setattr(os, "environ", {"VAR_DIR": str(tmp_path), **values})
        return runpy.run_path(str(ROOT / "thanx_portal" / "settings.py"))["PROBLEMS_OF_SETTINGS"]

    return read


def test_settings_of_a_production_without_a_problem(problems):
    assert problems(**SOUND) == []


def test_development_needs_no_setting_but_debug(problems):
    assert problems(DEBUG="1") == []


def test_the_demo_gives_its_programs_settings_without_a_problem(problems, tmp_path):
    assert problems(**surroundings.process_environment(tmp_path, port=1, sandbox_port=2, given={})) == []


def test_without_any_setting_all_that_is_required_is_named_at_once(problems):
    named = {sentence.split()[0] for sentence in problems(TRUSTED_PROXY_COUNT="1")}

    assert named == MISSING


@pytest.mark.parametrize("name", sorted(MISSING))
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_value_of_what_is_required_is_a_missing_one(problems, name, empty):
    (sentence,) = problems(**SOUND | {name: empty})

    assert sentence.startswith(f"{name} is missing. ")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DEBUG", "maybe", "must be 1 or 0; it is 'maybe'."),
        ("BEHIND_TLS", "2", "must be 1 or 0; it is '2'."),
        ("DATA_KEYS", "not hexadecimal", "must be keys of 32 bytes in hexadecimal each"),
        ("DATA_KEYS", "abcd", "must be keys of 32 bytes in hexadecimal each"),
        ("ALLOWED_HOSTS", "https://portal.example", "must be names of hosts without scheme, port and path; 'https"),
        ("ALLOWED_HOSTS", "portal.example:8000", "must be names of hosts without scheme, port and path; 'portal"),
        ("CSRF_TRUSTED_ORIGINS", "portal.example", "must begin with https:// and name a host; it is 'portal.example'."),
        ("PORTAL_URL", "portal.example", "must begin with https:// and name a host; it is 'portal.example'."),
        ("DATABASE_URL", "", "is empty. Give a value, or take the line out."),
        ("DATABASE_URL", "nonsense", "must be such as postgres://user:password@host:5432/name"),
        ("DATABASE_URL", "mysql://user@host/portal", "must be such as postgres://user:password@host:5432/name"),
        ("DATABASE_URL", "postgres://user:secret@host:port/portal", "must be such as postgres://"),
        ("DATABASE_URL", "postgres://user:secret@host", "must be such as postgres://"),
        ("EMAIL_URL", "mail.example:587", "must be such as smtp+tls://user:password@host:587."),
        ("WEB_WORKERS", "two", "must be a whole number of at least 1; it is 'two'."),
        ("WEB_WORKERS", "0", "must be a whole number of at least 1; it is '0'."),
        ("ENGINE_THREADS", "", "is empty. Give a value, or take the line out."),
        ("PORT", "abc", "must be a whole number from 1 to 65535; it is 'abc'."),
        ("PORT", "80000", "must be a whole number from 1 to 65535; it is '80000'."),
        ("GRACE_SECONDS", "-1", "must be a number from 0 to 1000000; it is '-1'."),
        ("GRACE_SECONDS", "nan", "must be a number from 0 to 1000000; it is 'nan'."),
        ("LOG_LEVEL", "loud", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL; it is 'loud'."),
        ("LOG_FORMAT", "xml", "must be one of plain, json; it is 'xml'."),
        ("VAR_DIR", "/dev/null/var", "must be a folder that this user may write to: /dev/null/var is not."),
        ("DEFAULT_MERCHANT_TIME_ZONE", "Mars/Base", "must be a time zone such as America/New_York; it is 'Mars/Base'."),
        ("APPROVAL_ABOVE_REWARDS", "", "is empty. Give a value, or take the line out."),
        ("APPROVAL_ABOVE_REWARDS", "marketer", "must be words with whole numbers, such as marketer=100"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(problems, name, value, says):
    (sentence,) = problems(**SOUND | {name: value})

    assert sentence.startswith(f"{name} {says}")
    assert "secret@" not in sentence


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"TRUSTED_PROXY_COUNT": "0"}, "SECURE_SSL_REDIRECT=1 with TRUSTED_PROXY_COUNT=0 would redirect every page"),
        ({"OIDC_SERVER_URL": "https://login.example"}, "OIDC_SERVER_URL needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"),
        ({"SESSION_IDLE_HOURS": "3", "SESSION_LONGEST_HOURS": "2"}, "SESSION_IDLE_HOURS is longer than"),
        ({"THANX_POLL_FIRST_SECONDS": "9", "THANX_POLL_MAX_SECONDS": "8"}, "THANX_POLL_FIRST_SECONDS is longer than"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(problems, values, says):
    (sentence,) = problems(**SOUND | values)

    assert sentence.startswith(says)


def test_lists_and_words_are_read_as_they_are_meant(monkeypatch, tmp_path):
    given = {
        "ALLOWED_HOSTS": " a.example , .b.example, [::1],",
        "LOG_FORMAT": "JSON",
        "PORTAL_URL": "https://a.example",
    }
    monkeypatch.setattr(
        os, "environ", SOUND | given | {"VAR_DIR": str(tmp_path), "DAILY_CAP": "0", "CONFIRM_TYPED_ABOVE": "none"}
    )
    found = runpy.run_path(str(ROOT / "thanx_portal" / "settings.py"))

    assert found["ALLOWED_HOSTS"] == ["a.example", ".b.example", "[::1]"]
    assert (found["LOG_FORMAT"], found["PORTAL_URL"], found["DAILY_CAP"]) == ("json", "https://a.example/", 0)
    assert found["CONFIRM_TYPED_ABOVE"] == {}
    assert found["PROBLEMS_OF_SETTINGS"] == []


@pytest.mark.parametrize("command", [["manage.py", "work"], ["manage.py", "migrate"], ["-m", "thanx_portal.asgi"]])
def test_no_program_starts_with_wrong_settings_and_each_names_all_of_them(tmp_path, command):
    wrong = {"SECRET_KEY": "", "WEB_WORKERS": "two", "THANX_API_URL": "api.thanx.com", "VAR_DIR": str(tmp_path)}
    environment = {"PATH": os.environ["PATH"], **SOUND, **wrong}

    ended = subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    for sentence in ("SECRET_KEY is missing", "WEB_WORKERS must be a whole number", "THANX_API_URL must be a URL"):
        assert sentence in ended.stderr
    assert list(tmp_path.iterdir()) == []
