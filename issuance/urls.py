"""The addresses of issuances, below /m/<merchant>/."""

from django.urls import path

from issuance.views import (
    approval,
    check,
    columns,
    edit_failures,
    exclusions,
    failures,
    listing,
    new,
    people,
    recipients,
    reissue,
    review,
    revoke,
    run,
    sending,
    split,
    stop,
)

app_name = "issuance"

urlpatterns = [
    # issuances/
    path("issuances/", listing.index, name="list"),
    path("issuances/new/", new.page, name="new"),
    path("issuances/sample.csv", people.sample, name="sample"),
    # issuances/<id>/ while it is a draft
    path("issuances/<int:issuance_id>/people/", people.page, name="people"),
    path("issuances/<int:issuance_id>/one-guest/", people.one_guest, name="one-guest"),
    path("issuances/<int:issuance_id>/columns/", columns.page, name="columns"),
    path("issuances/<int:issuance_id>/check/", check.check, name="check"),
    path("issuances/<int:issuance_id>/check/kinds/", check.decide, name="decide-lines"),
    path("issuances/<int:issuance_id>/check/lines/", check.correct, name="correct-lines"),
    path("issuances/<int:issuance_id>/check/file/", check.upload_corrected, name="corrected-file"),
    path("issuances/<int:issuance_id>/split/", split.page, name="split"),
    path("issuances/<int:issuance_id>/exclusions/", exclusions.choose, name="choose-exclusions"),
    path("issuances/<int:issuance_id>/review/", review.page, name="review"),
    path("issuances/<int:issuance_id>/canary/", review.choose_canary, name="canary"),
    path("issuances/<int:issuance_id>/confirm/", review.confirm, name="confirm"),
    path("issuances/<int:issuance_id>/ask/", approval.ask, name="ask"),
    path("issuances/<int:issuance_id>/approve/", approval.approve, name="approve"),
    path("issuances/<int:issuance_id>/decline/", approval.decline, name="decline"),
    path("issuances/<int:issuance_id>/withdraw/", approval.withdraw, name="withdraw"),
    path("issuances/<int:issuance_id>/discard/", new.discard, name="discard"),
    # issuances/<id>/ once it is confirmed
    path("issuances/<int:issuance_id>/", run.page, name="detail"),
    path("issuances/<int:issuance_id>/progress/", run.progress, name="progress"),
    path("issuances/<int:issuance_id>/recipients/", recipients.page, name="recipients"),
    path("issuances/<int:issuance_id>/left-out/", check.left_out, name="left-out"),
    path("issuances/<int:issuance_id>/left-out.csv", check.left_out_csv, name="left-out-csv"),
    path("issuances/<int:issuance_id>/failures/", failures.page, name="failures"),
    path("issuances/<int:issuance_id>/failures.csv", failures.failures_csv, name="failures-csv"),
    path("issuances/<int:issuance_id>/failures/edit/", edit_failures.page, name="edit-failures"),
    path("issuances/<int:issuance_id>/failures/settle/", failures.settle, name="settle"),
    path("issuances/<int:issuance_id>/failures/reopen/<int:settlement_id>/", failures.reopen, name="reopen"),
    path("issuances/<int:issuance_id>/failures/invite/", failures.invite, name="invite"),
    path("issuances/<int:issuance_id>/failures/invite.csv", failures.invite_csv, name="invite-csv"),
    path("issuances/<int:issuance_id>/retry/", failures.retry, name="retry"),
    path("issuances/<int:issuance_id>/revoke/", revoke.page, name="revoke"),
    path("issuances/<int:issuance_id>/revoke/approve/", revoke.approve, name="approve-revocation"),
    path("issuances/<int:issuance_id>/revoke/decline/", revoke.decline, name="decline-revocation"),
    path("issuances/<int:issuance_id>/revoke/withdraw/", revoke.withdraw, name="withdraw-revocation"),
    path("issuances/<int:issuance_id>/affected.csv", reissue.affected_csv, name="affected-csv"),
    path("issuances/<int:issuance_id>/people-to-tell.csv", reissue.to_tell_csv, name="to-tell-csv"),
    path("issuances/<int:issuance_id>/reissue/", reissue.page, name="reissue"),
    path("issuances/<int:issuance_id>/start/", stop.start_now, name="start-now"),
    path("issuances/<int:issuance_id>/pause/", stop.pause, name="pause"),
    path("issuances/<int:issuance_id>/resume/", stop.resume, name="resume"),
    path("issuances/<int:issuance_id>/stop/", stop.stop, name="stop"),
    path("issuances/<int:issuance_id>/not-sent.csv", stop.not_sent, name="not-sent-csv"),
    # issuances/<id>/jobs/<number>/
    path("issuances/<int:issuance_id>/jobs/<int:number>/check/", run.check_now, name="check-now"),
    path("issuances/<int:issuance_id>/jobs/<int:number>/decide/", run.decide, name="decide"),
    # exclusions/
    path("exclusions/", exclusions.index, name="exclusions"),
    path("exclusions/<int:list_id>/", exclusions.detail, name="exclusion-list"),
    path("exclusions/<int:list_id>/add/", exclusions.add, name="exclude-guests"),
    path("exclusions/<int:list_id>/take-off/", exclusions.take_off, name="take-off-list"),
    path("exclusions/<int:list_id>/remove/", exclusions.remove, name="remove-exclusion-list"),
    # sending/
    path("sending/", sending.of_merchant, name="sending"),
    path("sending/stop/", sending.stop_merchant, name="stop-sending"),
    path("sending/resume/", sending.resume_merchant, name="resume-sending"),
]
