"""Data sets whose pictures have masks or boxes in place of classes: refused, as neither is read yet. No torch.

    images/1.jpg  masks/1.png           masks; also train/1.jpg, trainannot/1.png
    images/1.jpg  labels/1.txt          boxes: YOLO's; JPEGImages/1.jpg, Annotations/1.xml: Pascal VOC's
    val2017/1.jpg annotations/instances_val2017.json    COCO's

Read as class folders, `images` and `masks` would be two classes that any network tells apart.
"""

import re
from collections import defaultdict
from pathlib import PurePosixPath

from penjing.data.picture_files import Listed, suffix_of
from penjing.data.split_names import split_meant
from penjing.files import shown
from penjing.findings import PenjingError, stop

IMAGES = re.compile(r"images?|imgs?|jpegimages|pictures|photos")
MASKS = re.compile(
    r"(.*?)[ _-]?(masks?|annot(ation)?s?|labels?|segmentation(class|object)?s?|ground[ _-]?truths?|gt|trimaps?)"
)
OF_MASK = re.compile(r"[ _-](masks?|labels?|seg|gt|l)$", re.IGNORECASE)  # 1_mask.png is that of 1.jpg
BOXES = frozenset((".txt", ".xml"))  # a file for each picture
COCO = re.compile(r"(^|/)(_?annotations|instances)[^/]*(/[^/]+)?\.json$", re.IGNORECASE)  # one for all


def refuse_masks(found: Listed, source: str) -> None:
    """Stop where masks lie among the pictures: folders are called so, and what is in them as the pictures are.

    Both have to hold: classes may well be `mask` and `no_mask`, and pictures of two classes be numbered alike.

    Raises:
        PenjingError: `not-read-yet`.
    """
    sides: defaultdict[tuple[str, ...], tuple[dict[str, str], dict[str, str]]] = defaultdict(lambda: ({}, {}))
    for name in (file.name for file in found.pictures):
        *folders, last = PurePosixPath(name).parts
        for i, folder in enumerate(folders):
            split, is_mask = _meant(folder)
            if split is not None:
                stem = PurePosixPath(last).stem
                sides[*folders[:i], split][is_mask].setdefault(OF_MASK.sub("", stem) if is_mask else stem, name)
    for images, masks in sides.values():
        paired = sorted(images.keys() & masks.keys())
        if paired and 2 * len(paired) >= len(masks):
            raise _not_read("masks", f"{shown(images[paired[0]])} has {shown(masks[paired[0]])}", source)


def refuse_boxes(found: Listed, source: str) -> None:
    """Stop where files that lie beside pictures without classes tell boxes, for each picture or for all.

    Raises:
        PenjingError: `not-read-yet`.
    """
    stems = {PurePosixPath(file.name).stem for file in found.pictures}
    beside = [name for name in found.others if suffix_of(name) in BOXES and PurePosixPath(name).stem in stems]
    if 2 * len(beside) < len(stems):
        beside = [name for name in found.others if COCO.search(name)]
    if beside:
        raise _not_read("boxes", f"what pictures show is told by {shown(beside[0])}", source)


def _meant(folder: str) -> tuple[str | None, bool]:
    """The split, or "", of which a folder holds pictures or masks, and whether masks; None where it tells neither."""
    name = folder.lower()
    if split_meant(name) or IMAGES.fullmatch(name):
        return split_meant(name) or "", False
    masks = MASKS.fullmatch(name)
    if masks and (not masks[1] or split_meant(masks[1])):
        return split_meant(masks[1]) or "", True
    return None, False


def _not_read(what: str, because: str, source: str) -> PenjingError:
    return stop(
        "not-read-yet",
        f"the pictures have {what}, which are not read yet: {because}",
        where=shown(source),
        why="read as class folders, they would teach which folder a file lies in, and nothing of what it shows.",
        try_="for classes, give the folder that holds the class folders alone, rename folders that are classes, "
        "or write a table with path and class: penjing train TABLE.csv",
    )
