"""What can be done with a work order, one file per topic.

``reporting`` takes a report in, ``dispatching`` finds it a unit, ``handling`` is the unit's and the checker's work,
``answering`` the resident's, ``merging`` joins reports about the same thing, ``correcting`` mends category and place,
``tables`` changes the rule tables, ``learning`` trains the model.
"""
