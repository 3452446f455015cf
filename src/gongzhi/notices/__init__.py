"""Messages out: what is sent to whom, by which channel, and whether it went.

Our words: message, channel, purpose, group, attempt, outlet, digest, stop, follow, mailbox.
Not here: when something is worth a message. Rooms decide that in their readers.
"""
