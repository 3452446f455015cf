"""Django database backend: PostgreSQL that always knows in whose name it is asked.

`ENGINE = "gongzhi.kit.db"`. The work is in `base` (Django side) and `identity` (psycopg side).
"""
