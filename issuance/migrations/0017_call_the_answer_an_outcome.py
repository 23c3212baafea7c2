"""Both kinds of requests name their outcome alike. Only Django's idea of the column moves: the table stays as it is."""

from django.db import migrations, models
from django.db.models import F, Q

OUTCOMES = [("approved", "Approved"), ("declined", "Declined"), ("withdrawn", "Withdrawn"), ("voided", "No longer held")]
OWN = "nobody_approves_their_own_revocation"


class Migration(migrations.Migration):
    dependencies = [("issuance", "0016_leave_the_sealed_key_to_the_vault")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="revocationrequest", name=OWN),
                migrations.RenameField(model_name="revocationrequest", old_name="answer", new_name="outcome"),
                migrations.AlterField(
                    model_name="revocationrequest",
                    name="outcome",
                    field=models.CharField(blank=True, choices=OUTCOMES, db_column="answer", max_length=20),
                ),
                migrations.AddConstraint(
                    model_name="revocationrequest",
                    constraint=models.CheckConstraint(
                        condition=~Q(outcome="approved") | ~Q(ended_by=F("asked_by")), name=OWN
                    ),
                ),
            ],
        ),
    ]
