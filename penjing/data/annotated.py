"""Data sets whose pictures have masks or boxes in place of classes: refused, as neither is read yet. No torch.

    images/1.jpg  masks/1.png           masks; also train/1.jpg, trainannot/1.png
    images/1.jpg  labels/1.txt          boxes: YOLO's; JPEGImages/1.jpg, Annotations/1.xml: Pascal VOC's
    val2017/1.jpg annotations/instances_val2017.json    COCO's
    path,xmin,ymin,xmax,ymax,class  several rows a picture: a table of boxes

Read as class folders, `images` and `masks` would be two classes that any network tells apart; a picture of a table of
boxes would have the class of each of its boxes in turn.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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
CORNERS = re.compile(
    r"(bbox|box|roi)?[ ._-]?([xy][ _-]?(min|max|[0-3])?|[wh]|width|height|left|top|right|bottom)", re.IGNORECASE
)
BOX = re.compile(r"(b(ounding)?[ _-]?)?box(es)?", re.IGNORECASE)  # all of it in a cell
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


def refuse_box_rows(columns: Mapping[str, Sequence[object]], named: Sequence[str], where: str) -> None:
    """Stop where a table has the corners of boxes, and several boxes in a picture.

    A table with a single one may well tell a picture's class, and where its object stands besides.

    Args:
        columns: cells by column.
        named: the picture of each row.
        where: the table's name.

    Raises:
        PenjingError: `not-read-yet`.
    """
    corners = [name for name in columns if CORNERS.fullmatch(name)]
    told = corners if len(corners) >= 4 else [name for name in columns if BOX.fullmatch(name)]
    boxes = {(name, *(str(columns[one][i]) for one in told)) for i, name in enumerate(named)}
    (picture, n), *_ = Counter(name for name, *_ in boxes).most_common(1) or [("", 0)]
    if told and n > 1:
        raise stop(
            "not-read-yet",
            f"the rows tell boxes, which are not read yet: {', '.join(told)}, in {n:,} rows of {shown(picture)}",
            where=where,
            why="read as classes, one picture would be of the class of each of its boxes.",
            try_="a row a picture; target=COLUMN learns a column all the same",
        )


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
