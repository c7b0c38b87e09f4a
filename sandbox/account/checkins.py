"""Automatic check-ins: questions and their answers."""

from __future__ import annotations

from sandbox.account.comments import build_rich_text
from sandbox.account.listings import ChildList, inside, tools
from sandbox.account.recordings import BOOSTS, COMMENTS, Context, Kind, Recording
from sandbox.account.records import Record, has_tool
from sandbox.account.recurrence import recurrence
from sandbox.account.texts import API


def build_question(recording: Recording, context: Context) -> Record:
    """A question that is asked again and again, or paused."""
    n = recording.serial
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/questions/{recording.id}"
    return {
        "paused": n % 4 == 3,
        "schedule": {key: value for key, value in recurrence(n).items() if key != "duration"},
        "answers_count": n % 6,
        "answers_url": f"{base}/answers.json",
    }


def build_answer(recording: Recording, context: Context) -> Record:
    """An answer, for the day on which the question was asked."""
    return build_rich_text(recording, context) | {"group_on": recording.created_at[:10]}


QUESTION = Kind(
    "Question",
    "questions",
    "questions",
    ("Questionnaire",),
    build_question,
    without=(*COMMENTS, *BOOSTS),
    fits=has_tool("questionnaire"),
)
ANSWER = Kind(
    "Question::Answer",
    "question_answers",
    "question_answers",
    ("Question",),
    build_answer,
    fits=has_tool("questionnaire"),
)

LISTS = (ChildList("questions", "/questionnaires/{id:int}/questions", tools("questionnaire"), inside(QUESTION.type)),)
