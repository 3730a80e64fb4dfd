"""Branches in words: where something is."""

from __future__ import annotations

from collections.abc import Sequence

from actions.booking.slots import Place
from actions.context import Context

MOST_NAMES = 6


def where(context: Context, branch_ids: Sequence[str]) -> str:
    """«Ленинский», «Сокол»; «во всех филиалах»; many of them by region: «Москва и область: все филиалы»."""
    catalogue, labels = context.catalogue, context.words.labels
    if len(branch_ids) == len(catalogue.branches):
        return str(labels["everywhere"])
    if len(branch_ids) <= MOST_NAMES:
        return context.words.branch_names(branch_ids)
    parts = []
    for region in catalogue.regions.values():
        there = [one.id for one in catalogue.branches.values() if one.region == region.id]
        here = [branch for branch in there if branch in branch_ids]
        if here:
            names = labels["whole_region"] if len(here) == len(there) else context.words.branch_names(here)
            parts.append(f"{region.name}: {names}")
    return "; ".join(parts)


def place_name(context: Context, place: Place | None) -> str:
    """«Ленинский» in quotes or a region's name; empty for the whole network."""
    if place is None:
        return ""
    if place.kind == "branch":
        return context.words.branch_names([place.id])
    return context.catalogue.regions[place.id].name
