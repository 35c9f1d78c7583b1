"""The life of one application, played through the real actions up to a chosen state."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import PUBLIC, SYSTEM, Actor, Role
from cellcert.application import actions as applications
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment import actions as assessments
from cellcert.assessment.models import Revision
from cellcert.assessment.queries import revision_of
from cellcert.certificate import actions as certificates
from cellcert.criteria.editions import checklist_of, keep_edition
from cellcert.criteria.library import Library
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import experts_score
from cellcert.decision import actions as decisions
from cellcert.decision import objecting
from cellcert.decision.notice_acts import notice_of
from cellcert.demo import visits
from cellcert.demo.answers import worse
from cellcert.demo.cast import Cast
from cellcert.demo.ledgers import ledger_of
from cellcert.demo.papers import paper
from cellcert.evidence.actions import attach, keep
from cellcert.evidence.rules import accept
from cellcert.ledger.actions import import_rows
from cellcert.ledger.queries import figures_of
from cellcert.people.actions import add_person, grant
from cellcert.review import actions as reviews
from cellcert.review import checking, redacting
from cellcert.review.models import RoundResult, SecondRound
from cellcert.standing import actions as standing
from cellcert.storage import Store
from cellcert.units.actions import register_unit
from cellcert.units.models import Unit

Steps = Iterator[str]
LEDGER_KEEPERS = {"factory", "park"}  # of the shipped categories; the others type their few figures

# the states an application passes on the way to each state
ONWARD: Mapping[State, State] = {
    State.SUBMITTED: State.DRAFT,
    State.PRELIMINARY: State.SUBMITTED,
    State.RETURNED: State.PRELIMINARY,
    State.REVIEW: State.PRELIMINARY,
    State.ON_SITE: State.REVIEW,
    State.DECISION: State.REVIEW,
    State.NOTICE: State.DECISION,
    State.REJECTED: State.DECISION,
    State.OBJECTION: State.NOTICE,
    State.AWARDED: State.NOTICE,
    State.RECHECK: State.AWARDED,
    State.RECTIFYING: State.RECHECK,
    State.SUSPENDED: State.RECHECK,
    State.REVOKED: State.RECHECK,
    State.WITHDRAWN: State.SUBMITTED,
    State.EXPIRED: State.RETURNED,
}


def road_to(goal: State) -> list[State]:
    """The states on the way, the goal last."""
    road = [goal]
    while road[0] in ONWARD:
        road.insert(0, ONWARD[road[0]])
    return road


@dataclass(slots=True)
class Story:
    """One unit's application; time goes on with every step."""

    session: Session
    library: Library
    store: Store
    cast: Cast
    category: str
    division: str
    unit_name: str
    credit_code: str | None
    login: str
    answers: Mapping[str, Any]
    password_hash: str
    rng: Random
    at: datetime
    pace: timedelta = timedelta(hours=20)
    expert_chance: float = 0.08
    host: tuple[str, str] | None = None
    is_visited: bool = False  # on its way to the decision
    clerk: Actor = field(init=False)
    head: Actor = field(init=False)
    unit: Unit = field(init=False)
    application: Application = field(init=False)

    def tell(self, goal: State) -> Steps:
        """Play until the goal; yields after every act, so that the caller commits each as its own transaction."""
        yield from self.register()
        acts: Mapping[State, Callable[[], Steps]] = {
            State.DRAFT: lambda: self.draft(half=goal is State.DRAFT),
            State.SUBMITTED: self.submit,
            State.PRELIMINARY: self.start_check,
            State.RETURNED: self.send_back,
            State.REVIEW: self.pass_on,
            State.ON_SITE: self.go_on_site,
            State.DECISION: self.close_round,
            State.NOTICE: self.publish,
            State.REJECTED: self.reject,
            State.OBJECTION: self.object_to,
            State.AWARDED: self.award,
            State.RECHECK: self.recheck,
            State.RECTIFYING: self.rectify,
            State.SUSPENDED: self.suspend,
            State.REVOKED: self.revoke,
            State.WITHDRAWN: self.withdraw,
            State.EXPIRED: self.expire,
        }
        for state in road_to(goal):
            yield from acts[state]()

    def later(self, **span: float) -> datetime:
        """Time goes on, by the usual pace or by ``span``."""
        self.at += timedelta(**span) if span else self.pace
        return self.at

    @property
    def programme(self) -> Any:  # noqa: ANN401
        return self.library.programme

    # the unit

    def register(self) -> Steps:
        at = self.at
        self.unit = register_unit(
            self.session,
            name=self.unit_name,
            credit_code=self.credit_code,
            host_name=self.host[0] if self.host else None,
            host_code=self.host[1] if self.host else None,
            division=self.division,
            address=f"{self.programme.division(self.division).name.zh}示例路 {self.rng.randint(1, 199)} 号",
            head=f"示例负责人{self.rng.randint(1, 99)}",
            contact_name=f"示例联系人{self.rng.randint(1, 99)}",
            contact_phone="0391-0000000",
            contact_email=f"{self.login}@example.invalid",
            about="演示用的虚构单位。",
            doubtful_accepted=True,
            by=SYSTEM,
            at=at,
        )
        self.session.flush()
        person = add_person(
            self.session, login=self.login, name=f"示例经办人{self.rng.randint(1, 999)}",
            password_hash=self.password_hash, by=SYSTEM, at=at,
        )  # fmt: skip
        post = grant(self.session, person, Role.APPLICANT, by=SYSTEM, at=at, unit_id=self.unit.id)
        head = add_person(
            self.session, login=f"{self.login}-head", name=self.unit.head, password_hash=self.password_hash, by=SYSTEM,
            at=at,
        )  # fmt: skip
        leads = grant(self.session, head, Role.APPLICANT, by=SYSTEM, at=at, unit_id=self.unit.id, is_head=True)
        self.unit.contact_id = person.id
        self.session.flush()
        self.clerk, self.head = post.actor(), leads.actor()
        yield f"{self.unit_name} 注册"

    def draft(self, half: bool) -> Steps:
        edition = keep_edition(self.session, self.library, self.category, at=self.at)
        self.application = applications.start(
            self.session, self.unit, edition, self.programme, by=self.clerk, at=self.at
        )
        yield "开始申报"
        filled = {
            (kind, key): value
            for kind, part in (
                ("fact", "facts"),
                ("indicator", "indicators"),
                ("prerequisite", "prerequisites"),
                ("item", "items"),
            )
            for key, value in self.answers.get(part, {}).items()
            if not (half and kind == "item" and self.rng.random() < 0.5)
        }
        assessments.save_answers(self.session, self.application, filled, by=self.clerk, at=self.later(hours=2))
        yield "填写自评"
        if self.library.wastes and self.category in LEDGER_KEEPERS:
            checklist, opens = checklist_of(edition), self.programme.batch(self.application.batch).opens
            lines = ledger_of(checklist, self.library.wastes, self.answers, opens.year)
            today = clock.day_of(self.at, self.programme.time_zone)
            import_rows(
                self.session, self.unit.id, lines, name="固废台账.xlsx", today=today, by=self.clerk,
                at=self.later(minutes=20),
            )  # fmt: skip
            yield f"导入固废台账 {len(lines)} 行"

    def submit(self) -> Steps:
        checklist = checklist_of(self.application.edition)
        wanted = [item for item in checklist.items() if item.kind == "item" and item.evidence]
        wanted = [item for item in wanted if item.required] + wanted[:3]
        for item in dict.fromkeys(item.key for item in wanted):
            name, data = paper(self.unit_name, checklist.item(item).text.zh, self.at)
            accepted = accept(name, data, self.programme.evidence.types, self.programme.evidence.file_mb * 1024 * 1024)
            attach(
                self.session,
                self.application,
                item,
                name,
                keep(self.store, accepted),
                self.programme,
                by=self.clerk,
                at=self.later(minutes=9),
            )
        assessments.confirm_commitment(
            self.session, self.application, self.programme, "head", by=self.head, at=self.later(minutes=9)
        )
        yield "上传证明材料，确认承诺书"
        current = keep_edition(self.session, self.library, self.category, at=self.at)
        at = self.later()
        opens, today = self.programme.batch(self.application.batch).opens, clock.day_of(at, self.programme.time_zone)
        ledger = figures_of(self.session, self.unit.id, checklist, self.library.wastes, opens.year, today)
        assessments.submit(
            self.session, self.application, self.programme, current.sha256, by=self.clerk, at=at, ledger=ledger
        )
        yield f"提交申报，回执 {self.application.reference}"

    def withdraw(self) -> Steps:
        applications.withdraw(self.application, "单位调整计划，下一批次再申报", by=self.clerk, at=self.later())
        yield "撤回"

    # first check

    @property
    def reviewer(self) -> Actor:
        return self.cast.districts[self.division].actor()

    def start_check(self) -> Steps:
        checking.start_check(self.application, by=self.reviewer, at=self.later())
        yield "属地开始初审"

    def send_back(self) -> Steps:
        key = next(iter(self.answers["items"]))
        finding = {("item", key): ("return", "材料没有注明年度，请补充加盖公章的年度台账。")}
        checking.note_findings(self.session, self.application, finding, by=self.reviewer, at=self.later(hours=3))
        places = {place: reason for place, (_, reason) in finding.items()}
        checking.return_to_unit(
            self.session,
            self.application,
            places,
            "请按意见补正后重新提交。",
            self.programme,
            by=self.reviewer,
            at=self.later(hours=1),
        )
        yield "退回补正"

    def expire(self) -> Steps:
        due = self.application.due_at or self.at
        self.at = max(self.at, due) + timedelta(days=1)
        standing.expire(
            self.session, self.application, clock.day_of(self.at, self.programme.time_zone), by=SYSTEM, at=self.at
        )
        yield "补正期限已过"

    def pass_on(self) -> Steps:
        lead = self.cast.departments[self.application.lead].actor()
        checking.give_opinion(
            self.session,
            self.application,
            True,
            "符合本部门掌握的情况，同意推荐。",
            self.programme,
            by=lead,
            at=self.later(hours=5),
        )
        yield "牵头部门填写意见"
        files = [one.sha256 for one in redacting.to_redact(self.session, self.application)]
        if files and self.programme.review.blind_unit:
            redacting.confirm_plain(
                self.session, self.application, files, self.programme, by=self.reviewer, at=self.later(hours=5)
            )
            yield "逐个确认材料看不出单位"
        checking.pass_on(
            self.session,
            self.application,
            "材料齐全，情况属实，同意推荐。",
            self.programme,
            by=self.reviewer,
            at=self.later(hours=5),
        )
        yield "初审通过"
        for post in self._free_experts():
            due = self.at + timedelta(days=self.programme.review.days)
            reviews.assign(self.application, post, due, by=self.cast.office, at=self.at, session=self.session)
        self.session.flush()
        yield "指派专家"
        first = self._seated()[-1]  # the others are still at it
        self._score(first, self.later(hours=20))
        yield "一位专家完成评分"

    def _free_experts(self) -> list[Any]:
        free = [post for post in self.cast.experts if not self.application.is_conflicted(post.actor())]
        return self.rng.sample(free, self.programme.review.experts)

    def _seated(self) -> list[Any]:
        seated = {seat.person_id for seat in self.application.seats if seat.is_open}
        return [post for post in self.cast.experts if post.person_id in seated]

    def _score(self, post: Any, at: datetime) -> None:  # noqa: ANN401
        checklist, revision = self.judged()
        by = post.actor()
        judged = {item.key for item in checklist.items() if experts_score(item)}
        seen = worse(checklist, revision.answers, self.rng, self.expert_chance)["items"]
        answers = {key: value for key, value in seen.items() if key in judged}
        for item in checklist.items():  # what the unit left open is nothing found
            if item.kind == "penalty" and item.key in judged:
                answers.setdefault(item.key, {})
        next(seat for seat in self.application.seats if seat.person_id == by.person_id).declared_at = at
        reviews.save_sheet(
            self.session, self.application, checklist, revision, answers, {}, "资料与自评基本一致。", by=by, at=at
        )
        self.session.flush()
        reviews.hand_in(self.session, self.application, checklist, revision, by=by, at=at)

    def second_round(self) -> Steps:
        """From a review under way to a second round in which one expert has handed in."""
        self.expert_chance = 0.5
        for post in self._seated()[:-1]:
            self._score(post, self.later(hours=7))
            yield "专家完成评分"
        checklist, revision = self.judged()
        second = reviews.close_round(
            self.session, self.application, checklist, revision, self.programme, False, by=self.cast.office,
            at=self.later(hours=5),
        )  # fmt: skip
        if isinstance(second, SecondRound):
            self._look_again(self._seated()[0], second, self.later(hours=5))
            yield "一位专家完成第二轮"

    def judged(self) -> tuple[Checklist, Revision]:
        """The checklist, and the submission that is judged by it."""
        revision = revision_of(self.session, self.application)
        assert revision is not None
        return checklist_of(self.application.edition), revision

    def _look_again(self, post: Any, second: SecondRound, at: datetime) -> None:  # noqa: ANN401
        """What the others said convinces one of two; the others keep what they gave."""
        by = post.actor()
        sheets = reviews.sheets_of(self.session, self.application)
        mine = next(sheet for sheet in sheets if sheet.person_id == by.person_id)
        middle = sorted(sheets, key=lambda sheet: sheet.blind["hundredths"])[len(sheets) // 2]
        answers, reasons = dict(mine.answers), {}
        for key in reviews.keys_of(second):
            if key in middle.answers and middle.answers[key] != mine.answers.get(key) and self.rng.random() < 0.6:
                answers[key], reasons[key] = middle.answers[key], "看了其他专家的理由，同意按现场情况认定。"
        checklist, revision = self.judged()
        reviews.save_sheet(self.session, self.application, checklist, revision, answers, reasons, "", by=by, at=at)
        self.session.flush()
        reviews.hand_in(self.session, self.application, checklist, revision, by=by, at=at)

    def _close(self, on_site: bool) -> Steps:
        for post in self._seated()[:-1]:
            self._score(post, self.later(hours=7))
            yield "专家完成评分"
        checklist, revision = self.judged()
        result = reviews.close_round(
            self.session,
            self.application,
            checklist,
            revision,
            self.programme,
            on_site,
            by=self.cast.office,
            at=self.later(),
        )
        if isinstance(result, SecondRound):
            yield f"{len(result.items)} 项差异较大，开启第二轮"
            for post in self._seated():
                self._look_again(post, result, self.later(hours=5))
                yield "专家完成第二轮"
            result = reviews.close_round(
                self.session, self.application, checklist, revision, self.programme, on_site, by=self.cast.office,
                at=self.later(),
            )  # fmt: skip
        assert isinstance(result, RoundResult)
        yield f"结束评审，总分 {result.total}"

    def go_on_site(self) -> Steps:
        yield from self._close(on_site=True)

    def close_round(self) -> Steps:
        yield from self._close(on_site=self.is_visited)
        if self.is_visited:
            yield from visits.over(self)

    # decision

    def publish(self) -> Steps:
        result = reviews.result_of(self.session, self.application)
        level = result.level if result else None
        yield from self._decide(State.NOTICE, level, "评审达到认定条件，建议认定。")

    def reject(self) -> Steps:
        yield from self._decide(State.REJECTED, None, "源头减量部分材料不足，未达到认定条件。")

    def _decide(self, outcome: State, level: str | None, reason: str) -> Steps:
        proposal = decisions.propose(
            self.session, self.application, outcome, level, reason, by=self.cast.office, at=self.later()
        )
        yield "提出认定建议" if level else "提出不予认定建议"
        decisions.approve(
            self.session, self.application, proposal, True, "", self.programme, self.library.calendar,
            by=self.cast.approver, at=self.later(),
        )  # fmt: skip
        self.session.flush()
        yield "审定通过，开始公示" if level else "审定不予认定"

    def object_to(self) -> Steps:
        objection = objecting.object_to(
            self.session, self.application, "示例居民", "0391-0000001", "公示单位的分类投放点近期未按时清运，请核实。",
            self.programme, by=PUBLIC, at=self.later(hours=6),
        )  # fmt: skip
        yield "收到异议"
        objecting.take_objection(self.session, self.application, objection, by=self.cast.office, at=self.later(hours=6))
        yield "受理异议"

    def award(self) -> Steps:
        notice = notice_of(self.session, self.application)
        assert notice is not None
        self.at = clock.start_of(notice.ends_on + timedelta(days=1), self.programme.time_zone) + timedelta(hours=9)
        certificate = certificates.award(
            self.session, self.application, self.programme, by=self.cast.second_approver, at=self.at
        )
        yield f"确认认定，证书编号 {certificate.serial}"

    # afterwards

    def recheck(self) -> Steps:
        standing.open_recheck(self.application, "年度抽查", by=self.cast.office, at=self.later(days=20))
        yield "启动复核"

    def rectify(self) -> Steps:
        standing.order_rectifying(
            self.application, "暂存间标识不全，请限期整改。", by=self.cast.approver, at=self.later(days=3)
        )
        yield "责令限期整改"

    def suspend(self) -> Steps:
        standing.suspend(self.application, "收到举报，核查期间暂停称号。", by=self.cast.approver, at=self.later(days=3))
        yield "暂停称号"

    def revoke(self) -> Steps:
        standing.conclude_recheck(
            self.session,
            self.application,
            False,
            "复核发现台账不实，撤销称号。",
            by=self.cast.approver,
            at=self.later(days=3),
        )
        yield "撤销称号"
