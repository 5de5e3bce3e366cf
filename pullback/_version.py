"""The one place that holds the version; setup.cfg reads it from this text without importing anything."""

__version__ = "0.1.0"
