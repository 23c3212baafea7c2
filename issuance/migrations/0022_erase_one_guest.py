"""A manifest counts the guests who were erased from it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issuance', '0021_erase_guests'),
    ]

    operations = [
        migrations.AddField(
            model_name='manifest',
            name='guests_erased',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How many single guests were erased from it since it was sent.'),
        ),
    ]
