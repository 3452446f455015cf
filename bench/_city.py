"""Makes a city's worth of orders out of the demo town's, for measuring lists and intake at size.

The demo town gives some three thousand natural reports with their units, categories and places. They are multiplied
in the database: the same skew of words, categories and units, dates spread over three years, nearly all closed.
"""

from __future__ import annotations

from _measure import manage
from django.db import connections

_MULTIPLY = """
CREATE TEMP TABLE sample ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY matter_id) - 1 AS place, o.*
    FROM workorders_workorder o WHERE source <> 'bench';
CREATE TEMP TABLE pick ON COMMIT DROP AS
    SELECT %(base)s + n AS id, n,
           floor(power(random(), 1.6) * (SELECT count(*) FROM sample))::bigint AS place,
           now() - (random() * interval '1095 days') - interval '1 day' AS opened_at,
           random() AS luck
    FROM generate_series(1, %(more)s) n;
CREATE INDEX ON pick (place);
CREATE INDEX ON sample (place);
ANALYZE pick; ANALYZE sample;
INSERT INTO journal_thread (id, kind, sealed, key, started_at, length, head)
    SELECT id, 'workorders', false, gen_random_uuid(), opened_at, 1, sha256('bench') FROM pick;
INSERT INTO matters_matter (thread_id, number, kind, title, state, division_id, answerable_id, opened_at, closed_at,
                            next_due_at, audience)
    SELECT p.id, 'B' || p.id, 'workorders', s.title, CASE WHEN p.luck < 0.03 THEN 'in_hand' ELSE 'closed' END,
           s.grid_id, s.unit_id, p.opened_at, CASE WHEN p.luck < 0.03 THEN NULL ELSE p.opened_at + interval '3 days' END,
           CASE WHEN p.luck < 0.03 THEN now() + (random() * interval '20 days') - interval '2 days' END, 'everyone'
    FROM pick p JOIN sample s USING (place);
INSERT INTO workorders_workorder (
        matter_id, number, title, description, appeal, channel, category_id, confidence, suggestions, urgent, lon, lat,
        place_text, street_id, community_id, grid_id, building_id, unit_id, joint, rule_id, handler_id, answered_by_id,
        state, open, opened_at, closed_at, next_due_at, answer_due_at, answered_at, reopened, solved, satisfied,
        reporter_id, private, history, source, source_key, words)
    SELECT m.thread_id, m.number, s.title, s.description, s.appeal, s.channel, s.category_id, s.confidence,
           s.suggestions, s.urgent, s.lon, s.lat, s.place_text, s.street_id, s.community_id, s.grid_id, s.building_id,
           s.unit_id, s.joint, s.rule_id, NULL, NULL, m.state, m.state <> 'closed', m.opened_at, m.closed_at,
           m.next_due_at, m.opened_at + interval '10 days', m.closed_at, 0, true, 4, NULL, false, false, 'bench',
           m.number, s.words
    FROM matters_matter m JOIN pick p ON p.id = m.thread_id JOIN sample s USING (place);
"""


def prepare() -> None:
    """Lay the demo town into an empty bench database (a few minutes, once)."""
    if count() == 0:
        print("· filling the bench's database with the demo town", flush=True)
        manage("demo")


def count() -> int:
    """How many orders there are."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workorders_workorder")
        return int(cursor.fetchone()[0])


def fill(orders: int) -> int:
    """Multiply the demo town's orders until there are ``orders``. Gives how many there are."""
    owner = connections["owner"]
    owner.ensure_connection()
    with owner.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(max(matter_id), 0) FROM workorders_workorder")
        count, _top = cursor.fetchone()
        while count < orders:
            more = min(orders - count, 200_000)
            cursor.execute("SELECT coalesce(max(id), 0) FROM journal_thread")
            (base,) = cursor.fetchone()
            cursor.execute("BEGIN")
            for statement in _MULTIPLY.split(";\n"):
                if statement.strip():
                    cursor.execute(statement, {"base": base, "more": more} if "%(" in statement else None)
            cursor.execute("COMMIT")
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('journal_thread', 'id'), max(id)) FROM journal_thread"
            )
            count += more
            print(f"· {count:,} orders", flush=True)
        for name in ("journal_thread", "matters_matter", "workorders_workorder"):
            cursor.execute(f"VACUUM (ANALYZE) {name}")
    return int(count)
