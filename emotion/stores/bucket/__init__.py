"""The embedded store on object storage: what the directory holds, as objects below an address."""
