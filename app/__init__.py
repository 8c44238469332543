"""Khéo: the registry of the "Dân vận khéo" emulation movement."""

VERSION = "1.0.0"
