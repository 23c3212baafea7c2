"""A guest is erased everywhere, with a receipt."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0009_erase_guests'),
        ('guests', '0012_erase_guests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GuestErasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('lease_token', models.UUIDField(blank=True, editable=False, null=True)),
                ('correlation', models.CharField(blank=True, editable=False, help_text='Of the act that made it due last.', max_length=36)),
                ('sealed_guest', models.BinaryField(help_text='The identifiers that were typed, encrypted.')),
                ('exclusions_too', models.BooleanField(default=False, help_text='Take the guest off exclusion lists, too.')),
                ('asked_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
                ('rows', models.JSONField(default=dict, help_text='How many rows were erased, by table.')),
                ('kept', models.JSONField(default=list, help_text='What is kept, why, and until when where that is known.')),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.merchant')),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='guest_erasure_due')],
            },
        ),
    ]
