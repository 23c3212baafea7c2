"""Heartbeats say with which data key a worker seals, so that the rotation knows which key is still in use."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('engine', '0001_create_worker_beats'),
    ]

    operations = [
        migrations.AddField(
            model_name='workerbeat',
            name='seals_with',
            field=models.CharField(blank=True, db_default='', default='', help_text='The mark of its newest data key.', max_length=10),
        ),
    ]
