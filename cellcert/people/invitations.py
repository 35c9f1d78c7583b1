"""Ask colleagues by mail to act for the unit; leave it; say who leads it and who answers for the work."""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from cellcert.actors import Actor, Role
from cellcert.audit.actions import record
from cellcert.errors import N_, NotAllowed, NotReady, Refusal
from cellcert.outbox.actions import enqueue
from cellcert.people.actions import end_sessions, open_post
from cellcert.people.models import Invitation, Person, Post
from cellcert.people.rules import INVITATIONS_A_DAY, INVITATIONS_TO_ONE, token_hash
from cellcert.units.models import Unit

MOST_DEAD = 50  # of invitations that are over, on one page


class Over(Refusal):
    """A link that no longer opens anything; whoever holds it learns why and whom to ask."""

    status = 410


class OneMustStay(NotReady):
    def __init__(self) -> None:
        super().__init__(
            N_("您是本单位最后一位能登录的人员，不能退出。请先邀请或添加一位同事，待其登录后把工作交给他，再退出。")
        )


def link_token(secret_key: str, nonce: str) -> str:
    """The secret of a link: 256 bits made again from the key when the mail leaves, so that no row holds it."""
    return hmac.new(secret_key.encode(), f"invitation:{nonce}".encode(), "sha256").hexdigest()


