"""Providers' purge APIs for tests, each in a module of its own, as their vendors document them: validation, credentials
that are really checked, limits, partial failures, jobs that take a while. `emulator.Emulator` serves them all."""
