"""Sign-off 销号: evidence, checks, certificates, the register."""
