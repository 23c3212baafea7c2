"""Seeds of second factors, which lay in clear in allauth's rows, are sealed in rows of their own."""

from django.db import migrations, models

from vault.sealing import seal


def seal_seeds(apps, schema_editor):
    Seed = apps.get_model("accounts", "FactorSeed")

    def sealed(text):
        if text.startswith("stored seed "):
            return text
        row = Seed.objects.create(sealed=seal(text.encode(), purpose="seed of a second factor"))
        return f"stored seed {row.pk}"

    for factor in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn").order_by("pk").iterator():
        for name in {"secret", "seed"} & set(factor.data):
            factor.data[name] = sealed(factor.data[name])
        if "migrated_codes" in factor.data:
            factor.data["migrated_codes"] = [sealed(code) for code in factor.data["migrated_codes"]]
        factor.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_link_old_audit_entries"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.CreateModel(
            name="FactorSeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.BinaryField()),
            ],
        ),
        migrations.RunPython(seal_seeds, migrations.RunPython.noop),
    ]
