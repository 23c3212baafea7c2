import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0011_name_the_actors_in_help_texts'),
        ('issuance', '0024_count_what_was_decided'),
    ]

    operations = [
        # Only the state: no row and no column changes.
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.AlterField(
                model_name='approvalrequest',
                name='same_file_accepted',
                field=models.BooleanField(default=False, help_text='The user who asked knew that the same file had been issued lately.'),
            ),
            migrations.AlterField(
                model_name='issuance',
                name='accepts_failures',
                field=models.BooleanField(default=False, help_text='A user resumed it knowing of the failures: they no longer pause it.'),
            ),
            migrations.AlterField(
                model_name='issuance',
                name='included_anyway',
                field=models.JSONField(blank=True, default=list, help_text='Exclusions that a user has overridden: codes of issuance.audience.screening.'),
            ),
            migrations.AlterField(
                model_name='issuance',
                name='only_members',
                field=models.BooleanField(default=False, help_text='Guests who are probably no members are left out.'),
            ),
            migrations.AlterField(
                model_name='issuance',
                name='only_variant',
                field=models.ForeignKey(blank=True, help_text='All guests in this arm.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.variant'),
            ),
            migrations.AlterField(
                model_name='issuance',
                name='rewarded_within_days',
                field=models.PositiveSmallIntegerField(default=0, help_text='Guests with any reward of as many days are left out; 0 leaves none out for that.'),
            ),
            migrations.AlterField(
                model_name='issuance',
                name='step',
                field=models.CharField(choices=[('people', 'Add people'), ('columns', 'Match columns'), ('check', 'Check and fix'), ('split', 'Split into arms'), ('review', 'Review and issue')], default='people', help_text='Where a user last was with it.', max_length=10),
            ),
            migrations.AlterField(
                model_name='upload',
                name='as_last_time',
                field=models.BooleanField(default=False, help_text='Matched as a user matched such a file before.'),
            ),
            migrations.AlterField(
                model_name='upload',
                name='rules',
                field=models.JSONField(default=dict, help_text='What a user has decided for all lines of a kind.'),
            ),
        ]),
    ]
