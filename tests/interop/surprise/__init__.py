"""The surprises that real caches hold for a verifier, a test each.

Every test first shows on the real cache how the naive way goes wrong, so that it fails on the day
when the cache stops surprising; then it shows that Cachewitness gets the truth.
"""
