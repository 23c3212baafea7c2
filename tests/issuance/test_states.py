"""The tables of states: every edge, and the refusal of everything else."""

import itertools

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from engine.moves import IllegalMove, Overtaken
from issuance import state_diagram, states
from issuance.models import Batch, BatchEvent, Issuance
from issuance.states import BatchMove, BatchState, IssuanceMove, IssuanceState
from tests.support.factories import NOON, BatchFactory, IssuanceFactory, UserFactory, create_batch_with_job
from tests.support.root import ROOT
from ui.marked_sections import redrawn

BATCH = """
draft: confirmed queued, held_back held_back, discarded discarded
queued: claimed submitting, gave_up needs_attention, stopped stopped
submitting: accepted watching, refused refused, postponed queued, withheld queued, lease_expired queued
submitting: gave_up needs_attention
watching: seen_completed completed, seen_failed failed, seen_revoking revoking, seen_revoked revoked
watching: gave_up needs_attention
completed: revoke_asked revoke_queued, seen_revoking revoking, seen_revoked revoked
failed: revoke_asked revoke_queued, seen_revoking revoking, seen_revoked revoked
revoke_queued: seen_revoking revoking, seen_revoked revoked
revoke_queued: revoke_refused completed, revoke_refused_failed failed
revoking: seen_revoked revoked, gave_up needs_attention
needs_attention: asked_again queued, watched_again watching, settled refused, stopped stopped
refused: contradicted watching
"""
ISSUANCE = """
draft: uploaded reading, discarded discarded
reading: read ready, unreadable unreadable, reread reading, discarded discarded
unreadable: uploaded reading, reread reading, discarded discarded
ready: uploaded reading, reread reading, confirmed confirmed, discarded discarded
ready: approval_asked waiting_for_approval
waiting_for_approval: confirmed confirmed, approval_declined ready, approval_withdrawn ready, approval_voided ready
waiting_for_approval: uploaded reading, reread reading, discarded discarded
confirmed: started_now confirmed
confirmed: released confirmed, paused confirmed, alarmed confirmed, resumed confirmed, stopped confirmed
"""


def edges_of(text):
    rows = [line.split(": ") for line in text.strip().splitlines()]
    return {(before, edge.split()[0]): edge.split()[1] for before, told in rows for edge in told.split(", ")}


BATCH_EDGES, ISSUANCE_EDGES = edges_of(BATCH), edges_of(ISSUANCE)
BATCH_NON_EDGES = sorted(set(itertools.product(BatchState.values, BatchMove.values)) - set(BATCH_EDGES))
ISSUANCE_NON_EDGES = sorted(set(itertools.product(IssuanceState.values, IssuanceMove.values)) - set(ISSUANCE_EDGES))


def batch_in(state):
    if state in states.WITH_JOB:
        return create_batch_with_job(state=state)
    return BatchFactory(state=state)


@pytest.mark.django_db
@pytest.mark.parametrize(("edge", "to"), BATCH_EDGES.items())
def test_a_batch_moves_along_every_edge_and_leaves_an_event(edge, to):
    batch = batch_in(edge[0])

    batch.move(BatchMove(edge[1]), by=None, at=NOON, **({"job_id": "job"} if to == "watching" else {}))

    batch.refresh_from_db()
    event = BatchEvent.objects.get()
    assert batch.state == to
    assert (event.before, event.move, event.after, event.at) == (*edge, to, NOON)


@pytest.mark.parametrize(("state", "move"), BATCH_NON_EDGES)
def test_a_batch_moves_no_other_way(state, move):
    with pytest.raises(IllegalMove):
        Batch(state=state).after(BatchMove(move))


@pytest.mark.django_db
@pytest.mark.parametrize(("edge", "to"), ISSUANCE_EDGES.items())
def test_an_issuance_moves_along_every_edge_and_leaves_an_event(edge, to):
    issuance = IssuanceFactory(state=edge[0])

    issuance.move(IssuanceMove(edge[1]), by=None, at=NOON)

    event = issuance.events.get()
    assert Issuance.objects.get().state == to
    assert (event.before, event.move, event.after) == (*edge, to)


@pytest.mark.parametrize(("state", "move"), ISSUANCE_NON_EDGES)
def test_an_issuance_moves_no_other_way(state, move):
    with pytest.raises(IllegalMove):
        Issuance(state=state).after(IssuanceMove(move))


def test_an_illegal_move_changes_nothing(db):
    batch = BatchFactory(state=BatchState.REVOKED, job_id="job")

    with pytest.raises(IllegalMove):
        batch.move(BatchMove.CLAIMED, by=None, at=NOON)

    assert Batch.objects.get().state == BatchState.REVOKED
    assert not BatchEvent.objects.exists()


def test_of_two_who_move_the_same_batch_the_second_is_overtaken(db):
    batch = BatchFactory()
    other = Batch.objects.get()
    batch.move(BatchMove.CLAIMED, by=None, at=NOON)

    with pytest.raises(Overtaken):
        other.move(BatchMove.CLAIMED, by=None, at=NOON)

    assert BatchEvent.objects.count() == 1


def test_an_event_says_who_and_with_what_facts(db):
    person = UserFactory()

    BatchFactory(state=BatchState.DRAFT).move(BatchMove.CONFIRMED, by=person, at=NOON, attempts=2)

    event = BatchEvent.objects.get()
    assert (event.by, event.facts) == (person, {"attempts": "2"})


@pytest.mark.parametrize("state", sorted(states.WITH_JOB))
def test_the_database_refuses_a_state_that_has_a_job_without_one(db, state):
    with pytest.raises(IntegrityError, match="job_states_have_a_job"), transaction.atomic():
        BatchFactory(state=state, job_id=None)


@pytest.mark.parametrize("sent", [{"maybe_sent": True}, {"job_id": "job"}])
def test_the_database_refuses_a_stopped_batch_that_was_sent(db, sent):
    with pytest.raises(IntegrityError, match="stopped_was_never_sent"), transaction.atomic():
        BatchFactory(state=BatchState.STOPPED, **sent)


@pytest.mark.parametrize("state", sorted(set(BatchState) - states.KEYLESS - {BatchState.STOPPED}))
def test_the_database_refuses_a_confirmed_batch_without_a_key(db, state):
    with pytest.raises(IntegrityError, match="key_before_the_call"), transaction.atomic():
        BatchFactory(state=state, job_id=f"job-{timezone.now()}", idempotency_key=None)


def test_every_state_but_the_drafts_own_can_be_reached():
    assert set(states.EDGES.values()) == set(BatchState) - {BatchState.DRAFT}
    assert set(states.ISSUANCE_EDGES.values()) == set(IssuanceState) - {IssuanceState.DRAFT}


def test_every_move_is_used():
    assert {move for _, move in states.EDGES} == set(BatchMove)
    assert {move for _, move in states.ISSUANCE_EDGES} == set(IssuanceMove)


def test_the_diagrams_in_the_documentation_are_those_of_the_tables():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert redrawn(page, state_diagram.drawn()) == page
    assert all(section in page for section in state_diagram.drawn().values())
