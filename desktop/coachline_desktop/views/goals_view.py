"""Goals: today and what waits for an answer, the list of clients, and the page of one of them."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from coachline_desktop import goal_intents, intents
from coachline_desktop.goal_state import ClientRow, ClientState, GoalDetail, GoalForm, GoalsState, Proposal
from coachline_desktop.keys import Key
from coachline_desktop.state import AppState
from coachline_desktop.theme import Look, space
from coachline_desktop.views.agreement_card import AgreementCard
from coachline_desktop.views.controls import Avatar, Column, EmptyNote, IconButton, RowButton, Words, button, clear, row
from coachline_desktop.views.excuse_form import PLACE as EXCUSE
from coachline_desktop.views.excuse_form import ExcuseForm, ExcuseLine
from coachline_desktop.views.goal_card import GoalCard
from coachline_desktop.views.goal_form import PLACE as EDITOR
from coachline_desktop.views.goal_form import GoalEditor
from coachline_desktop.views.proposal_card import ProposalCard
from coachline_desktop.views.today_view import Today
from coachline_desktop.words import plural
from coachline_desktop.words import say as tr


class GoalsPage(Column):
    """Everything of coaching. Says goal intents, `OpenConversation` and `MessagePerson`."""

    intent = Signal(object)

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
        self.proposal_cards: dict[Key, ProposalCard] = {}
        self.agreement_cards: list[AgreementCard] = []
        self._sought: Key = b""
        self._opened: dict[Key, frozenset[str]] = {}
        self._head, self._asking, self._body, self._foot = (QVBoxLayout() for _ in range(4))
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
        self._opened = {key: frozenset(card.opened) for key, card in self.goal_cards.items()}
        self.goal_cards, self.proposal_cards, self.agreement_cards = {}, {}, []
        for layout in (self._head, self._asking, self._body, self._foot):
            clear(layout)
        self.today.setVisible(goals.open is None and me.client)
        self.excuse.setVisible(goals.open is not None and goals.open.may_excuse)
        if goals.open is not None:
            self._show_client(goals.open)
        else:
            self._show_overview(goals, client=me.client, trainer=me.trainer)
        self._find()

    def _show_overview(self, goals: GoalsState, *, client: bool, trainer: bool) -> None:
        self._head.addWidget(Words(tr("Today") if client else tr("Clients"), "heading"))
        if client:
            self._head.addWidget(Words(goals.today_words, "soft"))
        if goals.settable:
            new = button(tr("New goal"), "secondary", tr("Set or propose a goal (Ctrl+G)"))
            new.clicked.connect(self.new_goal)
            parts: list[QWidget | int] = [new, 1]
            if client:
                own = button(tr("My progress"), "quiet")
                own.clicked.connect(lambda: self.intent.emit(goal_intents.OpenClient(self._me)))
                parts.insert(1, own)
            self._head.addLayout(row(*parts))
        if goals.hidden:
            self._head.addWidget(Words(goals.hidden, "soft"))
        # What waits for the other side stands on its client's page.
        self._show_proposals(tuple(proposal for proposal in goals.proposals if proposal.mine))
        self.today.show_goals(self._me, goals.today)
        if client and not goals.today and not goals.proposals:
            note = EmptyNote(self._look, "goals")
            words = tr("Goals you agree on with a coach, or set yourself, stand here.")
            note.say(tr("Nothing is asked of you today"), words)
            self._body.addWidget(note)
        if trainer:
            if client:
                self._body.addWidget(Words(tr("Clients"), "heading"))
            for client_row in goals.roster:
                self._body.addWidget(self._client_row(client_row))
            if not goals.roster:
                note = EmptyNote(self._look, "people")
                note.say(tr("No clients yet"), tr("Invite somebody under People; who accepts appears here."))
                self._body.addWidget(note)
        mine = [agreement for agreement in goals.agreements if agreement.mine]
        if mine:
            self._foot.addWidget(Words(tr("Your coaches"), "heading"))
        for agreement in mine:
            self._show_agreement(AgreementCard(self._look, agreement))

    def _show_client(self, client: ClientState) -> None:
        back = IconButton(self._look, "back", tr("Back to the overview"))
        back.clicked.connect(lambda: self.intent.emit(goal_intents.OpenClient(None)))
        avatar = Avatar(self._look, space(11), behind="canvas")
        avatar.show_person(client.initials, client.hue)
        name = Words(tr("My progress") if client.me else client.name, "heading")
        line = QHBoxLayout()
        line.setSpacing(space(3))
        for part in (back, avatar):
            line.addWidget(part)
        line.addWidget(name, 1)
        self._head.addLayout(line)
        buttons: list[QWidget | int] = []
        if client.may_set != "none":
            new = button(tr("New goal"), "secondary", tr("Set or propose a goal (Ctrl+G)"))
            new.clicked.connect(self.new_goal)
            buttons.append(new)
        if not client.me:
            message = button(tr("Message"), "quiet")
            message.setAccessibleName(tr("Message {name}").format(name=client.name))
            message.clicked.connect(lambda: self.intent.emit(intents.MessagePerson(client.key)))
            buttons.append(message)
        self._head.addLayout(row(*buttons, 1))
        if client.withheld:
            self._head.addWidget(Words(client.withheld, "soft"))
        self._show_proposals(client.proposals)
        for goal in client.goals:
            card = GoalCard(self._look, goal, self._opened.get(goal.key, frozenset()))
            card.intent.connect(self.intent)
            card.changing.connect(self._change)
            self.goal_cards[goal.key] = card
            self._body.addWidget(card)
        if not client.goals and not client.withheld:
            note = EmptyNote(self._look, "goals")
            note.say(tr("No goals yet"), tr("A goal that is set or accepted stands here with its weeks and charts."))
            self._body.addWidget(note)
        self.excuse.show_client(client.key, client.today)
        for excuse in client.excuses:
            shown = ExcuseLine(client.key, excuse)
            shown.intent.connect(self.intent)
            self._foot.addWidget(shown)
        if client.agreement is not None:
            self._show_agreement(AgreementCard(self._look, client.agreement))

    def _show_proposals(self, proposals: tuple[Proposal, ...]) -> None:
        for proposal in proposals:
            card = ProposalCard(proposal)
            card.intent.connect(self.intent)
            card.countering.connect(self._counter)
            self.proposal_cards[proposal.goal] = card
            self._asking.addWidget(card)

    def _show_agreement(self, card: AgreementCard) -> None:
        card.intent.connect(self.intent)
        self.agreement_cards.append(card)
        self._foot.addWidget(card)

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
            QTimer.singleShot(0, card, lambda: self.ensureWidgetVisible(card, 0, card.height()))

    # -- forms ---------------------------------------------------------------------------------------------

    def new_goal(self) -> None:
        """Open the editor for whoever is shown."""
        client = self._goals.open.key if self._goals.open is not None else None
        if self._goals.settable:
            self.editor.show()
            self.editor.begin(self._goals.settable, client, self._goals.templates)
            self.ensureWidgetVisible(self.editor)

    def _change(self, goal: GoalDetail, counter: bool) -> None:
        if self._goals.open is not None:
            self._edit(goal.client, goal.key, goal.form, counter=counter)

    def _counter(self, proposal: Proposal) -> None:
        self._edit(proposal.client, proposal.goal, proposal.form, counter=True)

    def _edit(self, client: Key, goal: Key, form: GoalForm, *, counter: bool) -> None:
        today = next((one.today for one in self._goals.settable if one.client == client), form.start)
        if today is not None:
            self.editor.show()
            self.editor.begin_change(client, goal, form, today, counter=counter)
            self.ensureWidgetVisible(self.editor)

    def form_done(self, place: str) -> None:
        """What stood in a form is kept."""
        if place == EDITOR:
            self.editor.hide()
        elif place == EXCUSE:
            self.excuse.done()
        elif (card := self.today.form(place)) is not None:
            card.done()

    def form_refused(self, place: str, field: str, words: str) -> None:
        """What stands in a form cannot be taken."""
        if place == EDITOR:
            self.editor.refused(field, words)
        elif place == EXCUSE:
            self.excuse.refused(words)
        elif (card := self.today.form(place)) is not None:
            card.refused(field, words)
