"""Takes the pictures of the documentation: `python -m tests.screenshots` (or make screenshots).

Starts the demo on data of its own, does what a marketer does, and writes docs/images/*.png.
"""

import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import requests
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.root import ROOT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thanx_portal.settings")
django.setup()

from tests.browser.conftest import FLAGS, chromium
from tests.browser.marketer import Marketer
from tests.browser.portal_process import MERCHANT, free_port, until
from thanx_portal.demo.sample_file import sample_csv
from thanx_portal.demo.stage import CAMPAIGN, PASSWORD, USERS

IMAGES = ROOT / "docs" / "images"
SCREEN, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
JOB_SECONDS = 45
"""Long enough to see a run half done."""

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class DemoPortal:
    """The demo as a marketer needs it."""

    url: str
    password: str = PASSWORD
    campaign: str = CAMPAIGN


@contextmanager
def demo() -> Iterator[DemoPortal]:
    """Run the demo in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        port, sandbox_port = free_port(), free_port()
        options = ["--port", str(port), "--sandbox-port", str(sandbox_port), "--folder", f"{folder}/demo"]
        command = [sys.executable, "manage.py", "demo", *options, "--job-seconds", str(JOB_SECONDS)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr)
        try:
            portal = DemoPortal(f"http://127.0.0.1:{port}")
            until(lambda: answers(portal), "the demo")
            yield portal
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def answers(portal: DemoPortal) -> bool:
    try:
        return requests.get(f"{portal.url}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def take(page: Page, name: str, *, phone: bool = False) -> None:
    """Write one picture, small: Chromium compresses for speed."""
    page.set_viewport_size(PHONE if phone else SCREEN)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)
    IMAGES.mkdir(exist_ok=True)
    file = IMAGES / f"{name}.png"
    file.write_bytes(smaller(page.screenshot(animations="disabled")))
    sys.stdout.write(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KiB\n")


def smaller(image: bytes) -> bytes:
    """Return the same picture, compressed as well as it gets."""
    chunks = list(chunks_of(image))
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    head, tail = [chunk for chunk in chunks if chunk[0] == b"IHDR"], (b"IEND", b"")
    return PNG + b"".join(map(chunk_of, [*head, (b"IDAT", zlib.compress(pixels, level=9)), tail]))


def chunks_of(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(image):
        length, kind = struct.unpack_from(">I4s", image, at)
        yield kind, image[at + 8 : at + 8 + length]
        at += 12 + length


def chunk_of(chunk: tuple[bytes, bytes]) -> bytes:
    kind, data = chunk
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


# --- What is shown -------------------------------------------------------------------------------------------


def show_the_run(marketer: Marketer) -> None:
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/issuances/")
    page.locator("tbody a.row-link").first.click()
    expect(page.locator(".legend-item", has_text="In progress")).to_be_visible(timeout=120_000)
    until(lambda: marketer.figure("Issued") > 0, "the first rewards")
    take(page, "issuance")
    take(page, "issuance-phone", phone=True)


def show_a_draft(marketer: Marketer, folder: Path) -> None:
    page, file = marketer.page, folder / "lapsed-guests-november.csv"
    file.write_bytes(sample_csv(lines=2_000, seed=7))
    marketer.opens_campaign()
    marketer.uploads(file)
    expect(page.get_by_label("Email addresses are in")).to_be_visible()
    take(page, "columns")
    marketer.accepts_columns()
    marketer.waits_for(marketer.has_checked())
    take(page, "check")
    marketer.reviews()
    take(page, "review")


def show_the_end(marketer: Marketer) -> None:
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/issuances/?status=ended")
    until(lambda: bool(page.reload() and page.locator("tbody a.row-link").count()), "the end of the run")
    page.locator("tbody a.row-link").first.click()
    take(page, "issuance-ended")
    page.get_by_role("link", name="See the failures").click()
    take(page, "failures")
    page.goto(f"/m/{MERCHANT}/")
    take(page, "home")


def show_a_campaign(marketer: Marketer) -> None:
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/campaigns/")
    page.get_by_role("link", name=CAMPAIGN).first.click()
    page.wait_for_url(re.compile(r"campaigns/\d+/$"))
    take(page, "campaign")


def main() -> None:
    """Take all pictures."""
    with demo() as portal, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(base_url=portal.url, locale="en-US", color_scheme="light", viewport=SCREEN)
        marketer = Marketer(page, portal)
        marketer.signs_in(USERS[0].email)
        show_the_run(marketer)
        show_a_campaign(marketer)
        show_a_draft(marketer, Path(folder))
        show_the_end(marketer)
        browser.close()


if __name__ == "__main__":
    main()
