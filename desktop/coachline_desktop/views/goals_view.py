"""Goals: today and what waits for an answer, the list of clients, and the page of one of them."""

from collections.abc import Hashable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Signal
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from coachline_desktop import goal_intents, intents
from coachline_desktop.actions import tip
from coachline_desktop.goal_state import (
    Agreement,
    ClientRow,
    ClientState,
    DayShown,
    ExcuseRow,
    GoalDetail,
    GoalForm,
    GoalsState,
    Proposal,
    Undone,
)
from coachline_desktop.keys import Key
from coachline_desktop.state import AppState
from coachline_desktop.theme import Look, space
from coachline_desktop.views.agreement_card import AgreementCard
from coachline_desktop.views.controls import Avatar, Column, IconButton, Words, block, button, order_tabs, row
from coachline_desktop.views.empty_note import EmptyNote
from coachline_desktop.views.excuse_form import ExcuseForm, ExcuseLine
from coachline_desktop.views.goal_card import GoalCard, Left
from coachline_desktop.views.goal_form import PLACE as EDITOR
from coachline_desktop.views.goal_form import TEMPLATE, GoalEditor
from coachline_desktop.views.kept import Kept, Part
from coachline_desktop.views.proposal_card import ProposalCard
from coachline_desktop.views.row_button import RowButton
from coachline_desktop.views.today_view import Today
from coachline_desktop.views.undone_card import UndoneCard
from coachline_desktop.words import plural
from coachline_desktop.words import say as tr


