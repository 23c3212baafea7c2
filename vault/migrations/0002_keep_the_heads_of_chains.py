from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_take_over_the_sealed_key")]

    operations = [
        migrations.CreateModel(
            name="ChainKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True)),
                ("sealed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("restarted_after", models.PositiveBigIntegerField(null=True)),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
    ]
