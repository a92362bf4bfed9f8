"""What the ledger survives: SIGKILL at any moment of every writing command, and the loss of power at any write."""
