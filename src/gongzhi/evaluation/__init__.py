"""信用评价, how units keep their promises: figures of a month, a formula, an order among peers, appeals.

Our words: evaluation, formula, publication, standing, peers, appeal against a number.
Not here: counting matters, which the rooms do by their manifests, and anything about residents or single workers: only
units and contractors are compared.
"""
