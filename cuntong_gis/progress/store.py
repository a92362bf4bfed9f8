"""The ledger's tables: append, look up, lock. SQLite in the workspace, PostgreSQL by URL; no rule of the ledger."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.entries import CAMPAIGN, Entry
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

BUSY_S = 60
"""So long a SQLite ledger waits for another process that writes."""
CONNECTIONS, LOCKING = 90, 5
"""PostgreSQL connections of one process at most, for quick posts and for all else: together fewer than a server as
shipped allows (max_connections 100, three of them kept for its superuser)."""
CHUNK = 500
"""Values looked up in one statement."""
LATEST = "0001"
"""The migration that this version writes."""
SQLITE = "sqlite:///"
MIGRATING = 7_266_001
"""PostgreSQL's advisory lock held while the tables are made."""

ALEMBIC = threading.Lock()
"""Alembic works on names of its module: one migration of this process at a time."""

metadata = sa.MetaData()
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("entry_id", sa.Text),
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("kind", "subject", "unit", "measure")),
    sa.Column("level", sa.Float(53)),
    sa.Column("resets", sa.Boolean),
    sa.Column("happened_on", sa.Date),
    sa.Column("counts_on", sa.Date),
    *(
        sa.Column(name, sa.Text)
        for name in (
            "reported_at", "device_at", "reported_by", "note", "reason", "approver", "corrects", "conflicts_with",
            "revision", "evidence", "detail", "hash",
        )
    ),
)  # fmt: skip
heads = sa.Table(
    "heads",
    metadata,
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("hash", sa.Text),
    sa.Column("reported_at", sa.Text),
    sa.Column("frozen_through", sa.Date),
    sa.Column("revision", sa.Text),
)
closed = sa.Table(
    "closed",
    metadata,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("last_day", sa.Date),
    sa.Column("figures", sa.LargeBinary),
    sa.Column("sha256", sa.Text),
)


@dataclass(frozen=True)
class Head:
    """The end of a chain, with what was decided for the whole campaign: one look at it tells all that a post rests on.

    Attributes
    ----------
    chain : str
        Which one.
    number : int
        Of its last entry; 0 when it has none.
    hash : str
        Of its last entry.
    reported_at : str
        Of its last entry.
    frozen_through : date or None
        Last day of the latest frozen period.
    revision : str
        In force; "" when none was registered.
    """

    chain: str
    number: int
    hash: str
    reported_at: str
    frozen_through: dt.date | None
    revision: str

    def decided(self, campaign: Head) -> Head:
        """Return the end with what was decided for the whole campaign.

        Parameters
        ----------
        campaign : Head
            End of the campaign's own chain.

        Returns
        -------
        Head
            Of the same entries.
        """
        return replace(self, frozen_through=campaign.frozen_through, revision=campaign.revision)


