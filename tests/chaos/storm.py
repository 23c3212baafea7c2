"""One storm over one installation: work is given while programs are killed, then everything must settle by itself."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos import audience
from tests.chaos.campaign import specification
from tests.chaos.installation import MERCHANT, CommandFailed, Installation
from tests.chaos.marketer import Marketer
from tests.chaos.plan import Blow, Plan, Wave
from tests.chaos.processes import wait_until

LOOK_EVERY_SECONDS = 0.3
QUIET_SECONDS = 3.0
COMMAND_TRIES = 5
CAMPAIGN_SECONDS = 300.0
CHILD_SECONDS = 120.0
"""A web server that has just been started again has no workers yet: the blow waits for one."""


@dataclass(kw_only=True)
class Record:
    """What happened in a storm, beside what both sides wrote into their books."""

    issuances: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    outages: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    settled_since: dict[str, float] = field(default_factory=dict)
    decisions: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    seconds_to_settle: float = 0.0


class Storm:
    """Plays a plan. Its threads: the blows, the campaigns, the watch over our rows, the foreman, and who gives work."""

    def __init__(self, *, plan: Plan, place: Installation) -> None:
        self._plan = plan
        self._place = place
        self.record = Record()
        self._calm = threading.Event()
        self._begun = time.monotonic()
        self._marketer = Marketer(url=place.url, merchant=MERCHANT)
        self._approver = Marketer(url=place.url, merchant=MERCHANT, email=Marketer.approver_email)

    def play(self, audiences: dict[str, audience.Audience]) -> None:
        """Play it to its end. What went wrong is in `record.differences`."""
        place = self._place
        self._begun = time.monotonic()
        bystanders = [self._started(self._watch), self._started(self._be_foreman)]
        place.webhooks(mischief=True)
        for strike in self._plan.strikes:
            place.sandbox.fault(**strike)
        blows = self._started(self._strike_blows)
        campaigns = self._started(self._create_campaigns)
        try:
            self._give_work(audiences)
        except (CommandFailed, TimeoutError) as failure:
            self.record.differences.append(f"work could not be given: {failure}")
        blows.join()
        campaigns.join()
        self._settle()
        self._calm.set()
        for each in bystanders:
            each.join()
        self._stop_everything()

    # --- The work --------------------------------------------------------------------------------------------

    def _give_work(self, audiences: dict[str, audience.Audience]) -> None:
        wait_until(lambda: "Campaign 0" in self.record.campaigns, "the first campaign", seconds=CAMPAIGN_SECONDS)
        self._say("the first campaign is live")
        pace = self._plan.size.seconds * 0.7 / len(self._plan.waves)
        for number, wave in enumerate(self._plan.waves):
            while time.monotonic() - self._begun < number * pace:
                time.sleep(0.1)
            try:
                self._issue(wave, audiences[wave.name])
            except (CommandFailed, TimeoutError) as failure:
                self.record.differences.append(f"“{wave.name}” could not be given: {failure}")

    def _issue(self, wave: Wave, people: audience.Audience) -> None:
        campaign = self.record.campaigns["Campaign 0"]
        self._place.webhooks(mischief=True, early=wave.early_webhooks)
        if wave.by_web:
            issuance = self._issue_as_two_people(people, campaign)
        else:
            issuance = self._issue_by_command(people.path, campaign, canary=wave.with_canary)
        self.record.issuances[wave.name] = issuance
        self._say(f"“{wave.name}” is issuance {issuance}: {wave.people:,} lines")
        if wave.revoked_by == "command":
            time.sleep(self._plan.size.job_seconds)
            options = ("--reason", "a storm", "--also-running", "--json")
            self._command("revoke_issuance", str(issuance), *options)
        elif wave.revoked_by == "web":
            is_asked = partial(self._is_revocation_asked, issuance)
            self._marketer.revoke(issuance, approver=self._approver, is_asked=is_asked)

    def _issue_as_two_people(self, people: audience.Audience, campaign: int) -> int:
        """Issue as people at browsers do who may not decide alone. Guests are excluded before and meanwhile."""
        for person in (self._marketer, self._approver):
            person.sign_in()
        if people.excluded_early:
            self._marketer.exclude(people.excluded_early)
        issuance = self._marketer.draft(campaign=campaign, file=people.path)
        self._marketer.ask(issuance)
        if people.excluded_late:
            self._marketer.exclude(people.excluded_late)
        self._marketer.let_out(issuance, approver=self._approver)
        return issuance

    def _issue_by_command(self, file: Path, campaign: int, *, canary: bool) -> int:
        """Issue as an operator does: again, as long as the portal does not say that the file has been issued."""
        for _ in range(COMMAND_TRIES):
            options = ("--canary", "--json") if canary else ("--json",)
            done = self._place.fleet.run("issue_rewards", str(file), "--campaign", str(campaign), *options)
            found = self._look("confirmed").get(file.name)
            if found is not None:
                return int(found)
            self.record.troubles[f"issue_rewards: {done.returncode}"] += 1
        raise CommandFailed(f"issue_rewards ended with {done.returncode}: {done.stderr[-2000:]}")

    def _look(self, question: str) -> dict[str, Any]:
        """Ask the bookkeeper until the database answers."""
        while (found := self._place.ask(question)) is None:
            time.sleep(0.5)
        return found

    def _is_revocation_asked(self, issuance: int) -> bool:
        return self._look("revocations").get(str(issuance)) == "asked"

    def _command(self, *arguments: str) -> None:
        """Run a command as an operator would: again when it could not be done."""
        for _ in range(COMMAND_TRIES):
            done = self._place.fleet.run(*arguments)
            if done.returncode == 0:
                return
            self.record.troubles[f"{arguments[0]}: {done.returncode}"] += 1
            time.sleep(1)
        raise CommandFailed(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")

    def _create_campaigns(self) -> None:
        templates = [each for each in self._look("templates")["published"] if each["merchant"] == MERCHANT]
        apart = self._plan.size.seconds * 0.7 / self._plan.size.campaigns
        for number in range(self._plan.size.campaigns):
            name = f"Campaign {number}"
            spec = self._place.folder / f"{name}.json"
            spec.write_text(json.dumps(specification(name, templates)), encoding="utf-8")
            done = self._place.fleet.run("create_campaign", str(spec), "--json")
            if done.returncode:
                self.record.troubles[f"create_campaign: {done.returncode}"] += 1
            wait_until(lambda name=name: name in self._look("live"), f"“{name}”", seconds=CAMPAIGN_SECONDS)
            self.record.campaigns[name] = self._look("live")[name]
            while time.monotonic() - self._begun < (number + 1) * apart:
                time.sleep(0.1)

    # --- The blows -------------------------------------------------------------------------------------------

    def _strike_blows(self) -> None:
        for blow in self._plan.blows:
            time.sleep(blow.after)
            self._strike(blow)

    def _strike(self, blow: Blow) -> None:
        fleet = self._place.fleet
        if blow.target == "database":
            self._place.break_the_database(before=self.record.outages)
            self.record.outages += 1
        elif blow.target == "one web worker":
            wait_until(lambda: fleet.kill_child("web"), "a worker of the web server", seconds=CHILD_SECONDS)
            self.record.kills[blow.target] += 1
        else:
            names = fleet.names(blow.target)
            name = names[int(blow.draw * len(names))]
            if blow.is_kill:
                fleet.kill(name)
                self.record.kills[blow.target] += 1
            else:
                fleet.stop(name)
                self.record.restarts += 1
            time.sleep(blow.pause)
            fleet.start(name)
        self._say(f"{'SIGKILL' if blow.is_kill else 'SIGTERM'} {blow.target}")

    # --- The watch -------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Note since when each job has been settled for good: from then on nobody may read it at Thanx."""
        while not self._calm.is_set():
            found = self._place.ask("progress")
            now = time.time()
            if found is not None:
                settled = set(found["settled"])
                for job in settled:
                    self.record.settled_since.setdefault(job, now)
                for job in set(self.record.settled_since) - settled:  # somebody wanted to know again
                    del self.record.settled_since[job]
            self._calm.wait(LOOK_EVERY_SECONDS)

    def _be_foreman(self) -> None:
        """Let issuances go on that the portal paused, because jobs fail on purpose here."""
        foreman = Marketer(url=self._place.url, merchant=MERCHANT)
        while not self._calm.wait(LOOK_EVERY_SECONDS):
            for issuance in (self._place.ask("progress") or {"paused": []})["paused"]:
                foreman.sign_in()
                foreman.resume(issuance)
                self.record.decisions["too many failed: resume"] += 1

    # --- The end ---------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """End the faults and let everything come to rest by itself; where a person must decide, decide."""
        place, begun = self._place, time.monotonic()
        for fault in place.sandbox.faults():
            self.record.struck[fault["kind"]] += fault["struck"]
        place.sandbox.clear_faults()
        place.webhooks(mischief=False)
        for job in place.sandbox.jobs():
            if job["state"] in {"pending", "processing"}:
                place.sandbox.finish_job(job["id"])
        self._say("the faults are over")
        try:
            wait_until(self._is_at_rest, "rest", seconds=self._plan.size.settle_seconds)
        except TimeoutError:
            found = {name: value for name, value in (place.ask("progress") or {}).items() if name != "settled"}
            self.record.differences.append(f"not settled after {self._plan.size.settle_seconds:g} s: {found}")
        self.record.seconds_to_settle = round(time.monotonic() - begun, 1)
        self._say("everything is at rest")
        time.sleep(QUIET_SECONDS)

    def _is_at_rest(self) -> bool:
        found = self._place.ask("progress")
        if found is None:
            return False
        for each in found["attention"]:
            self._decide(each)
        busy = ("reading", "campaigns", "unfinished", "due", "inbox", "paused")
        return not found["attention"] and not any(found[name] for name in busy)

    def _decide(self, each: dict[str, Any]) -> None:
        """Decide as a person does who has asked Thanx: the sandbox's books say whether there is a job for the key."""
        jobs = {job["idempotency_key"]: job["id"] for job in self._place.sandbox.jobs()}
        decision, job_id = ("watch_again", "") if each["job_id"] else ("settle", "")
        if not each["job_id"] and each["key"] in jobs:
            decision, job_id = "name_job", jobs[each["key"]]
        self.record.decisions[f"{each['problem']}: {decision}"] += 1
        self._marketer.sign_in()
        self._marketer.decide(each["issuance"], each["number"], decision=decision, job_id=job_id)

    def _stop_everything(self) -> None:
        fleet = self._place.fleet
        for name in (*fleet.names("worker"), *fleet.names("web")):
            fleet.stop(name)
        self.record.differences += [f"did not stop when told: {name}" for name in fleet.late_to_stop]
        self.record.differences += [f"ended by itself: {name}" for name in fleet.died_by_themselves]
        for person in (self._marketer, self._approver):
            self.record.troubles.update(person.troubles)

    def _started(self, work) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:  # what ends a thread of the storm early would make its proof a weaker one
                self.record.differences.append(f"the storm itself broke: {work.__name__}: {error!r}")
                raise

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._begun:7.1f} s  {words}\n")
