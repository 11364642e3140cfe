"""The count of a ballot (职称评审管理暂行规定): quorum, recusal and the two-thirds rule."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from models.application import Application
from models.review import ReviewSession, Seat, SessionItem, Vote
from rules import access


@dataclass(frozen=True, slots=True)
class Tally:
    """The count of one declaration. ``present`` leaves out those who withdrew (回避)."""

    present: int
    in_favour: int
    against: int
    abstained: int

    @property
    def needed(self) -> int:
        """Votes in favour that pass: at least two thirds of those present."""
        return ceil(self.present * 2 / 3)

    @property
    def missing(self) -> int:
        """Present experts who have not voted yet."""
        return self.present - self.in_favour - self.against - self.abstained

    @property
    def passed(self) -> bool:
        """Whether the declaration passed."""
        return self.present > 0 and self.in_favour >= self.needed


def recused(seat: Seat, application: Application) -> bool:
    """Whether the expert of a seat withdraws from a declaration."""
    return bool(access.recusal(seat.expert, application))


def tally(item: SessionItem) -> Tally:
    """Count the ballots of one declaration among the experts present and not withdrawn."""
    voters = {seat.expert_id for seat in item.session.seats if seat.present and not recused(seat, item.application)}
    votes = [ballot.vote for ballot in item.ballots if ballot.expert_id in voters]
    return Tally(len(voters), votes.count(Vote.FOR), votes.count(Vote.AGAINST), votes.count(Vote.ABSTAIN))


def quorum(review: ReviewSession) -> tuple[int, int]:
    """Experts present, and how many are needed: at least two thirds of those called."""
    return sum(seat.present for seat in review.seats), ceil(len(review.seats) * 2 / 3)
