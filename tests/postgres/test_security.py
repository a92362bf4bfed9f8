"""Row-level security: a role that is not the owner sees and adds what is of its unit, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from ledgers import OTHER, A, B, Clock, facts, settings, stage

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Ledger, open_ledger, verify_ledger

GRANTS = """
GRANT SELECT, INSERT ON entries TO {role}; GRANT SELECT, INSERT, UPDATE ON heads TO {role};
GRANT SELECT ON closed, alembic_version TO {role}
"""


@pytest.fixture
def roles(postgres) -> Iterator[dict[str, str]]:
    """Give two roles that do not own the tables: one for whoever names a unit, one whose name says it."""
    names = {"clerk": postgres.password, "cuntong_520527": postgres.password}
    with postgres.admin() as admin:
        for name, password in names.items():
            admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
    yield names
    with postgres.admin() as admin:
        for name in names:
            admin.execute(f"DROP ROLE {name}")


@pytest.fixture
def url(postgres, roles, postgres_url: str) -> Iterator[str]:
    with open_ledger(postgres_url, facts(), settings(), now=Clock()) as ledger:
        ledger.post([stage(A, 1, "2016-06-01", "ours"), stage(OTHER, 1, "2016-06-01", "theirs")])
        with ledger.store.writing() as owner:
            for role in roles:
                owner.execute(sa.text(GRANTS.format(role=role)))
    yield postgres_url
    with sa.create_engine(postgres_url, poolclass=sa.pool.NullPool).begin() as owner:
        for role in roles:
            owner.execute(sa.text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"))


def opened(url: str, role: str, unit: str = "") -> Ledger:
    ours = sa.make_url(url).set(username=role, query={"options": f"-c cuntong.unit={unit}"} if unit else {})
    return open_ledger(ours.render_as_string(hide_password=False), facts(), settings(), now=Clock())


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        ("clerk", "", []),
        ("clerk", "520527", ["ours"]),
        ("clerk", "520521", ["theirs"]),
        ("clerk", "520500", ["ours", "theirs"]),
        ("clerk", "520000", ["ours", "theirs"]),
        ("clerk", "520600", []),
        ("clerk", "%", []),
        ("cuntong_520527", "", ["ours"]),
        ("cuntong_520527", "520521", ["ours"]),
    ],
)
def test_a_unit_sees_its_own(url: str, role: str, unit: str, seen: list[str]) -> None:
    with opened(url, role, unit) as ledger:
        assert sorted(ledger.entries()["entry_id"]) == seen


@pytest.mark.parametrize(("role", "unit"), [("clerk", "520527"), ("cuntong_520527", "520521")])
def test_a_unit_adds_to_its_own_and_to_no_other(url: str, role: str, unit: str) -> None:
    with opened(url, role, unit) as ledger:
        assert ledger.post([stage(B, 1, "2016-06-01")]).taken
        assert ledger.transact(lambda view: view.post([stage(B, 2, "2016-06-02")])).taken
        for reports in ([stage(OTHER, 2, "2016-06-02")], [stage(B, 3, "2016-06-03"), stage(OTHER, 2, "2016-06-02")]):
            with pytest.raises(LedgerError) as caught:
                ledger.post(reports)
            assert "row-level security" in caught.value.line("en")
            assert "\n" not in caught.value.line("zh")
    with open_ledger(url, facts(), settings(), now=Clock()) as ledger:
        assert len(ledger.entries()) == 4
        assert verify_ledger(ledger.store).faults == ()


def test_a_unit_changes_nothing(url: str) -> None:
    with opened(url, "clerk", "520527") as ledger:
        for statement in ("UPDATE entries SET level = 6", "DELETE FROM entries", "TRUNCATE entries"):
            with (
                pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
                ledger.store.writing() as connection,
            ):
                connection.execute(sa.text(statement))
