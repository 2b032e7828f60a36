"""The daemon's database: the only importer of Pony on the server."""
