"""What is shown of orders: to windows (``slots``), in rows, of what is owed, of the police."""
