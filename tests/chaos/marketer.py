"""Users at browsers during the storm: they upload, exclude, ask, approve and revoke until it works."""

import re
import threading
import time
from collections.abc import Collection
from pathlib import Path

import requests

PATIENCE_SECONDS = 300.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
TAG_OR_SPACE = re.compile(r"(?:<[^>]*>|\s)+")
SAID_AT_MOST = 600
TYPED_NUMBER = re.compile(r"Type ([\d,]+) to show")
ASKED = re.compile(r'name="request" value="(\d+)"')
EXCLUSION_LIST = re.compile(r"/exclusions/(\d+)/")


class Marketer:
    """One session of one user. A failed act is repeated from the state that the portal shows."""

    email = "marketer@partner.example"
    approver_email = "approver@partner.example"
    password = "a pass phrase for the storm"

    def __init__(self, *, url: str, merchant: str, email: str = email) -> None:
        self._url = url
        self._email = email
        self._base = f"/m/{merchant}/issuances"
        self._exclusions = f"/m/{merchant}/exclusions/"
        self._http = requests.Session()
        self._http.trust_env = False
        self.troubles: dict[str, int] = {}

    def sign_in(self) -> None:
        fields = {"login": self._email, "password": self.password}
        self._until(lambda: self._post("/accounts/login/", fields), lambda answer: "/accounts/login" not in answer.url)

    def exclude(self, guests: Collection[str]) -> None:
        """Add guests to the merchant's exclusion list."""
        listed = self._until(self._listed, lambda answer: EXCLUSION_LIST.search(answer.text))
        here = f"{self._exclusions}{EXCLUSION_LIST.search(listed.text)[1]}/"
        fields = {"pasted": "\n".join(guests)}
        self._until(
            lambda: self._post(f"{here}add/", fields, token=_token(self._get(here))),
            lambda answer: answer.url.endswith(here),
        )

    def draft(self, *, campaign: int, file: Path) -> int:
        """Create an issuance to a file, up to the review, and return its id."""
        new = f"{self._base}/new/?campaign={campaign}"
        answer = self._until(lambda: self._post(new, {"arm": "split"}), lambda answer: "/people/" in answer.url)
        issuance = int(answer.url.rstrip("/").split("/")[-2])
        here = f"{self._base}/{issuance}"
        self._until(lambda: self._upload(f"{here}/people/", file), lambda answer: "/columns/" in answer.url)
        self._until(lambda: self._get(f"{here}/review/"), lambda answer: f"{here}/ask/" in answer.text)
        return issuance

    def ask(self, issuance: int) -> None:
        """Ask for approval with two clicks at once, until it waits for the approver."""
        here = f"{self._base}/{issuance}"
        self._until(lambda: self._ask_if_open(here), lambda answer: f"{here}/withdraw/" in answer.text)

    def release(self, issuance: int, *, approver: "Marketer") -> None:
        """Have it approved, asking again if the file was read again meanwhile, and start it at once."""
        here = f"{self._base}/{issuance}"

        def attempt() -> requests.Response:
            approver.press_twice(f"{here}/review/", f"{here}/approve/")
            return self._ask_if_open(here)

        self._until(attempt, lambda answer: answer.url.endswith(f"/{issuance}/"))
        self._until(
            lambda: self._post(f"{here}/start/", {}, token=_token(self._get(f"{here}/"))), lambda answer: answer.ok
        )

    def revoke(self, issuance: int, *, approver: "Marketer", is_asked) -> None:
        """Revoke all jobs, now or when they end, by two users; `is_asked` says whether that is requested."""
        page = f"{self._base}/{issuance}/revoke/"

        def attempt() -> requests.Response:
            shown = self._get(page)
            number = TYPED_NUMBER.search(shown.text)
            if number is None:
                approver.press_twice(page, f"{page}approve/")
                return shown
            fields = {"reason": "wrong people", "number": number[1], "also_running": "on"}
            return self._post(page, fields, token=_token(shown))

        self._until(attempt, lambda _: is_asked())

    def press_twice(self, page: str, target: str) -> None:
        """Press a button with two clicks at once, if the page shows it; type the number that the page asks for."""
        shown = self._get(page)
        if target in shown.text:
            number, asked = TYPED_NUMBER.search(shown.text), ASKED.search(shown.text)
            fields = ({"number": number[1]} if number else {}) | ({"request": asked[1]} if asked else {})
            self._click_twice(target, fields, token=_token(shown))

    def resume(self, issuance: int) -> None:
        """Resume an issuance that the portal has paused because too many guests of a job failed."""
        page = f"{self._base}/{issuance}/"
        self._until(lambda: self._post(f"{page}resume/", {}, token=_token(self._get(page))), lambda answer: answer.ok)

    def decide(self, issuance: int, number: int, *, decision: str, job_id: str = "") -> None:
        """Decide about a job that waits for a user."""
        page = f"{self._base}/{issuance}/"
        fields = {"decision": decision, "job_id": job_id}
        target = f"{page}jobs/{number}/decide/"
        self._until(lambda: self._post(target, fields, token=_token(self._get(page))), lambda answer: answer.ok)

    # --- One attempt -----------------------------------------------------------------------------------------

    def _listed(self) -> requests.Response:
        """Return the page of exclusion lists; create one if there is none."""
        shown = self._get(self._exclusions)
        if EXCLUSION_LIST.search(shown.text):
            return shown
        self._post(self._exclusions, {"name": "Asked for no rewards"}, token=_token(shown))
        return self._get(self._exclusions)

    def _ask_if_open(self, here: str) -> requests.Response:
        """Ask for approval unless that is done. Return the issuance's page."""
        self.press_twice(f"{here}/", f"{here}/ask/")
        return self._get(f"{here}/")

    def _click_twice(self, path: str, fields: dict[str, str], *, token: str) -> None:
        """A double click: two requests at once, in the same session. Whether they arrive is checked afterwards."""

        def click() -> None:
            try:
                self._send("POST", path, cookies=cookies, data={**fields, "csrfmiddlewaretoken": token})
            except requests.RequestException as error:
                self._note(type(error).__name__)

        cookies = requests.utils.dict_from_cookiejar(self._http.cookies)
        clicks = [threading.Thread(target=click) for _ in range(2)]
        for each in clicks:
            each.start()
        for each in clicks:
            each.join()

    def _upload(self, path: str, file: Path) -> requests.Response:
        token = _token(self._get(path))
        with file.open("rb") as content:
            files = {"file": (file.name, content, "text/csv")}
            return self._send(
                "POST", path, session=self._http, data={"csrfmiddlewaretoken": token, "pasted": ""}, files=files
            )

    def _get(self, path: str) -> requests.Response:
        return self._send("GET", path, session=self._http)

    def _post(self, path: str, fields: dict[str, str], *, token: str | None = None) -> requests.Response:
        token = _token(self._get(path)) if token is None else token
        return self._send("POST", path, session=self._http, data={**fields, "csrfmiddlewaretoken": token})

    def _send(self, method: str, path: str, *, session: requests.Session | None = None, **options) -> requests.Response:
        speaker = session or requests
        headers = {"Referer": self._url + path}
        answer = speaker.request(method, self._url + path, headers=headers, timeout=30, **options)
        if answer.status_code >= 400:
            self._note(str(answer.status_code))
        return answer

    # --- Repeated attempts -----------------------------------------------------------------------------------

    def _until(self, attempt, is_good) -> requests.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        last = "nothing"
        while time.monotonic() < deadline:
            try:
                answer = attempt()
                if answer.ok and is_good(answer):
                    return answer
                last = f"{answer.status_code} at {answer.url}: {_words(answer)}"
            except (requests.RequestException, NoForm) as error:
                last = type(error).__name__
                self._note(last)
            time.sleep(0.3)
        raise TimeoutError(f"a user at a browser could not go on; at last: {last}")

    def _note(self, trouble: str) -> None:
        self.troubles[trouble] = self.troubles.get(trouble, 0) + 1


class NoForm(Exception):
    """The page has no form."""


def _words(answer: requests.Response) -> str:
    """Return the text of the page without its frame."""
    main = MAIN.search(answer.text)
    return TAG_OR_SPACE.sub(" ", main[0] if main else "").strip()[:SAID_AT_MOST]


def _token(answer: requests.Response) -> str:
    found = TOKEN.search(answer.text)
    if found is None:
        raise NoForm
    return found[1]
