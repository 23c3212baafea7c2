from django.db import migrations, models


class Migration(migrations.Migration):
    """The help of three fields is worded as that of an upload's. Nothing of the database changes."""

    dependencies = [
        ('guests', '0009_make_it_right'),
    ]

    operations = [
        migrations.AlterField(
            model_name='subscriberfile',
            name='columns',
            field=models.JSONField(default=list, help_text='Names from the header line, or column numbers.'),
        ),
        migrations.AlterField(
            model_name='subscriberfile',
            name='header_row',
            field=models.PositiveIntegerField(
                blank=True,
                help_text='The row that names the columns; 0 for none. What is above it is no line.',
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name='subscriberfile',
            name='sheet',
            field=models.PositiveSmallIntegerField(
                blank=True, help_text='Of a spreadsheet: the place of the sheet that is read, from 0.', null=True
            ),
        ),
    ]
