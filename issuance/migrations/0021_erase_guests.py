"""Issuances and files remember when they were erased. Typed reasons leave the moves, which are never erased."""

from django.db import migrations, models
from django.utils import timezone


def leave_out_reasons(apps, schema_editor):
    """The batch itself holds the reason, as long as it lives."""
    events = apps.get_model("issuance", "BatchEvent").objects.using(schema_editor.connection.alias)
    for event in events.filter(facts__has_key="revoke_reason").iterator():
        del event.facts["revoke_reason"]
        event.save(update_fields=["facts"])


def mark_discarded(apps, schema_editor):
    """The files of discarded drafts are deleted already. A step erases what else is left of such drafts."""
    uploads = apps.get_model("issuance", "Upload").objects.using(schema_editor.connection.alias)
    uploads.filter(issuance__state="discarded").update(erased_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ('issuance', '0020_keep_a_webhook_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='issuance',
            name='erased_at',
            field=models.DateTimeField(blank=True, help_text="When its guests' data were erased; fingerprints may stay longer.", null=True),
        ),
        migrations.AddField(
            model_name='issuance',
            name='forgotten_at',
            field=models.DateTimeField(blank=True, help_text='When its fingerprints were erased, too.', null=True),
        ),
        migrations.AddField(
            model_name='issuance',
            name='is_being_erased',
            field=models.BooleanField(db_default=False, default=False, help_text='Until nothing is left to erase.'),
        ),
        migrations.AddField(
            model_name='upload',
            name='erased_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(mark_discarded, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(leave_out_reasons, migrations.RunPython.noop, elidable=True),
    ]
