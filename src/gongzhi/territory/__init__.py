"""The ground: divisions from district to building, their boundaries, named places, and working days.

Our words: division, boundary, grid, place, calendar.
Not here: who holds a post in an area (people), which unit answers for it (the rooms).
"""
