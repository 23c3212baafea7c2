from django.db import migrations
from django.db.models import F


def make_due(apps, schema_editor):
    apps.get_model("guests", "Glance").objects.filter(due_at=None).update(due_at=F("expires_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('guests', '0005_forget_expired_glances'),
    ]

    operations = [
        migrations.RunPython(make_due, migrations.RunPython.noop),
    ]
