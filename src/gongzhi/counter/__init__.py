"""The front desk: home, sign-in, my matters, the public map, account pages and the API's cover.

Our words: board, home, account page.
Not here: any rule about matters. The counter shows what rooms declare and calls their actions.
"""
