"""Makes a city's worth of orders out of the demo town's, for measuring lists and intake at size.

The demo town gives some two thousand natural reports with their units, categories and places. They are multiplied in
the database with a skew of our own: so many a day, some texts, categories and places far more often than others, what is
open mostly recent, a few words rare; each with four entries in its thread, its promise and its reporter. One street holds
them all: the worst case for its queue.

More orders means more years behind, not busier days: a database grows into the past. A million fills three years (three in
a hundred of them open), three million nine, a hundred thousand the last sixteen weeks.
"""

from __future__ import annotations

from typing import Any

from _measure import HOME, manage

#: A million orders fill so many days; nothing older is open.
DAYS = 1095
PER_DAY = 1_000_000 / DAYS
#: Entries in the thread of each order.
ENTRIES = 4
#: Words that a handful of orders in a million have.
RARE = ("鹦鹉", "热气球", "沼气池")

_MULTIPLY = """
CREATE TEMP TABLE sample AS
    SELECT row_number() OVER (ORDER BY md5(matter_id::text)) - 1 AS place, o.*
    FROM workorders_workorder o WHERE source = 'demo';
CREATE TEMP TABLE handlers AS
    SELECT organisation_id, array_agg(account_id) AS accounts FROM people_post
    WHERE role IN ('handler', 'unit_head', 'grid_member') GROUP BY 1;
CREATE TEMP TABLE drawn AS
    SELECT %(base)s + n AS id, (%(so_far)s + n) / %(per_day)s::float8 AS days, floor(power(random(), 1.8) * s.size)::bigint AS place,
           floor(random() * s.size)::bigint AS other, random() AS luck, random() AS way, random() AS age
    FROM generate_series(1, %(more)s) n, (SELECT count(*) AS size FROM sample) s;
CREATE TEMP TABLE pick AS
    SELECT *, %(newest)s::timestamptz - days * interval '1 day' AS opened_at,
           -- nearly all that is open came in during the last weeks; a few stragglers are years old
           days < %(span)s AND (luck < 0.0012 OR days < %(span)s * 0.06
           AND luck < power(1 - days / (%(span)s * 0.06), 2) * 1.45) AS open
    FROM drawn;
CREATE INDEX ON pick (place);
CREATE INDEX ON sample (place);
ANALYZE pick; ANALYZE sample;
INSERT INTO journal_thread (id, kind, sealed, key, started_at, length, head)
    SELECT id, 'workorders', false, gen_random_uuid(), opened_at, 4, sha256('bench') FROM pick ORDER BY id;
CREATE TEMP TABLE made AS
    SELECT p.*, s.title, s.description, s.appeal, s.channel, s.category_id, s.category_line, s.confidence, s.suggestions, s.urgent,
           s.lon, s.lat, s.place_text, s.street_id, s.unit_id, s.joint, s.rule_id, s.private,
           CASE WHEN p.open AND p.age < 0.02 OR p.age < 0.002 THEN NULL ELSE s.community_id END AS community_id,
           CASE WHEN p.open AND p.age < 0.02 OR p.age < 0.002 THEN NULL ELSE s.grid_id END AS grid_id,
           s.words || o.words[1 + floor(p.way * 30)::int : 4 + floor(p.way * 30)::int]
           || CASE WHEN p.luck BETWEEN 0.5 AND 0.50002 THEN ARRAY['鹦鹉'] ELSE '{}' END
           || CASE WHEN p.luck BETWEEN 0.6 AND 0.60005 THEN ARRAY['热气', '气球'] ELSE '{}' END
           || CASE WHEN p.luck BETWEEN 0.7 AND 0.70050 THEN ARRAY['沼气', '气池'] ELSE '{}' END AS words,
           CASE WHEN NOT p.open THEN
                CASE WHEN p.way < 0.96 THEN 'closed' WHEN p.way < 0.975 THEN 'merged'
                     WHEN p.way < 0.99 THEN 'withdrawn' ELSE 'declined' END
                WHEN p.way < 0.07 THEN 'triage' WHEN p.way < 0.25 THEN 'assigned' WHEN p.way < 0.73 THEN 'in_hand'
                WHEN p.way < 0.75 THEN 'waiting' WHEN p.way < 0.82 THEN 'answered' ELSE 'released' END AS state,
           CASE WHEN p.open AND p.way > 0.02 THEN p.opened_at + (0.5 + 20 * p.age) * interval '1 day' END AS due,
           h.accounts[1 + floor(p.age * cardinality(h.accounts))::int] AS handler_id
    FROM pick p JOIN sample s USING (place) JOIN sample o ON o.place = p.other
    LEFT JOIN handlers h ON h.organisation_id = s.unit_id;
INSERT INTO matters_matter (thread_id, number, kind, title, state, division_id, answerable_id, opened_at, closed_at,
                            next_due_at, audience)
    SELECT id, 'B' || id, 'workorders', title, state, coalesce(grid_id, street_id), unit_id, opened_at,
           CASE WHEN NOT open THEN opened_at + age * interval '9 days' END, due, 'everyone' FROM made ORDER BY made.id;
INSERT INTO workorders_workorder (
        matter_id, number, title, description, appeal, channel, category_id, category_line, confidence, suggestions, urgent,
        lon, lat, place_text, street_id, community_id, grid_id, unit_id, joint, rule_id, handler_id, state, open, opened_at,
        closed_at, next_due_at, answer_due_at, answered_at, reopened, solved, satisfied, private, history, source,
        source_key, words, promised_at, kept_at, stood_still, owed_by_id)
    SELECT id, 'B' || id, title, description, appeal, channel, category_id, category_line, confidence, suggestions, urgent,
           lon, lat, place_text, street_id, community_id, grid_id, CASE WHEN state = 'triage' THEN NULL ELSE unit_id END, joint,
           rule_id, CASE WHEN state IN ('triage', 'assigned') THEN NULL ELSE handler_id END, state, open, opened_at,
           CASE WHEN NOT open THEN opened_at + age * interval '9 days' END, due, opened_at + interval '10 days', NULL,
           0, CASE WHEN state = 'closed' THEN way < 0.8 END, CASE WHEN state = 'closed' THEN 1 + floor(way * 5) END,
           private, false, 'bench', id::text, words, opened_at + interval '10 days',
           CASE WHEN NOT open THEN opened_at + age * interval '12 days' END, false,
           CASE WHEN state = 'triage' THEN NULL ELSE unit_id END FROM made ORDER BY made.id;
INSERT INTO journal_entry (thread_id, position, verb, part, at, text, salt, words, detail, audience, previous, digest)
    SELECT m.id, e.position, e.verb, e.part, m.opened_at + e.after * m.age * interval '9 days', e.text,
           decode(md5(m.id::text || e.position), 'hex'), sha256(('w' || m.id || e.position)::bytea), e.detail::jsonb,
           e.audience, sha256(('p' || m.id || e.position)::bytea), sha256(('d' || m.id || e.position)::bytea)
    FROM made m CROSS JOIN (VALUES
        (1, 'workorders.report', 'reporter', 0.0, '', 'everyone',
         '{"channel": "web", "confidence": 0.93, "category": "010105", "place_by": "point", "content": "0123456789abcdef"}'),
        (2, 'workorders.dispatch', 'service', 0.0, '', 'everyone',
         '{"unit": "市政养护队", "unit_id": 1, "rule": "Q0105", "joint": []}'),
        (3, 'workorders.accept', 'handler', 0.2, '', 'everyone', '{}'),
        (4, 'workorders.answer', 'handler', 1.0, '已经到现场看过，当天修好，并请您留意周边情况，有问题随时再反映。', 'parties', '{}')
    ) AS e (position, verb, part, after, text, audience, detail) ORDER BY m.id, e.position;
INSERT INTO matters_deadline (matter_id, promise, amount, unit, jurisdiction, starts_at, due_at, extensions, pauses, met_at,
                              marks, mark)
    SELECT id, 'answer', 5, 'work_days', 'CN', opened_at, coalesce(due, opened_at + interval '10 days'), 0, '[]'::jsonb,
           CASE WHEN NOT open THEN opened_at + age * interval '9 days' END, '{80,100,150}', 0 FROM made ORDER BY id;
INSERT INTO matters_party (matter_id, part, since) SELECT id, 'reporter', opened_at FROM made ORDER BY id;
"""


