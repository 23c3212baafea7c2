"""Runs a storm on one installation: users issue while programs are killed, then everything must settle by itself."""

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
from tests.chaos.plan import Interruption, Plan, PlannedIssuance
from tests.chaos.programs import wait_until

LOOK_EVERY_SECONDS = 0.3
QUIET_SECONDS = 3.0
COMMAND_TRIES = 5
CAMPAIGN_SECONDS = 300.0
CHILD_SECONDS = 120.0
"""A web server that was just restarted has no workers yet: the interruption waits for one."""


@dataclass(kw_only=True)
class StormReport:
    """What happened in a storm, beside the records of both sides."""

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
    """Runs a plan in threads: interruptions, campaigns, the watch over our rows, resuming, and issuing."""

    def __init__(self, *, plan: Plan, place: Installation) -> None:
        self._plan = plan
        self._place = place
        self.report = StormReport()
        self._over = threading.Event()
        self._begun = time.monotonic()
        self._marketer = Marketer(url=place.url, merchant=MERCHANT)
        self._approver = Marketer(url=place.url, merchant=MERCHANT, email=Marketer.approver_email)

    def play(self, audiences: dict[str, audience.Audience]) -> None:
        """Run the plan to its end. What went wrong is in `report.differences`."""
        place = self._place
        self._begun = time.monotonic()
        watchers = [self._started(self._watch), self._started(self._resume_paused)]
        place.webhooks(disturbed=True)
        for fault in self._plan.faults:
            place.sandbox.fault(**fault)
        interruptions = self._started(self._interrupt_programs)
        campaigns = self._started(self._create_campaigns)
        try:
            self._issue_all(audiences)
        except (CommandFailed, TimeoutError) as failure:
            self.report.differences.append(f"issuing failed: {failure}")
        interruptions.join()
        campaigns.join()
        self._settle()
        self._over.set()
        for each in watchers:
            each.join()
        self._stop_everything()

    # --- The work --------------------------------------------------------------------------------------------

    def _issue_all(self, audiences: dict[str, audience.Audience]) -> None:
        wait_until(lambda: "Campaign 0" in self.report.campaigns, "the first campaign", seconds=CAMPAIGN_SECONDS)
        self._say("the first campaign is live")
        pace = self._plan.size.seconds * 0.7 / len(self._plan.issuances)
        for number, planned in enumerate(self._plan.issuances):
            while time.monotonic() - self._begun < number * pace:
                time.sleep(0.1)
            try:
                self._issue(planned, audiences[planned.name])
            except (CommandFailed, TimeoutError) as failure:
                self.report.differences.append(f"“{planned.name}” could not be issued: {failure}")

    def _issue(self, planned: PlannedIssuance, people: audience.Audience) -> None:
        campaign = self.report.campaigns["Campaign 0"]
        self._place.webhooks(disturbed=True, early=planned.early_webhooks)
        if planned.by_web:
            issuance = self._issue_as_two_people(people, campaign)
        else:
            issuance = self._issue_by_command(people.path, campaign, canary=planned.with_canary)
        self.report.issuances[planned.name] = issuance
        self._say(f"“{planned.name}” is issuance {issuance}: {planned.people:,} lines")
        if planned.revoked_by == "command":
            time.sleep(self._plan.size.job_seconds)
            options = ("--reason", "a storm", "--also-running", "--json")
            self._command("revoke_issuance", str(issuance), *options)
        elif planned.revoked_by == "web":
            is_asked = partial(self._is_revocation_asked, issuance)
            self._marketer.revoke(issuance, approver=self._approver, is_asked=is_asked)

    def _issue_as_two_people(self, people: audience.Audience, campaign: int) -> int:
        """Issue as two users at browsers who may not decide alone. Guests are excluded before and meanwhile."""
        for person in (self._marketer, self._approver):
            person.sign_in()
        if people.excluded_early:
            self._marketer.exclude(people.excluded_early)
        issuance = self._marketer.draft(campaign=campaign, file=people.path)
        self._marketer.ask(issuance)
        if people.excluded_late:
            self._marketer.exclude(people.excluded_late)
        self._marketer.release(issuance, approver=self._approver)
        return issuance

    def _issue_by_command(self, file: Path, campaign: int, *, canary: bool) -> int:
        """Issue as an operator does: repeat the command until the portal shows the issuance of the file."""
        for _ in range(COMMAND_TRIES):
            options = ("--canary", "--json") if canary else ("--json",)
            done = self._place.programs.run("issue_rewards", str(file), "--campaign", str(campaign), *options)
            found = self._look("confirmed").get(file.name)
            if found is not None:
                return int(found)
            self.report.troubles[f"issue_rewards: {done.returncode}"] += 1
        raise CommandFailed(f"issue_rewards ended with {done.returncode}: {done.stderr[-2000:]}")

    def _look(self, question: str) -> dict[str, Any]:
        """Ask `our_records` until the database answers."""
        while (found := self._place.ask(question)) is None:
            time.sleep(0.5)
        return found

    def _is_revocation_asked(self, issuance: int) -> bool:
        return self._look("revocations").get(str(issuance)) == "asked"

    def _command(self, *arguments: str) -> None:
        """Run a command as an operator does: repeat it if it fails."""
        for _ in range(COMMAND_TRIES):
            done = self._place.programs.run(*arguments)
            if done.returncode == 0:
                return
            self.report.troubles[f"{arguments[0]}: {done.returncode}"] += 1
            time.sleep(1)
        raise CommandFailed(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")

    def _create_campaigns(self) -> None:
        templates = [each for each in self._look("templates")["published"] if each["merchant"] == MERCHANT]
        apart = self._plan.size.seconds * 0.7 / self._plan.size.campaigns
        for number in range(self._plan.size.campaigns):
            name = f"Campaign {number}"
            spec = self._place.folder / f"{name}.json"
            spec.write_text(json.dumps(specification(name, templates)), encoding="utf-8")
            self._want_campaign(name, spec)
            wait_until(lambda name=name: name in self._look("live"), f"“{name}”", seconds=CAMPAIGN_SECONDS)
            self.report.campaigns[name] = self._look("live")[name]
            while time.monotonic() - self._begun < (number + 1) * apart:
                time.sleep(0.1)

    def _want_campaign(self, name: str, spec: Path) -> None:
        """Create a campaign as an operator does: repeat the command until the portal has confirmed the campaign."""
        for _ in range(COMMAND_TRIES):
            done = self._place.programs.run("create_campaign", str(spec), "--json")
            if done.returncode:
                self.report.troubles[f"create_campaign: {done.returncode}"] += 1
            if name in self._look("wanted"):
                return
            time.sleep(1)
        raise CommandFailed(f"create_campaign ended with {done.returncode}: {done.stderr[-2000:]}")

    # --- The interruptions -----------------------------------------------------------------------------------

    def _interrupt_programs(self) -> None:
        for interruption in self._plan.interruptions:
            time.sleep(interruption.after)
            self._interrupt(interruption)

    def _interrupt(self, interruption: Interruption) -> None:
        programs = self._place.programs
        if interruption.target == "database":
            self._place.break_the_database(before=self.report.outages)
            self.report.outages += 1
        elif interruption.target == "one web worker":
            wait_until(lambda: programs.kill_child("web"), "a worker of the web server", seconds=CHILD_SECONDS)
            self.report.kills[interruption.target] += 1
        else:
            names = programs.names(interruption.target)
            name = names[int(interruption.draw * len(names))]
            if interruption.is_kill:
                programs.kill(name)
                self.report.kills[interruption.target] += 1
            else:
                programs.stop(name)
                self.report.restarts += 1
            time.sleep(interruption.pause)
            programs.start(name)
        self._say(f"{'SIGKILL' if interruption.is_kill else 'SIGTERM'} {interruption.target}")

    # --- The watch -------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Note when each job was settled for good: from then on it may not be read at Thanx."""
        while not self._over.is_set():
            found = self._place.ask("progress")
            now = time.time()
            if found is not None:
                settled = set(found["settled"])
                for job in settled:
                    self.report.settled_since.setdefault(job, now)
                for job in set(self.report.settled_since) - settled:  # it was asked for again
                    del self.report.settled_since[job]
            self._over.wait(LOOK_EVERY_SECONDS)

    def _resume_paused(self) -> None:
        """Resume issuances that the portal paused: in a storm, jobs fail on purpose."""
        marketer = Marketer(url=self._place.url, merchant=MERCHANT)
        while not self._over.wait(LOOK_EVERY_SECONDS):
            for issuance in (self._place.ask("progress") or {"paused": []})["paused"]:
                marketer.sign_in()
                marketer.resume(issuance)
                self.report.decisions["too many failed: resume"] += 1

    # --- The end ---------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """End the faults and wait until everything is at rest; decide where a user must."""
        place, begun = self._place, time.monotonic()
        for fault in place.sandbox.faults():
            self.report.struck[fault["kind"]] += fault["struck"]
        place.sandbox.clear_faults()
        place.webhooks(disturbed=False)
        for job in place.sandbox.jobs():
            if job["state"] in {"pending", "processing"}:
                place.sandbox.finish_job(job["id"])
        self._say("the faults are over")
        try:
            wait_until(self._is_at_rest, "rest", seconds=self._plan.size.settle_seconds)
        except TimeoutError:
            found = {name: value for name, value in (place.ask("progress") or {}).items() if name != "settled"}
            self.report.differences.append(f"not settled after {self._plan.size.settle_seconds:g} s: {found}")
        self.report.seconds_to_settle = round(time.monotonic() - begun, 1)
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
        """Decide like a user who has asked Thanx: the sandbox says whether there is a job for the key."""
        jobs = {job["idempotency_key"]: job["id"] for job in self._place.sandbox.jobs()}
        decision, job_id = ("watch_again", "") if each["job_id"] else ("settle", "")
        if not each["job_id"] and each["key"] in jobs:
            decision, job_id = "name_job", jobs[each["key"]]
        self.report.decisions[f"{each['problem']}: {decision}"] += 1
        self._marketer.sign_in()
        self._marketer.decide(each["issuance"], each["number"], decision=decision, job_id=job_id)

    def _stop_everything(self) -> None:
        programs = self._place.programs
        for name in (*programs.names("worker"), *programs.names("web")):
            programs.stop(name)
        self.report.differences += [f"did not stop in time: {name}" for name in programs.late_to_stop]
        self.report.differences += [f"ended by itself: {name}" for name in programs.died_by_themselves]
        for person in (self._marketer, self._approver):
            self.report.troubles.update(person.troubles)

    def _started(self, work) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:  # a thread that ends early would weaken the proof
                self.report.differences.append(f"the storm itself broke: {work.__name__}: {error!r}")
                raise

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _say(self, words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._begun:7.1f} s  {words}\n")
