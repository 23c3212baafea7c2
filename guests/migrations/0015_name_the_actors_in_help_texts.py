from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('guests', '0014_read_hidden_rows'),
    ]

    operations = [
        # Only the state: no row and no column changes.
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.AlterField(
                model_name='cachedguest',
                name='sealed_tags',
                field=models.BinaryField(help_text="The guest's tags; null until a user asked for them.", null=True),
            ),
        ]),
    ]
