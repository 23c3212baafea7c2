"""Every URL of the portal."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import fresh_proof, installation_people, invitation, kept_post, passkey, password, sessions
from guests.views import guest_token
from issuance.views import sending, webhook_endpoint, webhooks
from thanx_portal import design
from thanx_portal.audit import reveal
from thanx_portal.audit import views as audit
from thanx_portal.health import views as health
from thanx_portal.home import views as home
from thanx_portal.http import access_log, csp_reports
from thanx_portal.offboarding import views as offboarding

urlpatterns = [
    path("", home.home, name="home"),
    # /m/<merchant>/
    path("m/<slug:handle>/", home.merchant_home, name="merchant-home"),
    path("m/<slug:handle>/audit/", audit.of_merchant, name="audit"),
    path("m/<slug:handle>/audit.csv", audit.csv_of_merchant, name="audit-csv"),
    path("m/<slug:handle>/reveal/", reveal.reveal, name="reveal"),
    path("m/<slug:handle>/search/", home.search, name="search"),
    path("m/<slug:handle>/people/", include("accounts.urls")),
    path("m/<slug:handle>/", include("campaigns.urls")),
    path("m/<slug:handle>/", include("issuance.urls")),
    path("m/<slug:handle>/", include("results.urls")),
    path("m/<slug:handle>/", include("guests.urls")),
    path("notifications/", include("notifications.urls")),
    path("invitation/<str:token>/", invitation.page, name="invitation"),
    # /webhooks/
    path("webhooks/thanx/", webhook_endpoint.thanx, name="webhooks-thanx"),
    # /staff/
    path("staff/health/", health.page, name="health"),
    path("staff/", include("certification.urls")),
    path("staff/guest-token/", guest_token.page, name="guest-token"),
    path("staff/webhooks/", webhooks.index, name="staff-webhooks"),
    path("staff/webhooks/<int:delivery_id>/", webhooks.detail, name="staff-webhook"),
    path("staff/webhooks/<int:delivery_id>/replay/", webhooks.replay, name="staff-webhook-replay"),
    path("staff/sending/", sending.of_installation, name="staff-sending"),
    path("staff/sending/stop/", sending.stop_installation, name="staff-stop-sending"),
    path("staff/sending/resume/", sending.resume_installation, name="staff-resume-sending"),
    path("staff/audit/", audit.of_all_merchants, name="staff-audit"),
    path("staff/audit.csv", audit.csv_of_all_merchants, name="staff-audit-csv"),
    path("staff/offboarding/", offboarding.index, name="staff-offboarding"),
    path("staff/offboarding/<slug:handle>/", offboarding.detail, name="staff-offboard"),
    path("staff/offboarding/<slug:handle>/export/", offboarding.export, name="staff-offboard-export"),
    path("staff/offboarding/<slug:handle>/erase/", offboarding.erase, name="staff-offboard-erase"),
    path("staff/people/", installation_people.index, name="staff-people"),
    path(
        "staff/people/<int:invitation_id>/send-again/", installation_people.send_again, name="staff-people-send-again"
    ),
    path("staff/people/<int:invitation_id>/withdraw/", installation_people.withdraw, name="staff-people-withdraw"),
    path("staff/design/", design.page, name="design"),
    path("admin/", admin.site.urls),
    path("accounts/password/change/", password.change_password, name="account_change_password"),
    path("accounts/password/set/", password.set_password, name="account_set_password"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", passkey.remove, name="mfa_remove_webauthn"),
    path("accounts/fresh-proof/", fresh_proof.page, name="fresh-proof"),
    path("accounts/sessions/", sessions.index, name="usersessions_list"),
    path("accounts/sessions/end/", sessions.end_all, name="end-all-sessions"),
    path("accounts/sessions/<int:session_id>/end/", sessions.end, name="end-session"),
    path("accounts/kept/", kept_post.page, name="kept-post"),
    path("accounts/", include("allauth.urls")),
    # for machines
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("csp-reports/", csp_reports.reports, name="csp-reports"),
    path("metrics", health.metrics, name="metrics"),
]

handler429 = "accounts.views.kept_post.too_often"  # allauth's
handler500 = access_log.failed
