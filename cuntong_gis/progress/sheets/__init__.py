"""Report sheets: read, matched, explained row by row; the form that goes out."""
