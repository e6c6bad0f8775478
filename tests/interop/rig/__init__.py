"""A rig of real caches on loopback: an origin, twelve cache servers, a client, and planted faults.

Standard library only. Every server runs in the foreground, in a directory of its own, on an
address of its own within 127.0.0.0/8, as `nobody` where the rig itself runs as root, and is
stopped by its process id.
"""
