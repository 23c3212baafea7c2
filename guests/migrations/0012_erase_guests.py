"""A step erases what has come to the end of its lifetime."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('guests', '0011_rename_glance'),
    ]

    operations = [
        migrations.CreateModel(
            name='Keeping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('lease_token', models.UUIDField(blank=True, editable=False, null=True)),
                ('correlation', models.CharField(blank=True, editable=False, help_text='Of the act that made it due last.', max_length=36)),
                ('swept_at', models.DateTimeField(blank=True, help_text='When files that no row names were last deleted.', null=True)),
            ],
            options={
                'verbose_name_plural': 'lifetimes',
            },
        ),
        migrations.AddField(
            model_name='subscription',
            name='erased_at',
            field=models.DateTimeField(blank=True, help_text='When the people on it were erased.', null=True),
        ),
    ]
