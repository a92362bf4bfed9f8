"""What the entries add up to: any unit, any day, any period."""
