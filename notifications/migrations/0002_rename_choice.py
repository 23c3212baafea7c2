from django.db import migrations


class Migration(migrations.Migration):
    """The model has a name of its own now. The table keeps its name, so that no statement is run."""

    dependencies = [("notifications", "0001_create_notifications")]

    operations = [
        migrations.AlterModelTable(name="Choice", table="notifications_choice"),
        migrations.RenameModel(old_name="Choice", new_name="NotificationChoice"),
    ]
