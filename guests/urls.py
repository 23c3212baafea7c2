"""The URLs of guests, below /m/<merchant>/."""

from django.urls import path

from guests.views import (
    feedback,
    issued_rewards,
    personal_data,
    profile,
    recovery,
    recovery_rules,
    subscribers,
    tagging,
    tags,
)

app_name = "guests"

urlpatterns = [
    # guests/
    path("guests/", profile.find, name="find"),
    path("guests/<str:token>/", profile.profile, name="profile"),
    path("guests/<str:token>/settings/", profile.settings, name="settings"),
    path("guests/<str:token>/tags/read/", tags.read, name="read-tags"),
    path("guests/<str:token>/tags/", tags.write, name="write-tag"),
    # subscribers/
    path("subscribers/", subscribers.index, name="subscriptions"),
    path("subscribers/new/", subscribers.new, name="subscribe"),
    path("subscribers/<int:subscription_id>/", subscribers.detail, name="subscription"),
    path("subscribers/<int:subscription_id>/columns/", subscribers.columns, name="subscription-columns"),
    path("subscribers/<int:subscription_id>/discard/", subscribers.discard, name="discard-subscription"),
    path("subscribers/<int:subscription_id>/not-subscribed.csv", subscribers.not_subscribed, name="not-subscribed"),
    path("subscribers/<int:subscription_id>/confirm/", subscribers.confirm, name="confirm-subscription"),
    path("subscribers/<int:subscription_id>/again/", subscribers.again, name="retry-subscription"),
    # feedback/
    path("feedback/", feedback.index, name="feedback"),
    path("feedback/read/", feedback.read, name="read-feedback"),
    path("feedback/rules/", recovery_rules.index, name="recovery-rules"),
    path("feedback/rules/new/", recovery_rules.new, name="new-recovery-rule"),
    path("feedback/rules/daily/", recovery_rules.daily, name="daily-recoveries"),
    path("feedback/rules/<int:rule_id>/", recovery_rules.change, name="recovery-rule"),
    path("feedback/rules/<int:rule_id>/switch/", recovery_rules.switch, name="switch-recovery-rule"),
    path("feedback/<int:feedback_id>/answer/", feedback.answer, name="answer-feedback"),
    path("feedback/<int:feedback_id>/look/", feedback.look_for_reply, name="look-for-reply"),
    path("feedback/<int:feedback_id>/handled/", feedback.handled, name="feedback-handled"),
    path("feedback/<int:feedback_id>/recover/", recovery.recover, name="recover"),
    path("feedback/<int:feedback_id>/take-out/", recovery.take_out, name="take-out"),
    # personal-data/
    path("personal-data/", personal_data.page, name="personal-data"),
    path("personal-data/erase/", personal_data.erase_guest, name="erase-guest"),
    path("personal-data/export/", personal_data.export_guest, name="export-guest"),
    path("personal-data/erased/<int:erasure_id>/", personal_data.erasure, name="erasure"),
    # issuances/
    path("issuances/<int:issuance_id>/tags/", tagging.page, name="tagging"),
    # issued-rewards/
    path("issued-rewards/", issued_rewards.page, name="issued-rewards"),
]
