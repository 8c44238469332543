"""Khéo: the registry of the "Dân vận khéo" emulation movement."""