def prepare(*arguments: str) -> None:
    """Lay the demo town into an empty bench database (a few minutes, once). ``arguments`` are the demo's."""
    from gongzhi.territory.models import Division

    if not Division.objects.exists():
        print("· filling the bench's database with the demo town", flush=True)
        manage("demo", *arguments)


def count() -> int:
    """How many orders there are."""
    from gongzhi.workorders.models import WorkOrder

    return WorkOrder.objects.count()


def settle() -> None:
    """Close what former runs have taken in: thousands of open reports at the same few hundred places are no city."""
    with _administrator() as db, db.cursor() as cursor:
        # before the keys are left out: the counts of days follow by a trigger
        cursor.execute(
            "UPDATE workorders_workorder SET open = false, state = 'closed', closed_at = opened_at, next_due_at = NULL"
            " WHERE open AND source IN ('web', 'api:anon')"
        )
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE matters_matter m SET state = 'closed', closed_at = m.opened_at, next_due_at = NULL"
            " FROM workorders_workorder w WHERE w.matter_id = m.thread_id AND m.closed_at IS NULL AND w.state = 'closed'"
        )
        cursor.execute(
            "UPDATE matters_deadline d SET cancelled_at = now(), next_look_at = NULL FROM matters_matter m"
            " WHERE m.thread_id = d.matter_id AND m.state = 'closed' AND d.next_look_at IS NOT NULL"
        )
        db.commit()
        db.autocommit = True
        for table in ("matters_matter", "matters_deadline", "workorders_workorder", "kit_throttle"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _administrator() -> Any:
    """A connection that may leave out foreign keys while copying what is consistent already."""
    import psycopg

    from gongzhi.kit.cluster import DATABASE, Cluster

    return psycopg.connect(**Cluster(HOME).parameters(dbname=DATABASE))


def _defaults(*, kept: bool) -> list[str]:
    """Statements that let the database fill in what a copy does not name, as the application would; or forget it."""
    from django.db.models import NOT_PROVIDED

    from gongzhi.journal.models import Thread
    from gongzhi.matters.models import Matter
    from gongzhi.workorders.models import WorkOrder

    told = {
        bool: str,
        int: str,
        str: lambda text: f"'{text}'",
        list: lambda _empty: "'{}'",
        dict: lambda _empty: "'{}'",
    }
    made = []
    for model in (Thread, Matter, WorkOrder):
        for field in model._meta.concrete_fields:
            if (
                field.null
                or field.generated
                or field.default is NOT_PROVIDED
                or type(field.get_default()) not in told
            ):
                continue
            value = field.get_default()
            column = f'ALTER TABLE {model._meta.db_table} ALTER COLUMN "{field.column}"'
            made.append(
                f"{column} SET DEFAULT {told[type(value)](value)}" if kept else f"{column} DROP DEFAULT"
            )
    return made


def _count_days() -> None:
    """Copies were made behind the back of the triggers: count the days anew."""
    from gongzhi.kit import clock
    from gongzhi.kit.acting import Actor
    from gongzhi.workorders.actions import folding

    folding.count_anew(by=Actor.for_service("bench"), at=clock.now())


def fill(orders: int) -> int:
    """Multiply the demo town's orders until there are ``orders``, further into the past. Gives how many there are."""
    have = count()
    if have >= orders:
        return have
    with _administrator() as db, db.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET work_mem = '256MB'")
        # indexes are made again at the end: one sort each instead of a million insertions
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = 'workorders_workorder'::regclass AND NOT indisunique"
        )
        kept = cursor.fetchall()
        cursor.execute(
            "SELECT count(*), coalesce(max(opened_at), now() - interval '20 minutes') FROM workorders_workorder"
            " WHERE source = 'bench'"
        )
        made, newest = cursor.fetchone()  # type: ignore[misc]
        for name, _definition in kept:
            cursor.execute(f"DROP INDEX {name}")
        for statement in _defaults(kept=True):
            cursor.execute(statement)
        so_far, total = 0, orders - have
        while so_far < total:
            more = min(total - so_far, 100_000)
            cursor.execute("SELECT max(id) FROM journal_thread")
            values = {
                "base": cursor.fetchone()[0],  # type: ignore[index]
                "more": more,
                "so_far": made + so_far,
                "per_day": PER_DAY,
                "newest": newest,
                "span": DAYS,
            }
            for statement in _MULTIPLY.split(";\n"):
                if statement.strip():
                    cursor.execute(statement, values if "%(" in statement else None)
            cursor.execute("DROP TABLE sample, handlers, drawn, pick, made")
            so_far += more
            print(f"· {have + so_far:,} orders", flush=True)
        # numbers of today end in the last six digits of the key: the next ones must not meet those of the demo town
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('journal_thread', 'id'), max(id) + 500000) FROM journal_thread"
        )
        for statement in _defaults(kept=False):
            cursor.execute(statement)
        for name, definition in kept:
            print(f"· index {name}", flush=True)
            cursor.execute(definition)
        db.commit()
        db.autocommit = True
        for table in (
            "journal_thread", "journal_entry", "matters_matter", "matters_deadline", "matters_party", "workorders_workorder",
        ):  # fmt: skip
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        _count_days()
        cursor.execute("VACUUM (ANALYZE) workorders_daycount")
    return have + so_far
