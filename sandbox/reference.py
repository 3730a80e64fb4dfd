"""The clinic's own reference: preparation rules, insurers, facts about doctors.

No part of the 1C service: `bwi` has no such operations. Clinics keep these in pages and tables of their own,
so the sandbox publishes them as plain JSON beside the service.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException

from sandbox.cards import category_name, extra
from sandbox.data_files import DataError, load, section
from sandbox.network import Doctor, years_of_service
from sandbox.world import World


def reference_router(world: World) -> APIRouter:
    """`GET /reference/...`. Ids are the MIS's: articles, `УИД` of clinics, `UID` of doctors."""
    router = APIRouter(prefix="/reference")
    folder = world.settings.data_dir
    preparation = load_preparation(folder / "preparation.yml")
    insurers = section(load(folder / "insurers.yml"), "insurers", folder / "insurers.yml")

    @router.get("/preparation/{article}")
    def preparation_of(article: str) -> dict[str, Any]:
        """`{article, title, rules: [...], bring: [...]}`; 404 when the service needs no preparation."""
        rules = preparation.get(article)
        if rules is None:
            raise HTTPException(404)
        return {"article": article, **rules}

    @router.get("/insurers/{mis_id}")
    def insurers_of(mis_id: str) -> dict[str, list[str]]:
        """`{insurers: [...]}` whose policies the branch takes; 404 for an unknown branch."""
        branch = world.network.by_mis_id.get(mis_id.lower())
        if branch is None:
            raise HTTPException(404)
        return {"insurers": list(insurers.get(branch.id) or ())}

    @router.get("/doctors")
    def doctors() -> dict[str, dict[str, Any]]:
        """By `UID`: what the clinic's site tells about each doctor."""
        return {doctor.id: _facts(world, doctor) for doctor in world.network.doctors.values()}

    return router


def load_preparation(path: Path) -> dict[str, dict[str, Any]]:
    """Title, rules and what to bring, by article. Raises `DataError` that names the entry."""
    found: dict[str, dict[str, Any]] = {}
    for entry in section(load(path), "preparation", path):
        try:
            rules = {
                "title": str(entry["title"]),
                "rules": [str(rule) for rule in entry["rules"]],
                "bring": [str(thing) for thing in entry.get("bring") or ()],
            }
            articles = [str(article) for article in entry["articles"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}: entry {entry!r}: {error!r}") from error
        if twice := set(articles) & set(found):
            raise DataError(f"{path}: «{rules['title']}»: {', '.join(sorted(twice))} stands in two entries")
        found.update(dict.fromkeys(articles, rules))
    return found


def _facts(world: World, doctor: Doctor) -> dict[str, Any]:
    return {
        "experience_since": doctor.since_year,
        "experience_years": years_of_service(doctor, world.clock.now().date()),
        "category": category_name(world, doctor),
        "adults": doctor.sees_adults,
        "children": doctor.sees_children,
        "extra": extra(world, doctor),
    }
