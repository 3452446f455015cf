"""What happened: every change to the world leaves an entry here, in the same transaction.

Our words: thread (the history of one thing), entry (one act in it), attachment, access, news.
Not here: what a matter is, who may act, how an entry is phrased for people. Those live on the floors above.
"""
