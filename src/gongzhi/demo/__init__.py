"""The demo town: an invented street by an invented sea, with sixty days of its life.

We own the invented ground, people, texts and days (all pure functions of a seed), and the command that lays them
into an empty platform. Nothing here is read by another room, and no real place, person, number or report is used.
"""
