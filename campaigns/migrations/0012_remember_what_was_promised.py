"""Rewards change at Thanx without a trace. Campaigns from before this count as made with the rewards of today."""

from django.db import migrations, models


def take_todays(apps, schema_editor):
    variants = apps.get_model("campaigns", "Variant").objects
    for variant in variants.exclude(reward_template=None).select_related("reward_template").iterator():
        template = variant.reward_template
        value = template.discount_value
        variant.promised = {
            "name": template.name,
            "discount_type": template.discount_type,
            "discount_value": None if value is None else str(value),
            "fine_print": template.fine_print,
        }
        variant.save(update_fields=["promised"])


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0011_name_the_actors_in_help_texts")]

    operations = [
        migrations.AddField(
            model_name="variant",
            name="promised",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                help_text="Name, discount and fine print of its reward when the campaign was made.",
            ),
        ),
        migrations.RunPython(take_todays, migrations.RunPython.noop),
    ]
