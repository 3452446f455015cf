"""Chinese texts of residents: search grams and category suggestions.

Lives here: `bigrams` and `query_bigrams` (what a text is found by), `CategoryModel` (a trained
classifier in one file) and `KeywordTable` (an authored table that answers before any training).
Does not live here: which texts are about the same thing (`civics.nearness`), the tree of categories
and the decision to wait for a clerk (the rooms that call this).
"""

from civics.language.category import CategoryModel
from civics.language.grams import bigrams, lone_characters, query_bigrams
from civics.language.keywords import KeywordTable

__all__ = ["CategoryModel", "KeywordTable", "bigrams", "lone_characters", "query_bigrams"]
