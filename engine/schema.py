"""Whether the database has the tables of this release."""

from pathlib import Path

from django.apps import apps
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder

FOLDER = "migrations"


def not_migrated() -> list[str]:
    """Return a sentence if the database lacks migrations of this release. An older release on newer tables lacks none.

    Django's own way loads each migration, which takes longer than the rest of a start.
    """
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except Error:
        return []  # processes wait for their database
    missing = [f"{app}.{name}" for app, name in shipped() if (app, name) not in applied]
    if not missing:
        return []
    return [f"The database lacks {len(missing)} migrations, {missing[0]} first. Run manage.py migrate."]


def shipped() -> list[tuple[str, str]]:
    """Return the migrations of this release: app and name."""
    return [
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in sorted((Path(app.path) / FOLDER).glob("[0-9]*.py"))
    ]
