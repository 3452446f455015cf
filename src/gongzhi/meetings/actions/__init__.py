"""What can be done with meetings, one file per topic: calling, answering, recording, planning.

Each verb is one function and one transaction, given ``by`` and ``at``; it writes what happened into the thread.
"""
