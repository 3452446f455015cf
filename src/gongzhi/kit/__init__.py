"""Kit: what every floor above needs and no trade owns.

Here: errors, clock, identity, database roles, locks, rules, throttles, components, the front door.
Our words: refusal, identity, rule, revision, cluster.
Not here: any word of the trade (order, resident, grid, deadline).
"""