class GoalsPage(Column):
    """Everything of coaching. Says goal intents, `OpenConversation` and `MessagePerson`."""

    intent = Signal(object)
    inviting = Signal()
    """Somebody is to be invited, which is done elsewhere."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, tr("Goals"), space(190))
        self._look = look
        self._goals = GoalsState()
        self._shown: tuple[object, ...] | None = None
        self._me: Key = b""
        self.today = Today(look)
        self.editor = GoalEditor()
        self.excuse = ExcuseForm()
        self.goal_cards: dict[Key, GoalCard] = {}
        self._left: dict[Key, tuple[Key, Left]] = {}
        """What is open in the cards of pages that are not shown, by goal, each with its client."""
        self.proposal_cards: dict[Key, QWidget] = {}
        self.agreement_cards: dict[Hashable, AgreementCard] = {}
        """By trainer and client."""
        self._sought: Key = b""
        self._head, self._asking, self._body, self._foot = Kept(), Kept(), Kept(), Kept()
        for each in (self._head, self._asking, self._body, self._foot):
            each.setSpacing(space(3))
        for layout in (self._head, self._asking):
            self.column.addLayout(layout)
        self.column.addWidget(self.editor)
        self.column.addWidget(self.today)
        self.column.addLayout(self._body)
        self.column.addWidget(self.excuse)
        self.column.addLayout(self._foot)
        self.column.addStretch(1)
        self.editor.hide()
        self.excuse.hide()
        for part in (self.today, self.editor, self.excuse):
            part.intent.connect(self.intent)
        self.editor.closed.connect(self.editor.hide)

    # -- what is shown -------------------------------------------------------------------------------------

    def show_state(self, state: AppState) -> None:
        """Build anew only what differs; what is being typed is not touched."""
        goals, me = state.goals, state.me
        shown = (goals, me)
        if shown == self._shown or me is None:
            return
        self._shown, self._goals, self._me = shown, goals, me.id
        self.editor.show_templates(goals.templates)
        self.today.setVisible(goals.open is None and me.client)
        self.excuse.setVisible(goals.open is not None and goals.open.may_excuse)
        if goals.open is not None:
            self._show_client(goals.open)
        else:
            self._show_overview(goals, client=me.client, trainer=me.trainer)
        self._order()
        self._find()

    def forget(self) -> None:
        """Somebody else comes to the window: nothing of what was shown or half written is his."""
        self._shown, self._goals = None, GoalsState()
        self._show_overview(self._goals, client=False, trainer=False)
        self._forget(list(self._left))
        self.today.forget()
        self.editor.hide()
        self.excuse.hide()
        self.excuse.forget()

    def _order(self) -> None:
        """Let Tab go as one reads, but in the editor as one types."""
        order_tabs(self)
        self.editor.order_amounts()

    def _show_overview(self, goals: GoalsState, *, client: bool, trainer: bool) -> None:
        may_set = bool(goals.settable)
        title = goals.day.title if client and goals.day is not None else tr("Today") if client else tr("Clients")
        head = (title, goals.day if client else None, may_set, goals.hidden)
        self._head.show_parts([Part("overview", head, lambda: self._overview_head(*head, mine=client))])
        # What waits for a client stands on his page: a list of clients has no room for it.
        waiting = (proposal for proposal in goals.proposals if proposal.mine or proposal.client == self._me)
        self._show_asking(goals.undone, tuple(waiting))
        self.today.show_goals(self._me, goals.today)
        parts: list[Part] = []
        if client and not goals.today and not goals.proposals:
            words = tr("Goals you agree on with a coach, or set yourself, stand here.")
            parts.append(self._note("goals", tr("Nothing is asked of you today"), words))
        if trainer and client:
            parts.append(self._heading(tr("Clients")))
        if trainer and not goals.roster:
            words = tr("Who accepts an invitation of yours appears here.")
            parts.append(self._note("people", tr("No clients yet"), words, tr("Invite a client")))
        if trainer:
            parts += [Part(row.key, row, partial(self._client_row, row)) for row in goals.roster]
        self._leave(None)
        self._body.show_parts(parts)
        mine = tuple(agreement for agreement in goals.agreements if agreement.mine)
        self._show_foot([self._heading(tr("Your coaches"))] if mine else [], mine)

    def _overview_head(self, title: str, day: DayShown | None, may_set: bool, hidden: str, *, mine: bool) -> QWidget:
        steps: list[QWidget] = []
        if day is not None and day.before is not None:
            steps.append(self._step("back", "day_before", day.before))
        if day is not None and day.after is not None:
            steps.append(self._step("forward", "day_after", day.after))
        # Behind the title: before it an arrow would lead back to another page.
        head = row(Words(title, "heading", wrap=False), *steps, 1, spacing=1)
        said = [Words(each, "soft") for each in ("" if day is None else day.words, hidden) if each]
        buttons: list[QWidget] = []
        if may_set:
            buttons.append(self._new_button())
        if mine:
            own = button(tr("My progress"), "quiet")
            own.clicked.connect(lambda: self.intent.emit(goal_intents.OpenClient(self._me)))
            buttons.append(own)
        return block(head, *said, row(*buttons, 1) if buttons else None)

    def _step(self, drawing: str, action: str, day: date) -> QWidget:
        """A way to a day beside the one that is entered."""
        step = IconButton(self._look, drawing, tip(action))
        step.clicked.connect(lambda: self.intent.emit(goal_intents.ShowDay(day)))
        return step

    def _new_button(self) -> QPushButton:
        new = button(tr("New goal"), "secondary", tip("goal"))
        new.clicked.connect(self.new_goal)
        return new

    def _show_client(self, client: ClientState) -> None:
        head = (client.key, client.name, client.initials, client.hue, client.may_set, client.withheld)
        self._head.show_parts([Part("client", head, lambda: self._client_head(client))])
        undone = tuple(each for each in self._goals.undone if each.client == client.key)
        self._show_asking(undone, client.proposals)
        self._leave(client)
        before = self.goal_cards
        parts = [Part(goal.key, goal, partial(self._goal_card, goal, before.get(goal.key))) for goal in client.goals]
        if not client.goals and not client.withheld:
            words = tr("A goal that is set or accepted stands here with its weeks and charts.")
            parts.append(self._note("goals", tr("No goals yet"), words))
        made = self._body.show_parts(parts).values()
        self.goal_cards = {card.goal.key: card for card in made if isinstance(card, GoalCard)}
        self.excuse.show_client(client.key, client.today)
        excuses = [Part(each.key, each, partial(self._excuse_line, client.key, each)) for each in client.excuses]
        self._show_foot(excuses, () if client.agreement is None else (client.agreement,))

    def _client_head(self, client: ClientState) -> QWidget:
        back = IconButton(self._look, "back", tr("Back to the overview"))
        back.clicked.connect(lambda: self.intent.emit(goal_intents.OpenClient(None)))
        avatar = Avatar(self._look, space(11), behind="canvas")
        avatar.show_person(client.initials, client.hue)
        line = row(back, avatar, spacing=3)
        line.addWidget(Words(tr("My progress") if client.me else client.name, "heading"), 1)
        buttons: list[QWidget] = []
        if client.may_set != "none":
            buttons.append(self._new_button())
        if not client.me:
            message = button(tr("Message"), "secondary")
            message.setAccessibleName(tr("Message {name}").format(name=client.name))
            message.clicked.connect(lambda: self.intent.emit(intents.MessagePerson(client.key)))
            buttons.append(message)
        withheld = Words(client.withheld, "soft") if client.withheld else None
        return block(line, row(*buttons, 1), withheld)

    # -- parts ---------------------------------------------------------------------------------------------

    def _note(self, drawing: str, title: str, words: str, act: str = "") -> Part:
        def make() -> QWidget:
            note = EmptyNote(self._look, drawing)
            note.say(title, words, act)
            note.acted.connect(self.inviting)
            return note

        return Part(("note", drawing), words, make)

    def _heading(self, words: str) -> Part:
        return Part(("heading", words), words, lambda: Words(words, "heading"))

    def _goal_card(self, goal: GoalDetail, before: GoalCard | None) -> GoalCard:
        _, left = self._left.pop(goal.key, (goal.client, None)) if before is None else (None, before.leave(self))
        card = GoalCard(self._look, goal, left)
        card.intent.connect(self.intent)
        card.changing.connect(self._change)
        card.began.connect(self._bring)
        card.unfolded.connect(self._order)
        return card

    def _leave(self, opened: ClientState | None) -> None:
        """Put what is open in cards aside until their page is shown again, except in those that stay."""
        here = None if opened is None else opened.key
        for key, card in self.goal_cards.items():
            if card.goal.client != here:
                self._left[key] = (card.goal.client, card.leave(self))
        self.goal_cards = {key: card for key, card in self.goal_cards.items() if card.goal.client == here}
        there = {goal.key for goal in opened.goals} if opened is not None else set()
        self._forget([goal for goal, (client, _) in self._left.items() if client == here and goal not in there])

    def _forget(self, goals: Sequence[Key]) -> None:
        """These are nobody's to go on with."""
        for goal in goals:
            _, left = self._left.pop(goal)
            if left.form is not None:
                left.form.deleteLater()

    def _excuse_line(self, client: Key, excuse: ExcuseRow) -> ExcuseLine:
        shown = ExcuseLine(client, excuse)
        shown.intent.connect(self.intent)
        return shown

    def _show_asking(self, undone: tuple[Undone, ...], proposals: tuple[Proposal, ...]) -> None:
        """What somebody has to decide: what was refused, and what is proposed."""
        parts = [Part(("undone", each.key), each, partial(self._undone_card, each)) for each in undone]
        parts += [Part(proposal.goal, proposal, partial(self._proposal_card, proposal)) for proposal in proposals]
        made = self._asking.show_parts(parts)
        self.proposal_cards = {key: card for key, card in made.items() if isinstance(key, bytes)}

    def _undone_card(self, undone: Undone) -> UndoneCard:
        card = UndoneCard(undone)
        card.intent.connect(self.intent)
        return card

    def _proposal_card(self, proposal: Proposal) -> ProposalCard:
        card = ProposalCard(proposal)
        card.intent.connect(self.intent)
        card.countering.connect(self._counter)
        return card

    def _show_foot(self, first: list[Part], agreements: tuple[Agreement, ...]) -> None:
        keyed = {(each.trainer, each.client): each for each in agreements}
        parts = [Part(key, None, partial(self._agreement, each)) for key, each in keyed.items()]
        made = self._foot.show_parts([*first, *parts])
        self.agreement_cards = {key: card for key, card in made.items() if isinstance(card, AgreementCard)}
        for key, agreement in keyed.items():
            self.agreement_cards[key].show_agreement(agreement)

    def _agreement(self, agreement: Agreement) -> AgreementCard:
        card = AgreementCard(self._look, agreement)
        card.intent.connect(self.intent)
        return card

    def _client_row(self, client: ClientRow) -> RowButton:
        """A line of the list, all of it one button."""
        avatar = Avatar(self._look, space(11))
        avatar.show_person(client.initials, client.hue, client.presence)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Words(client.name, "strong"))
        why = " · ".join(part for part in (client.why, client.last) if part)
        if why:
            words.addWidget(Words(why, "caption"))
        manner = {"on": "live", "off": "problem"}.get(client.where, "caption")
        unread = plural("%n unread", "%n unread", client.unread) if client.unread else ""
        spoken = (client.name, client.where_words, client.why, client.last, unread)
        made = RowButton(", ".join(part for part in spoken if part))
        made.line.addWidget(avatar)
        made.line.addLayout(words, 1)
        if unread:
            made.line.addWidget(Words(unread, "live", wrap=False))
        made.line.addWidget(Words(client.where_words, manner, wrap=False))
        made.clicked.connect(lambda: self.intent.emit(goal_intents.OpenClient(client.key)))
        return made

    def seek(self, goal: Key) -> None:
        """Bring this goal into view as soon as it is shown."""
        self._sought = goal
        self._find()

    def _find(self) -> None:
        card = self.goal_cards.get(self._sought) or self.proposal_cards.get(self._sought)
        if card is not None:
            self._sought = b""
            self._bring(card)

    def _bring(self, part: QWidget) -> None:
        """Have something in view, from its top on if there is no room for all of it."""
        part.show()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # now it has its place
        ground, margin = self.widget(), space(4)
        if ground is not None and part.height() + 2 * margin > self.viewport().height():
            self.verticalScrollBar().setValue(part.mapTo(ground, QPoint()).y() - margin)
        else:
            self.ensureWidgetVisible(part, 0, margin)

    def focus_first(self) -> None:
        """Give the keyboard to what is entered first, where one is asked anything."""
        if self.today.isVisibleTo(self):
            self.today.focus_first()

    # -- forms ---------------------------------------------------------------------------------------------

    def new_goal(self) -> None:
        """Open the editor for whoever is shown."""
        client = self._goals.open.key if self._goals.open is not None else None
        if self._goals.settable:
            self.editor.begin(self._goals.settable, client, self._goals.templates)
            self._bring(self.editor)

    def _change(self, goal: GoalDetail, counter: bool) -> None:
        if self._goals.open is not None:
            self._edit(goal.client, goal.key, goal.form, counter=counter)

    def _counter(self, proposal: Proposal) -> None:
        self._edit(proposal.client, proposal.goal, proposal.form, counter=True)

    def _edit(self, client: Key, goal: Key, form: GoalForm, *, counter: bool) -> None:
        today = next((one.today for one in self._goals.settable if one.client == client), form.start)
        if today is not None:
            self.editor.begin_change(client, goal, form, today, counter=counter)
            self._bring(self.editor)

    def form_done(self, said: goal_intents.Filled) -> None:
        """What a form said is kept; what was written in it since, or in another, stays."""
        match said:
            case goal_intents.SetGoal() | goal_intents.ChangeGoal():
                if self.editor.says(said):
                    self._rest(self.editor)
                    self.editor.hide()
            case goal_intents.KeepTemplate():
                self.editor.kept(said)
            case goal_intents.MakeExcuse():
                self.excuse.done(said)
            case goal_intents.Enter() | goal_intents.Correct():
                self.today.done(said)
                self._entered(said)

    def _entered(self, said: goal_intents.Enter | goal_intents.Correct) -> None:
        """A form for any day is closed, in a card that is shown or aside."""
        card = self._entering(said.place)
        if card is not None and card.form is not None and card.form.want == said:
            self._rest(card.form)
            card.end()
        left = [(goal, left.form) for goal, (_, left) in self._left.items()]
        self._forget([goal for goal, form in left if form is not None and form.want == said])

    def _rest(self, form: QWidget) -> None:
        """Take the keyboard out of a form that closes: Return, pressed once more, is not for what comes behind it."""
        focused = QApplication.focusWidget()
        if focused is not None and form.isAncestorOf(focused):
            self.setFocus()

    def form_refused(self, place: str, field: str, words: str) -> bool:
        """What stands in a form cannot be taken; returns whether somebody can see that it says so."""
        if place in (EDITOR, TEMPLATE):
            self.editor.refused(field, words)
        elif place == self.excuse.place:
            self.excuse.refused(words)
        elif (day := self.today.form(place)) is not None:
            day.refused(field, words)
        elif (card := self._entering(place)) is not None and card.form is not None:
            card.form.refused(field, words)
        else:
            return False  # another day or client is shown by now
        return self.isVisible()

    def _entering(self, place: str) -> GoalCard | None:
        """The goal whose form has this name."""
        cards = self.goal_cards.values()
        return next((card for card in cards if card.form is not None and card.form.place == place), None)
