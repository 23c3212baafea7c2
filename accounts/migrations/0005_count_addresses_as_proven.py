"""Addresses count only once they are proven. Those of present users count as proven, so that no user is locked out."""

from django.db import migrations
from django.db.models.functions import Lower


def count_as_proven(apps, schema_editor):
    Address = apps.get_model("account", "EmailAddress")
    taken = set(Address.objects.filter(verified=True).values_list(Lower("email"), "user_id"))
    owners = {email: user_id for email, user_id in taken}
    for user in apps.get_model("accounts", "User").objects.order_by("pk").iterator():
        email = user.email.lower()
        if not email or owners.get(email, user.pk) != user.pk:
            continue
        owners[email] = user.pk
        Address.objects.filter(user=user).exclude(email=email).filter(verified=False).delete()
        Address.objects.filter(user=user).exclude(email=email).update(primary=False)
        Address.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_find_audit_entries_by_time"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(count_as_proven, migrations.RunPython.noop)]
