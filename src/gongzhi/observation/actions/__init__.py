"""What can be done in this window. Every change is one function here, in one transaction."""
