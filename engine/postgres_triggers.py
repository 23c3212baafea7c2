"""On PostgreSQL a row that becomes due defers the tasks of its steps, in the same transaction.

Triggers do it, so that no app knows of the queue and none can forget it, whichever statement it uses. They run at the
end of the transaction, never wait for another transaction and never make this one fail: without the task, workers see
the row at their next poll, a quarter of a second later.
"""

from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

QUEUE = "engine"
RUN_STEP = "engine.drain"
"""The name of the task in the queue. It stays what it is: such tasks wait in the queue during an upgrade."""

# One waiting task of a step is enough: it runs after this commit. So is one that another transaction is just inserting;
# its advisory lock is never waited for, so that transactions with several steps cannot block each other.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION engine_ring() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    argument text;
    step text;
BEGIN
    FOREACH argument IN ARRAY TG_ARGV LOOP
        step := split_part(argument, ' ', 1);
        IF NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = step AND status = 'todo')
            AND pg_try_advisory_xact_lock(hashtext('{RUN_STEP}'), hashtext(step))
        THEN
            INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
            VALUES (
                '{QUEUE}', '{RUN_STEP}', split_part(argument, ' ', 2)::integer, step, jsonb_build_object('step', step)
            )
            ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'no task was deferred: %', SQLERRM;
    RETURN NULL;
END
$function$
"""  # noqa: S608 (our own names)

# Claims and renewals defer nothing: they write a token. Rows that are due later are found by polling.
TRIGGER = """
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OF due_at ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.lease_token IS NULL AND NEW.due_at <= clock_timestamp())
EXECUTE FUNCTION engine_ring({arguments})
"""
PREFIX = "engine_ring_"
"""The names of the function and of its triggers stay what they are: databases hold them."""


def priorities() -> dict[str, int]:
    """Return the priority of each step in the queue: the first of the settings has the highest."""
    return {step: -place for place, step in enumerate(settings.ENGINE_STEPS)}


def steps_of_tables() -> Mapping[str, list[str]]:
    """Return the steps that claim the due rows of each table. Raises LookupError for a model that does not exist."""
    found = defaultdict(list)
    for step, label in settings.ENGINE_STEPS.items():
        if label:
            found[apps.get_model(label)._meta.db_table].append(step)
    return found


def install(*, using: str, **_: Any) -> None:
    """Create the triggers that the settings need and drop all others. For the signal `post_migrate`; idempotent."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgname LIKE %s AND relnamespace = current_schema::regnamespace",
            [f"{PREFIX}%"],
        )
        existing = set(cursor.fetchall())
        wanted = _wanted(tables=set(connection.introspection.table_names(cursor)))
        for table, name in sorted(existing - wanted.keys()):
            cursor.execute(f"DROP TRIGGER {name} ON {connection.ops.quote_name(table)}")
        if wanted.keys() - existing:
            cursor.execute(FUNCTION)
        for trigger in sorted(wanted.keys() - existing):
            cursor.execute(wanted[trigger])


def _wanted(*, tables: set[str]) -> Mapping[tuple[str, str], str]:
    """Return the statement of each (table, trigger). Its name holds a digest: equal names, equal triggers."""
    wanted = {}
    steps, priority = steps_of_tables(), priorities()
    for table in tables & steps.keys():
        arguments = ", ".join(f"'{step} {priority[step]}'" for step in steps[table])
        parts = {"table": f'"{table}"', "arguments": arguments}
        name = PREFIX + sha256((FUNCTION + TRIGGER.format(name="", **parts)).encode()).hexdigest()[:8]
        wanted[table, name] = TRIGGER.format(name=name, **parts)
    return wanted
