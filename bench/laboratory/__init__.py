"""The probe engine's laboratory: servers, clients and cases of bench/run."""
