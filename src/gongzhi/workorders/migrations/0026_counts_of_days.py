"""Counts of days: what the orders of a day are is told by one function; the database itself writes what a change to an order
adds and takes away, in the transaction of the change, whoever makes it. What there is already is counted here."""

from django.conf import settings
from django.db import migrations, models

_ZONE = settings.TIME_ZONE.replace("'", "")

# What one order counts for: the day it came in, the day its answer was promised for if it is owed, the day it was closed.
# Rounded so far that no figure of ``figures.counting`` changes; nobody is in a place without a street.
_COUNTS = """
CREATE FUNCTION workorders_counts(o workorders_workorder, zone text) RETURNS TABLE (
    base varchar, day timestamptz, street_id bigint, community_id bigint, grid_id bigint, unit_id bigint, category_id bigint,
    channel varchar, appeal varchar, urgent boolean, reopened smallint, state varchar, stood_still boolean, kept_at timestamptz,
    solved boolean, satisfied smallint
) LANGUAGE sql STABLE AS $$
    SELECT 'opened'::varchar, date_trunc('day', o.opened_at, zone), o.street_id, o.community_id, o.grid_id, o.unit_id,
           o.category_id, o.channel, o.appeal, o.urgent, least(o.reopened, 1)::smallint,
           (CASE WHEN o.state IN ('merged', 'declined') THEN o.state ELSE '' END)::varchar, false, NULL::timestamptz,
           NULL::boolean, NULL::smallint
    WHERE o.street_id IS NOT NULL
    UNION ALL
    SELECT 'due'::varchar, date_trunc('day', o.promised_at, zone), o.street_id, o.community_id, o.grid_id, o.owed_by_id,
           o.category_id, o.channel, o.appeal, o.urgent, 0::smallint,
           (CASE WHEN o.state = 'suspended' THEN o.state ELSE '' END)::varchar, o.stood_still,
           CASE WHEN o.kept_at <= o.promised_at THEN date_trunc('day', o.promised_at, zone) ELSE o.kept_at END,
           NULL::boolean, NULL::smallint
    WHERE o.street_id IS NOT NULL AND o.promised_at IS NOT NULL
      AND o.state NOT IN ('merged', 'withdrawn', 'declined', 'voided') AND (NOT o.stood_still OR o.state = 'suspended')
    UNION ALL
    SELECT 'closed'::varchar, date_trunc('day', o.closed_at, zone), o.street_id, o.community_id, o.grid_id, o.unit_id,
           o.category_id, o.channel, o.appeal, false, 0::smallint, o.state, false, NULL::timestamptz, o.solved,
           (CASE WHEN o.satisfied >= 4 THEN 5 WHEN o.satisfied < 4 THEN 1 END)::smallint
    WHERE o.street_id IS NOT NULL AND o.closed_at IS NOT NULL AND o.state = 'closed'
$$;
"""
_COLUMNS = (
    "base, day, street_id, community_id, grid_id, unit_id, category_id, channel, appeal, urgent, reopened, state, stood_still,"
    " kept_at, solved, satisfied"
)
_FOLLOW = f"""
CREATE FUNCTION workorders_follow_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO workorders_daycount (book, {_COLUMNS}, n)
            SELECT '', c.*, 1 FROM workorders_counts(NEW, TG_ARGV[0]) c;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO workorders_daycount (book, {_COLUMNS}, n)
            SELECT '', c.*, -1 FROM
                (SELECT * FROM workorders_counts(OLD, TG_ARGV[0]) EXCEPT SELECT * FROM workorders_counts(NEW, TG_ARGV[0])) c
            UNION ALL SELECT '', c.*, 1 FROM
                (SELECT * FROM workorders_counts(NEW, TG_ARGV[0]) EXCEPT SELECT * FROM workorders_counts(OLD, TG_ARGV[0])) c;
    ELSE
        INSERT INTO workorders_daycount (book, {_COLUMNS}, n)
            SELECT '', c.*, -1 FROM workorders_counts(OLD, TG_ARGV[0]) c;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counts_come_and_go AFTER INSERT OR DELETE ON workorders_workorder
    FOR EACH ROW EXECUTE FUNCTION workorders_follow_counts('{_ZONE}');
CREATE TRIGGER counts_follow AFTER UPDATE ON workorders_workorder FOR EACH ROW
    WHEN ((OLD.opened_at, OLD.promised_at, OLD.kept_at, OLD.stood_still, OLD.owed_by_id, OLD.closed_at, OLD.state, OLD.street_id,
           OLD.community_id, OLD.grid_id, OLD.unit_id, OLD.category_id, OLD.channel, OLD.appeal, OLD.urgent, OLD.reopened,
           OLD.solved, OLD.satisfied)
          IS DISTINCT FROM
          (NEW.opened_at, NEW.promised_at, NEW.kept_at, NEW.stood_still, NEW.owed_by_id, NEW.closed_at, NEW.state, NEW.street_id,
           NEW.community_id, NEW.grid_id, NEW.unit_id, NEW.category_id, NEW.channel, NEW.appeal, NEW.urgent, NEW.reopened,
           NEW.solved, NEW.satisfied))
    EXECUTE FUNCTION workorders_follow_counts('{_ZONE}');
"""
# The same sum as ``actions.folding`` makes anew; as it was when this was written.
_FILL = f"""
INSERT INTO workorders_daycount (book, {_COLUMNS}, n)
SELECT b.book, c.base, c.day, c.street_id, CASE WHEN b.community THEN c.community_id END, CASE WHEN b.grid THEN c.grid_id END,
       CASE WHEN b.unit THEN c.unit_id END, CASE WHEN b.category THEN c.category_id END,
       CASE WHEN b.channel THEN c.channel ELSE '' END, CASE WHEN b.appeal THEN c.appeal ELSE '' END, c.urgent, c.reopened,
       c.state, c.stood_still, c.kept_at, c.solved, c.satisfied, sum(c.n)
FROM (SELECT c.*, count(*) AS n FROM workorders_workorder o, LATERAL workorders_counts(o, '{_ZONE}') c
      GROUP BY {", ".join(str(n + 1) for n in range(16))}) c
CROSS JOIN (VALUES ('place', true, true, false, false, false, false), ('unit', false, false, true, false, false, false),
                   ('topic', false, false, false, true, false, false), ('channel', false, false, false, false, true, true),
                   ('detail', true, true, false, true, true, false))
           AS b (book, community, grid, unit, category, channel, appeal)
GROUP BY {", ".join(str(n + 1) for n in range(17))} ORDER BY 2, 1, 4, 3
"""
_TAKE_OFF = """
DROP TRIGGER counts_follow ON workorders_workorder;
DROP TRIGGER counts_come_and_go ON workorders_workorder;
DROP FUNCTION workorders_follow_counts();
DROP FUNCTION workorders_counts(workorders_workorder, text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('workorders', '0025_late_by_age'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('book', models.CharField(blank=True, max_length=8)),
                ('base', models.CharField(max_length=6)),
                ('day', models.DateTimeField()),
                ('street_id', models.BigIntegerField()),
                ('community_id', models.BigIntegerField(null=True)),
                ('grid_id', models.BigIntegerField(null=True)),
                ('unit_id', models.BigIntegerField(null=True)),
                ('category_id', models.BigIntegerField(null=True)),
                ('channel', models.CharField(blank=True, max_length=8)),
                ('appeal', models.CharField(blank=True, max_length=12)),
                ('urgent', models.BooleanField(default=False)),
                ('reopened', models.PositiveSmallIntegerField(default=0)),
                ('state', models.CharField(blank=True, max_length=20)),
                ('stood_still', models.BooleanField(default=False)),
                ('kept_at', models.DateTimeField(null=True)),
                ('solved', models.BooleanField(null=True)),
                ('satisfied', models.PositiveSmallIntegerField(null=True)),
                ('n', models.IntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['base', 'book', 'street_id', 'day'], name='counts_of_days')],
            },
        ),
        # what waits for the end of the transaction would forbid a trigger on the table
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL([_COUNTS, _FOLLOW], _TAKE_OFF),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.RunSQL("ANALYZE workorders_daycount", migrations.RunSQL.noop),
    ]
