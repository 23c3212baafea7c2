"""The steps with this process's clock, which tests put forward; by themselves they ask the database's on PostgreSQL."""

from functools import partial

from django.utils import timezone

from issuance.followup import revocation_step
from issuance.jobs import polling, webhook_inbox
from issuance.sending import submission

submit_one_batch = partial(submission.submit_one_batch, clock=timezone.now)
poll_one_batch = partial(polling.poll_one_batch, clock=timezone.now)
revoke_one_batch = partial(revocation_step.revoke_one_batch, clock=timezone.now)
digest_one_delivery = partial(webhook_inbox.digest_one_delivery, clock=timezone.now)