def invite(
    session: Session, unit_id: int, email: str, is_head: bool, *, secret_key: str, days: int, by: Actor, at: datetime
) -> Invitation:
    """Send a link that works once; an earlier one to the same address stops working."""
    _refuse_strangers(by, unit_id)
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())  # counted one after the other
    lately = select(func.count()).where(Invitation.unit_id == unit_id, Invitation.created_at > at - timedelta(days=1))
    if (session.scalar(lately) or 0) >= INVITATIONS_A_DAY:
        raise NotReady(
            N_("本单位 24 小时内已发出 {count} 份邀请，请明天再试，或直接添加同事。"), count=INVITATIONS_A_DAY
        )
    there = select(func.count()).where(
        func.lower(Invitation.email) == email.lower(), Invitation.created_at > at - timedelta(days=1)
    )
    if (session.scalar(there) or 0) >= INVITATIONS_TO_ONE:
        raise NotReady(N_("24 小时内发往这个邮箱的邀请已经够多，请明天再试，或直接添加这位同事。"))
    for earlier in open_invitations(session, unit_id, at):
        if earlier.email.lower() == email.lower():
            earlier.withdrawn_at = at
    nonce = secrets.token_hex(16)
    known_by = token_hash(link_token(secret_key, nonce))
    invitation = Invitation(
        unit_id=unit_id, email=email, is_head=is_head, nonce=nonce, token_hash=known_by,
        invited_by=by.signatory, created_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    enqueue(session, "invitation", str(invitation.id), at=at, invitation_id=invitation.id, to=email)
    record(session, "invited", f"unit:{unit_id}", by=by, at=at, invitation=invitation.id, email=email, head=is_head)
    return invitation


def withdraw_invitation(session: Session, invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """The link stops working."""
    _refuse_strangers(by, invitation.unit_id)
    if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        raise NotReady(N_("这份邀请已经接受或撤回，不需要再处理。"))
    invitation.withdrawn_at = at
    record(session, "invitation-withdrawn", f"unit:{invitation.unit_id}", by=by, at=at, invitation=invitation.id)


def invitation_of(session: Session, token: str, *, at: datetime, locked: bool = False) -> Invitation:
    """The invitation of a link while it may be accepted, or a refusal that says why not and whom to ask."""
    wanted = select(Invitation).where(Invitation.token_hash == token_hash(token))
    found = session.scalar(
        wanted.with_for_update() if locked else wanted, execution_options={"populate_existing": True}
    )
    if found is None:
        raise Over(N_("没有找到这份邀请。请从邮件里完整打开链接；仍打不开时，请邀请您的同事重新发送。"))
    if found.accepted_at is not None:
        raise Over(N_("这份邀请已经使用过。如果是您本人接受的，请直接登录；如果不是，请尽快告知邀请您的同事。"))
    if found.withdrawn_at is not None or post_of_inviter(session, found) is None:
        raise Over(N_("这份邀请已经撤回。如仍需加入，请单位的同事重新邀请您。"))
    if found.expires_at <= at:
        raise Over(N_("这份邀请已经过期。请邀请您的同事在“本单位人员”里重新发送。"))
    return found


def open_invitations(session: Session, unit_id: int, at: datetime) -> list[Invitation]:
    """A unit's invitations that wait for an answer."""
    waiting = select(Invitation).where(
        Invitation.unit_id == unit_id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > at,
    )  # fmt: skip
    return list(session.scalars(waiting.order_by(Invitation.id)))


def dead_invitations(session: Session, unit_id: int, at: datetime) -> list[Invitation]:
    """The latest of a unit's invitations whose links open nothing any more."""
    is_dead = or_(
        Invitation.accepted_at.is_not(None), Invitation.withdrawn_at.is_not(None), Invitation.expires_at <= at
    )
    found = select(Invitation).where(Invitation.unit_id == unit_id, is_dead).options(joinedload(Invitation.inviter))
    return list(session.scalars(found.order_by(Invitation.id.desc()).limit(MOST_DEAD)))


def post_of_inviter(session: Session, invitation: Invitation) -> Post | None:
    """The post of who invited, while held: nobody brings people into a unit one has left."""
    return session.scalar(
        select(Post)
        .join(Post.person)
        .where(
            Post.unit_id == invitation.unit_id, Post.person_id == invitation.invited_by, Post.ended_at.is_(None),
            Person.active,
        )
        .limit(1)
    )  # fmt: skip


def accept(session: Session, token: str, person: Person, *, at: datetime) -> Post:
    """Whoever holds the link takes the post it offers, once."""
    invitation = invitation_of(session, token, at=at, locked=True)
    if not person.active:
        raise NotAllowed(N_("这个账号或身份已停用，请联系管理员。"))
    themselves = Actor(person.id, person.name, Role.APPLICANT, unit_id=invitation.unit_id)
    post = open_post(
        session, person, Role.APPLICANT, unit_id=invitation.unit_id, is_head=invitation.is_head, by=themselves, at=at
    )
    invitation.accepted_at, invitation.accepted_by = at, person.id
    record(
        session, "invitation-accepted", f"unit:{invitation.unit_id}", by=themselves, at=at,
        invitation=invitation.id, invited_by=invitation.invited_by,
    )  # fmt: skip
    return post


def leave(session: Session, post: Post, to: Post | None, *, by: Actor, at: datetime) -> None:
    """Act for a unit no longer; whoever answers for its work hands that over first."""
    if by.person_id != post.person_id or post.role is not Role.APPLICANT or post.unit_id is None:
        raise NotAllowed(N_("只能自己退出自己的单位。"))
    others = [other for other in people_of(session, post.unit_id, locked=True) if other.id != post.id]
    if post.ended_at is not None:
        raise NotReady(N_("这个角色已经结束。"))
    if not any(other.person.last_sign_in is not None for other in others):
        raise OneMustStay
    unit = session.get_one(Unit, post.unit_id)
    if unit.contact_id == post.person_id:
        if to is None or to not in others:
            raise NotReady(N_("您是本单位的联系人。请先选择接手的同事。"))
        hand_over(session, unit, to, with_contacts=True, by=by, at=at)
    post.ended_at = at
    end_sessions(session, post.person, at=at, post=post)
    record(session, "left", f"person:{post.person_id}", by=by, at=at, unit=post.unit_id)


def hand_over(session: Session, unit: Unit, to: Post, *, with_contacts: bool, by: Actor, at: datetime) -> None:
    """A colleague answers for the unit's work from now on; name, phone and mail of the unit may follow."""
    _refuse_strangers(by, unit.id)
    if to.unit_id != unit.id or to.ended_at is not None or not to.person.active:
        raise NotReady(N_("只能交给本单位现有的人员。"))
    before, unit.contact_id = unit.contact_id, to.person_id
    if with_contacts:
        unit.contact_name, unit.contact_phone, unit.contact_email = to.person.name, to.person.phone, to.person.email
    record(
        session, "handed-over", f"unit:{unit.id}", by=by, at=at, before=before, to=to.person_id, contacts=with_contacts
    )


def name_head(session: Session, post: Post, is_head: bool, *, by: Actor, at: datetime) -> None:
    """Say that a person of the unit is its head, or is no longer."""
    _refuse_strangers(by, post.unit_id)
    if post.ended_at is not None or post.is_head is is_head:
        raise NotReady(N_("这位同事的身份已经更新，请刷新页面查看。"))
    post.is_head = is_head
    record(session, "head-named", f"person:{post.person_id}", by=by, at=at, unit=post.unit_id, head=is_head)


def people_of(session: Session, unit_id: int, *, locked: bool = False) -> list[Post]:
    """The open posts of a unit whose holders can come in; locked, so that two cannot end each other's."""
    posts = (
        select(Post)
        .join(Post.person)
        .where(Post.unit_id == unit_id, Post.ended_at.is_(None), Person.active)
        .order_by(Post.id)
    )
    if locked:
        posts = posts.with_for_update(of=Post)
    return list(session.scalars(posts, execution_options={"populate_existing": True}))


def _refuse_strangers(by: Actor, unit_id: int | None) -> None:
    if by.role is not Role.APPLICANT or unit_id is None or by.unit_id != unit_id:
        raise NotAllowed(N_("只能办理本单位人员的事项。"))
