from django.db import migrations

from core.operations import NoOverlap


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]
    operations = [
        NoOverlap("teams_adminarea", text_key="code"),
        NoOverlap("teams_unit", text_key="code"),
        NoOverlap("teams_team", text_key="code"),
        NoOverlap("teams_unitplacement", id_key="unit_id"),
        NoOverlap("teams_teamhome", id_key="team_id"),
    ]
