"""Several teachers as one: the mean of their probabilities (Hinton et al. 2015, arXiv 1503.02531, section 2)."""

import hashlib
from collections.abc import Sequence
from functools import reduce

import numpy as np

from emotion.errors import UsageError
from emotion.models.config import HeadConfig
from emotion.sets.labelled import Targets
from emotion.training.hardware import Hardware
from emotion.training.teachers.teacher import Teacher, load_teacher


class Ensemble:
    """Heads that all members have, of the same name, kind and labels; with `union`, also those that only some have.

    `shares` weigh the members; each head is the mean over the members that have it.
    """

    def __init__(self, members: Sequence[Teacher], shares: Sequence[float] = (), union: bool = False) -> None:
        self.members = tuple(members)
        self.shares = tuple(shares) or (1.0,) * len(self.members)
        if len(self.shares) != len(self.members) or min(self.shares) <= 0:
            raise UsageError(f"{len(self.members)} teachers need as many weights above 0, not {list(self.shares)}.")
        self.heads = _heads(self.members, union)
        told = "\n".join(f"{member.id} {share}" for member, share in zip(self.members, self.shares, strict=True))
        self.id = hashlib.sha256(told.encode()).hexdigest()[:16]

    def scores(self, texts: Sequence[str]) -> dict[str, Targets]:
        """Mean scores (N, L) by head, in the order of the texts."""
        totals = {head.name: np.zeros((len(texts), len(head.labels)), np.float32) for head in self.heads}
        weights = dict.fromkeys(totals, 0.0)
        for member, share in zip(self.members, self.shares, strict=True):
            found, own = member.scores(texts), {head.name: head for head in member.heads}
            for head in self.heads:
                if head.name in own:
                    columns = [own[head.name].labels.index(label) for label in head.labels]
                    totals[head.name] += np.float32(share) * found[head.name][:, columns]
                    weights[head.name] += share
        return {name: total / np.float32(weights[name]) for name, total in totals.items()}


def load_teachers(
    names: Sequence[str], hardware: Hardware, shares: Sequence[float] = (), union: bool = False
) -> Ensemble:
    """The teachers that names stand for, as one."""
    return Ensemble([load_teacher(name, hardware) for name in names], shares, union)


def _heads(members: Sequence[Teacher], union: bool) -> tuple[HeadConfig, ...]:
    by_member = [{head.name: head for head in member.heads} for member in members]
    names = [set(heads) for heads in by_member]
    wanted = reduce(set.union if union else set.intersection, names, names[0])
    found = {name: head for heads in reversed(by_member) for name, head in heads.items() if name in wanted}
    for name, head in found.items():
        for heads in by_member:
            if name in heads and (heads[name].kind, set(heads[name].labels)) != (head.kind, set(head.labels)):
                raise UsageError(f"The teachers' heads {name!r} differ in kind or labels, and cannot be averaged.")
    if not found:
        raise UsageError(f"The teachers share no head: they have {'; '.join(', '.join(sorted(one)) for one in names)}.")
    order = [name for heads in by_member for name in heads]
    plain = {"thresholds": None, "primary": False, "temperature": 1.0}  # which speak of one member's scores alone
    return tuple(found[name].model_copy(update=plain) for name in dict.fromkeys(order) if name in found)
