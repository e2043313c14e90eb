"""Objects on S3, or what speaks like it, and on Google Cloud Storage: named, listed, read, fetched."""
