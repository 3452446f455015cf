"""What we accept from people, one file per topic and side."""
