"""How many rows the large tables have, without reading all of them: counted every night, and what came since."""

from __future__ import annotations

from .database import Database


def recount(database: Database) -> None:
    """Counts the rows that came since the last time; inside a transaction."""
    for name in ("items", "stories", "threads"):
        database.conn.execute(
            f"""UPDATE counted SET (total, up_to) = (
                  SELECT counted.total + COUNT(*), MAX(counted.up_to, COALESCE(MAX(id), 0))
                  FROM {name} NOT INDEXED WHERE id > counted.up_to)
                WHERE name = ?""",  # noqa: S608 (the names above)
            (name,),
        )


def total(database: Database, name: str) -> int:
    """Rows of ``items``, ``stories`` or ``threads``: those counted last night, and those that came since.

    Reading every row of years to count them would cost a second each time somebody asks how things are.
    """
    sql = f"SELECT total + (SELECT COUNT(*) FROM {name} NOT INDEXED WHERE id > up_to) FROM counted WHERE name = ?"  # noqa: S608
    return int(database.conn.execute(sql, (name,)).fetchone()[0])
