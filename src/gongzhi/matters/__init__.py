"""The spine: a matter is something someone is owed an answer about, whatever its kind.

Our words: matter, kind, party, link, promise, deadline, reminder, offer, topic, story.
Not here: the particulars of any trade. A room declares itself in its ``kind.py`` and keeps its own rows.
"""
