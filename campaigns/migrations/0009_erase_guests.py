"""A merchant may have its own retention."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0008_find_where_pictures_are'),
    ]

    operations = [
        migrations.AddField(
            model_name='merchant',
            name='retention_days',
            field=models.PositiveSmallIntegerField(blank=True, help_text="Days for which guests' data are kept once nothing needs them; empty for the setting RETENTION_DAYS.", null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
    ]
