"""Migrations of the ledger's tables (Alembic), run when a ledger is opened."""
