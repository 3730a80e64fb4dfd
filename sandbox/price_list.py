"""The price list: one nomenclature for the base, another price in each branch."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.data_files import DataError, load, section
from sandbox.network import stable_id

KINDS = ("Услуга", "Материал", "Набор")


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the nomenclature; `price` 0 and `minutes` `None` mean nobody has set them."""

    id: str
    article: str
    name: str
    folder_id: str
    kind: str
    price: int
    minutes: int | None
    specialty: str | None


@dataclass(frozen=True)
class PriceList:
    """Folders by id, items in the order of the file."""

    seed: str
    folders: Mapping[str, str]
    items: Sequence[Item]
    by_id: Mapping[str, Item]
    by_specialty: Mapping[str, Sequence[Item]]
    by_folder: Mapping[str, Sequence[Item]]

    def without_doctor(self, folders: Sequence[str]) -> list[Item]:
        """What a room does: services of the folders (keys of the file) that name no specialty."""
        return [item for folder in folders for item in self.by_folder.get(folder, ()) if not item.specialty]

    def price(self, item: Item, branch_id: str) -> int:
        """Roubles in that branch, whole fifties; 0 stays 0."""
        if not item.price:
            return 0
        factor = random.Random(f"{self.seed}:price:{branch_id}").uniform(0.85, 1.2)
        return max(50, round(item.price * factor / 50) * 50)


def load_price_list(path: Path, seed: str) -> PriceList:
    """Read `nomenclature.yml`. Raises `DataError` that names the item."""
    data = load(path)
    folders = {key: stable_id("folder", key) for key in section(data, "folders", path)}
    keys = {folder_id: key for key, folder_id in folders.items()}
    items = []
    for facts in section(data, "items", path):
        try:
            item = Item(
                id=stable_id("service", facts["article"]),
                article=facts["article"],
                name=facts["name"],
                folder_id=folders[facts["folder"]],
                kind=facts["kind"],
                price=int(facts["price"]),
                minutes=facts.get("minutes"),
                specialty=facts.get("specialty"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: item {facts!r}: {error!r}") from error
        if item.kind not in KINDS:
            raise DataError(f"{path}: item «{item.article}»: kind is one of {', '.join(KINDS)}")
        items.append(item)
    by_specialty: dict[str, list[Item]] = {}
    by_folder: dict[str, list[Item]] = {}
    for item in items:
        if item.kind != "Материал":
            by_folder.setdefault(keys[item.folder_id], []).append(item)
        if item.specialty and item.kind != "Материал":
            by_specialty.setdefault(item.specialty, []).append(item)
    return PriceList(
        seed=seed,
        folders={folders[key]: str(name) for key, name in data["folders"].items()},
        items=items,
        by_id={item.id: item for item in items},
        by_specialty=by_specialty,
        by_folder=by_folder,
    )
