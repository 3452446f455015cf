"""Emergency mode: what it changes, and the record it leaves."""
