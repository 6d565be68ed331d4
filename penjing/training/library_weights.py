"""Weights that torchvision and timm publish: found by name on this machine first, fetched only where that was asked."""

import http.client
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from penjing import cache
from penjing.findings import PenjingError, did_you_mean, stop
from penjing.tasks.library_networks import import_library


class Published(NamedTuple):
    """Weights as a library describes them."""

    name: str  # `LIBRARY:NAME`
    model: str  # the network that they are of, likewise
    url: str  # where the library says that the file is
    files: tuple[str, ...]  # what it may be called here; the first is what it is called once fetched
    mean: tuple[float, ...]  # of each channel, that their pictures were normalized with
    std: tuple[float, ...]
    answers: tuple[str, ...]  # what they tell apart; () where the library does not say
    cached: Path | None = None  # where the library itself has put it


def of_torchvision(name: str) -> Published:
    """By the name of weights, `ResNet18_Weights.IMAGENET1K_V1`, or of a network, whose default they are.

    Raises:
        PenjingError: `not-installed`, `does-not-load`; `unknown-weights` with the nearest name.
    """
    models: Any = import_library("torchvision", "torchvision.models", setting="weights")
    networks = models.list_models(module=models)
    known = {str(one): (network, one) for network in networks for one in models.get_model_weights(network)}
    asked = str(models.get_model_weights(name).DEFAULT) if name in networks else name
    if asked not in known:
        raise _unknown("torchvision", name, known)
    network, weights = known[asked]
    preset = weights.transforms()
    return Published(
        name=f"torchvision:{asked}",
        model=f"torchvision:{network}",
        url=weights.url,
        files=(Path(weights.url).name,),
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        answers=tuple(weights.meta.get("categories", ())),
    )


def of_timm(name: str) -> Published:
    """By the name of weights, `resnet18.a1_in1k`, or of a network, whose default they are.

    Raises:
        PenjingError: `not-installed`, `does-not-load`; `unknown-weights` with the nearest name.
    """
    timm: Any = import_library("timm", "timm", setting="weights")
    hub: Any = import_library("huggingface_hub", "huggingface_hub", setting="weights")  # timm needs it for files
    try:
        described = timm.get_pretrained_cfg(name)
    except RuntimeError:  # of a tag that this network does not have
        described = None
    if described is None or not (described.hf_hub_id or described.url):
        raise _unknown("timm", name, timm.list_pretrained())
    full = f"{described.architecture}.{described.tag}" if described.tag else described.architecture
    urls, cached = [described.url] if described.url else [], None
    files = [Path(url).name for url in urls]
    if described.hf_hub_id:
        file = described.hf_hub_filename or "model.safetensors"
        urls.insert(0, hub.hf_hub_url(described.hf_hub_id, file))
        files.insert(0, full + Path(file).suffix)
        cached = hub.try_to_load_from_cache(described.hf_hub_id, file)
    return Published(
        name=f"timm:{full}",
        model=f"timm:{described.architecture}",
        url=urls[0],
        files=tuple(files),
        mean=tuple(described.mean),
        std=tuple(described.std),
        answers=tuple(described.label_names or ()),
        cached=Path(cached) if isinstance(cached, str) else None,
    )


LIBRARIES = {"torchvision": of_torchvision, "timm": of_timm}


def located(wanted: Published, *, download: bool) -> Path:
    """The file of published weights: in this folder, torch's, the library's or ours; fetched into ours otherwise.

    Raises:
        PenjingError: `not-downloaded`, which says what to put where.
    """
    ours = cache.folder() / "weights"
    folders = (Path.cwd(), Path(torch.hub.get_dir()) / "checkpoints", ours)
    places = [folder / file for folder in folders for file in wanted.files]
    for place in [*places, *([wanted.cached] if wanted.cached else [])]:
        if place.is_file():
            return place
    to = ours / wanted.files[0]
    if not download:
        raise _not_there(wanted, to, f"it is in none of {', '.join(map(str, folders))}", "fetching needs your word.")
    named_hash = re.search(r"-([0-9a-f]{8,})\.", to.name)  # torchvision's files say how their sha256 begins
    try:
        ours.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(wanted.url, str(to), named_hash[1] if named_hash else None, progress=False)
    except (OSError, RuntimeError, ValueError, http.client.HTTPException) as error:
        raise _not_there(
            wanted, to, f"fetching fails: {error}", "without it there is nothing to begin from."
        ) from error
    return to


def _not_there(wanted: Published, to: Path, what: str, why: str) -> PenjingError:
    fetch = "--download fetches it; or " if why.startswith("fetching") else ""
    return stop(
        "not-downloaded",
        f"the file {wanted.files[0]} of {wanted.name} is not here: {what}",
        where=f"weights={wanted.name}",
        why=why,
        try_=f"{fetch}put it, from {wanted.url}, at {to}",
    )


def _unknown(library: str, name: str, known: Iterable[str]) -> PenjingError:
    return stop(
        "unknown-weights",
        f"{library} has no weights `{name}`",
        where=f"weights={library}:{name}",
        why="there is nothing to begin from.",
        try_=did_you_mean(name, known, otherwise=f"the name of weights, or of a network, as {library} writes it"),
    )
