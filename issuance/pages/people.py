"""Adding people: what a file may look like."""

from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from issuance.models import DraftStep, Issuance, Upload
from issuance.pages.links import DraftPage


@dataclass(frozen=True, kw_only=True)
class PeoplePage(DraftPage):
    """The first step. `replaces` names the file that a new one replaces, if there is one."""

    STEP = DraftStep.PEOPLE

    file_name: str
    replaces: str
    country: str
    limit: str
    batch_size: int


def people_page(issuance: Issuance) -> PeoplePage:
    """Return the page on which people are added."""
    upload: Upload | None = getattr(issuance, "upload", None)
    return PeoplePage(
        issuance=issuance,
        file_name=upload.file_name if upload else "",
        replaces=f"{upload.file_name} is here already" if upload else "",
        country=issuance.merchant.country,
        limit=filesizeformat(settings.MAX_UPLOAD_BYTES),
        batch_size=settings.THANX_BATCH_SIZE,
    )
