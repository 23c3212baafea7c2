"""manage.py materials: what the portal is made of, and under which licences."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from thanx_portal import materials


class Command(BaseCommand):
    help = "List the packages that run and the vendored files, with their licences; --sbom prints CycloneDX 1.6."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sbom", action="store_true", help="print the bill of materials as a CycloneDX document")

    def handle(self, *, sbom: bool, **_: Any) -> None:
        parts = materials.materials()
        if sbom:
            self.stdout.write(json.dumps(materials.bill(parts), indent=1))
            return
        for part in sorted(parts, key=lambda part: (part.licence.casefold(), part.name.casefold())):
            self.stdout.write(f"{part.licence:50} {part.name} {part.version}")
