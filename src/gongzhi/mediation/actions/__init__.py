"""What can be done in a mediation, one file per topic.

``opening`` takes a dispute in, ``accepting`` decides on it, ``parties``, ``team`` and ``guests`` say who takes part,
``sitting`` and ``speaking`` are the mediation itself, ``agreeing`` and ``ending`` its result, ``following`` what comes
after, ``looking_in`` and ``forgetting`` are the two exceptions to the seal. ``steps`` is the way all of them go.
"""
