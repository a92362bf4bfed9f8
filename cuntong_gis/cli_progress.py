"""The commands `cuntong progress …`: parse, call one door of the campaign, print what became of it."""

from pathlib import Path
from typing import Annotated

import typer

from cuntong_gis.talk import Talk, day_of, json_option, lang_option, tell_files, workspace_option
from cuntong_gis.tell_progress import (
    imported_json,
    tell_draw,
    tell_history,
    tell_imported,
    tell_posted,
    tell_verified,
    tell_village,
)
from cuntong_gis.usage import Misuse, one_of
from cuntong_gis.words import Lang, Words

EVIDENCE = Words(
    "哪项证据：power 收光功率，otdr OTDR 测试，as_built 竣工图，photo_line 杆路照片，photo_closure 接头盒照片，"
    "photo_room 机房照片，photo_tv 电视画面照片，committee 村委会签字，supervisor 监理签字",
    "what is shown: power, otdr, as_built, photo_line, photo_closure, photo_room, photo_tv, committee, supervisor",
)
CHECKED = Words(
    "不合格项：lit 收看，power 光功率，otdr 复测，photos 照片，signatures 签字，pole_line 杆路，lasting 维护备纤，"
    "safety 安全；可重复",
    "what is not as it should be: lit, power, otdr, photos, signatures, pole_line, lasting, safety; repeatable",
)
DECISIONS = {"已发": "issued", "发出": "issued", "不发": "dropped"}


def _named(value: str) -> str:
    """Refuse a name that is blank: nobody would answer for the entry."""
    if not value.strip():
        raise Misuse(Words("姓名、原因不能空着", "a name or a reason must not be blank"))
    return value.strip()


