"""Live sources: raw records as they come, from networks, files that grow, standard input, or an archive replayed."""
