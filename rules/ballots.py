"""The count of a ballot (职称评审管理暂行规定): quorum, recusal and the two-thirds rule."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from models.review import MeetingItem, MeetingState, ReviewMeeting, Seat, Vote
from rules import access


@dataclass(frozen=True, slots=True)
class Tally:
    """Vote count of one declaration. ``present`` excludes the experts who withdrew (回避)."""

    present: int
    in_favour: int
    against: int
    abstained: int

    @property
    def needed(self) -> int:
        """Votes in favour that are needed to pass: at least two thirds of those present."""
        return ceil(self.present * 2 / 3)

    @property
    def missing(self) -> int:
        """Number of present experts who have not voted yet."""
        return self.present - self.in_favour - self.against - self.abstained

    @property
    def passed(self) -> bool:
        """Return true if the declaration passed."""
        return self.present > 0 and self.in_favour >= self.needed


def withdrawn(item: MeetingItem) -> list[Seat]:
    """Return the seats of the experts who withdraw from a declaration (回避).

    In a closed session these are the present experts without a ballot: a later change of an expert or a declarant does
    not change the count.
    """
    if item.session.state == MeetingState.CLOSED:
        voted = {ballot.expert_id for ballot in item.ballots}
        return [seat for seat in item.session.seats if seat.present and seat.expert_id not in voted]
    return [seat for seat in item.session.seats if access.recusal(seat.expert, item.application)]


def voters(item: MeetingItem) -> set[int]:
    """Return the keys of the experts whose ballots count for a declaration: present and not withdrawn."""
    return {seat.expert_id for seat in item.session.seats if seat.present} - {
        seat.expert_id for seat in withdrawn(item)
    }


def tally(item: MeetingItem) -> Tally:
    """Count the ballots of one declaration."""
    counting = voters(item)
    votes = [ballot.vote for ballot in item.ballots if ballot.expert_id in counting]
    return Tally(len(counting), votes.count(Vote.FOR), votes.count(Vote.AGAINST), votes.count(Vote.ABSTAIN))


def quorum(review: ReviewMeeting) -> tuple[int, int]:
    """Return the number of experts present, and the number needed: at least two thirds of those called."""
    return sum(seat.present for seat in review.seats), ceil(len(review.seats) * 2 / 3)
