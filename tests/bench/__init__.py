"""The planner beside what else a planner can install: CPU, memory, cost and proven gap, in one run."""
