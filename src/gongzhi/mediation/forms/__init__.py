"""What we accept from people: a case, and the small form of each step."""
