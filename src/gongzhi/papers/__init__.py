"""Papers: forms as Word and PDF, in several languages, with the digest of what they say on every page.

Our words: paper (one kind of form, as a list of blocks), form (the Word file a street fills it into), review, issued, digest.
Not here: what a paper says of a matter. A room registers its papers, gives the values, and asks for the file.
"""
