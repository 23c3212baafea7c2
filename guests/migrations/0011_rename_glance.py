from django.db import migrations


class Migration(migrations.Migration):
    """The model is named for what it holds. The table keeps its name, so that no statement is run."""

    dependencies = [("guests", "0010_say_the_same_of_stored_tables")]

    operations = [
        migrations.AlterModelTable(name="Glance", table="guests_glance"),
        migrations.RenameModel(old_name="Glance", new_name="CachedGuest"),
    ]
