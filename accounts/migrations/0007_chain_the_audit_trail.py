from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_grant_certifiers_and_guest_tokens")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="who",
            field=models.CharField("by", max_length=254, blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="seal",
            field=models.CharField(max_length=64, blank=True, default="", db_default="", editable=False),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="number",
            field=models.PositiveBigIntegerField(null=True, unique=True, editable=False),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="digest",
            field=models.CharField(max_length=64, blank=True, default="", db_default="", editable=False),
        ),
    ]
