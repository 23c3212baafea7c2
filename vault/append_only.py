"""Triggers that refuse to change or delete rows of chains, by SQL, too. A row may only get its link, once.

They keep mistakes out. Who owns the database can drop them; then the chain shows what was done.
"""

from typing import Any

from django.apps import apps
from django.db import connections, models

from vault.chain import Chained

LINK = ("number", "digest")
NAME = "chain_kept"

POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.number IS NULL AND to_jsonb(NEW) - '{{{",".join(LINK)}}}'::text[]
            = to_jsonb(OLD) - '{{{",".join(LINK)}}}'::text[] THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
END
$function$
"""
POSTGRES = (
    "CREATE OR REPLACE TRIGGER {name}_row BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    "CREATE OR REPLACE TRIGGER {name}_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
)
SQLITE = (
    """
CREATE TRIGGER IF NOT EXISTS {name}_{plain}_change BEFORE UPDATE ON {table} WHEN OLD.number IS NOT NULL{other}
BEGIN SELECT RAISE(ABORT, 'rows of {plain} are never changed or deleted'); END
""",
    """
CREATE TRIGGER IF NOT EXISTS {name}_{plain}_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {plain} are never changed or deleted'); END
""",
)


def install(*, using: str, **_: Any) -> None:
    """Create the triggers of every chain. For the signal `post_migrate`; idempotent."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in _chains():
            if model._meta.db_table in tables:
                for statement in _statements(model, vendor=connection.vendor):
                    cursor.execute(statement)


def drop_triggers(*, using: str, plan: Any = (), **_: Any) -> None:
    """Drop the triggers if there are migrations to come, which may alter old rows. For the signal `pre_migrate`."""
    connection = connections[using]
    if not plan:
        return
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in _chains():
            plain = model._meta.db_table
            if plain not in tables:
                continue
            if connection.vendor == "postgresql":
                for suffix in ("row", "all"):
                    cursor.execute(f'DROP TRIGGER IF EXISTS {NAME}_{suffix} ON "{plain}"')
            else:
                for suffix in ("change", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{plain}_{suffix}")


def _chains() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, Chained)]


def _statements(model: type[models.Model], *, vendor: str) -> list[str]:
    columns = [field.column for field in model._meta.concrete_fields if field.column not in LINK]
    other = "".join(f' OR OLD."{column}" IS NOT NEW."{column}"' for column in columns)
    plain = model._meta.db_table
    if vendor == "postgresql":
        return [POSTGRES_FUNCTION, *(one.format(name=NAME, table=f'"{plain}"') for one in POSTGRES)]
    return [one.format(name=NAME, plain=plain, table=f'"{plain}"', other=other) for one in SQLITE]
