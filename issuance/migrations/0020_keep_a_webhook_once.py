from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issuance", "0019_store_a_webhook_once")]

    operations = [
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["forged", "duplicate"]), _negated=True),
                fields=("digest",),
                name="delivery_stored_once",
            ),
        ),
    ]
