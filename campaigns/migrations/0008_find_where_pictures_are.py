"""Pages load pictures only from where a merchant's rewards have them. Each reading of a catalog writes that again."""

from django.db import migrations

from ui.components.rewards import origin_of_image


def find(apps, schema_editor):
    Merchant = apps.get_model("campaigns", "Merchant")
    for merchant in Merchant.objects.iterator():
        urls = merchant.reward_templates.order_by().values_list("image_url", flat=True).distinct()
        origins = sorted({origin_of_image(url) for url in urls} - {""})
        Merchant.objects.filter(pk=merchant.pk).update(picture_origins=" ".join(origins[:20]))


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0007_remember_where_pictures_are")]

    operations = [migrations.RunPython(find, migrations.RunPython.noop)]
