"""The running system, under the name by which tests know it."""

from __future__ import annotations

from tools.running import System, running_system

__all__ = ["System", "running_system"]
