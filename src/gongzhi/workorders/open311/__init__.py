"""Open311 GeoReport v2, both ways: the standard's words, our orders in them, and speaking to other servers.

``speaking`` writes and reads XML and JSON, ``services`` are our categories and questions, ``shown`` our orders, ``asked``
the parameters of a list, ``filed`` a request that comes in, ``doors`` the addresses; ``partners`` who may and who is out
there, ``client`` their side. What changes rows is in ``actions/exchanging.py``.
"""
