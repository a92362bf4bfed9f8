"""The ledger: entries, heads of the chains, closed periods; no entry is ever changed or removed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXTS = (
    "kind", "subject", "unit", "measure", "reported_at", "device_at", "reported_by", "note", "reason", "approver",
    "corrects", "conflicts_with", "revision", "evidence", "detail", "hash",
)  # fmt: skip

SQLITE_GUARD = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
POSTGRES_GUARD = """
CREATE FUNCTION cuntong_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
"""
UNIT = """
CREATE FUNCTION cuntong_unit() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT regexp_replace(NULLIF(unit, ''), '^([0-9]{2})0000$|^([0-9]{4})00$', '\\1\\2') FROM (SELECT CASE
    WHEN current_user ~ '^cuntong_[0-9]{6}$' THEN substr(current_user, 9)
    ELSE current_setting('cuntong.unit', true) END) AS named (unit)
$$
"""


def upgrade() -> None:
    """Make the tables, and the guards that keep them append-only."""
    op.create_table(
        "entries",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.Text, nullable=False, unique=True),
        sa.Column("level", sa.Float(53)),
        sa.Column("resets", sa.Boolean, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("counts_on", sa.Date, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
    )
    op.create_index("entries_subject", "entries", ["subject"])
    op.create_index("entries_kind", "entries", ["kind", "chain"])
    shown = sa.text("evidence <> ''")
    op.create_index("entries_evidence", "entries", ["evidence"], sqlite_where=shown, postgresql_where=shown)
    op.create_table(
        "heads",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("reported_at", sa.Text, nullable=False),
        sa.Column("frozen_through", sa.Date),
        sa.Column("revision", sa.Text, nullable=False),
    )
    op.create_table(
        "closed",
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("figures", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO heads (chain, number, hash, reported_at, revision) VALUES ('000000', 0, '', '', '')")
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        for table in ("entries", "closed"):
            for verb in ("UPDATE", "DELETE"):
                op.execute(SQLITE_GUARD.format(table=table, verb=verb))


def _guard_postgres() -> None:
    op.execute(POSTGRES_GUARD)
    for table in ("entries", "closed"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION cuntong_append_only()"
        )
    # A connection that names its unit (SET cuntong.unit = '520527'; '520500' and '520000' stand for all below them)
    # sees and adds only what is of that unit. Whoever may connect may also name another: a role that must not is
    # called cuntong_520527 and is of that unit whatever it names. The owner of the tables, and a role that may
    # BYPASSRLS, sees all.
    op.execute(UNIT)
    op.execute("ALTER TABLE entries ENABLE ROW LEVEL SECURITY")
    of_unit = "starts_with(chain, cuntong_unit())"
    op.execute(f"CREATE POLICY of_unit ON entries USING (chain = '000000' OR {of_unit}) WITH CHECK ({of_unit})")
