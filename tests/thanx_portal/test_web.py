"""The web server does not start where it would answer in another portal's place."""

import socket

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.django_db
def test_a_port_on_which_another_portal_listens_is_refused(settings):
    settings.DEBUG = True  # needs no collected static files
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as granian does
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CommandError, match=f"^Port {port} is taken"):
            call_command("web", port=port)
