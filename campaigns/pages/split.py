"""What the percentages of a campaign mean for guests."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.arm_quotas import quota
from campaigns.draft.content import wrong_sum
from ui.status import Tone
from ui.values import Segment

SAMPLE = 1000
TONES = (Tone.INFO, Tone.SUCCESS, Tone.NEUTRAL, Tone.WARNING)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Either the segments of 1,000 guests, or what is wrong with the sum."""

    segments: tuple[Segment, ...] = ()
    sentence: str = ""
    problem: str = ""


def split_page(*, names: Sequence[str], shares: Sequence[int], control_share: int | None) -> Split:
    everything = [*shares] + ([] if control_share is None else [control_share])
    if problem := wrong_sum(everything):
        return Split(problem=problem)
    counts = quota(SAMPLE, everything)
    segments = [
        Segment(label=name or f"Arm {position + 1}", count=count, tone=TONES[position % len(TONES)])
        for position, (name, count) in enumerate(zip(names, counts, strict=False))
    ]
    if control_share is not None:
        segments.append(Segment(label="Held back", count=counts[-1], tone=Tone.ACCENT))
    return Split(segments=tuple(segments), sentence=_sentence(counts, held_back=control_share is not None))


def _sentence(counts: Sequence[int], *, held_back: bool) -> str:
    numbers = " / ".join(f"{count:,}" for count in counts)
    return f"Of every {SAMPLE:,} guests: {numbers}{' held back' if held_back else ''}."
