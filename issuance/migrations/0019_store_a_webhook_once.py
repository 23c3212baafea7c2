"""A signed body is stored once. Of those that came several times and were not digested yet, the later ones are marked."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

GENUINE = ~Q(state__in=["forged", "duplicate"])


def mark_repeated(apps, schema_editor):
    Delivery = apps.get_model("issuance", "Delivery")
    earlier = Delivery.objects.filter(GENUINE, digest=OuterRef("digest"), pk__lt=OuterRef("pk"))
    repeated = Delivery.objects.filter(GENUINE & Exists(earlier)).values_list("pk", flat=True)
    Delivery.objects.filter(pk__in=list(repeated)).update(state="duplicate", due_at=None, lease_token=None)


class Migration(migrations.Migration):
    dependencies = [("issuance", "0018_name_users_in_the_moves")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="repeats",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="How often the same signed body came again. It is stored once."
            ),
        ),
        migrations.RunPython(mark_repeated, migrations.RunPython.noop, elidable=True),
    ]
