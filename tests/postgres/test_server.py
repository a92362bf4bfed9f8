"""The server that the ledger's tests run on is a real one, as shipped, and every test has a database to itself."""

from __future__ import annotations

import sqlalchemy as sa


def asked(url: str, question: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return connection.execute(sa.text(question)).scalar_one()


def written(url: str) -> list[str]:
    """Make a table, and return which tables were there before."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    before = sa.inspect(engine).get_table_names()
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE village (name text)"))
        connection.execute(sa.text("INSERT INTO village VALUES ('红星村')"))
    return before


def test_a_fresh_database_takes_a_table(ledger_url):
    assert written(ledger_url) == []
    assert asked(ledger_url, "SELECT name FROM village") == "红星村"


def test_the_next_test_has_a_fresh_one_again(ledger_url):
    assert written(ledger_url) == []


def test_the_server_is_as_safe_as_shipped_and_as_wide_as_88_reporters_need(postgres_url):
    assert [asked(postgres_url, f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]
    assert int(str(asked(postgres_url, "SHOW max_connections"))) >= 150
    assert asked(postgres_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
