"""The folder of the demo, its secrets, and the environment of its programs."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

MARK = "PORTAL_DEMO"
"""Set in the environment of the demo's own processes."""

CLIENT_ID, TOKEN = "sandbox-client", "sandbox-token"
CAPILLARY_USERNAME, CAPILLARY_PASSWORD = "capillary-user", "capillary-password"


class AlreadyRunning(Exception):
    """Another demo uses the same folder."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Made at the first start and kept beside the data that they encrypt."""

    secret_key: str
    data_key: str
    webhook_secret: str


def lock(folder: Path) -> None:
    """Lock the folder for this process, and for the program that it becomes by exec. Raises AlreadyRunning."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise AlreadyRunning from None
    os.set_inheritable(handle, True)  # kept through exec


def reset(folder: Path) -> None:
    """Delete the data of the demo."""
    if folder.exists():
        shutil.rmtree(folder)


def secrets_of(folder: Path) -> Secrets:
    """Return the demo's secrets; make them at the first start."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "secrets.json"
    if not file.exists():
        fresh = Secrets(
            secret_key=secrets.token_urlsafe(50), data_key=secrets.token_hex(32), webhook_secret=secrets.token_hex(16)
        )
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(fresh)), encoding="utf-8")
    return Secrets(**json.loads(file.read_text(encoding="utf-8")))


def process_environment(folder: Path, *, port: int, sandbox_port: int, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of all programs: as in production, except for http on the loopback interface."""
    kept = secrets_of(folder)
    return {
        **given,
        MARK: "1",
        "DEBUG": "0",
        "BEHIND_TLS": "0",
        "SECRET_KEY": kept.secret_key,
        "DATA_KEYS": kept.data_key,
        "ALLOWED_HOSTS": given.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "PORT": str(port),
        "PORTAL_URL": given.get("PORTAL_URL", f"http://127.0.0.1:{port}/"),  # of the links in mails
        "SANDBOX_PORT": str(sandbox_port),
        "THANX_API_URL": f"http://127.0.0.1:{sandbox_port}",
        "THANX_CLIENT_ID": CLIENT_ID,
        "THANX_ACCESS_TOKEN": TOKEN,
        "THANX_WEBHOOK_SECRETS": kept.webhook_secret,
        "SANDBOX_WEBHOOK_SECRET": kept.webhook_secret,
        "CAPILLARY_URL": f"http://127.0.0.1:{sandbox_port}",
        "CAPILLARY_USERNAME": CAPILLARY_USERNAME,
        "CAPILLARY_PASSWORD": CAPILLARY_PASSWORD,
        "GRACE_SECONDS": given.get("GRACE_SECONDS", "15"),  # long enough to see, short enough to wait for
        "SECOND_FACTOR_FOR": given.get("SECOND_FACTOR_FOR", "none"),
        "EMAIL_URL": given.get("EMAIL_URL", f"filemail:///{folder / 'mail'}"),
        "LOG_FORMAT": given.get("LOG_FORMAT", "plain"),
        "LOG_LEVEL": given.get("LOG_LEVEL", "WARNING"),
    }
