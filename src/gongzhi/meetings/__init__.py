"""Meetings: who is called where and when, who comes, what was agreed; and the meetings that come again.

Our words: meeting, invitation, attendance, minutes, agenda, series (liaison meetings of five levels), video room.
Not here: why somebody is called. A whistle and a joint operation are the work orders' own; no video passes through us.
"""
