"""One file a step of the ledger's tables; what has been shipped is never changed."""
