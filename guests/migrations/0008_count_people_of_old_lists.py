from django.db import migrations
from django.db.models import Count, F, Q


def count(apps, schema_editor):
    """Lists of before were read when they were added."""
    lists = apps.get_model("guests", "Subscription").objects.filter(read_at=None)
    accepted, refused = Q(subscribers__standing="accepted"), Q(subscribers__standing="refused")
    counted = lists.annotate(
        all=Count("subscribers"),
        yes=Count("subscribers", filter=accepted),
        no=Count("subscribers", filter=refused),
    )
    for one in list(counted):
        facts = {"people": one.all, "accepted": one.yes, "refused": one.no, "read_at": F("created_at")}
        lists.model.objects.filter(pk=one.pk).update(**facts)


class Migration(migrations.Migration):

    dependencies = [
        ('guests', '0007_read_lists_of_subscribers'),
    ]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
