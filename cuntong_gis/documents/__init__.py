"""The papers of each level: what they say, and how they are written."""
