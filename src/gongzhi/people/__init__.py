"""The people: accounts, organisations, posts held from one day until another, contact data, consent.

Our words: account, organisation, post, line, contact, one-time code, token.
Not here: what a post may do. Each room's policies say that.
"""
