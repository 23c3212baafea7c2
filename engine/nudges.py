"""The bell: on PostgreSQL a row that becomes due asks for its steps, in the very transaction that makes it due.

Triggers ring it, so that no app knows of it and none can forget to, whatever it writes and by whatever statement. They
ring at the end of the transaction, never wait for another transaction and never fail it: a bell that is not rung costs
the quarter of a second until a look-out sees the row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

QUEUE = "engine"
DRAIN = "engine.drain"

# A waiting drain is enough: it looks after this commit. One that another transaction is just asking for is too: that
# lock is never waited for, so that transactions which ring for several steps cannot block each other.
RING = f"""
CREATE OR REPLACE FUNCTION engine_ring() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    argument text;
    step text;
BEGIN
    FOREACH argument IN ARRAY TG_ARGV LOOP
        step := split_part(argument, ' ', 1);
        IF NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = step AND status = 'todo')
            AND pg_try_advisory_xact_lock(hashtext('{DRAIN}'), hashtext(step))
        THEN
            INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
            VALUES ('{QUEUE}', '{DRAIN}', split_part(argument, ' ', 2)::integer, step, jsonb_build_object('step', step))
            ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'the bell was not rung: %', SQLERRM;
    RETURN NULL;
END
$function$
"""  # noqa: S608 (our own names)

# Claims and renewals do not ring: they carry a token. What is due later is for the look-outs.
TRIGGER = """
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OF due_at ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.lease_token IS NULL AND NEW.due_at <= clock_timestamp())
EXECUTE FUNCTION engine_ring({arguments})
"""
PREFIX = "engine_ring_"


def priorities() -> dict[str, int]:
    """Return the steps' priorities in the queue: the first of the settings is the most important."""
    return {step: -place for place, step in enumerate(settings.ENGINE_STEPS)}


def steps_of_tables() -> Mapping[str, list[str]]:
    """Return which steps take the due rows of which table. Raises LookupError for a model that does not exist."""
    found = defaultdict(list)
    for step, label in settings.ENGINE_STEPS.items():
        if label:
            found[apps.get_model(label)._meta.db_table].append(step)
    return found


def hang(*, using: str, **_: Any) -> None:
    """Put the triggers where they belong, and nowhere else. For the signal `post_migrate`; idempotent."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgname LIKE %s AND relnamespace = current_schema::regnamespace",
            [f"{PREFIX}%"],
        )
        hanging = set(cursor.fetchall())
        wanted = _wanted(set(connection.introspection.table_names(cursor)))
        for table, name in sorted(hanging - wanted.keys()):
            cursor.execute(f"DROP TRIGGER {name} ON {connection.ops.quote_name(table)}")
        if wanted.keys() - hanging:
            cursor.execute(RING)
        for place in sorted(wanted.keys() - hanging):
            cursor.execute(wanted[place])


def _wanted(existing: set[str]) -> Mapping[tuple[str, str], str]:
    """Return the statement for each table and trigger; the name tells whether the same hangs there already."""
    wanted = {}
    steps, priority = steps_of_tables(), priorities()
    for table in existing & steps.keys():
        arguments = ", ".join(f"'{step} {priority[step]}'" for step in steps[table])
        parts = {"table": f'"{table}"', "arguments": arguments}
        name = PREFIX + sha256((RING + TRIGGER.format(name="", **parts)).encode()).hexdigest()[:8]
        wanted[table, name] = TRIGGER.format(name=name, **parts)
    return wanted
