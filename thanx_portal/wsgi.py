"""The web process, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from thanx_portal.http.broken_off import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thanx_portal.settings")
application = whole_bodies(get_wsgi_application())
