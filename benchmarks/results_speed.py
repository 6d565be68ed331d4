"""The sections of RESULTS.md on speed, from records alone."""

from collections.abc import Sequence

from benchmarks.judging import judged
from benchmarks.results_words import (
    Pair,
    difference_text,
    markdown_table,
    seeds_difference_text,
    seeds_text,
    times_text,
)


def throughput(pairs: Sequence[Pair]) -> str:
    """Pictures a second of ours beside each other loop."""
    output = pairs[0][1].output
    rows = []
    for result in output["results"]:
        for other in result["others"]:
            ratio = other["ratio"]
            judges = ratio is not None and other["is_best"] and result["floor"] is not None
            ends = (ratio["low"], ratio["high"]) if ratio else None
            rows.append(
                (
                    result["case"],
                    f"{result['pictures_per_second']:,.0f}",
                    other["name"],
                    f"{other['pictures_per_second']:,.0f}" if ratio else other["why"],
                    times_text(ratio) if ratio else "",
                    f"{result['floor']:g} x" if judges else "",
                    judged(ratio["value"], result["floor"], ends) if judges else "",
                    f"{result['aim']:g} x" if judges and result["aim"] else "",
                    judged(ratio["value"], result["aim"], ends) if judges and result["aim"] else "",
                )
            )
    headings = ("network", "ours, pictures/s", "beside", "pictures/s", "ours is", "floor", "", "aim", "")
    once = [
        f"- {result['case']}: {result['settings']}. The store is built once, in {result['store_seconds']:.0f} s; with "
        f"that counted into a budget of {result['budget_seconds'] / 60:.0f} minutes, ours is "
        f"{result['ratio_with_store']:.2f} x the best plain loop."
        for result in output["results"]
        if result["ratio_with_store"] is not None
    ]
    told = f"{output['threads']} threads; loops in processes of their own take turns, {output['rounds']} times each."
    return "\n\n".join([told, markdown_table(headings, rows), *(["\n".join(once)] if once else [])])


def light(pairs: Sequence[Pair]) -> str:
    """How fast the light network trains and answers, beside others."""
    output = pairs[0][1].output
    rows = [
        (
            result["network"],
            f"{result['parameters']:,}",
            f"{result['macs']:,}",
            f"{result['pictures_per_second']:,.0f}",
            times_text(result["trains_faster"]) if result["trains_faster"] else "",
            f"{result['call_seconds'] * 1e3:.1f}",
            times_text(result["answers_faster"]) if result["answers_faster"] else "",
        )
        for result in output["results"]
    ]
    told = (
        f"Pictures of {output['side']} x {output['side']}, {output['threads']} threads; trained in batches of "
        f"{output['batch']} in {output['trained']}; asked for single ones in float32; {output['rounds']} turns."
    )
    headings = ("network", "parameters", "MACs", "trained, pictures/s", "light is", "a call, ms", "light is")
    return f"{told}\n\n{markdown_table(headings, rows)}"


def execution(pairs: Sequence[Pair]) -> str:
    """Validation score and speed of each way to run, beside the plainest."""
    output = pairs[0][1].output
    rows = [
        (
            way["way"],
            seeds_text(way["score"]),
            seeds_difference_text(way["better_by"]) if way["better_by"] else "",
            difference_text(way["over_examples"]) if way["over_examples"] else "",
            way["verdict"],
            f"{way['step_seconds'] * 1e3:.0f}",
            times_text(way["speed"]) if way["speed"] else "",
        )
        for way in output["results"]
    ]
    headings = ("way to run", "validation score, mean", "better by, over seeds (paired)", "over examples (paired)", "")
    told = f"{output['steps']:,} steps each, of the same batches; scored on the validation split."
    return f"{told}\n\n{markdown_table((*headings, 'step, ms', 'faster'), rows)}"


def first_answer(pairs: Sequence[Pair]) -> str:
    """Seconds until a rough network and its score stand on disk."""
    output = pairs[0][1].output
    rows = [
        (
            f"{output['pictures']:,} photographs of {output['side']} pixels, {output['bytes'] / 1e3:,.0f} kB each",
            f"{output['first_seconds']:.1f}",
            f"{output['name']} {output['score']:.3f} [{output['low']:.3f}, {output['high']:.3f}]",
            f"{output['most_seconds']:.0f} s",
            judged(output["first_seconds"], output["most_seconds"], at_most=True),
        )
    ]
    return markdown_table(("folder", "first answer on disk after, s", "validation score", "at most", ""), rows)


def store(pairs: Sequence[Pair]) -> str:
    """Seconds, memory and disk of decoding photographs once, beside a bare loop."""
    output = pairs[0][1].output
    rows = [
        (
            result["way"],
            f"{result['pictures_per_second']:.0f}",
            f"{result['times_faster']:.1f} x",
            f"{result['memory_bytes'] / 1e6:.0f}",
        )
        for result in output["results"]
    ]
    whole = output["whole"]
    told = (
        f"{output['pictures']:,} photographs of {output['side']} x {output['side'] * 3 // 4} pixels at once: "
        f"{whole['seconds']:.0f} s, {whole['memory_bytes'] / 1e6:.0f} MB of memory, {whole['disk_bytes'] / 1e6:.0f} MB "
        "of disk. Claim for 3,000 of 12 megapixels: under 1 GB of disk and 600 MB of memory: "
        f"{'reached' if output['reached'] else '**not reached**'}. Beside a bare loop, in turns at {output['blocks']} "
        f"blocks of {output['of']}; how many times faster a way is, is the median over them."
    )
    headings = ("way", "pictures/s", "faster than the bare loop", "memory, MB")
    return f"{told}\n\n{markdown_table(headings, rows)}"


def augment(pairs: Sequence[Pair]) -> str:
    """Microseconds a picture of chains of augmentation, beside torchvision's."""
    output = pairs[0][1].output
    rows = [
        (
            result["case"],
            f"{result['ours']:.1f}",
            "not installed" if result["torchvision"] is None else f"{result['torchvision']:.0f}",
            "" if result["most"] is None else f"at most {result['most']:.0f}",
            "" if result["most"] is None else judged(result["ours"], result["most"], at_most=True),
        )
        for result in output["results"]
    ]
    told = f"Pictures of {output['side']} x {output['side']}, one thread, medians over batches of {output['batch']}."
    headings = ("chain, with gathering", "ours, us a picture", "torchvision's v2", "claim", "")
    return f"{told}\n\n{markdown_table(headings, rows)}"
