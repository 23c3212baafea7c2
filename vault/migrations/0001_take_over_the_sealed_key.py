"""The key of the fingerprints moves here from issuance. Only Django's idea of it moves: the table keeps its name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("issuance", "0015_say_what_it_came_from")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SealedKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                        ),
                        ("purpose", models.CharField(max_length=40, unique=True)),
                        ("sealed", models.BinaryField()),
                    ],
                    options={"db_table": "issuance_sealedkey"},
                ),
            ],
        ),
    ]
