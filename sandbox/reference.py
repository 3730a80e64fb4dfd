"""The clinic's own reference: preparation rules, insurers, facts about doctors.

No part of the 1C service: `bwi` has no such operations. Clinics keep these in pages and tables of their own,
so the sandbox publishes them as plain JSON beside the service.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException

from sandbox.cards import category_name, extra
from sandbox.data_files import load, section
from sandbox.network import Doctor, years_of_service
from sandbox.world import World


def reference_router(world: World) -> APIRouter:
    """`GET /reference/...`. Ids are the MIS's: articles, `УИД` of clinics, `UID` of doctors."""
    router = APIRouter(prefix="/reference")
    folder = world.settings.data_dir
    preparation = section(load(folder / "preparation.yml"), "preparation", folder / "preparation.yml")
    insurers = section(load(folder / "insurers.yml"), "insurers", folder / "insurers.yml")

    @router.get("/preparation/{article}")
    def preparation_of(article: str) -> dict[str, Any]:
        """`{article, title, rules: [...], bring: [...]}`; 404 when the service needs no preparation."""
        facts = preparation.get(article)
        if facts is None:
            raise HTTPException(404)
        return {
            "article": article,
            "title": facts["title"],
            "rules": list(facts["rules"]),
            "bring": list(facts.get("bring") or ()),
        }

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


def _facts(world: World, doctor: Doctor) -> dict[str, Any]:
    return {
        "experience_since": doctor.since_year,
        "experience_years": years_of_service(doctor, world.clock.now().date()),
        "category": category_name(world, doctor),
        "adults": doctor.sees_adults,
        "children": doctor.sees_children,
        "extra": extra(world, doctor),
    }
