"""The key of the fingerprints belongs to the vault now. Only Django's idea of it moves: the table stays as it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("issuance", "0015_say_what_it_came_from"), ("vault", "0001_take_over_the_sealed_key")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="SealedKey")]),
    ]
