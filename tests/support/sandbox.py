"""The local Thanx as a process of its own, and how tests tell it what to do."""

import os
import subprocess
import sys
from typing import Any, Self

import requests

from tests.support.root import ROOT

# Fast and without chance: only identifiers that are spelled to fail (see docs/sandbox.md) do.
FAST: dict[str, Any] = {
    "rate_per_second": 10_000,
    "rate_per_15_minutes": 1_000_000,
    "job_seconds": 0,
    "failure_share": 0,
    "scopes": ["rewards.issue"],
    "dialect": "usual",
}


class Sandbox:
    """A running sandbox: `url`, `client_id`, `token`, and its control API as methods."""

    client_id = "sandbox-client"
    token = "sandbox-token"

    def __init__(self, *arguments: str) -> None:
        """Start one on a free port with these command-line arguments, and wait until it listens."""
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--stop-with-parent", *arguments]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("sandbox listening on "):
            self.stop()
            raise RuntimeError(f"the sandbox did not start: {line!r}")
        self.url = line.split()[-1]
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- Telling it what to do -----------------------------------------------------------------------------

    def reset(self, **settings: Any) -> None:
        """Forget everything: data, faults and books. Start again, fast, with these settings over FAST.

        Settings: client_id, token, scopes (a list, or "all"), rate_per_second, rate_per_15_minutes, job_seconds,
        failure_share, dialect ("usual" | "other"), seed, members, members_only,
        webhook={url, secret, issued, drop, duplicate, forge, reorder, early}.
        """
        self._control("POST", "reset", json={**FAST, **settings})
        self.client_id = settings.get("client_id", Sandbox.client_id)
        self.token = settings.get("token", Sandbox.token)

    def options(self, **settings: Any) -> None:
        """Change the same settings without forgetting anything."""
        self._control("POST", "options", json=settings)

    def webhooks(self, **settings: Any) -> None:
        """Say where deliveries go and how they misbehave."""
        self._control("POST", "webhooks", json=settings)

    def fault(self, kind: str, **where: Any) -> dict[str, Any]:
        """Ask for misbehaviour: method, path (a beginning, or a pattern from ^), times, after, probability, …"""
        return self._control("POST", "faults", json={"kind": kind, **where})

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults in force, spent ones too, each with how often it matched and struck."""
        return self._control("GET", "faults")["faults"]

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def finish_job(self, job_id: str) -> None:
        """Let a running or stuck job end now; a job being revoked is then revoked."""
        self._control("POST", f"jobs/{job_id}/finish")

    def unpublish(self, template_id: str) -> None:
        self._control("POST", f"templates/{template_id}/unpublish")

    def rename(self, template_id: str, name: str) -> None:
        self._control("POST", f"templates/{template_id}/rename", json={"name": name})

    def campaign(self, **fields: Any) -> dict[str, Any]:
        """Add a campaign made elsewhere; what is not given is filled in. `merchant` may name a handle."""
        return self._control("POST", "campaigns", json=fields)["campaign"]

    def feedback(self, **fields: Any) -> dict[str, Any]:
        """Add a feedback; what is not given is filled in. `merchant` is a handle, `email` the guest's address."""
        return self._control("POST", "feedbacks", json=fields)["feedback"]

    # --- Reading its books ---------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        return self._control("GET", "health")

    def books(self) -> dict[str, Any]:
        """Return requests, violations, campaigns, jobs and deliveries since the reset."""
        return self._control("GET", "books")

    def jobs(self) -> list[dict[str, Any]]:
        return self.books()["jobs"]

    def violations(self) -> dict[str, int]:
        """Return how often each rule was broken."""
        return self.books()["violations"]["by_rule"]

    def issued(self, **where: str) -> list[dict[str, Any]]:
        """Return per merchant, campaign and variant {"identifiers": {"email:a@b.c": times}}."""
        return self._control("GET", "books/issued", params=where)["issued"]

    def times_issued(self, **where: str) -> dict[str, int]:
        """Return how often each identifier value was issued to, in all variants together, less revocations."""
        times: dict[str, int] = {}
        for group in self.issued(**where):
            for identifier, count in group["identifiers"].items():
                value = identifier.partition(":")[2]
                times[value] = times.get(value, 0) + count
        return times

    def guests(self) -> dict[str, Any]:
        """Return subscribers with how often they came, answers by feedback, and tags."""
        return self._control("GET", "books/guests")

    def requests(self, path: str = "", *, limit: int = 500) -> list[dict[str, Any]]:
        """Return the latest API requests whose path begins so, the oldest of them first."""
        where = {"path": path, "limit": str(limit)}
        return self._control("GET", "requests", params=where)["requests"]

    # --- Speaking to the API itself ------------------------------------------------------------------------

    def headers(self, **changed: str | None) -> dict[str, str | None]:
        """Return the five headers; name them with underscores to change one, None to leave it out."""
        proper: dict[str, str | None] = {
            "Authorization": f"Bearer {self.token}",
            "X-ClientId": self.client_id,
            "Accept-Version": "v4.0",
            "Content-Type": "application/json",
            "User-Agent": "tests/1.0.0",
        }
        return proper | {name.replace("_", "-"): value for name, value in changed.items()}

    def call(self, method: str, path: str, **options: Any) -> "requests.Response":
        """Send one request to the API, with the five headers unless `headers` says otherwise."""
        options.setdefault("headers", self.headers())
        return self._http.request(method, self.url + path, timeout=30, **options)

    def stop(self) -> None:
        """Stop it, kindly at first."""
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        if hasattr(self, "_http"):
            self._http.close()

    def _control(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self._http.request(method, f"{self.url}/_sandbox/{path}", timeout=30, **options)
        if not answer.ok:
            raise AssertionError(f"the sandbox refused {method} {path}: {answer.text}")
        return answer.json()
