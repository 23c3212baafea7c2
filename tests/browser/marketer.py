"""What a marketer does with the portal, step by step, with or without a script."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.portal_process import MERCHANT, Portal

PATIENCE = 40_000  # milliseconds


class Marketer:
    """A marketer at a browser. `scripted`: pages change by themselves."""

    def __init__(self, page: Page, portal: Portal, *, scripted: bool = True) -> None:
        self.page = page
        self.portal = portal
        self.scripted = scripted

    def signs_in(self, email: str, *, to: str = f"/m/{MERCHANT}/") -> None:
        self.page.goto("/accounts/login/")
        self.page.get_by_label(re.compile("^E-?mail")).fill(email)
        self.page.get_by_label("Password", exact=True).fill(self.portal.password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(f"{self.portal.url}{to}")

    def opens_campaign(self) -> None:
        self.page.goto(f"/m/{MERCHANT}/campaigns/")
        self.page.get_by_role("link", name=self.portal.campaign).first.click()
        self.page.get_by_role("button", name="Issue rewards").click()

    def uploads(self, file: Path) -> None:
        self.page.get_by_label("File", exact=True).set_input_files(file)
        self.page.get_by_role("button", name="Upload and continue").click()

    def accepts_columns(self) -> None:
        expect(self.page.get_by_label("Email addresses are in")).to_be_visible()
        self.page.get_by_role("button", name="Continue").click()

    def has_checked(self) -> Locator:
        """Return the way on from the check, which is there once every line has been read."""
        return self.page.locator("#checked").get_by_role("link", name="Split into groups")

    def splits(self) -> None:
        self.waits_for(self.has_checked())
        self.has_checked().click()

    def reviews(self) -> None:
        self.splits()
        self.page.get_by_role("button", name="Continue").click()

    def reviews_without_split(self) -> None:
        """Go on with a retry, whose guests have their arms already, or with a campaign of one arm."""
        on = self.page.locator("#checked").get_by_role("link", name="Review", exact=False).last
        self.waits_for(on)
        on.click()

    def confirms(self, button: re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=button).click()

    def waits_until_completed(self) -> None:
        self.waits_for(self.page.locator(".run-status", has_text="Completed"))

    def figure(self, label: str) -> int:
        """Return a number of the run's legend; 0 for what it does not show."""
        shown = self.page.locator(".legend-item", has_text=label).locator("strong")
        return int(shown.inner_text().replace(",", "")) if shown.count() else 0

    def looks_at_failures(self) -> None:
        run = self.page.url
        self.page.get_by_role("link", name="See the failures").click()
        self.shows_guests()
        expect(self.page.get_by_role("cell", name=re.compile("^notfound")).first).to_be_visible()
        self.page.goto(run)

    def shows_guests(self) -> None:
        """Take the masks off the guests of a page."""
        self.page.get_by_label("Guests are masked.").select_option(label="I check the list against its source")
        self.page.get_by_role("button", name="Show for 5 minutes").click()

    def revokes(self, number: int) -> None:
        self.page.get_by_role("link", name="Revoke", exact=True).click()
        self.page.get_by_label("It was the wrong reward").check()
        self.page.get_by_label("Number of rewards").fill(str(number))
        self.page.get_by_role("button", name=f"Revoke {number} rewards").click()

    def waits_for(self, something: Locator) -> None:
        """Wait until it shows; without a script, by following the link to refresh."""
        if self.scripted:
            expect(something).to_be_visible(timeout=PATIENCE)
            return
        for _ in range(PATIENCE // 500):
            if something.count():
                return
            self.page.get_by_role("link", name="Refresh").click()
            self.page.wait_for_timeout(500)
        expect(something).to_be_visible()
