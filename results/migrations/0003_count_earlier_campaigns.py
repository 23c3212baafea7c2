from django.db import migrations
from django.utils import timezone


def make_due(apps, schema_editor):
    """Have the results of campaigns counted that had guests before there were results."""
    issuances = apps.get_model("issuance", "Issuance").objects.filter(state="confirmed", parent=None, reissue_of=None, origin="")
    results, at = apps.get_model("results", "CampaignResult"), timezone.now()
    keys = set(issuances.values_list("campaign", flat=True)) - set(results.objects.values_list("campaign", flat=True))
    results.objects.bulk_create(results(campaign_id=key, due_at=at) for key in sorted(keys))


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0002_look_at_files_before_they_count"),
        ("issuance", "0024_count_what_was_decided"),
    ]
    operations = [migrations.RunPython(make_due, migrations.RunPython.noop, elidable=True)]
