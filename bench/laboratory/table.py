"""The rows of docs/performance.md, made of what a run of bench/run measured."""

from __future__ import annotations

HEAD = ("| what | command | CPU us each | wall s | peak MB | to its peer | goal |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n")


def rows_of(name: str, case: dict) -> list[str]:
    """One for each of ours, and for each peer of the first of them."""
    command = f"`bench/run {name}`"
    if "clients" not in case:
        why = "the binary does not know its keys" if "not_measured" in case else f"wrong: {case['wrong']}"
        return [f"| {case['title']} | {command} | {why} | | | | |"]
    rows = []
    for client, row in case["clients"].items():
        ratio = goal = ""
        if client in case["ratios"]:
            of = case["ratios"][client]
            ratio = f"{of['median']:.2f} ({of['least']:.2f} to {of['most']:.2f})"
            goal = case["goals"].get(client, "")
        is_ours = client == case["subject"]
        rows.append(f"| {case['title'] if is_ours or not rows else ''} | {command if not rows else ''}: {client} | "
                    f"{row['cpu_us']:.2f} | {row['wall_s']:.2f} | {row['peak_mb']:.0f} | {ratio} | {goal} |")
    return rows


def table_of(results: dict) -> str:
    return HEAD + "\n".join(row for name, case in results["cases"].items() for row in rows_of(name, case)) + "\n"
