"""A process without the others' keys or files does not start, and says why."""

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from issuance.models import Upload
from tests.support.audiences import take_in
from tests.support.factories import create_live_campaign
from vault import readiness
from vault.sealing import Fingerprinter

pytestmark = pytest.mark.django_db


def test_a_new_installation_has_no_obstacle(uploads):
    assert readiness.obstacles() == []
    assert default_storage.listdir("")[1] == []


@pytest.mark.parametrize("command", ["work", "web"])
def test_other_keys_are_refused_at_the_start(command, settings):
    Fingerprinter(1)
    settings.DATA_KEYS = [b"x" * 32]

    with pytest.raises(CommandError, match="DATA_KEYS"):
        call_command(command)


def test_an_unusable_key_is_refused_at_the_start(settings):
    settings.DATA_KEYS = [b"short"]

    with pytest.raises(CommandError, match="32 bytes"):
        call_command("work")


def test_another_folder_is_refused_at_the_start():
    take_in(create_live_campaign(), "email\nana@example.com\n")
    default_storage.delete(Upload.objects.get().stored_as)

    with pytest.raises(CommandError, match="VAR_DIR/uploads"):
        call_command("work")


def test_a_folder_that_cannot_be_written_to_is_refused(uploads):
    uploads.parent.mkdir(exist_ok=True)
    uploads.write_text("not a folder")

    assert readiness.obstacles() == [readiness.FULL]