def add_progress(app: typer.Typer, lang: Lang, asked: bool) -> None:
    """Add `progress` and its commands.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    lang : {"zh", "en"}
        Language of help and messages.
    asked : bool
        Whether the user asked for it.
    """

    def t(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    Folder = Annotated[Path, workspace_option(lang)]  # noqa: N806
    AsJson = Annotated[bool, json_option(lang)]  # noqa: N806
    Language = Annotated[Lang, lang_option(lang)]  # noqa: N806
    By = Annotated[str, typer.Option("--by", callback=_named, help=t("经办人（谁填报）", "who says so"))]  # noqa: N806
    Reason = Annotated[str, typer.Option("--reason", callback=_named, help=t("原因", "why"))]  # noqa: N806
    Approver = Annotated[str, typer.Option("--approver", callback=_named, help=t("批准人", "who approved it"))]  # noqa: N806

    Unit = Annotated[str, typer.Option("--unit", help=t("单位代码", "code of the unit"), show_default="[campaign]")]  # noqa: N806
    Village = Annotated[str, typer.Argument(metavar="VILLAGE", help=t("12 位村代码", "code of the village"))]  # noqa: N806
    On = Annotated[str | None, typer.Option("--on", help=t("日期 2016-06-30", "day 2016-06-30"))]  # noqa: N806

    progress = typer.Typer(
        no_args_is_help=True,
        help=t(
            "进度台账：上报、更正、验收销号、封账、核验。",
            "The ledger: report, correct, sign off, close a period, verify.",
        ),
    )
    app.add_typer(progress, name="progress")

    @progress.command(
        help=t(
            "生成填报表（Excel）：本单位的村和光缆段、当前状态、下拉选项。",
            "An Excel form of a unit: its villages and spans, what stands, drop-downs.",
        )
    )
    def template(
        unit: Unit = "",
        out: Annotated[
            Path | None, typer.Option("--out", help=t("文件", "file"), show_default="maps_out/forms/")
        ] = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            tell_files(talk, [desk.write_form(talk.open(folder).settings, unit, out)])

    @progress.command(
        "import",
        help=t(
            "导入填报表（Excel、CSV），逐行说明结果；有一行被拒绝则整份不导入。",
            "Read report sheets (Excel, CSV), each row explained; one refused row keeps the whole file out.",
        ),
    )
    def import_(
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=t("填报表", "sheets"))],
        unit: Unit = "",
        by: Annotated[str, typer.Option("--by", help=t("填报人（行内有填报人的以行内为准）", "who reports"))] = "",
        accept_valid: Annotated[
            bool, typer.Option("--accept-valid", help=t("有误的行除外，其余照常导入", "take the rows without fault"))
        ] = False,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk
        from cuntong_gis.progress import Sender

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            found = desk.import_sheets(settings, files, Sender(unit, by, accept_valid=accept_valid))
            talk.result({"files": [imported_json(one, talk.lang) for one in found]})
            for one in found:
                tell_imported(talk, one)
            if not all(one.taken and not one.counts.get("refused") for one in found):
                raise typer.Exit(1)

    @progress.command(
        help=t("一个村的现状、未解决的阻碍、销号还缺什么。", "What stands of a village, and what its closing lacks.")
    )
    def show(village: Village, folder: Folder = Path(), as_json: AsJson = False, language: Language = lang) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            tell_village(talk, desk.village_state(talk.open(folder).settings, village))

    @progress.command(
        help=t(
            "为销号提交证据：照片、光功率、OTDR、竣工图、签字。",
            "Show evidence for a sign-off: photos, power, OTDR, drawings, signatures.",
        )
    )
    def evidence(
        village: Village,
        item: Annotated[str, typer.Argument(metavar="ITEM", help=EVIDENCE.into(lang))],
        by: By,
        file: Annotated[Path | None, typer.Option("--file", help=t("照片、PDF、OTDR", "photo, PDF, trace"))] = None,
        value: Annotated[str, typer.Option("--value", help=t("光功率 dBm，或签字人", "dBm, or who signed"))] = "",
        direction: Annotated[
            str,
            typer.Option(
                "--direction", help=t("OTDR 方向：out 去向，back 回向，both 双向", "of OTDR: out, back, both")
            ),
        ] = "",
        vouch: Annotated[str, typer.Option("--vouch", help=t("远处照片的作证人", "who vouches if far"))] = "",
        note: Annotated[str, typer.Option("--note", help=t("备注", "remark"))] = "",
        on: On = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk
        from cuntong_gis.progress import Claim

        with Talk(lang, asked, as_json) as talk:
            claim = Claim(village, item, by, value, direction, day_of(on), vouch, note)
            tell_posted(talk, desk.show_evidence(talk.open(folder).settings, claim, file))

    @progress.command(help=t("撤回一条证据。", "Take a piece of evidence back."))
    def withdraw(
        entry: Annotated[str, typer.Argument(metavar="ENTRY", help=t("证据的条目编号", "id of its entry"))],
        reason: Reason,
        approver: Approver,
        by: By,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            tell_posted(talk, desk.withdraw(settings, entry, reason=reason, approver=approver, by=by))

    @progress.command(
        help=t(
            "记录单位负责人的签字，如责任书。",
            "Record that an official has signed, such as the letter of responsibility.",
        )
    )
    def sign(
        role: Annotated[str, typer.Option("--role", callback=_named, help=t("职务", "office held"))],
        name: Annotated[str, typer.Option("--name", callback=_named, help=t("签字人", "who signed"))],
        by: By,
        paper: Annotated[str, typer.Option("--paper", help=t("签的是什么", "what was signed"))] = "责任书",
        unit: Unit = "",
        on: On = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            signed = desk.sign(settings, unit, role=role, name=name, paper=paper, by=by, on=day_of(on))
            tell_posted(talk, signed)

    @progress.command(
        "sign-off",
        help=t(
            "记录一次验收：县初验、市州复核（销号并发证书编号）、省抽查。缺什么会逐项列出。",
            "Record a check: county, prefecture (closes the village, with a certificate), province.",
        ),
    )
    def sign_off(
        village: Village,
        level: Annotated[
            str, typer.Option("--level", metavar="county|prefecture|province", help=t("哪一级：县、市州、省", "which"))
        ],
        by: By,
        failed: Annotated[
            list[str] | None,
            typer.Option("--failed", help=t("不合格及其问题；可重复", "it failed, and why; repeatable")),
        ] = None,
        note: Annotated[str, typer.Option("--note", help=t("备注", "remark"))] = "",
        on: On = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign, desk
        from cuntong_gis.progress import Check

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            day = day_of(on) or campaign.today(settings)
            check = Check(village, level, not failed, by, day, tuple(failed or ()), note)
            tell_posted(talk, desk.sign_off(settings, check))

    @progress.command(
        help=t("重新打开已销号的村；原证书作废。", "Open a closed village again; its certificate is void.")
    )
    def reopen(
        village: Village,
        reason: Reason,
        approver: Approver,
        by: By,
        to: Annotated[str, typer.Option("--to", help=t("退回到哪个阶段", "stage it falls back to"))] = "lit",
        on: On = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            posted = desk.reopen(settings, village, reason=reason, approver=approver, by=by, to=to, on=day_of(on))
            tell_posted(talk, posted)

    @progress.command(
        help=t(
            "封账：期间的数字从此不变，之后补报的计入下一期。",
            "Close a period: its figures stay; what comes later counts in the next.",
        )
    )
    def freeze(
        period: Annotated[
            str,
            typer.Argument(
                metavar="PERIOD",
                help=t("期间，如 2016-06 2016-W23 2016-Q2 2016-H1 2016", "2016-06 2016-W23 2016-Q2 2016-H1 2016"),
            ),
        ],
        by: By,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            tell_posted(talk, desk.freeze(talk.open(folder).settings, period, by))

    @progress.command(
        help=t(
            "记录上级机关对一条督查建议的决定：issued 已发，dropped 不发。",
            "Record what the higher office decided about a proposal: issued or dropped.",
        )
    )
    def decide(
        proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help=t("建议编号", "its id"))],
        decision: Annotated[str, typer.Argument(metavar="issued|dropped", help=t("已发或不发", "what was decided"))],
        by: By,
        unit: Unit = "",
        note: Annotated[str, typer.Option("--note", help=t("备注，如文号", "remark"))] = "",
        on: On = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign, reports

        decided = one_of(decision, ("issued", "dropped"), DECISIONS)
        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            day = day_of(on) or campaign.cut_off(settings)
            tell_posted(talk, reports.decide(settings, proposal, decided, unit=unit, by=by, note=note, as_of=day))

    @progress.command(
        help=t(
            "抽查：按县分层随机抽村（种子取自封账哈希，抽签只有一次），写出现场检查表。",
            "Draw the villages to be inspected, county by county, once, by the seed of the closed period.",
        )
    )
    def inspect(
        period: Annotated[str, typer.Argument(metavar="PERIOD", help=t("期间，如 2016-06 2016-H1", "2016-06 2016-H1"))],
        by: By,
        seed: Annotated[str, typer.Option("--seed", help=t("当众抽取的种子", "a seed drawn in public"))] = "",
        as_of: Annotated[str | None, typer.Option("--as-of", help=t("数据截止日", "cut-off date"))] = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign, reports

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            day = day_of(as_of) or campaign.cut_off(settings)
            draw, path, fresh = reports.inspect(settings, period, seed=seed, by=by, as_of=day, lang=talk.lang)
            tell_draw(talk, draw, path, fresh=fresh)

    @progress.command(help=t("记录一个村的抽查结果。", "Record what an inspection found in a village."))
    def inspected(
        village: Village,
        period: Annotated[str, typer.Option("--period", help=t("抽查期间", "of the inspection"))],
        by: By,
        failed: Annotated[
            list[str] | None,
            typer.Option("--failed", metavar="ITEM", help=CHECKED.into(lang)),
        ] = None,
        finding: Annotated[list[str] | None, typer.Option("--finding", help=t("其他问题", "what else"))] = None,
        on: On = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign, reports

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            day = day_of(on) or campaign.today(settings)
            posted = reports.record_result(settings, village, period, failed or (), finding or (), by=by, on=day)
            tell_posted(talk, posted)

    @progress.command(
        help=t("列出一个村、光缆段或期间的全部条目。", "All entries about a village, a span or a period.")
    )
    def history(
        subject: Annotated[str, typer.Argument(metavar="CODE", help=t("村代码或光缆段编号", "village or span"))],
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            found = desk.history(talk.open(folder).settings, subject)
            talk.result({"subject": subject, "entries": [entry.__dict__ for entry in found]})
            tell_history(talk, found)

    @progress.command(
        help=t(
            "更正一条累计数（原条目保留）；两人所报不一致时也用它裁定。",
            "Correct a cumulative figure (the entry stays); it also decides between two who disagree.",
        )
    )
    def correct(
        entry: Annotated[str, typer.Argument(metavar="ENTRY", help=t("条目编号，见 history", "its id, see history"))],
        to: Annotated[str, typer.Option("--to", help=t("改为：阶段、米数或百分数", "a stage, metres or per cent"))],
        reason: Reason,
        approver: Approver,
        by: By,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            tell_posted(talk, desk.correct(settings, entry, to, reason=reason, approver=approver, by=by))

    @progress.command(
        help=t(
            "逐条重算哈希链，核对封账数与证据文件：台账有没有被动过。",
            "Recompute every hash, closed figure and evidence file: was the ledger tampered with?",
        )
    )
    def verify(folder: Folder = Path(), as_json: AsJson = False, language: Language = lang) -> None:
        from cuntong_gis import desk

        with Talk(lang, asked, as_json) as talk:
            report = desk.verify(talk.open(folder).settings)
            tell_verified(talk, report)
            if report.faults:
                raise typer.Exit(1)
