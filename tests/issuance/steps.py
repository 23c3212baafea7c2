"""The steps with this process's clock, which tests put forward; by themselves they ask the database's on PostgreSQL."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from issuance import inbox, monitoring, revocation, submission

submit_one_batch = partial(submission.submit_one_batch, clock=timezone.now)
poll_one_batch = partial(monitoring.poll_one_batch, clock=timezone.now)
revoke_one_batch = partial(revocation.revoke_one_batch, clock=timezone.now)
digest_one_delivery = partial(inbox.digest_one_delivery, clock=timezone.now)
