"""The doors of the front desk."""
