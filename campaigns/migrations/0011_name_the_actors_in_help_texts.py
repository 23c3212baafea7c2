from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0010_value_what_has_no_price'),
    ]

    operations = [
        # Only the state: no row and no column changes.
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.AlterField(
                model_name='merchant',
                name='used_at',
                field=models.DateTimeField(blank=True, help_text='When a user last worked here.', null=True),
            ),
        ]),
    ]
