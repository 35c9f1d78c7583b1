"""The fictitious city: units of every category, managing body and state, through the year."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.criteria.library import Library
from cellcert.criteria.programme import Programme
from cellcert.criteria.scorer import score
from cellcert.demo import visits
from cellcert.demo.answers import example, worse
from cellcert.demo.cast import Cast, gather
from cellcert.demo.story import Story
from cellcert.demo.targets import report_targets
from cellcert.errors import Refusal
from cellcert.people.models import Person
from cellcert.storage import Store
from cellcert.units.rules import ALPHABET

PASSWORD = "wufei-demo-2027"  # noqa: S105 - the demo's, printed at its start; no account has it outside the demo
NAMES = {
    "agency": ("示例市{}局", "示例{}管理中心"),
    "park": ("示例{}先进制造业开发区", "示例{}产业园"),
    "factory": ("示例{}新材料有限公司", "示例{}机械制造有限公司"),
    "community": ("示例{}社区", "示例{}小区"),
    "scenic": ("示例{}景区", "示例{}森林公园"),
    "mall": ("示例{}购物中心", "示例{}商场"),
}
WORDS = [
    "青云",
    "朝阳",
    "翠微",
    "明湖",
    "清泉",
    "松柏",
    "新园",
    "和平",
    "锦绣",
    "东岭",
    "南湾",
    "西苑",
    "北辰",
    "长河",
    "丹枫",
    "紫藤",
    "安泰",
    "嘉禾",
    "兴业",
    "德润",
    "文昌",
    "康宁",
    "福田",
    "百川",
    "望岳",
    "临溪",
    "云栖",
    "晨曦",
    "梧桐",
    "银杏",
]
SIDES = ("", "东", "西", "南", "北", "中")
# how often each state appears once every state is there
WEIGHTS = {
    State.AWARDED: 40, State.REVIEW: 9, State.PRELIMINARY: 7, State.SUBMITTED: 7, State.DRAFT: 7, State.NOTICE: 5,
    State.DECISION: 5, State.RETURNED: 5, State.ON_SITE: 4, State.REJECTED: 4, State.RECHECK: 2, State.WITHDRAWN: 2,
    State.RECTIFYING: 1, State.OBJECTION: 1, State.SUSPENDED: 1,
}  # fmt: skip
FAILING = 0.6
NO_TIME = timedelta()
# the first on the way to a decision was visited, the first on site is going to be: the time that takes
VISITS = {State.DECISION: timedelta(days=12), State.ON_SITE: timedelta(days=1)}
ONCE_AWARDED = {State.RECHECK, State.RECTIFYING, State.SUSPENDED}
LONG_PAST = {State.AWARDED, State.REJECTED, State.WITHDRAWN, State.REVOKED, State.EXPIRED}


class NotEmpty(Exception):
    """The database already has people in it."""


@dataclass(slots=True)
class City:
    """Everything the stories of one city share."""

    session: Session
    library: Library
    store: Store
    rng: Random
    now: datetime
    password_hash: str
    cast: Cast

    @property
    def programme(self) -> Programme:
        return self.library.programme

    def story(self, number: int, category: str, division: str, begins: datetime, weak: float) -> Story:
        """The story of unit ``number``; ``weak`` is how often its answers fall short."""
        rng = Random(self.rng.random())  # noqa: S311 - a demo, not a secret
        turn = number // len(WORDS)
        word = WORDS[number % len(WORDS)] + (SIDES[turn] if turn < len(SIDES) else str(turn))
        return Story(
            session=self.session, library=self.library, store=self.store, cast=self.cast, category=category,
            division=division, unit_name=rng.choice(NAMES.get(category, ("示例{}单位",))).format(word),
            credit_code=demo_code(number, category), login=f"unit{number}",
            answers=self._answers(category, rng, weak),
            password_hash=self.password_hash, rng=rng, at=begins,
        )  # fmt: skip

    def _answers(self, category: str, rng: Random, weak: float) -> Mapping[str, Any]:
        """Example answers made worse, though never so much that a unit meant to pass does not."""
        checklist, good = self.library.checklist(category), example(self.library.folder, category)
        for chance in (weak, weak / 2, weak / 4):
            answers = worse(checklist, good, rng, chance)
            if weak >= FAILING or score(checklist, answers).level is not None:
                return answers
        return good


def demo_code(number: int, category: str) -> str:
    """A valid credit code of region 000000, which does not exist."""
    first = {"agency": "11", "community": "54"}.get(category, "91")
    body = f"{first}000000MA{number:06d}"
    organisation = body[8:]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = [int(char) if char.isdigit() else ord(char) - 55 for char in organisation]
    rest = 11 - sum(w * v for w, v in zip(weights, values, strict=True)) % 11
    body += {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def found(session: Session, library: Library, store: Store, password_hash: str, seed: int, *, now: datetime) -> City:
    """An empty city with its people; refused where people are already."""
    if session.scalar(select(Person.id).limit(1)) is not None:
        raise NotEmpty
    rng = Random(seed)  # noqa: S311 - the same seed gives the same city
    now = min(now, clock.end_of(max(batch.closes for batch in library.programme.batches), library.programme.time_zone))
    begins = clock.start_of(min(batch.opens for batch in library.programme.batches), library.programme.time_zone)
    cast = gather(session, library.programme, password_hash, rng, at=begins)
    session.flush()
    return City(session, library, store, rng, now, password_hash, cast)


def populate(city: City, units: int) -> Iterator[str]:
    """Tell the stories of ``units`` units; yields after each, so that the caller commits and shows progress."""
    lasts = dict(_durations(city))
    categories = [category.key for category in city.programme.categories for _ in range(max(category.share, 1))]
    divisions = [division.key for division in city.programme.divisions]
    stories: list[tuple[Story, State]] = []
    for number, goal in enumerate(_goals(city.rng, units), start=1):
        first_of_all = city.programme.categories[(number - 1) % len(city.programme.categories)].key
        category = first_of_all if number <= len(State) + 1 else city.rng.choice(categories)
        is_first = all(goal is not other for _, other in stories)
        begins = _begins(city, goal, lasts[goal] + (VISITS.get(goal, NO_TIME) if is_first else NO_TIME))
        division = divisions[(number * 7) % len(divisions)]
        story = city.story(number, category, division, begins, _weakness(city.rng, goal))
        story.is_visited = is_first and goal is State.DECISION
        stories.append((story, goal))
    to_visit = next((story for story, goal in stories if goal is State.ON_SITE), None)
    again = next(iter([story for story, goal in stories if goal is State.REVIEW][1:]), None)  # sheets far apart
    if again:
        again.at -= timedelta(days=2)
    stories.sort(key=lambda pair: pair[0].at)  # numbers are given in the order of the days
    for told, (story, goal) in enumerate(stories, start=1):
        try:
            for _ in story.tell(goal):
                city.session.flush()
            for _ in story.second_round() if story is again else ():
                city.session.flush()
            for _ in visits.arranged(story, city.now, 3) if story is to_visit else ():
                city.session.flush()
        except Refusal as refusal:
            raise RuntimeError(f"{story.unit_name} ({story.category}) on the way to {goal}: {refusal}") from refusal
        if told == units:  # before the last word, after which nobody commits
            report_targets(city)
            city.session.flush()
        yield f"{told}/{units} {story.unit_name} {goal.label}"


def _goals(rng: Random, units: int) -> list[State]:
    every = [state for state in State if state is not State.EXPIRED] + [State.EXPIRED]
    more = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=max(units - len(every), 0))
    return (every + more)[:units]


def _weakness(rng: Random, goal: State) -> float:
    return FAILING if goal is State.REJECTED else rng.choice([0.05, 0.15, 0.25, 0.35])


def _begins(city: City, goal: State, lasts: timedelta) -> datetime:
    """A moment in an open batch from which the story ends before now; running cases end close to now."""
    zone = city.programme.time_zone
    opens = clock.start_of(min(batch.opens for batch in city.programme.batches), zone) + timedelta(hours=9)
    # a notice over holidays lasts longer than the one that was measured
    holidays = timedelta(days=9) if goal in {*LONG_PAST, *ONCE_AWARDED} else timedelta()
    latest = city.now - lasts - holidays - timedelta(hours=3)
    spread = (latest - opens) if goal in LONG_PAST else timedelta(days=3 if goal is State.NOTICE else 9)
    begins = latest - max(spread, timedelta()) * city.rng.random()
    batch = next((b for b in city.programme.batches if b.opens <= clock.day_of(begins, zone) <= b.closes), None)
    if batch is not None and clock.end_of(batch.closes, zone) - begins < timedelta(days=4):
        begins -= timedelta(days=4)
    return max(begins, opens)


def _durations(city: City) -> Iterator[tuple[State, timedelta]]:
    """How long each story lasts: told once and taken back."""
    category, division = city.programme.categories[0].key, city.programme.divisions[0].key
    begins = clock.start_of(min(batch.opens for batch in city.programme.batches), city.programme.time_zone)
    state = city.rng.getstate()
    for goal in State:
        mark = city.session.begin_nested()
        story = city.story(9000, category, division, begins + timedelta(hours=9), 0.0)
        for _ in story.tell(goal):
            city.session.flush()
        mark.rollback()
        yield goal, story.at - begins
    city.rng.setstate(state)
