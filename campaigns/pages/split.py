"""What the percentages of a campaign mean for guests."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.arm_quotas import quota
from campaigns.draft.content import wrong_sum
from ui.status import Tone
from ui.values import Segment
from ui.wording import listed

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
        Segment(label=name or f"Group {position + 1}", count=count, tone=TONES[position % len(TONES)])
        for position, (name, count) in enumerate(zip(names, counts, strict=False))
    ]
    if control_share is not None:
        segments.append(Segment(label="Held back", count=counts[-1], tone=Tone.ACCENT))
    return Split(segments=tuple(segments), sentence=_sentence(segments, held_back=control_share is not None))


def _sentence(segments: Sequence[Segment], *, held_back: bool) -> str:
    if len(segments) == 1:
        return "Every guest gets the reward."
    rewarded = [f"{part.count:,} get “{part.label}”" for part in (segments[:-1] if held_back else segments)]
    held = [f"{segments[-1].count:,} are held back"] if held_back else []
    return f"Of every {SAMPLE:,} guests, {listed([*rewarded, *held])}."
