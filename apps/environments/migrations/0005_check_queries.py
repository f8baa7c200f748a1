from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('environments', '0004_protection_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='environment',
            name='check_queries',
            field=models.BooleanField(default=False, help_text='after an apply, ask each chart that was written for one row'),
        ),
    ]
