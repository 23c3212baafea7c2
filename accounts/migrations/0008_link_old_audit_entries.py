"""Old entries get the address of their user, lose words that users typed, and become the beginning of the chain."""

from django.db import migrations

from vault import chain

AT_ONCE = 1_000
SAYS = ("at", "by_id", "who", "merchant_id", "action", "object_type", "object_id", "facts", "file_digest", "correlation")
TYPED = {"name", "reason", "note"}


def link_old_entries(apps, schema_editor):
    old = apps.get_model("accounts", "AuditEntry")
    if not old.objects.exists():
        return
    key = chain.key_of(old)
    last = 0
    while rows := list(old.objects.filter(pk__gt=last, seal="").select_related("by").order_by("pk")[:AT_ONCE]):
        for row in rows:
            row.who = row.by.email if row.by else ""
            row.facts = without_typed_words(row.facts)
            row.seal = chain.seal_of(row, says=SAYS, key=key)
        old.objects.bulk_update(rows, ["who", "facts", "seal"], batch_size=AT_ONCE)
        last = rows[-1].pk
    while chain.link_waiting(old):
        pass


def without_typed_words(facts):
    if not isinstance(facts, dict):
        return facts
    return {name: without_typed_words(value) for name, value in facts.items() if name not in TYPED}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_chain_the_audit_trail"),
        ("vault", "0002_keep_the_heads_of_chains"),
    ]

    operations = [migrations.RunPython(link_old_entries, migrations.RunPython.noop)]
