"""The web process, for any ASGI server."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thanx_portal.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402 (what follows needs the apps)
from django.urls import get_resolver  # noqa: E402

from thanx_portal.checks import refusal  # noqa: E402
from thanx_portal.http.asgi.application import Portal  # noqa: E402
from thanx_portal.http.asgi.bodies import SlowestPace  # noqa: E402

if problems := refusal():  # started by another server, without manage.py web
    sys.exit(problems)
get_resolver().url_patterns  # noqa: B018 (imports every view now, not during the first request)

application = Portal(
    django,
    threads=settings.WEB_THREADS,
    pace=SlowestPace(seconds=settings.BODY_SECONDS, bytes_per_second=settings.BODY_BYTES_PER_SECOND),
    room=settings.BODIES_BYTES,
    room_for_files=4 * settings.MAX_UPLOAD_BYTES,
)
