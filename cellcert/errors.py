"""Refusals: what a person asked for and the rules do not allow, with a sentence fit to show."""

from collections.abc import Sequence


def N_(sentence: str) -> str:  # noqa: N802
    """Mark a Chinese sentence for the English catalogue; it is translated where it is shown."""
    return sentence


class Refusal(Exception):
    """Base of every refusal: a sentence with named places, and the HTTP status it answers with."""

    status = 400

    def __init__(self, sentence: str, /, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


class NotFound(Refusal):
    """The object does not exist, or this person may not know that it does."""

    status = 404

    def __init__(self) -> None:
        super().__init__(N_("没有找到您要的内容。请核对地址，或从首页重新进入。"))


class NotAllowed(Refusal):
    status = 403


class WrongState(Refusal):
    """The act belongs to another stage of the application."""

    status = 409

    def __init__(self, act: str, state: str) -> None:
        super().__init__(N_("申报目前处于“{state}”阶段，不能{act}。请刷新页面查看最新状态。"), act=act, state=state)


class Changed(Refusal):
    """Somebody else changed the record meanwhile; nothing was overwritten."""

    status = 409

    def __init__(self) -> None:
        super().__init__(N_("您填写期间，这份申报已被他人更新。您填写的内容保留在下方，请核对后再次提交。"))


class NotReady(Refusal):
    """A condition of the act is not met yet."""

    status = 409


class Incomplete(Refusal):
    """Something that must be there is missing."""

    status = 422

    def __init__(self, titles: Sequence[str]) -> None:
        shown = "；".join(titles[:8]) + ("……" if len(titles) > 8 else "")
        super().__init__(N_("还差 {count} 项未完成：{titles}。"), count=len(titles), titles=shown)
        self.titles = list(titles)


class Unusable(Refusal):
    """What was sent cannot be used as it is."""

    status = 422


class TooLarge(Refusal):
    status = 413