class Store:
    """The tables of one ledger.

    Parameters
    ----------
    url : str
        SQLAlchemy URL of a SQLite file or a PostgreSQL base.

    Raises
    ------
    LedgerError
        If it cannot be opened, or was written by a later version.
    """

    def __init__(self, url: str) -> None:
        try:
            self.engine = _engine(url)
            self._quick = self.engine if self.is_sqlite else _quick(self.engine)
            _migrate(self.engine)
        except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:
            raise cannot_open(url, error) from error

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the ledger is a file of this workspace.

        Returns
        -------
        bool
            False: a server.
        """
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that commits at the end of the block, durably.

        Yields
        ------
        Connection
            On SQLite the only writer.
        """
        with self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def glancing(self) -> Iterator[sa.PoolProxiedConnection]:
        """Give a driver's connection to PostgreSQL that commits each statement: the quick way of a single post.

        Yields
        ------
        PoolProxiedConnection
            For `glance` and `append_at`.

        Raises
        ------
        SQLAlchemyError
            Whatever the driver raised, as SQLAlchemy names it.
        """
        connection = self._quick.raw_connection()
        try:
            yield connection
        except self._quick.dialect.loaded_dbapi.IntegrityError as error:
            raise sa.exc.IntegrityError("append", None, error) from error
        except self._quick.dialect.loaded_dbapi.Error as error:
            broken = bool(getattr(connection.driver_connection, "closed", True))
            connection.invalidate()
            if broken:  # the others were cut as well, most likely
                self._quick.dispose()
            raise sa.exc.DBAPIError("append", None, error, connection_invalidated=broken) from error
        finally:
            connection.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the ledger.

        Yields
        ------
        Connection
            That waits for no writer.

        Raises
        ------
        LedgerError
            If it cannot be read.
        """
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        try:
            with self.engine.connect().execution_options(cuntong_reads=True, **level) as connection, connection.begin():
                yield connection
        except (sa.exc.SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise cannot_open(self.engine.url.render_as_string(hide_password=False), error) from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._quick.dispose()


def cannot_open(url: str, error: Exception) -> LedgerError:
    """Return the error of a ledger that cannot be opened.

    Parameters
    ----------
    url : str
        The URL; a password in it is not shown.
    error : Exception
        What happened.

    Returns
    -------
    LedgerError
        To be raised.
    """
    try:
        shown = sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        shown = "[ledger] url"
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    line = reason[0] if reason else type(error).__name__
    return LedgerError(
        Words(f"台账打不开：{line}", f"the ledger cannot be opened: {line}"),
        where=shown,
        hint=Words("核对 [ledger] url、文件权限或数据库服务", "check [ledger] url, the file's rights or the server"),
    )


def _engine(url: str) -> sa.Engine:
    address = sa.make_url(SQLITE if url.startswith(SQLITE) else url)
    if url.startswith(SQLITE):
        address = address.set(database=url.removeprefix(SQLITE))  # a path may hold any sign
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "postgresql":
        return sa.create_engine(address, pool_size=LOCKING, max_overflow=0, pool_pre_ping=True)
    if address.get_backend_name() != "sqlite" or not address.database:
        raise sa.exc.ArgumentError("only sqlite:///FILE and postgresql+psycopg://… are known")
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    # A connection each for writer and readers; none is kept open behind the user's back.
    engine = sa.create_engine(address, poolclass=NullPool, connect_args={"timeout": BUSY_S, "isolation_level": None})
    sa.event.listen(engine, "connect", _pragmas)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _quick(engine: sa.Engine) -> sa.Engine:
    return sa.create_engine(
        engine.url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        connect_args={"prepare_threshold": 0},
    )


def _pragmas(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("cuntong_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _migrate(engine: sa.Engine) -> None:
    with engine.connect().execution_options(cuntong_reads=True) as connection, connection.begin():
        if sa.inspect(connection).has_table("alembic_version"):
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            if found == LATEST:
                return
            if found is not None and str(found) > LATEST:
                raise LedgerError(
                    Words("台账由更新的版本写成", "the ledger was written by a later version"),
                    hint=Words("升级 cuntong-gis 后再用", "use that version of cuntong-gis"),
                )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cuntong_gis.progress:migrations")
    with ALEMBIC, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def lock_heads(connection: sa.Connection, chains: Iterable[str]) -> dict[str, Head]:
    """Take the chains for this transaction, in one order, and return their ends.

    Parameters
    ----------
    connection : Connection
        In a writing transaction.
    chains : iterable of str
        Chains to be appended to; new ones are begun.

    Returns
    -------
    dict of str to Head
        Each of them.
    """
    wanted = sorted(set(chains))
    known = set(connection.execute(sa.select(heads.c.chain).where(heads.c.chain.in_(wanted))).scalars())
    new = [chain for chain in wanted if chain not in known]
    if new:  # the campaign's first, as whoever decides for all chains takes it: neither waits for the other for ever
        campaign = _locked(connection, [CAMPAIGN], share=True)[CAMPAIGN]
    found = _locked(connection, wanted)
    if new:
        rows = [Head(chain, 0, "", "", None, "").decided(campaign).__dict__ for chain in new]
        connection.execute(_insert_or_leave(connection, heads), rows)
        found |= _locked(connection, new)
    return found


def _insert_or_leave(connection: sa.Connection, table: sa.Table) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _locked(connection: sa.Connection, chains: Sequence[str], *, share: bool = False) -> dict[str, Head]:
    query = sa.select(heads).where(heads.c.chain.in_(chains)).order_by(heads.c.chain).with_for_update(read=share)
    return {row.chain: Head(*row) for row in connection.execute(query)}


def lock_all(connection: sa.Connection) -> dict[str, Head]:
    """Take every chain for this transaction, the campaign's first, so that none can be begun meanwhile.

    Parameters
    ----------
    connection : Connection
        In a writing transaction.

    Returns
    -------
    dict of str to Head
        All ends.
    """
    _locked(connection, [CAMPAIGN])
    query = sa.select(heads).order_by(heads.c.chain).with_for_update()
    return {row.chain: Head(*row) for row in connection.execute(query)}


def append(connection: sa.Connection, new: Sequence[Entry], ends: Iterable[Head]) -> None:
    """Write entries and the new ends of their chains.

    Parameters
    ----------
    connection : Connection
        In a writing transaction that holds the chains.
    new : sequence of Entry
        In the order of their chains.
    ends : iterable of Head
        The ends after them.
    """
    if new:
        connection.execute(sa.insert(entries), [entry.__dict__ for entry in new])
    update = (
        sa.update(heads)
        .where(heads.c.chain == sa.bindparam("of"))
        .values({name: sa.bindparam(f"new_{name}") for name in Head.__dataclass_fields__ if name != "chain"})
    )
    rows = [{"of": h.chain, **{f"new_{k}": v for k, v in h.__dict__.items() if k != "chain"}} for h in ends]
    if rows:
        connection.execute(update, rows)


def find(connection: sa.Connection, column: str, values: Iterable[str]) -> list[Entry]:
    """Return the entries with one of some values in a column, in the order of their chains.

    Parameters
    ----------
    connection : Connection
        Any.
    column : str
        ``entry_id``, ``subject``, ``chain`` or ``kind``.
    values : iterable of str
        Wanted.

    Returns
    -------
    list of Entry
        Found.
    """
    wanted = sorted(set(values))
    order = (entries.c.reported_at, entries.c.chain, entries.c.number)
    found: list[Entry] = []
    for start in range(0, len(wanted), CHUNK):
        query = sa.select(entries).where(entries.c[column].in_(wanted[start : start + CHUNK])).order_by(*order)
        found += [Entry(*row) for row in connection.execute(query)]
    return found


COLUMNS = tuple(entries.c.keys())
REPEATED = frozenset(COLUMNS) - {"entry_id", "number", "level", "resets", "reported_at", "detail", "evidence", "hash"}
ROWS = 50_000
"""Rows taken from the driver at once."""
GLANCE = f"""
SELECT h.number, h.hash, h.reported_at, h.frozen_through, h.revision, {", ".join(f"e.{name}" for name in COLUMNS)}
FROM heads h LEFT JOIN (SELECT * FROM entries WHERE subject = ANY(%s) OR entry_id = ANY(%s)) e ON true
WHERE h.chain = %s ORDER BY e.reported_at, e.chain, e.number
"""
APPEND_AT = """
WITH moved AS (
  UPDATE heads SET number = %s, hash = %s, reported_at = %s
  WHERE chain = %s AND number = %s AND hash = %s AND frozen_through IS NOT DISTINCT FROM %s::date AND revision = %s
  RETURNING 1
)
INSERT INTO entries SELECT e.* FROM moved, jsonb_populate_recordset(NULL::entries, %s::jsonb) e
"""


def glance(
    connection: sa.PoolProxiedConnection, chain: str, subjects: Iterable[str], ids: Iterable[str]
) -> tuple[Head | None, list[Entry]]:
    """Return the end of a chain and what is known of some subjects and ids, in one look and without a lock.

    Parameters
    ----------
    connection : PoolProxiedConnection
        As of `Store.glancing`.
    chain : str
        The chain.
    subjects, ids : iterable of str
        Wanted.

    Returns
    -------
    head : Head or None
        None if there is no such chain yet.
    found : list of Entry
        In the order taken.
    """
    cursor = connection.cursor()
    cursor.execute(GLANCE, (sorted(set(subjects)), sorted(set(ids)), chain))
    rows = cursor.fetchall()
    if not rows:
        return None, []
    return Head(chain, *rows[0][:5]), [Entry(*row[5:]) for row in rows if row[5] is not None]


def append_at(connection: sa.PoolProxiedConnection, before: Head, after: Head, new: Sequence[Entry]) -> bool:
    """Append to a chain if it still ends where it was seen to end, in one statement.

    Parameters
    ----------
    connection : PoolProxiedConnection
        As of `Store.glancing`.
    before, after : Head
        The end as seen, and as it is to be.
    new : sequence of Entry
        All of this chain.

    Returns
    -------
    bool
        False: somebody else was quicker, and nothing was written.
    """
    rows = json.dumps([entry.__dict__ for entry in new], ensure_ascii=False, default=str)
    values = (
        after.number, after.hash, after.reported_at, before.chain, before.number, before.hash, before.frozen_through,
        before.revision, rows,
    )  # fmt: skip
    cursor = connection.cursor()
    cursor.execute(APPEND_AT, values)
    return bool(cursor.rowcount)


def close_period(connection: sa.Connection, period: str, last_day: dt.date, figures: bytes, sha256: str) -> None:
    """Keep the figures of a closed period.

    Parameters
    ----------
    connection : Connection
        In a writing transaction.
    period : str
        E.g. ``2016-06``.
    last_day : date
        Its last day.
    figures : bytes
        The figures as they were.
    sha256 : str
        Of `figures`.
    """
    row = {"period": period, "last_day": last_day, "figures": figures, "sha256": sha256}
    connection.execute(sa.insert(closed), [row])


@dataclass(frozen=True)
class Closed:
    """A closed period.

    Attributes
    ----------
    period : str
        E.g. ``2016-06``.
    last_day : date
        Its last day.
    figures : bytes
        As they were.
    sha256 : str
        Of `figures`.
    """

    period: str
    last_day: dt.date
    figures: bytes
    sha256: str


def closed_periods(connection: sa.Connection) -> list[Closed]:
    """Return the closed periods.

    Parameters
    ----------
    connection : Connection
        Any.

    Returns
    -------
    list of Closed
        By last day.
    """
    query = sa.select(closed).order_by(closed.c.last_day)
    return [Closed(*row) for row in connection.execute(query)]


def frame(connection: sa.Connection, known_at: dt.datetime | None) -> pd.DataFrame:
    """Return entries as a table.

    Parameters
    ----------
    connection : Connection
        Any.
    known_at : datetime or None
        UTC: only those taken up to then.

    Returns
    -------
    DataFrame
        Schema ``entries``, in the order (reported_at, chain, number).

    Notes
    -----
    A province's year is half a million rows: they are taken from the driver in parts, and texts that repeat are kept
    once.
    """
    until = "9999" if known_at is None else known_at.isoformat(timespec="microseconds") + "Z"
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    order = "ORDER BY reported_at, chain, number"
    cursor = connection.connection.cursor()
    cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM entries WHERE reported_at <= {mark} {order}", (until,))
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    known: dict[str, str] = {}
    while rows := cursor.fetchmany(ROWS):
        for name, values in zip(COLUMNS, zip(*rows, strict=True), strict=True):
            columns[name] += [known.setdefault(v, v) for v in values] if name in REPEATED else values
    table: pd.DataFrame = schema.conform(columns if columns["chain"] else {}, "entries")
    return table


def verify_rows(connection: sa.Connection) -> Iterator[Entry]:
    """Give every entry, chain by chain.

    Parameters
    ----------
    connection : Connection
        Any.

    Yields
    ------
    Entry
        In the order (chain, number).
    """
    # Days as they are written: a day that is none must be told, not trip the reading of all that follows.
    columns = [sa.type_coerce(c, sa.Text) if isinstance(c.type, sa.Date) else c for c in entries.c]
    query = sa.select(*columns).order_by(entries.c.chain, entries.c.number)
    for row in connection.execution_options(yield_per=10_000).execute(query):
        entry = Entry(*row)
        yield replace(entry, happened_on=_day(entry.happened_on), counts_on=_day(entry.counts_on))


def _day(value: Any) -> Any:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def all_heads(connection: sa.Connection) -> dict[str, Head]:
    """Return the ends of all chains as they are written.

    Parameters
    ----------
    connection : Connection
        Any.

    Returns
    -------
    dict of str to Head
        By chain.
    """
    return {row.chain: Head(*row) for row in connection.execute(sa.select(heads))}
