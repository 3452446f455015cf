"""How units stand beside one another: rates that are fair to small numbers, and a formula that explains itself.

Here: shares shrunk toward the peers with a credible interval (``rates``), and points by a versioned formula, line by
line (``formulas``). Not here: what is counted, for whom, and who may read it. Units only: nothing here is meant for
persons.
"""

from civics.standing.formulas import Faulty, Formula, Item, Line, Score, score
from civics.standing.rates import Prior, Rate, by_likelihood, by_moments, rate

__all__ = [
    "Faulty",
    "Formula",
    "Item",
    "Line",
    "Prior",
    "Rate",
    "Score",
    "by_likelihood",
    "by_moments",
    "rate",
    "score",
]
