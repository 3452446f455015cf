"""The doors of the knowledge base: everybody's pages, the staff's pages, files in and out."""
