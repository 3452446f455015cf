"""The doors of the window: board, lists behind numbers, maps, briefs, reports."""
