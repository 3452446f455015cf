"""The observation window: the operations board, theme maps, briefs, and forms that superiors ask for.

Our words: board, kept number, theme map, brief, report plan, headcount.
Not here: any matter and any definition of a figure. Rooms count (``Kind.cards``: figures, tally, listed, hot); this
window compares, draws and writes down, and every number leads to the list behind it.
"""
